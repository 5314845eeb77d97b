//! The rules of the shop, and nothing else: no clock, no disk, no wire, no window.
//!
//! Everything here is a value or a pure function, builds natively and for wasm, and is used by the till, by the
//! window and by central alike. Time and ids are passed in through [`Clock`] and [`IdSource`].

pub mod barcode;
pub mod cart;
pub mod catalogue;
pub mod ids;
pub mod known_time;
pub mod money;
mod number;
pub mod people;
pub mod quantity;
pub mod receipt;
pub mod receipt_number;
pub mod sale;
pub mod shift;
pub mod stock;
pub mod tax;
pub mod tender;
pub mod time;

pub use barcode::Gtin;
pub use ids::IdSource;
pub use money::{Amount, Currency};
pub use quantity::Quantity;
pub use receipt_number::ReceiptNumber;
pub use time::Clock;
