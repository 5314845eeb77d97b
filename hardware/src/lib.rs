//! The devices on the counter: protocols, transports, the loops that drive them, and a virtual twin of each that
//! speaks the same bytes.
//!
//! Devices are adapters for `ports`. Each has a thread of its own, so that none can stall a sale; what must survive is
//! in the station's queue before a byte goes out.

pub mod devices;
pub mod escpos;
pub mod picture;
pub mod printer;
pub mod scanner;
pub mod transport;
pub mod virtual_printer;
