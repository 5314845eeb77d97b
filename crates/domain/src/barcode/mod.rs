//! What a scanned text means: a product's number, one of our own codes, or something else. Nothing is guessed: where
//! a text can be read in two ways, both are given. References are to the GS1 General Specifications.

mod aim;
mod element;
mod explain;
mod gtin;
mod meaning;
mod transfer;
mod upce;

pub use aim::{Symbology, split};
pub use element::{Element, ElementString};
pub use explain::{Explanation, Kind, explain};
pub use gtin::{Gtin, GtinError, check_digit};
pub use meaning::{BADGE_PREFIX, Badge, Doubt, Fault, Lookup, MAX_CHARS, SLIP_PREFIX, Scan, ScanMeaning, Slip, read};
pub use transfer::{TRANSFER_PREFIX, transfer_code};
pub use upce::{UpcE, UpcEError};
