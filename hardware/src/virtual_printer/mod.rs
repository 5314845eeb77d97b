//! A printer made of nothing: takes the same bytes as a real one, in memory or over TCP, prints on paper that can be
//! read, and has every fault that we know of at the press of a switch. The demo's printer, and the tests'.

mod core;
mod memory;
mod tcp;

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selvedge_ports::Connector;

use self::core::Core;
use crate::escpos::{Profile, Receipt};

/// A handle to the printer; clones are the same printer.
#[derive(Clone)]
pub struct VirtualPrinter {
    shared: Arc<Shared>,
}

struct Shared {
    core: Mutex<Core>,
    changed: Condvar,
}

impl Shared {
    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VirtualPrinter {
    /// A printer that is on, closed and full of paper.
    pub fn new(profile: &Profile) -> Self {
        VirtualPrinter { shared: Arc::new(Shared { core: Mutex::new(Core::new(profile)), changed: Condvar::new() }) }
    }

    /// The way to it within this process.
    pub fn connector(&self) -> Box<dyn Connector> {
        Box::new(memory::MemoryConnector::new(Arc::clone(&self.shared)))
    }

    /// Listens on a free port of 127.0.0.1, one client at a time, for as long as the printer lives.
    ///
    /// # Errors
    /// No port is free.
    pub fn listen(&self) -> std::io::Result<SocketAddr> {
        tcp::listen(&self.shared)
    }

    /// The receipts on the tray, the oldest first.
    pub fn receipts(&self) -> Vec<Receipt> {
        self.shared.core().receipts.clone()
    }

    /// What is printed and not cut off.
    pub fn unfinished(&self) -> Receipt {
        self.shared.core().roll.unfinished()
    }

    /// How often the drawer was opened.
    pub fn pulses(&self) -> usize {
        self.shared.core().pulses
    }

    /// Every byte that was taken.
    pub fn raw(&self) -> Vec<u8> {
        self.shared.core().raw.clone()
    }

    /// Whether somebody is connected.
    pub fn is_connected(&self) -> bool {
        self.shared.core().connected
    }

    /// The paper is out, or put in: what was held prints then.
    pub fn set_paper_out(&self, out: bool) {
        self.change(|core| core.paper_out = out);
    }

    /// After so many more lines the paper is out.
    pub fn paper_ends_after(&self, lines: usize) {
        self.change(|core| core.lines_left = Some(lines));
    }

    /// The roll ends soon.
    pub fn set_near_end(&self, near: bool) {
        self.change(|core| core.near_end = near);
    }

    /// The cover is open.
    pub fn set_cover_open(&self, open: bool) {
        self.change(|core| core.cover_open = open);
    }

    /// Switched to offline by its button.
    pub fn set_offline(&self, offline: bool) {
        self.change(|core| core.offline = offline);
    }

    /// Off or unplugged: nobody can connect, and who is connected is cut off.
    pub fn set_reachable(&self, reachable: bool) {
        self.change(|core| {
            core.reachable = reachable;
            if !reachable {
                core.hang_up();
            }
        });
    }

    /// Never answers anything, as many cheap ones.
    pub fn set_one_way(&self, one_way: bool) {
        self.change(|core| core.one_way = one_way);
    }

    /// Knows `GS ( H`, or ignores it.
    pub fn set_process_id(&self, known: bool) {
        self.change(|core| core.knows_process_id = known);
    }

    /// Takes no bytes: its buffer is full.
    pub fn set_stuck(&self, stuck: bool) {
        self.change(|core| core.stuck = stuck);
    }

    /// So long takes printing before the proof that it is done.
    pub fn set_delay(&self, delay: Duration) {
        self.change(|core| core.delay = delay);
    }

    /// After so many more bytes the connection breaks; it can be connected again.
    pub fn dies_after(&self, bytes: usize) {
        self.change(|core| core.bytes_left = Some(bytes));
    }

    /// Breaks the connection.
    pub fn hang_up(&self) {
        self.change(Core::hang_up);
    }

    /// Sends bytes that nobody asked for.
    pub fn say(&self, bytes: &[u8]) {
        self.change(|core| core.say(bytes));
    }

    fn change(&self, change: impl FnOnce(&mut Core)) {
        let mut core = self.shared.core();
        change(&mut core);
        core.print();
        drop(core);
        self.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
