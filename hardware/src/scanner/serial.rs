//! The thread of a serial scanner: reads, cuts, tells; connects again when it was unplugged.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use selvedge_ports::{Connector, DeviceEvent, DeviceEvents, Link, Scan, ScannerState};

use super::lines::{Line, Lines};

/// What a scanner's thread needs.
pub struct ScannerDevice {
    /// Its name in `devices.toml`.
    pub name: String,
    /// The way to it.
    pub connector: Box<dyn Connector>,
    /// Who listens.
    pub events: Box<dyn DeviceEvents>,
}

/// A running scanner. Dropping it stops the thread.
pub struct ScannerHandle {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for ScannerHandle {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was already reported by it.
            let _ = thread.join();
        }
    }
}

/// Starts a scanner's thread.
///
/// # Errors
/// The system gives no thread.
pub fn start(device: ScannerDevice) -> std::io::Result<ScannerHandle> {
    let (stop, stopped) = channel();
    let name = format!("scanner {}", device.name);
    let run = Run { device, state: None };
    let thread = std::thread::Builder::new().name(name).spawn(move || run.go(&stopped))?;
    Ok(ScannerHandle { stop: Some(stop), thread: Some(thread) })
}

const CONNECT_WAIT: Duration = Duration::from_secs(1);
const READ_WAIT: Duration = Duration::from_millis(50);
/// A scanner that is set to no suffix ends its scan by silence.
const SILENCE: Duration = Duration::from_millis(150);
const RETRY: Duration = Duration::from_millis(250);
const RETRY_MOST: Duration = Duration::from_secs(2);

struct Run {
    device: ScannerDevice,
    state: Option<ScannerState>,
}

impl Run {
    fn go(mut self, stopped: &Receiver<()>) {
        let mut retry = RETRY;
        loop {
            match self.device.connector.connect(CONNECT_WAIT) {
                Ok(link) => {
                    self.tell(ScannerState::Ready);
                    let connected_at = Instant::now();
                    let Some(why) = self.listen(link, stopped) else { return };
                    self.tell(ScannerState::Offline(why));
                    // A port that opens and fails at once is tried no faster than one that does not open.
                    if connected_at.elapsed() > RETRY_MOST {
                        retry = RETRY;
                    }
                }
                Err(error) => self.tell(ScannerState::Offline(error.to_string())),
            }
            if stopped.recv_timeout(retry) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            retry = (retry * 2).min(RETRY_MOST);
        }
    }

    /// Until the port fails, which says why, or the thread shall stop.
    fn listen(&self, mut link: Box<dyn Link>, stopped: &Receiver<()>) -> Option<String> {
        let mut lines = Lines::default();
        let mut buffer = [0; 512];
        let mut heard_at = Instant::now();
        loop {
            if stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Disconnected) {
                return None;
            }
            match link.read(&mut buffer, READ_WAIT) {
                Ok(0) => {
                    if lines.is_open() && heard_at.elapsed() >= SILENCE {
                        lines.finish().into_iter().for_each(|line| self.line(line));
                    }
                }
                Ok(count) => {
                    heard_at = Instant::now();
                    lines.feed(&buffer[..count]).into_iter().for_each(|line| self.line(line));
                }
                Err(error) => return Some(error.to_string()),
            }
        }
    }

    fn line(&self, line: Line) {
        let device = self.device.name.clone();
        self.device.events.tell(match line {
            Line::Scan(text) => DeviceEvent::Scan(Scan::new(device, text)),
            Line::Bad(reason) => DeviceEvent::BadScan { device, reason },
        });
    }

    fn tell(&mut self, state: ScannerState) {
        let same = match (&self.state, &state) {
            (Some(ScannerState::Ready), ScannerState::Ready)
            | (Some(ScannerState::Offline(_)), ScannerState::Offline(_)) => true,
            (Some(ScannerState::Ready | ScannerState::Offline(_)) | None, _) => false,
        };
        if !same {
            self.state = Some(state.clone());
            self.device.events.tell(DeviceEvent::Scanner { device: self.device.name.clone(), state });
        }
    }
}

#[cfg(all(test, unix))]
#[path = "serial_tests.rs"]
mod tests;
