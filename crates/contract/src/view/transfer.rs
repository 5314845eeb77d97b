//! Goods between sites: what is on the way, and what is being scanned.

use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, SiteId, TransferId};
use selvedge_domain::quantity::Unit;
use selvedge_domain::stock::tally::WrongPiece;
use selvedge_domain::stock::transfer::{TransferAsking, TransferState, TransferTask};
use selvedge_domain::time::LocalTime;
use serde::{Deserialize, Serialize};

/// What the one who is signed in has to do with goods between sites, on whatever screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferDuty {
    /// Goods that are being sent or received: until that ends, a scan proves a piece of them and sells nothing. It is
    /// kept, so it is there after a restart.
    pub scanning: Option<TransferScan>,
}

/// All transfers of this site, and what is being scanned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferPage {
    /// Goods that are being sent or received.
    pub scanning: Option<TransferScan>,
    /// Those that somebody has to do something about, then those that are over; each newest first.
    pub transfers: Vec<TransferRow>,
    /// Where goods can be sent or asked for, by name.
    pub places: Vec<(SiteId, String)>,
}

/// A transfer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferRow {
    /// Identity.
    pub id: TransferId,
    /// This site sends it.
    pub outgoing: bool,
    /// What was asked of central and is not answered; none where central has said all.
    pub asking: Option<TransferAsking>,
    /// Why central refused; empty where it did not.
    pub refusal: String,
    /// Who sends; none while nobody said it.
    pub from: Option<SiteId>,
    /// Who is to have it.
    pub to: SiteId,
    /// The other site's name; empty while nobody said it.
    pub other: String,
    /// How far it is.
    pub state: TransferState,
    /// How many pieces were sent, or came unannounced, or were asked for; a weight or length counts as one.
    pub pieces: i64,
    /// When the last was heard of it, on the wall of this site.
    pub at: Option<LocalTime>,
    /// What was asked is still to be sent from here.
    pub may_send: bool,
    /// Nothing was sent: it can be cancelled, and what central refused can be forgotten.
    pub may_cancel: bool,
    /// It is to come here, or more of it can.
    pub may_receive: bool,
    /// The one who is signed in may write off what is in transit.
    pub may_close: bool,
    /// What was asked, for who sends it; may be empty.
    pub note: String,
    /// Its products.
    pub lines: Vec<TransferRowLine>,
}

/// A product of a transfer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferRowLine {
    /// Which; without a name where this station does not know it.
    pub goods: Goods,
    /// Asked for.
    pub requested: Quantity,
    /// Sent.
    pub dispatched: Quantity,
    /// There.
    pub received: Quantity,
    /// Neither there nor written off; below zero more came than was sent.
    pub in_transit: Quantity,
}

/// A product as people call it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goods {
    /// Which.
    pub product: ProductId,
    /// Its name.
    pub name: String,
    /// What tells it from its siblings; may be empty.
    pub variant: String,
    /// What one of it is.
    pub unit: Unit,
}

/// Goods that are being asked for, sent or received: one thing to do next, each piece proved by a scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferScan {
    /// Of which transfer.
    pub transfer: TransferId,
    /// What they are.
    pub task: TransferTask,
    /// Who is to have it.
    pub to: SiteId,
    /// The other site's name; empty while nobody said it.
    pub other: String,
    /// Whether anybody knows how much there should be.
    pub is_expected: bool,
    /// The one thing to do next, and how many of it; none when nothing is missing, or nobody knows.
    pub next: Option<(Goods, Quantity)>,
    /// What is there, in the order of the first scans.
    pub counted: Vec<(Goods, Quantity)>,
    /// All that is there or expected: in the order of the first scans, then what nothing was scanned of.
    pub lines: Vec<TransferScanLine>,
    /// What was counted last; its quantity is set by key.
    pub last: Option<ProductId>,
    /// Whether there is a step to be taken back.
    pub can_undo: bool,
    /// What is missing; below zero what is too much.
    pub difference: Vec<(Goods, Quantity)>,
    /// The last scan, when it counts for nothing, and why.
    pub wrong: Option<(Goods, WrongPiece)>,
}

/// A product of goods that are being sent or received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferScanLine {
    /// Which.
    pub goods: Goods,
    /// How much of it there should be; none where nobody knows. Zero where it is not expected.
    pub expected: Option<Quantity>,
    /// How much of it is there.
    pub counted: Quantity,
}
