//! The wires to devices. Each passes `ports::suite::link`, or says here why it cannot.

mod serial;
mod tcp;

pub use serial::{SerialConnector, SerialLink};
pub use tcp::TcpConnector;
