//! What lives only as long as the app runs: states of devices and of the connection, tones, the window's revision.

use std::collections::VecDeque;

use selvedge_contract::view::{
    Connection, ConnectionState, FoundDevice, PrinterState, Prompt, PromptKind, ScannerState, Signal, StatusPart, Tone,
};
use selvedge_domain::time::Stamp;

use crate::App;

/// How many errors a status page remembers.
const REMEMBERED: usize = 20;

/// The running state.
pub struct Live {
    pub(crate) signal: Option<Signal>,
    pub(crate) prompt: Option<Prompt>,
    pub(crate) connection: ConnectionNow,
    pub(crate) devices: DeviceStates,
    pub(crate) errors: VecDeque<(StatusPart, Stamp, String)>,
    pub(crate) troubles: Vec<String>,
    pub(crate) offered_central: String,
    pub(crate) offered_code: String,
}

/// Where central is, in raw time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionNow {
    pub state: ConnectionState,
    pub since: Option<Stamp>,
}

/// How the devices on the counter are.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceStates {
    /// The receipt printer.
    pub printer: PrinterState,
    /// Cells across its paper.
    pub columns: u8,
    /// The scanner.
    pub scanner: ScannerState,
    /// All of them, for the first start.
    pub found: Vec<FoundDevice>,
}

impl Default for DeviceStates {
    fn default() -> Self {
        DeviceStates { printer: PrinterState::None, columns: 42, scanner: ScannerState::NotTried, found: Vec::new() }
    }
}

impl Default for Live {
    fn default() -> Self {
        Live {
            signal: None,
            prompt: None,
            connection: ConnectionNow { state: ConnectionState::NotJoined, since: None },
            devices: DeviceStates::default(),
            errors: VecDeque::new(),
            troubles: Vec::new(),
            offered_central: String::new(),
            offered_code: String::new(),
        }
    }
}

impl App {
    /// A tone and a flash.
    pub(crate) fn signal(&self, tone: Tone) {
        let mut live = self.live();
        let number = live.signal.map_or(0, |signal| signal.number) + 1;
        live.signal = Some(Signal { number, tone });
    }

    /// Asks the window to open something.
    pub(crate) fn prompt(&self, what: PromptKind) {
        let mut live = self.live();
        let number = live.prompt.as_ref().map_or(0, |prompt| prompt.number) + 1;
        live.prompt = Some(Prompt { number, what });
    }

    /// What the app was started with, for the first start.
    pub fn offer(&self, central: &str, code: &str) {
        let mut live = self.live();
        live.offered_central = central.to_owned();
        live.offered_code = code.to_owned();
    }

    /// Central answers, or does not. Says whether that is news.
    pub fn set_connection(&self, state: ConnectionState) -> bool {
        let now = self.clock().now();
        let mut live = self.live();
        if live.connection.state == state {
            return false;
        }
        let since = (state == ConnectionState::Offline).then_some(now);
        live.connection = ConnectionNow { state, since };
        true
    }

    /// Changes the states of devices. Says whether that is news.
    pub fn change_devices(&self, change: impl FnOnce(&mut DeviceStates)) -> bool {
        let mut live = self.live();
        let before = live.devices.clone();
        change(&mut live.devices);
        live.devices != before
    }

    /// Cells across the paper. Asked by itself: a guard that lives through the making of a screen meets itself there.
    pub(crate) fn columns(&self) -> u8 {
        self.live().devices.columns
    }

    /// Remembers what went wrong, for the page behind a part of the status line.
    pub fn note_error(&self, part: StatusPart, text: impl Into<String>) {
        let now = self.clock().now();
        let mut live = self.live();
        live.errors.push_front((part, now, text.into()));
        live.errors.truncate(REMEMBERED);
    }

    /// Shows a configuration or device that was not understood, in the tray, until the next start.
    pub fn note_trouble(&self, text: impl Into<String>) {
        let mut live = self.live();
        let text = text.into();
        if !live.troubles.contains(&text) {
            live.troubles.push(text);
        }
        let more = live.troubles.len().saturating_sub(REMEMBERED);
        live.troubles.drain(..more);
    }

    /// A scanner sent what no scan can be: told by a tone and in the tray.
    pub fn bad_scan(&self, text: &str) {
        self.note_trouble(text);
        self.signal(Tone::Unknown);
    }

    /// The connection's state and the unsent entries, for the status line.
    pub(crate) fn connection(
        &self,
        unsent: u64,
        local: impl Fn(Stamp) -> selvedge_domain::time::LocalTime,
    ) -> Connection {
        let now = self.live().connection;
        Connection { state: now.state, unsent, since: now.since.map(local) }
    }
}
