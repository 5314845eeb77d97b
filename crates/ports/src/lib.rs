//! What the inside asks of devices, as traits, with fakes and the contract suites that every implementation passes.
//!
//! Nothing here knows a protocol: bytes, states and jobs only. A trait is here where a second implementation is.

pub mod central;
pub mod event;
pub mod fake;
pub mod link;
pub mod printing;
pub mod suite;

pub use central::{AskCentral, Available, AvailableAt};
pub use event::{DeviceEvent, DeviceEvents, PrinterState, Scan, ScannerState};
pub use link::{Connector, Link};
pub use printing::{DrawerPulse, PrintEnd, PrintJob, PrintQueue, QueueError, WaitReason};
