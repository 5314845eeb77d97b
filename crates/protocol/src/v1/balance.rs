//! Stock at the station's site. Not rows of the feed, which never forgets: a balance is a cache of the sum of movements,
//! so a station asks which balances changed since it last asked, and thousand sales of a product are one row.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::journal::HeadV1;

/// Asks for the balances that changed after a mark, as `?epoch=…&after=…&limit=…`. Without: all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct BalanceQuery {
    /// The epoch of the mark; with another one than central's the answer begins at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Uuid>,
    /// [`BalancePage::next`] of the last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Rows at most; at most [`MAX_PAGE_ROWS`](super::MAX_PAGE_ROWS).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Balances, all read at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BalancePage {
    /// Of the locations of the station's site.
    pub rows: Vec<BalanceV1>,
    /// The next mark.
    pub next: u64,
    /// There is another page already.
    pub more: bool,
    /// The mark was not central's: these rows begin at the start, forget what was heard before.
    pub restarted: bool,
    /// The moment, by central's clock, milliseconds since 1970. Holds for all balances of the site once `more` is false.
    pub as_of_ms: i64,
    /// What central had of the asking station's own journal at that moment. Movements after these heads are not in the
    /// balances, so the station adds its own.
    pub heads: Vec<HeadV1>,
    /// The life of central's journal.
    pub epoch: Uuid,
}

/// What a location holds of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BalanceV1 {
    /// The product.
    pub product: Uuid,
    /// The location.
    pub location: Uuid,
    /// May be negative: the books are wrong, and a count will say so.
    pub quantity_thousandths: i64,
}
