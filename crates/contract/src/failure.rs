//! What goes wrong, as codes on which the window acts. The sentences are in `texts`; the window's match is exhaustive.

use serde::{Deserialize, Serialize};

/// A command that was refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code:?}: {detail}")]
pub struct Failure {
    /// What the window acts on.
    pub code: Code,
    /// For the telephone and the log: in English, without secrets; may be empty.
    pub detail: String,
}

impl Failure {
    /// With a detail.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Failure { code, detail: detail.into() }
    }

    /// A call that was not understood.
    pub fn bad_request(name: &str, why: &str) -> Self {
        Failure::new(Code::BadRequest, format!("{name}: {why}"))
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Failure { code, detail: String::new() }
    }
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The window and the app do not understand each other; a fault of ours.
    BadRequest,
    /// Something inside failed; the log has it.
    Internal,
    /// The disk is full or cannot be written; sales are refused until it can.
    DiskFull,
    /// The data file is damaged: the next start keeps it aside and makes a new one.
    DataDamaged,
    /// Not now: another screen is due first.
    NotNow,
    /// Nobody is signed in.
    SignedOut,
    /// The person may not do this.
    NotAllowed,
    /// Wrong PIN; the detail is the number of tries left.
    WrongPin,
    /// Too many wrong PINs; the detail is the number of seconds to wait.
    LockedOut,
    /// No person of this site has that badge.
    UnknownBadge,
    /// Somebody is signed in; a badge signs in.
    SignedIn,
    /// The enrolment code is not known, or was used.
    WrongCode,
    /// Central cannot be reached.
    NoCentral,
    /// Central answered something that cannot be understood.
    BadCentral,
    /// This app is too old for central.
    UpdateStation,
    /// Central is too old for this app.
    UpdateCentral,
    /// Joining was given up by a person.
    Cancelled,
    /// The station belongs to a company already.
    AlreadyJoined,
    /// No shift is open.
    TillClosed,
    /// A shift is open already.
    TillOpen,
    /// The present sale must be finished, parked or cancelled first.
    SaleOpen,
    /// Parked sales must be finished or cancelled first.
    SalesParked,
    /// The sale is empty.
    SaleEmpty,
    /// A line has no price yet.
    PriceMissing,
    /// Payments must be given back before the sale is changed.
    PaymentStarted,
    /// The sale is not paid.
    NotPaid,
    /// No such line.
    NoSuchLine,
    /// No such payment.
    NoSuchTender,
    /// No such product.
    NoSuchProduct,
    /// No such parked sale.
    NoSuchParked,
    /// No such sale at this till.
    NoSuchSale,
    /// The sale is so old that this till does not have it any more.
    SaleTooOld,
    /// No such print job.
    NoSuchJob,
    /// No such transfer at this station.
    NoSuchTransfer,
    /// Goods are being sent or received already: that comes to its end first.
    TransferOpen,
    /// Nothing was scanned.
    NothingScanned,
    /// Something else came than was sent, or is written off: somebody has to say why.
    ReasonMissing,
    /// Several products have the code, and it does not follow which of them is meant.
    SeveralProducts,
    /// Nothing of the kind is set aside.
    NoSuchPromise,
    /// What was set aside is in the sale already.
    AlreadyInSale,
    /// The demo has no central that could set something aside.
    NotInDemo,
    /// No possible day.
    WrongDay,
    /// Nothing to take back.
    NothingToUndo,
    /// No possible quantity.
    WrongQuantity,
    /// No possible price.
    WrongPrice,
    /// No possible discount.
    WrongDiscount,
    /// No possible amount of money.
    WrongAmount,
    /// More cash than the drawer should hold.
    MoreThanInDrawer,
    /// Only cash gives change.
    OnlyCashGivesChange,
    /// Nothing is due any more.
    NothingDue,
    /// A returned line keeps the terms of its sale.
    RefundIsFixed,
    /// More than was bought, or than is left of it.
    MoreThanBought,
    /// The amount is beyond what a till may hold.
    TooLarge,
    /// No such language.
    NoSuchLanguage,
    /// No such device, or it cannot be tried.
    NoSuchDevice,
}
