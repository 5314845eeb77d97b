//! Bases: what stretches of a journal did, so that stations need not keep their journals for ever. See
//! [`journal::BaseStatement`](crate::journal::BaseStatement).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A base as it is handed in, in a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BaseV1 {
    /// JSON, the very text that central signed.
    pub statement: String,
    /// Ed25519 by central's key, hex.
    pub signature: String,
}

/// A station asks central to sign what a stretch of its journal did. Central adds the entries up itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BaseRequest {
    /// Which life of the station's journal.
    pub generation: Uuid,
    /// The first entry of the stretch.
    pub first: u64,
    /// The last one; at most [`MAX_BASE_ENTRIES`] with the first.
    pub last: u64,
    /// SHA-256 of the statement's text as the station has it, hex.
    pub statement: String,
}

/// Entries of one base at most.
pub const MAX_BASE_ENTRIES: u64 = 1_000;

/// Central says the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BaseAnswer {
    /// Ed25519 by central's key over a domain tag and the statement's hash, hex.
    pub signature: String,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}
