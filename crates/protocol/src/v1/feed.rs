//! Down: central's own journal, one numbered feed, of which each station gets what concerns its site.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::journal::{Hash, Hex32};

/// Rows of a page at most.
pub const MAX_PAGE_ROWS: u32 = 5_000;
/// The hash of the cursor before the first row.
pub const GENESIS_CURSOR_HASH: Hash = Hex32([0; 32]);

const DOMAIN: &[u8] = b"selvedge.feed.row\0";

/// Up to where a station has the feed: the number and hash of a row that central had. The hash chains all rows before
/// it, also those of other sites, so it proves one history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cursor {
    /// The life of central's journal.
    pub epoch: Uuid,
    /// 0 before the first row.
    pub number: u64,
    /// Hex; 64 zeros before the first row.
    pub row_hash: String,
}

impl Cursor {
    /// Before the first row of an epoch.
    pub fn start(epoch: Uuid) -> Self {
        Cursor { epoch, number: 0, row_hash: GENESIS_CURSOR_HASH.to_string() }
    }
}

/// Asks for the rows after a cursor, as `?epoch=…&number=…&row_hash=…&limit=…`. Without the first three: from the
/// start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
pub struct FeedQuery {
    /// See [`Cursor::epoch`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Uuid>,
    /// See [`Cursor::number`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// See [`Cursor::row_hash`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_hash: Option<String>,
    /// Rows at most; at most [`MAX_PAGE_ROWS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl FeedQuery {
    /// After a cursor.
    pub fn after(cursor: &Cursor, limit: u32) -> Self {
        FeedQuery {
            epoch: Some(cursor.epoch),
            number: Some(cursor.number),
            row_hash: Some(cursor.row_hash.clone()),
            limit: Some(limit),
        }
    }
}

/// Rows in order. A row that a later one replaced is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedPage {
    /// Of the station's site and of the whole company.
    pub rows: Vec<FeedRow>,
    /// To be kept in one transaction with the rows.
    pub next: Cursor,
    /// There is another page already.
    pub more: bool,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}

/// A decision of central's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedRow {
    /// Rises, with gaps: other sites' rows are between.
    pub number: u64,
    /// One of [`feed_kind`](super::feed_kind); an unknown one is passed over, the cursor goes on.
    pub kind: String,
    /// Of the kind's body.
    pub version: u32,
    /// Which site it concerns; none is all of them.
    pub site: Option<Uuid>,
    /// What; read it with [`FeedBody::read`](super::FeedBody::read).
    pub body: Value,
}

/// The hash of a feed row: over a domain tag, epoch, number, the hash of the row before it, kind, version, site and the
/// hash of the body's text, so that a person's name can be erased and the chain still holds.
pub fn row_hash(
    epoch: Uuid,
    number: u64,
    previous: &Hash,
    kind: &str,
    version: u32,
    site: Option<Uuid>,
    body: &str,
) -> Hash {
    let mut sha = Sha256::new();
    sha.update(DOMAIN);
    sha.update(epoch.as_bytes());
    sha.update(number.to_be_bytes());
    sha.update(previous.0);
    sha.update(u64::try_from(kind.len()).unwrap_or(u64::MAX).to_be_bytes());
    sha.update(kind.as_bytes());
    sha.update(version.to_be_bytes());
    sha.update(site.unwrap_or(Uuid::nil()).as_bytes());
    sha.update(Sha256::digest(body.as_bytes()));
    Hex32(sha.finalize().into())
}
