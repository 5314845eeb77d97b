//! The printer on a wire within the process.

use std::io::{self, ErrorKind};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use selvedge_ports::{Connector, Link};

use super::Shared;
use super::core::Core;

pub(super) struct MemoryConnector {
    shared: Arc<Shared>,
}

impl MemoryConnector {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        MemoryConnector { shared }
    }
}

impl Connector for MemoryConnector {
    fn connect(&mut self, wait: Duration) -> io::Result<Box<dyn Link>> {
        let until = Instant::now() + wait;
        let mut core = self.shared.core();
        loop {
            if let Some(life) = core.connect() {
                return Ok(Box::new(MemoryLink { shared: Arc::clone(&self.shared), life }));
            }
            if !core.reachable {
                return Err(ErrorKind::ConnectionRefused.into());
            }
            // Taken by somebody else: one client at a time.
            core = pause(&self.shared, core, until).ok_or(ErrorKind::TimedOut)?;
        }
    }
}

struct MemoryLink {
    shared: Arc<Shared>,
    life: u64,
}

/// Waits for a change; nothing when the time is over.
fn pause<'a>(shared: &'a Shared, core: MutexGuard<'a, Core>, until: Instant) -> Option<MutexGuard<'a, Core>> {
    let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
    // Delayed answers become due without a change, so never sleep long.
    let left = left.min(Duration::from_millis(5));
    Some(shared.changed.wait_timeout(core, left).unwrap_or_else(PoisonError::into_inner).0)
}

impl Link for MemoryLink {
    fn write(&mut self, bytes: &[u8], wait: Duration) -> io::Result<usize> {
        let until = Instant::now() + wait;
        let mut core = self.shared.core();
        loop {
            if core.life != self.life {
                return Err(ErrorKind::BrokenPipe.into());
            }
            let count = core.room().min(bytes.len());
            if count > 0 {
                core.take(&bytes[..count]);
                return Ok(count);
            }
            match pause(&self.shared, core, until) {
                Some(again) => core = again,
                None => return Ok(0),
            }
        }
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<usize> {
        let until = Instant::now() + wait;
        let mut core = self.shared.core();
        loop {
            if core.life != self.life {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let due = core.due(buffer.len());
            if !due.is_empty() {
                buffer[..due.len()].copy_from_slice(&due);
                return Ok(due.len());
            }
            match pause(&self.shared, core, until) {
                Some(again) => core = again,
                None => return Ok(0),
            }
        }
    }

    fn close(self: Box<Self>, _wait: Duration) {
        // What was taken is in the printer already; dropping frees it for the next.
    }
}

impl Drop for MemoryLink {
    fn drop(&mut self) {
        let mut core = self.shared.core();
        if core.life == self.life {
            core.hang_up();
        }
        drop(core);
        self.shared.changed.notify_all();
    }
}
