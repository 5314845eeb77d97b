//! The status line and the pages behind its parts.

use selvedge_domain::time::LocalTime;
use serde::{Deserialize, Serialize};

/// At the foot of every screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusLine {
    /// The site's name; empty before joining.
    pub site: String,
    /// The station's name; empty before joining.
    pub station: String,
    /// Who is signed in; empty when nobody is.
    pub person: String,
    /// The site's wall clock.
    pub clock: LocalTime,
    /// To central.
    pub connection: Connection,
    /// The receipt printer.
    pub printer: PrinterState,
    /// The scanner.
    pub scanner: ScannerState,
    /// The demo company, or training: nothing here is a real figure.
    pub demo: bool,
}

/// Where central is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// `data-state`.
    pub state: ConnectionState,
    /// Entries that central has not acknowledged; `data-unsent`.
    pub unsent: u64,
    /// Since when it has been offline.
    pub since: Option<LocalTime>,
}

/// Whether central answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionState {
    /// Not joined, or the demo.
    NotJoined,
    /// Not tried yet since the start.
    Connecting,
    /// It answers.
    Online,
    /// It does not.
    Offline,
}

/// What the printer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrinterState {
    /// None is configured.
    None,
    /// Not asked yet.
    Connecting,
    /// Can print.
    Ready,
    /// Can print, paper near its end.
    PaperLow,
    /// No paper.
    PaperOut,
    /// Cover open.
    CoverOpen,
    /// Cannot be reached, or says it is offline.
    Offline,
    /// An error that a person must clear.
    Error,
    /// Takes data and says nothing.
    Silent,
}

/// What the scanner does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScannerState {
    /// Types like a keyboard; nothing scanned yet.
    NotTried,
    /// Has scanned, or its port is open.
    Ready,
    /// Its port is gone.
    Unplugged,
}

/// A part of the status line that has a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusPart {
    /// To central.
    Connection,
    /// The receipt printer.
    Printer,
    /// The scanner.
    Scanner,
    /// This station.
    Station,
}

/// The page behind a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusPage {
    /// Of which part.
    pub part: StatusPart,
    /// Facts, as (id of the word in `texts`, value).
    pub facts: Vec<(String, String)>,
    /// What went wrong last, newest first.
    pub errors: Vec<(LocalTime, String)>,
}
