//! What is set aside for customers.

use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, PromiseId, SiteId};
use selvedge_domain::quantity::Unit;
use selvedge_domain::stock::promise::{CauseKind, PromiseKind};
use selvedge_domain::time::LocalTime;
use serde::{Deserialize, Serialize};

/// Where a product can be set aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Availability {
    /// Which product.
    pub line: PromisedLine,
    /// Where, this site first; without an answer of central only this one.
    pub places: Vec<Place>,
    /// How old the figures are.
    pub age: FiguresAge,
}

/// How a product stands at a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Which.
    pub site: SiteId,
    /// `Galway`.
    pub name: String,
    /// Where this till stands.
    pub here: bool,
    /// May be promised; nothing of it when below zero.
    pub available: Quantity,
    /// On hand where it is sold from.
    pub on_hand: Quantity,
    /// Set aside for others.
    pub promised: Quantity,
    /// Lent to this till: so many it may promise by itself, whatever is available. Nothing at other sites.
    pub lent: Quantity,
}

/// How old figures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from", content = "data")]
pub enum FiguresAge {
    /// Central said them just now, of so many seconds ago.
    Central(u32),
    /// Central does not answer: what this till knows, heard so many minutes ago; none when it never heard any.
    Till(Option<u32>),
}

/// A line of a promise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromisedLine {
    /// Which product.
    pub product: ProductId,
    /// `Harbour Tee`; the product's id where it is not known here.
    pub name: String,
    /// `Navy · L`; may be empty.
    pub variant: String,
    /// `#RRGGBB`; may be empty.
    pub colour_code: String,
    /// Its unit.
    pub unit: Unit,
    /// How much.
    pub quantity: Quantity,
}

/// What is set aside, or was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromiseShown {
    /// Which.
    pub promise: PromiseId,
    /// What its slip says.
    pub slip: String,
    /// What the customer was told.
    pub kind: PromiseKind,
    /// How it stands.
    pub standing: Standing,
    /// What.
    pub lines: Vec<PromisedLine>,
    /// The site that must deliver; empty where its name is not known.
    pub site: String,
    /// This site must.
    pub here: bool,
    /// When it was asked for, or promised.
    pub at: LocalTime,
    /// When a hold ends, or an order is expected.
    pub until: Option<LocalTime>,
    /// What the customer said; empty where nothing was said here, or it was erased.
    pub customer: String,
    /// Who asked for it here; empty where it was asked for elsewhere, or her name was erased.
    pub person: String,
    /// A till promised it by itself, from what central had lent it.
    pub by_till: bool,
    /// Why it broke.
    pub cause: Option<CauseKind>,
}

/// How something stands that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// There is not enough: somebody has to tell the customer.
    Broken,
    /// Central has not answered: nothing is promised yet.
    NeedsConfirmation,
    /// Promised, and its time is over.
    Late,
    /// Promised until its time is over.
    Reserved,
    /// Promised until the customer has it.
    Confirmed,
    /// The customer does not want it; central has not confirmed that.
    LettingGo,
    /// Central did not set it aside: there is too little.
    SoldOut,
    /// Central did not set it aside for another reason.
    Refused,
    /// Its time was over before central answered.
    TooLate,
    /// The customer has it.
    Fulfilled,
    /// The customer did not want it.
    LetGo,
    /// Nobody came in time.
    Expired,
}

impl Standing {
    /// Goods are set aside, and the customer may come for them.
    pub fn is_promised(self) -> bool {
        match self {
            Standing::Reserved | Standing::Confirmed | Standing::Late => true,
            Standing::Broken
            | Standing::NeedsConfirmation
            | Standing::LettingGo
            | Standing::SoldOut
            | Standing::Refused
            | Standing::TooLate
            | Standing::Fulfilled
            | Standing::LetGo
            | Standing::Expired => false,
        }
    }

    /// The customer may still decide against it.
    pub fn may_be_let_go(self) -> bool {
        self.is_promised() || self == Standing::NeedsConfirmation
    }
}
