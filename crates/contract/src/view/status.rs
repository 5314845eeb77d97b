//! The status line and the pages behind its parts.

use selvedge_domain::Quantity;
use selvedge_domain::quantity::Unit;
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
    /// The site's wall clock, corrected by what central said last.
    pub clock: LocalTime,
    /// How the machine's own clock is.
    pub clock_state: ClockState,
    /// To central.
    pub connection: Connection,
    /// The receipt printer.
    pub printer: PrinterState,
    /// The scanner.
    pub scanner: ScannerState,
    /// The demo company, or training: nothing here is a real figure.
    pub demo: bool,
}

/// How the machine's clock is beside what the till goes by: central's time, or the last that it knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "clock", content = "minutes")]
pub enum ClockState {
    /// As far as is known.
    Right,
    /// Behind by so many minutes.
    Slow(u32),
    /// Before it by so many minutes.
    Fast(u32),
    /// It shows a time before what is known, or years after it.
    Impossible,
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
    /// What needs a look, the worst first; empty when all is well.
    pub findings: Vec<Finding>,
    /// What is known, in the order of reading.
    pub facts: Vec<Fact>,
    /// What went wrong last, newest first.
    pub errors: Vec<(LocalTime, String)>,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// As it should be.
    Fine,
    /// Goes on; know this.
    Attention,
    /// Does not go on until somebody acts.
    Stopped,
}

/// Something that needs a look: what it is and what to do stand in `texts`, under `finding-…` and `finding-…-do`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub grade: Grade,
    /// Id of the sentence in `texts`.
    pub id: String,
    /// The number in it; 0 where it has none.
    pub count: u64,
    /// In English, as central or a device said it; may be empty.
    pub detail: String,
}

/// One line of a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Id of its name in `texts`.
    pub id: String,
    /// What it is now.
    pub value: FactValue,
}

/// What a fact says, in the forms that the window knows how to write in its language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "value")]
pub enum FactValue {
    /// As it stands.
    Text(String),
    /// Id of a word in `texts`.
    Word(String),
    /// A number of things.
    Count(u64),
    /// A moment.
    Moment(LocalTime),
    /// Milliseconds by which central's clock is before ours.
    OffsetMs(i64),
    /// What central lent this station of a product.
    Lent(Lent),
    /// Not known.
    Unknown,
}

/// What central lent this station, to promise from by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lent {
    /// `Harbour Tee`.
    pub name: String,
    /// `Navy · L`; may be empty.
    pub variant: String,
    /// Its unit.
    pub unit: Unit,
    /// How much.
    pub quantity: Quantity,
    /// So much of it was promised.
    pub drawn: Quantity,
    /// When it ends, as far as is known now.
    pub until: LocalTime,
}
