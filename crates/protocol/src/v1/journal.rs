//! Up: segments of journals. Central never refuses a fact: what it cannot apply it keeps, and says why.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::base::BaseV1;
use super::decisions::SeenV1;
use crate::journal::{Entry, EntryId, Hex32, Hex64, HexError};

/// Entries in one segment at most.
pub const MAX_SEGMENT_ENTRIES: usize = 500;
/// Bytes of one segment at most, before compression. A single entry larger than this cannot be sent.
pub const MAX_SEGMENT_BYTES: usize = 4 * 1024 * 1024;

/// Entries after the last acknowledged one, in order; of one generation or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JournalRequest {
    /// May be empty: then the answer is only central's heads.
    pub entries: Vec<EntryV1>,
    /// What the station kept of entries that it has no more, in their order; taken before the entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<BaseV1>,
    /// What the station has seen of central, so that central notices by itself when it lost something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<SeenV1>,
}

/// An entry as it is sent: `body` is the very text that was hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryV1 {
    /// Who wrote it; usually, not always, the station that sends it.
    pub device: Uuid,
    /// The life of the journal.
    pub generation: Uuid,
    /// From 1, without gaps.
    pub sequence: u64,
    /// Version of the journal's format.
    pub format: u32,
    /// Hash of the entry before it, hex.
    pub previous: String,
    /// JSON.
    pub body: String,
    /// Hex.
    pub hash: String,
    /// Ed25519 over the hash, hex.
    pub signature: String,
}

impl From<&Entry> for EntryV1 {
    fn from(entry: &Entry) -> Self {
        EntryV1 {
            device: entry.id.device,
            generation: entry.id.generation,
            sequence: entry.id.sequence,
            format: entry.format,
            previous: entry.previous.to_string(),
            body: entry.body.clone(),
            hash: entry.hash.to_string(),
            signature: entry.signature.to_string(),
        }
    }
}

impl TryFrom<EntryV1> for Entry {
    type Error = HexError;
    fn try_from(sent: EntryV1) -> Result<Entry, HexError> {
        Ok(Entry {
            id: EntryId { device: sent.device, generation: sent.generation, sequence: sent.sequence },
            format: sent.format,
            previous: Hex32::try_from(sent.previous)?,
            body: sent.body,
            hash: Hex32::try_from(sent.hash)?,
            signature: Hex64::try_from(sent.signature)?,
        })
    }
}

/// What central has, after everything in the request is on its disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JournalAnswer {
    /// Of every generation of the asking station, and of every other that was in the request. What central says now,
    /// even if that is lower than yesterday. Two heads of one generation are the two branches of a fork; a station's
    /// own is the one whose hash it holds.
    pub heads: Vec<HeadV1>,
    /// Entries that central kept and could not apply, or could not keep.
    pub problems: Vec<ProblemV1>,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
    /// The life of central's journal.
    pub epoch: Uuid,
}

/// The last entry of an unbroken chain that central has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeadV1 {
    /// Whose.
    pub device: Uuid,
    /// Which life.
    pub generation: Uuid,
    /// 0 when central has none.
    pub sequence: u64,
    /// Hex; 64 zeros when central has none.
    pub hash: String,
    /// The generation has more than one branch: go on under a new generation.
    #[serde(default)]
    pub forked: bool,
}

/// What is the matter with one entry. The queue goes on after all of them but those that were not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemV1 {
    /// Whose.
    pub device: Uuid,
    /// Which life.
    pub generation: Uuid,
    /// Its number.
    pub sequence: u64,
    /// Whether central has it on disk.
    pub kept: bool,
    /// One of [`problem`].
    pub code: String,
    /// For a person.
    pub detail: String,
}

/// The codes of [`ProblemV1`]; there may be more of them one day.
pub mod problem {
    /// Not kept: hex, format or identity make no sense.
    pub const MALFORMED: &str = "malformed";
    /// Not kept: the bytes do not have that hash.
    pub const HASH: &str = "hash";
    /// Not kept: not signed by the generation's key.
    pub const SIGNATURE: &str = "signature";
    /// Not kept: central knows no such generation.
    pub const UNKNOWN_GENERATION: &str = "unknown-generation";
    /// Not kept: entries before it are missing; the head says from where.
    pub const GAP: &str = "gap";
    /// Kept and applied: another entry has the same number. Two stations have one identity.
    pub const FORK: &str = "fork";
    /// Kept, applied after an upgrade: a kind or version that this central does not know.
    pub const UNKNOWN_KIND: &str = "unknown-kind";
    /// Kept, held: the body cannot be read.
    pub const UNREADABLE: &str = "unreadable";
    /// Kept, held: a product that central does not know.
    pub const UNKNOWN_PRODUCT: &str = "unknown-product";
    /// Kept, held: of another site than the station's.
    pub const OTHER_SITE: &str = "other-site";
    /// Kept, held: the station was revoked.
    pub const DEVICE_REVOKED: &str = "device-revoked";
    /// Kept, held: a base that stands for some of the entries of another base. Its number is that of its
    /// last entry; that of one that was not kept is its first.
    pub const BASES_OVERLAP: &str = "bases-overlap";
    /// Kept, held: a quantity or amount beyond what is possible.
    pub const IMPOSSIBLE_NUMBER: &str = "impossible-number";
}
