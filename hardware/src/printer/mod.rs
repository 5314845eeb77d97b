//! A receipt printer: its state machine, and the thread that does what the machine says.

mod asking;
pub mod machine;
mod run;

pub use machine::Timing;
pub use run::{PrinterDevice, PrinterHandle, start};
