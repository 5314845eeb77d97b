//! A station asks for stock that it may promise from by itself: many products at once, each lent or not.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::promise::AllotmentV1;
use super::row::FeedRow;

/// Allotments of a request at most.
pub const MAX_ALLOTMENTS: usize = 200;
/// How long an allotment may be drawn from at most, in seconds.
pub const MAX_ALLOTMENT_TTL_S: u32 = 7 * 24 * 60 * 60;

/// Asks for stock of the station's own site, for this station alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AllotmentsRequest {
    /// At most [`MAX_ALLOTMENTS`].
    pub allotments: Vec<AllotmentAskedV1>,
}

/// One product of which something shall be lent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AllotmentAskedV1 {
    /// Identity of the allotment, chosen by the station: asked again it is the same allotment, as it stands then.
    pub id: Uuid,
    /// Of what.
    pub product: Uuid,
    /// How long the station wants to draw from it, in seconds; at most [`MAX_ALLOTMENT_TTL_S`].
    pub ttl_s: u32,
}

/// What became of each, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AllotmentsAnswer {
    /// One for each that was asked for.
    pub allotments: Vec<AllotmentAnswer>,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AllotmentAnswer {
    /// Its identity.
    pub id: Uuid,
    /// What is lent, as it stands; none where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allotment: Option<AllotmentV1>,
    /// Central's signed decision, where something is lent. It is a row of the station's feed, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<FeedRow>,
    /// Why nothing is lent, one of [`no_allotment`]; none where something is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Why nothing is lent.
pub mod no_allotment {
    /// There is too little at the site: each promise is asked for.
    pub const SCARCE: &str = "scarce";
    /// Hardly anybody asks for it there.
    pub const UNASKED: &str = "unasked";
    /// The station holds as much of it already.
    pub const HELD: &str = "held";
    /// There is no such product, or it is not sold any more.
    pub const UNKNOWN: &str = "unknown";
    /// The identity is another station's.
    pub const TAKEN: &str = "taken";
}
