//! The power fails at every write of a sale, and the till comes back.

#![allow(missing_docs)]

#[path = "power/disk.rs"]
mod disk;
#[path = "power/sale.rs"]
mod sale;
