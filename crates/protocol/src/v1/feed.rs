//! Down: central's own journal, one numbered feed, of which each station gets what concerns its site. What a row is and
//! how it proves itself: [`FeedRow`].

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::row::FeedRow;
use crate::journal::{DeviceKey, Hash, Hex32, Hex64, PublicKey, Signature};

/// Rows of a page at most.
pub const MAX_PAGE_ROWS: u32 = 5_000;
/// The hash of the cursor before the first row.
pub const GENESIS_CURSOR_HASH: Hash = Hex32([0; 32]);

const DOMAIN: &[u8] = b"selvedge.feed.place\0";

/// Up to where a station has the feed: the number and hash of a row that central had. The hash chains all rows before
/// it, also those of other sites, so it proves one history; the signature proves that central had it, also to a central
/// that was restored from an older backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cursor {
    /// The life of central's journal.
    pub epoch: Uuid,
    /// 0 before the first row.
    pub number: u64,
    /// Hex; 64 zeros before the first row.
    pub row_hash: String,
    /// Ed25519 by central's key over [`Cursor::message`], hex; empty before the first row.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
}

impl Cursor {
    /// Before the first row of an epoch.
    pub fn start(epoch: Uuid) -> Self {
        Cursor { epoch, number: 0, row_hash: GENESIS_CURSOR_HASH.to_string(), signature: String::new() }
    }

    /// The bytes that are signed: a domain tag, epoch, number (big endian) and hash.
    pub fn message(epoch: Uuid, number: u64, hash: &Hash) -> Vec<u8> {
        let mut message = DOMAIN.to_vec();
        message.extend_from_slice(epoch.as_bytes());
        message.extend_from_slice(&number.to_be_bytes());
        message.extend_from_slice(&hash.0);
        message
    }

    /// Signs a row's place.
    pub fn sign(key: &DeviceKey, epoch: Uuid, number: u64, hash: &Hash) -> Signature {
        key.sign_bytes(&Self::message(epoch, number, hash))
    }

    /// Whether the holder of `key` had a row with this number and hash.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let hash = Hex32::try_from(self.row_hash.clone());
        let signature = Hex64::try_from(self.signature.clone());
        hash.ok()
            .zip(signature.ok())
            .is_some_and(|(hash, signature)| key.verifies(&Self::message(self.epoch, self.number, &hash), &signature))
    }
}

/// Asks for the rows after a cursor, as `?epoch=…&number=…&row_hash=…&signature=…&limit=…`. Without the first three: from
/// the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
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
    /// See [`Cursor::signature`]. With it central notices by itself that it lost what it once sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
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
            signature: (!cursor.signature.is_empty()).then(|| cursor.signature.clone()),
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
