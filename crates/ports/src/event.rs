//! What devices tell. A missing device is a state, never an error that stops anything.

use serde::{Deserialize, Serialize};

/// Something a device tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceEvent {
    /// A printer's state changed.
    Printer {
        /// Its name in `devices.toml`.
        device: String,
        /// The state now.
        state: PrinterState,
    },
    /// A job ended or came to a stop; the queue has it already.
    Print {
        /// Which.
        job: selvedge_domain::ids::JobId,
        /// How.
        end: PrintEnd,
    },
    /// A job has characters that its printer cannot print; something plainer stands on the paper.
    PrintLoss {
        /// Which.
        job: selvedge_domain::ids::JobId,
        /// They.
        characters: String,
    },
    /// A drawer's pulse was sent.
    DrawerPulsed {
        /// Which.
        job: selvedge_domain::ids::JobId,
    },
    /// A scanner's state changed.
    Scanner {
        /// Its name in `devices.toml`.
        device: String,
        /// The state now.
        state: ScannerState,
    },
    /// Something was scanned.
    Scan(Scan),
    /// A scanner sent what no scan can be; it was dropped, the next one goes on.
    BadScan {
        /// Its name in `devices.toml`.
        device: String,
        /// What was wrong, with the bytes.
        reason: String,
    },
}

pub use crate::printing::PrintEnd;

/// How a printer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "reason")]
pub enum PrinterState {
    /// Prints.
    Ready,
    /// Prints, and the roll ends soon.
    PaperLow,
    /// Waits for paper.
    PaperOut,
    /// Waits for its cover to be closed.
    CoverOpen,
    /// Cannot be reached, or is switched to offline.
    Offline,
    /// Reached, but never says how it is: prints one way.
    Unknown,
    /// Needs somebody; what it says.
    Error(String),
}

impl PrinterState {
    /// Whether a job is sent in this state.
    pub fn prints(&self) -> bool {
        match self {
            PrinterState::Ready | PrinterState::PaperLow | PrinterState::Unknown => true,
            PrinterState::PaperOut | PrinterState::CoverOpen | PrinterState::Offline | PrinterState::Error(_) => false,
        }
    }
}

/// How a scanner is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "reason")]
pub enum ScannerState {
    /// Listens.
    Ready,
    /// Cannot be reached; why.
    Offline(String),
}

/// One scan, as the scanner sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// The scanner's name in `devices.toml`.
    pub device: String,
    /// All of it, an AIM prefix included.
    pub text: String,
    /// The AIM prefix, `]E0`, where there is one.
    pub aim: Option<String>,
}

impl Scan {
    /// A scan of `text`; finds the AIM prefix by itself.
    pub fn new(device: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let aim = match text.as_bytes() {
            [b']', kind, modifier, ..] if kind.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() => {
                Some(text[..3].to_owned())
            }
            _ => None,
        };
        Scan { device: device.into(), text, aim }
    }
}

/// Where devices tell what happens. Must not block: a device's thread stands behind it.
pub trait DeviceEvents: Send {
    /// Tells one event. Nobody listening is not an error.
    fn tell(&self, event: DeviceEvent);
}

impl DeviceEvents for std::sync::mpsc::Sender<DeviceEvent> {
    fn tell(&self, event: DeviceEvent) {
        // A closed channel means that the app is going down; its devices follow.
        let _ = self.send(event);
    }
}

impl<F: Fn(DeviceEvent) + Send> DeviceEvents for F {
    fn tell(&self, event: DeviceEvent) {
        self(event);
    }
}
