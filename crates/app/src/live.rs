//! What lives only as long as the app runs: states of devices and of the connection, tones, the window's revision.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use selvedge_contract::view::{
    Connection, ConnectionState, FoundDevice, PrinterState, Prompt, PromptKind, ScannerState, Signal, StatusPart, Tone,
    Tray, TrayKind,
};
use selvedge_domain::ids::SiteId;
use selvedge_domain::time::Stamp;
use selvedge_ports::AskCentral;

use crate::allotments::Tending;
use crate::{App, Nudge};

/// How many errors a status page remembers.
const REMEMBERED: usize = 20;

/// Numbers from here on are of tray entries that are not stored; the window's numbers are exact up to 2^53.
const LIVE_TRAY: u64 = 1 << 40;

/// The number of a tray entry that is not stored: the same as long as it says the same.
pub(crate) fn live_tray_id(what: &TrayKind) -> u64 {
    // The time that a wrong clock shows goes on, and the entry stays the same.
    if matches!(what, TrayKind::ClockWrong { .. }) {
        return LIVE_TRAY;
    }
    // FNV-1a, folded to 32 bits: small, and the same on every machine.
    let text = serde_json::to_string(what).unwrap_or_default();
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    LIVE_TRAY + 1 + (hash >> 32)
}

/// In which order the entries of the tray were first there.
#[derive(Debug, Default)]
pub(crate) struct TrayOrder(Vec<u64>);

impl TrayOrder {
    /// Newest first; entries that are there together for the first time keep their order, the last being the newest.
    /// One that went away and comes back is new.
    pub(crate) fn newest_first(&mut self, trays: &mut [Tray]) {
        self.0.retain(|id| trays.iter().any(|tray| tray.id == *id));
        for tray in trays.iter() {
            if !self.0.contains(&tray.id) {
                self.0.push(tray.id);
            }
        }
        trays.sort_by_key(|tray| std::cmp::Reverse(self.0.iter().position(|id| *id == tray.id)));
    }
}

/// The running state.
pub struct Live {
    pub(crate) signal: Option<Signal>,
    pub(crate) prompt: Option<Prompt>,
    pub(crate) connection: ConnectionNow,
    pub(crate) devices: DeviceStates,
    pub(crate) errors: VecDeque<(StatusPart, Stamp, String)>,
    pub(crate) troubles: Vec<String>,
    pub(crate) sync: SyncHeard,
    /// Entries of the tray that are not stored and that somebody closed: they come back when they say something else.
    pub(crate) seen: HashSet<u64>,
    pub(crate) order: TrayOrder,
    pub(crate) offered_central: String,
    pub(crate) offered_code: String,
    /// Asks central while a person waits.
    pub(crate) asker: Option<Arc<dyn AskCentral>>,
    /// What other sites are called, as central said it last.
    pub(crate) sites: HashMap<SiteId, String>,
    /// When central was asked last for what it may lend.
    pub(crate) tending: Tending,
}

/// Where central is, in raw time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionNow {
    pub state: ConnectionState,
    pub since: Option<Stamp>,
}

/// What the station was told about central, beyond whether it answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncHeard {
    /// What a manager should look at: entries that central holds, a journal that it does not take.
    pub problems: Vec<SyncProblem>,
    /// Another journal has this one's identity.
    pub forked: bool,
    /// Whether people, products and prices are all there.
    pub complete: bool,
}

/// Something about central that a manager should look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncProblem {
    /// Which, as in the ids of the sentences: `revoked`, `held-unknown-product`. One without a sentence has a general one.
    pub code: String,
    /// How often; 0 where that says nothing.
    pub count: u64,
    /// In English, as central said it; may be empty.
    pub detail: String,
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
            sync: SyncHeard::default(),
            seen: HashSet::new(),
            order: TrayOrder::default(),
            offered_central: String::new(),
            offered_code: String::new(),
            asker: None,
            sites: HashMap::new(),
            tending: Tending::default(),
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

    /// What sync heard of central.
    pub fn hear_sync(&self, heard: SyncHeard) {
        self.live().sync = heard;
    }

    /// Changes the states of devices. Says whether that is news.
    pub fn change_devices(&self, change: impl FnOnce(&mut DeviceStates)) -> bool {
        let mut live = self.live();
        let before = live.devices.clone();
        change(&mut live.devices);
        let news = live.devices != before;
        drop(live);
        if news {
            self.nudge(Nudge::Findings);
        }
        news
    }

    /// Cells across the paper. Asked by itself: a guard that lives through the making of a screen meets itself there.
    pub(crate) fn columns(&self) -> u8 {
        self.live().devices.columns
    }

    /// Remembers what went wrong, for the page behind a part of the status line.
    pub fn note_error(&self, part: StatusPart, text: impl Into<String>) {
        let now = self.clock().now();
        let mut live = self.live();
        let text = text.into();
        // The same again is the same error, later.
        live.errors.retain(|(of, _, said)| *of != part || *said != text);
        live.errors.push_front((part, now, text));
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

    /// Takes a tray entry that is not stored off the screen; says whether it was one.
    pub(crate) fn dismiss_live(&self, id: u64) -> bool {
        let ours = id >= LIVE_TRAY;
        if ours {
            let mut live = self.live();
            live.troubles.retain(|detail| live_tray_id(&TrayKind::Trouble { detail: detail.clone() }) != id);
            live.seen.insert(id);
        }
        ours
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
