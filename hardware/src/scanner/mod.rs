//! Scanners that do not type: on a serial port with a thread each, and the virtual one.

mod lines;
mod serial;
mod virtual_scanner;

pub use lines::{Line, Lines};
pub use serial::{ScannerDevice, ScannerHandle, start};
pub use virtual_scanner::VirtualScanner;
