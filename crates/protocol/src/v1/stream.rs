//! The stream that pokes: `GET /api/v1/stream` is a server-sent event stream (WHATWG HTML, section 9.2) that says that
//! there is something to fetch, and never what. Losing an event loses time, never data: the cursors decide.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The `data:` of an event, JSON in one line. Its `event:` says the same as [`what`](Self::what).
///
/// The first event of each kind comes at once, since something may have changed while nobody listened. Later ones come
/// when something changed, many changes as one event. Between them are comments (`:`), so that a dead line is noticed;
/// [`STREAM_SILENCE_MS`] says how long the line may be silent. The stream ends with the token that opened it: ask for a
/// new one and open it again. A station has one stream; a second one ends the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamEventV1 {
    /// One of [`stream_event`]; an unknown one is passed over.
    pub what: String,
    /// The life of central's journal.
    pub epoch: Uuid,
}

/// Silence after which the line is dead, milliseconds: three comments of central's were missed.
pub const STREAM_SILENCE_MS: u64 = 45_000;

/// The kinds of [`StreamEventV1`]; there may be more of them one day.
pub mod stream_event {
    /// There may be new rows of the feed.
    pub const FEED: &str = "feed";
    /// Balances of the station's site may have changed.
    pub const BALANCES: &str = "balances";
}
