//! Goods that go from one site to another: what left, what came, and what was written off. Each says all of it by itself,
//! so that it means the same whichever central learns first.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Goods left for another site. The body's site is the one that they left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferDispatchedV1 {
    /// Which transfer: of a request, or a new one.
    pub transfer: Uuid,
    /// The site that is to have them.
    pub to_site: Uuid,
    /// What, as it was scanned.
    pub lines: Vec<TransferLineV1>,
    /// For who receives it; may be empty.
    pub note: String,
}

/// Goods came from another site. The body's site is the one that they came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferReceivedV1 {
    /// Which transfer.
    pub transfer: Uuid,
    /// The site that sent them; none where nobody at the station knows it.
    pub from_site: Option<Uuid>,
    /// The site that was to have them: out of its transit they come.
    pub to_site: Uuid,
    /// What, as it was scanned.
    pub lines: Vec<TransferLineV1>,
    /// Nothing more is to come.
    pub complete: bool,
    /// Why it is something else than was sent; may be empty.
    pub reason: String,
}

/// What moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferLineV1 {
    /// Identity.
    pub line: Uuid,
    /// The product.
    pub product: Uuid,
    /// Positive.
    pub quantity_thousandths: i64,
    /// The location that it left or came to.
    pub location: Uuid,
    /// Its lot, where somebody scanned one.
    pub lot: Option<String>,
    /// What the scanner read; none where it was chosen by hand.
    pub scanned: Option<String>,
}

/// What is in transit by the books is not on the way: it is written off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferClosedV1 {
    /// Which transfer.
    pub transfer: Uuid,
    /// The site that sent; none where nobody at the station knows it.
    pub from_site: Option<Uuid>,
    /// The site that was to have it: its transit is written off.
    pub to_site: Uuid,
    /// What.
    pub lines: Vec<TransferDifferenceV1>,
    /// Why.
    pub reason: String,
}

/// A product of which something else came than was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferDifferenceV1 {
    /// Identity.
    pub line: Uuid,
    /// The product.
    pub product: Uuid,
    /// Above zero what is missing, below zero what came too much.
    pub quantity_thousandths: i64,
    /// Its lot, where it is known.
    pub lot: Option<String>,
}
