//! A wire to a device: bytes with deadlines. TCP, serial and the virtual devices implement it, and pass
//! [`crate::suite::link`].

use std::io;
use std::time::Duration;

/// Makes connections to one device.
pub trait Connector: Send {
    /// Connects, or fails within `wait`. A connection says nothing about the device's condition.
    ///
    /// # Errors
    /// Whatever the transport says: refused, timed out, no such port.
    fn connect(&mut self, wait: Duration) -> io::Result<Box<dyn Link>>;
}

/// One connection.
pub trait Link: Send {
    /// Hands over what the device takes within `wait` and says how much that was; `Ok(0)` when it takes nothing now.
    /// Goes on at the accepted offset: never restarts.
    ///
    /// # Errors
    /// The connection is gone.
    fn write(&mut self, bytes: &[u8], wait: Duration) -> io::Result<usize>;

    /// Reads what arrives within `wait`; `Ok(0)` is silence.
    ///
    /// # Errors
    /// The connection is gone; a connection that the device closed is [`io::ErrorKind::UnexpectedEof`].
    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<usize>;

    /// Closes so that what was accepted arrives; waits at most `wait` for it. Dropping closes at once.
    fn close(self: Box<Self>, wait: Duration);
}
