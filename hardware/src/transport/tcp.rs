//! Raw TCP, port 9100 and emulators of it. A successful connection says nothing about paper.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use selvedge_ports::{Connector, Link};

/// Connects to `host:port`.
#[derive(Clone, Debug)]
pub struct TcpConnector {
    address: String,
}

impl TcpConnector {
    /// To `host:port`; the name is looked up at each connection.
    pub fn new(address: impl Into<String>) -> Self {
        TcpConnector { address: address.into() }
    }
}

impl Connector for TcpConnector {
    fn connect(&mut self, wait: Duration) -> io::Result<Box<dyn Link>> {
        let mut last = io::Error::new(ErrorKind::NotFound, format!("{} has no address", self.address));
        for address in self.address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, wait) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(Box::new(TcpLink { stream }));
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

struct TcpLink {
    stream: TcpStream,
}

/// The system takes zero for "for ever".
fn at_least(wait: Duration) -> Option<Duration> {
    Some(wait.max(Duration::from_millis(1)))
}

fn quiet(error: io::Error) -> io::Result<usize> {
    let silence = [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::Interrupted];
    if silence.contains(&error.kind()) { Ok(0) } else { Err(error) }
}

impl Link for TcpLink {
    fn write(&mut self, bytes: &[u8], wait: Duration) -> io::Result<usize> {
        self.stream.set_write_timeout(at_least(wait))?;
        self.stream.write(bytes).or_else(quiet)
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<usize> {
        self.stream.set_read_timeout(at_least(wait))?;
        match self.stream.read(buffer) {
            Ok(0) if !buffer.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(count),
            Err(error) => quiet(error),
        }
    }

    /// FIN, then until the printer closes too: closing at once can cost the tail.
    fn close(mut self: Box<Self>, wait: Duration) {
        if self.stream.shutdown(Shutdown::Write).is_err() {
            return;
        }
        let until = Instant::now() + wait;
        let mut rest = [0; 256];
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            if self.read(&mut rest, left).is_err() {
                return;
            }
        }
    }
}
