//! What `selvedgectl` does, without a window and without a running station.

pub mod barcode;
pub mod doctor;
pub mod journal;
pub mod pruning;
pub mod receipt;
