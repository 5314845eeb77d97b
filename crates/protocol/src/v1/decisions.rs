//! The rows of the feed that central needs to come back, and the call by which stations hand them in again.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::balance::BalanceV1;
use super::enrol::is_first;
use super::feed::Cursor;
use super::row::FeedRow;

/// Rows of one [`DecisionsRequest`] at most.
pub const MAX_DECISIONS: usize = 5_000;

/// A station. All stations get it, so that any of them can say who the others were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceV1 {
    /// Identity.
    pub id: Uuid,
    /// Where it stands.
    pub site: Uuid,
    /// The till's code.
    pub till: String,
    /// Version of the app when it joined.
    pub app: String,
    /// Milliseconds since 1970.
    pub enrolled_ms: i64,
    /// The lives of its journal, oldest first; a key ever enrolled is never forgotten.
    pub generations: Vec<GenerationV1>,
    /// What it said when it joined that it speaks; 0: the first protocol. Only such a one begins generations unsigned.
    #[serde(default, skip_serializing_if = "is_first")]
    pub revision: u32,
    /// It may hand in its journal and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<RevokedV1>,
}

/// A life of a station's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GenerationV1 {
    /// Identity.
    pub generation: Uuid,
    /// Its short id, on receipts.
    pub short: String,
    /// Ed25519, hex.
    pub public_key: String,
    /// Milliseconds since 1970.
    pub known_ms: i64,
}

/// When a station was revoked, and what central had of it then: later entries are held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevokedV1 {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// The last entry of each generation that counted.
    pub heads: Vec<SeenHeadV1>,
}

/// An entry of a generation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeenHeadV1 {
    /// The life of the journal.
    pub generation: Uuid,
    /// Its number.
    pub sequence: u64,
    /// Hex.
    pub hash: String,
}

/// What locations held when their books were opened. The first row that names a product and location counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpeningV1 {
    /// The moment, milliseconds since 1970.
    pub at_ms: i64,
    /// Up to a few hundred, all of the row's site.
    pub lines: Vec<BalanceV1>,
}

/// An entry that was held and that a manager released, or dismissed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseV1 {
    /// Whose.
    pub device: Uuid,
    /// Which life.
    pub generation: Uuid,
    /// Its number.
    pub sequence: u64,
    /// Hex.
    pub hash: String,
    /// Nothing follows from it: it is kept, and counts nothing. A release of the same entry stands above it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dismissed: bool,
}

/// The first row of a life of central's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EpochV1 {
    /// The new life.
    pub epoch: Uuid,
    /// The last row that was left of the life before; none where nothing was.
    pub parent: Option<Cursor>,
    /// Milliseconds since 1970.
    pub opened_ms: i64,
    /// For a person.
    pub because: String,
}

/// What central had at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckpointV1 {
    /// The last entry of every branch of every generation.
    pub heads: Vec<DeviceHeadV1>,
    /// SHA-256 over all balances that are not zero, in the order of product and account, hex.
    pub balances: String,
    /// Rows that later ones had replaced: nobody needs them, so nobody looks for them.
    pub replaced: Vec<NumbersV1>,
}

/// The last entry of a branch of a journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceHeadV1 {
    /// Whose.
    pub device: Uuid,
    /// Which life.
    pub generation: Uuid,
    /// Its number.
    pub sequence: u64,
    /// Hex.
    pub hash: String,
}

/// Numbers of rows, both ends contained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NumbersV1 {
    /// The life in which they stood.
    pub epoch: Uuid,
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// A manager said that a station does not come back. What it held alone is lost; what it hands in after all is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeclaredDeadV1 {
    /// Which.
    pub device: Uuid,
    /// In which life nobody waits for it.
    pub epoch: Uuid,
}

/// What a station has seen of central. A central that cannot confirm it has lost something, and begins a new epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeenV1 {
    /// Up to where it has the feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// The epoch of the answer that `heads` came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Uuid>,
    /// What central acknowledged of each of the station's generations.
    #[serde(default)]
    pub heads: Vec<SeenHeadV1>,
    /// The epoch for which the station has handed in all that it has, decisions and entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gave_back: Option<Uuid>,
}

/// Hands in rows of lives of central's journal that central lost, in the order in which the station got them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecisionsRequest {
    /// At most [`MAX_DECISIONS`]; each signed by central's own key.
    pub rows: Vec<FeedRow>,
    /// The station has more of them.
    pub more: bool,
}

/// What became of the rows, after it is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecisionsAnswer {
    /// The present life of central's journal.
    pub epoch: Uuid,
    /// Rows that central did not have.
    pub taken: u64,
    /// Rows that are not central's, for a person.
    pub problems: Vec<String>,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}
