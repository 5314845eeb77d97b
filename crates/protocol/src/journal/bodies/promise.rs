//! What stations do with promises: made from an allotment while offline, ended at the till, and what is left given back.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A customer was told that something is theirs, by a station on its own. Central records it: it was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseMadeV1 {
    /// Identity.
    pub promise: Uuid,
    /// `order` or `hold`.
    pub promise_kind: String,
    /// What the customer shows, or is called by; opaque, may be empty.
    pub reference: String,
    /// Whose it is; an opaque id.
    pub customer: Option<Uuid>,
    /// What.
    pub lines: Vec<MadeLineV1>,
    /// When a hold ends, or an order is expected, by the station's best knowledge of the time, milliseconds since 1970.
    pub until_ms: Option<i64>,
}

/// A line of a promise that a station made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeLineV1 {
    /// Identity.
    pub line: Uuid,
    /// The product.
    pub product: Uuid,
    /// Positive.
    pub quantity_thousandths: i64,
    /// The allotment that it was drawn from.
    pub allotment: Uuid,
}

/// A promise ended at the till. One that is sold is fulfilled by the sale's lines instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseEndedV1 {
    /// Which.
    pub promise: Uuid,
    /// `fulfilled`: handed over, paid for elsewhere. `cancelled`: the customer does not want it.
    pub how: String,
    /// The location that the goods left; none where nothing was handed over.
    pub location: Option<Uuid>,
    /// What was handed over.
    pub lines: Vec<HandedLineV1>,
    /// Why; may be empty.
    pub reason: String,
}

/// A line that was handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedLineV1 {
    /// Identity.
    pub line: Uuid,
    /// The product.
    pub product: Uuid,
    /// Positive.
    pub quantity_thousandths: i64,
    /// Its lot, where somebody scanned one.
    pub lot: Option<String>,
}

/// What a station has used of an allotment and what it gives back, both in all since it was granted: the larger one of two
/// counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllotmentReturnedV1 {
    /// Which.
    pub allotment: Uuid,
    /// Promised from it.
    pub used_thousandths: i64,
    /// Given back: never drawn from again.
    pub returned_thousandths: i64,
}
