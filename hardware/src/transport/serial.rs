//! Serial ports, USB adapters among them. They have neither connection nor end: a port that vanishes gives errors, one
//! whose device is off gives silence; so this link does not run the suite's cases of refusing and hanging up.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use selvedge_ports::{Connector, Link};
use serialport::SerialPort;

/// Opens a serial port.
#[derive(Clone, Debug)]
pub struct SerialConnector {
    path: String,
    baud: u32,
}

impl SerialConnector {
    /// `/dev/ttyUSB0` or `COM3`, 8N1.
    pub fn new(path: impl Into<String>, baud: u32) -> Self {
        SerialConnector { path: path.into(), baud }
    }
}

impl Connector for SerialConnector {
    fn connect(&mut self, wait: Duration) -> io::Result<Box<dyn Link>> {
        let port = serialport::new(&self.path, self.baud).timeout(wait).open().map_err(io::Error::from)?;
        Ok(Box::new(SerialLink::new(port)))
    }
}

/// An open port.
pub struct SerialLink {
    port: Box<dyn SerialPort>,
}

impl SerialLink {
    /// Around a port that is open already.
    pub fn new(port: Box<dyn SerialPort>) -> Self {
        SerialLink { port }
    }
}

fn quiet(error: io::Error) -> io::Result<usize> {
    let silence = [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::Interrupted];
    if silence.contains(&error.kind()) { Ok(0) } else { Err(error) }
}

impl Link for SerialLink {
    fn write(&mut self, bytes: &[u8], wait: Duration) -> io::Result<usize> {
        self.port.set_timeout(wait)?;
        self.port.write(bytes).or_else(quiet)
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<usize> {
        self.port.set_timeout(wait)?;
        match self.port.read(buffer) {
            Ok(0) if !buffer.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(count),
            Err(error) => quiet(error),
        }
    }

    fn close(mut self: Box<Self>, wait: Duration) {
        // A port that cannot be drained is closed all the same; the fence has said before what arrived.
        let _ = self.port.set_timeout(wait);
        let _ = self.port.flush();
    }
}
