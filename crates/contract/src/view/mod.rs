//! What is shown. The app makes it, the window draws it; nothing here is computed again in the window.

mod promise;
mod sale;
mod status;
mod transfer;

use selvedge_domain::ids::{JobId, PersonId, PromiseId};
use selvedge_domain::people::Role;
use selvedge_domain::time::LocalTime;
use selvedge_domain::{Amount, Currency, Quantity};
use serde::{Deserialize, Serialize};

pub use promise::*;
pub use sale::*;
pub use status::*;
pub use transfer::*;

/// The whole of what is to be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Grows with every change; a view with a lower number than the one shown is late and is dropped.
    pub revision: u64,
    /// `en`, `de`.
    pub language: String,
    /// At the foot of every screen.
    pub status: StatusLine,
    /// What waits, newest first.
    pub trays: Vec<Tray>,
    /// The last signal; played and flashed once, when its number is new.
    pub signal: Option<Signal>,
    /// The last question or sheet that a scan asks for; opened once, when its number is new.
    pub prompt: Option<Prompt>,
    /// Goods between sites; none where nobody is signed in who may send and receive them.
    pub transfers: Option<TransferDuty>,
    /// Which screen is due.
    pub screen: Screen,
}

/// Something that the window opens because of a scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// Grows by one.
    pub number: u64,
    /// What to open.
    pub what: PromptKind,
}

/// What a scan can ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "prompt", content = "data")]
pub enum PromptKind {
    /// A receipt of this till was scanned: the return sheet with its sale.
    Return {
        /// Its number.
        receipt: String,
    },
    /// A badge was scanned while nobody was signed in: her PIN is asked for.
    SignIn {
        /// Whose badge it is.
        person: PersonId,
    },
    /// The slip of something that is set aside was scanned.
    Promise {
        /// Which.
        promise: PromiseId,
    },
    /// Several products fit the code: a person says which.
    Choose {
        /// As scanned.
        text: String,
        /// What it can be.
        products: Vec<SearchHit>,
    },
}

/// The screens between which the app decides. Dialogs and the pay screen are the window's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "screen", content = "data")]
pub enum Screen {
    /// Join or demo.
    FirstStart(FirstStart),
    /// Who is at the till?
    SignIn(SignInScreen),
    /// No shift is open: float.
    OpenTill(OpenTillScreen),
    /// Scanning and paying.
    Selling(Box<Selling>),
    /// After the sale.
    SaleDone(Box<SaleDone>),
}

/// The unenrolled station.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstStart {
    /// The address that the app was started with; may be empty.
    pub central: String,
    /// A code that was given or scanned; may be empty.
    pub code: String,
    /// Devices that were found.
    pub devices: Vec<FoundDevice>,
}

/// A device on the counter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundDevice {
    /// Its name in `devices.toml`.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// How it is connected, in the words of `devices.toml`.
    pub transport: String,
    /// Whether it answers; for a scanner, whether something was scanned.
    pub answers: bool,
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// Prints receipts.
    ReceiptPrinter,
    /// Reads codes.
    Scanner,
}

/// What trying a device showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceTest {
    /// A test page waits or is out.
    Printing,
    /// Scan something now.
    WaitingForScan,
}

/// Nobody is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignInScreen {
    /// The company's name.
    pub company: String,
    /// People of the site, last signed in first.
    pub people: Vec<PersonTile>,
    /// The open shift, if one is: since when and by whom.
    pub shift: Option<(LocalTime, String)>,
    /// The demo's PINs, so that nobody needs a manual; none in a real company.
    pub demo_pins: Option<DemoPins>,
}

/// PINs that are no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPins {
    /// Of managers.
    pub manager: String,
    /// Of everybody else.
    pub others: String,
}

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonTile {
    /// Who.
    pub id: PersonId,
    /// Her name.
    pub name: String,
    /// What she may do.
    pub role: Role,
    /// Seconds until a PIN is taken again; none when it is taken now.
    pub locked_s: Option<u32>,
}

/// Signed in, no shift open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenTillScreen {
    /// Of the float.
    pub currency: Currency,
    /// What was left in the drawer at the last closing; the proposal.
    pub proposed_float: Amount,
    /// The Z report of the shift that was just closed, if it was.
    pub closed: Option<Box<ClosedTill>>,
}

/// A shift that was just closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClosedTill {
    /// Number of the Z report.
    pub number: u32,
    /// What the drawer should have held.
    pub expected: Amount,
    /// What was counted.
    pub counted: Amount,
    /// The Z report, for the preview.
    pub report: Paper,
    /// Whether it is printed.
    pub print: PrintState,
}

/// Something that waits at the foot of the cart. Scanning goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tray {
    /// For [`DismissTray`](crate::commands::DismissTray).
    pub id: u64,
    /// What it is.
    pub what: TrayKind,
}

/// What can wait in the tray.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "tray", content = "data")]
pub enum TrayKind {
    /// A code that nobody knows; kept in the journal.
    UnknownCode {
        /// As scanned.
        text: String,
        /// Why it is no product number, if it looks like one; may be empty.
        why: String,
    },
    /// A scan where it makes no sense: payment has started, no shift, nobody signed in.
    ScanNotNow {
        /// As scanned.
        text: String,
        /// What is in the way.
        why: crate::Code,
    },
    /// A job that may or may not be on paper.
    UncertainPrint {
        /// For [`AnswerUncertain`](crate::commands::AnswerUncertain).
        job: JobId,
        /// The receipt's number, or what the paper is called.
        title: String,
    },
    /// The printer does not print; jobs wait.
    PrinterStopped {
        /// Why.
        state: PrinterState,
        /// How many jobs wait.
        waiting: u32,
    },
    /// The disk is nearly full or full.
    DiskFull,
    /// The machine's clock is so wrong that the till does not go by it.
    ClockWrong {
        /// What it shows.
        shows: LocalTime,
        /// What the till goes by: central's time, or the last that it knew.
        used: LocalTime,
    },
    /// Another station has this one's identity: a disk was cloned or restored.
    Forked,
    /// The data file was damaged. It is kept, and a new one was made from it and from what central had.
    DataRecovered {
        /// Where the damaged file is.
        folder: String,
        /// Entries of the journal that are there again.
        found: u64,
        /// Numbers of entries that nobody has any more, as first and last of each stretch.
        missing: Vec<(u64, u64)>,
    },
    /// More was sold than the books had: nothing is wrong with the sale, and a count is due.
    CountRaised {
        /// The first product of them, and how much of it was sold.
        line: PromisedLine,
        /// What the till believed to be on hand before.
        believed: Quantity,
        /// How many other products of the sale.
        more: u32,
    },
    /// Central answered what had needed its confirmation.
    PromiseAnswered {
        /// Which request.
        promise: PromiseId,
        /// What was asked for.
        line: PromisedLine,
        /// How it stands now.
        standing: Standing,
        /// When a hold ends, or an order is expected.
        until: Option<LocalTime>,
    },
    /// A line of a configuration or a device that was not understood.
    Trouble {
        /// In English, naming the file and the field.
        detail: String,
    },
}

/// A tone and a flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Grows by one.
    pub number: u64,
    /// Which.
    pub tone: Tone,
}

/// The three tones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// A scan found its product, a sale is done.
    Done,
    /// A code nobody knows.
    Unknown,
    /// Look here.
    Attention,
}
