//! What stations say about counting.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The books are wrong, as a station noticed: what was sold cannot have been there. The place is to be counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountRaisedV1 {
    /// `sold-without-cover`: from the hand of a customer, while the books had less.
    pub why: String,
    /// The sale that showed it.
    pub sale: Option<Uuid>,
    /// The location to be counted.
    pub location: Uuid,
    /// When the station last heard of the site's stock, milliseconds since 1970 by central's clock.
    pub heard_ms: Option<i64>,
    /// Of what.
    pub lines: Vec<RaisedLineV1>,
}

/// A product whose figure is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RaisedLineV1 {
    /// The product.
    pub product: Uuid,
    /// What was there at least: the customer had it.
    pub seen_thousandths: i64,
    /// What the station believed to be on hand before.
    pub believed_thousandths: i64,
}
