//! Down: a station's own entries, for one whose data file was damaged.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::journal::EntryV1;

/// Asks for entries of a generation of the station's own, as `?generation=…&after=…&limit=…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct EntriesQuery {
    /// The life of the journal.
    pub generation: Uuid,
    /// The number after which to begin; 0 for the first entry.
    #[serde(default)]
    pub after: u64,
    /// Entries at most; at most [`MAX_SEGMENT_ENTRIES`](super::MAX_SEGMENT_ENTRIES).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Entries as they were handed in, in their order. Of a fork's branches the one that came first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntriesPage {
    /// None behind the last one, and of a generation that central does not know or that is another station's.
    pub entries: Vec<EntryV1>,
    /// There are more behind the last of them.
    pub more: bool,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}
