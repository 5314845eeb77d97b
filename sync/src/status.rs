//! What the station is told of sync.

use std::cmp::Ordering;

use selvedge_domain::ids::GenerationId;
use selvedge_protocol::v1::REVISION;
pub use selvedge_store::table::generation::Cause;

/// Whether central answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncState {
    /// Not known yet.
    #[default]
    Connecting,
    /// It does.
    Online,
    /// It does not, or not with sense; [`SyncStatus::last_error`] says why.
    Offline,
}

/// How sync stands; told whenever it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncStatus {
    /// Whether central answers.
    pub state: SyncState,
    /// Entries that central has not acknowledged.
    pub unsent: u64,
    /// Central's clock minus ours.
    pub offset_ms: Option<i64>,
    /// Why the last call failed; none after a good one.
    pub last_error: Option<String>,
    /// What a manager should look at: entries and rows that could not be used, a revoked station. No repeats.
    pub problems: Vec<Trouble>,
    /// Rows of the feed were applied since the status before this one.
    pub changed_catalogue: bool,
    /// The whole feed was applied once since joining: people, products and prices are there.
    pub initial_done: bool,
    /// Our clock when central answered last; up to ten seconds older than it was.
    pub heard_ms: Option<i64>,
    /// Entries that central keeps and holds for a manager, by reason (`v1::problem`), most first.
    pub held: Vec<(String, u64)>,
    /// One side is too old for the other.
    pub update: Option<Update>,
    /// Counts the answers to what people here wanted set aside, from the start of the app.
    pub answers: u64,
    /// Generations that were left because another journal has their identity, oldest first.
    pub parted: Vec<Parted>,
}

/// Something for a manager: a code that the window has words for, and what is behind it, in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// [`Trouble::REVOKED`] and the like, or one of `v1::problem`.
    pub code: String,
    /// Which entry, which row, and why.
    pub detail: String,
}

impl Trouble {
    /// The station may hand in its journal, and nothing else.
    pub const REVOKED: &str = "revoked";
    /// Central does not take a journal.
    pub const STUCK: &str = "stuck";
    /// Something that central decided cannot be used here.
    pub const ROW: &str = "row";
    /// Central cannot use a decision that it gets back.
    pub const GIVEN_BACK: &str = "given-back";

    pub(crate) fn new(code: &str, detail: impl Into<String>) -> Self {
        Trouble { code: code.to_owned(), detail: detail.into() }
    }
}

/// Which side is to be updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// This one.
    Station,
    /// Central.
    Central,
}

impl Update {
    /// Who is older, when a call that this station needs is not there at a central of that revision; none when both are of
    /// one time, and something else is wrong.
    pub fn beside(revision: u32) -> Option<Self> {
        match revision.cmp(&REVISION) {
            Ordering::Greater => Some(Update::Station),
            Ordering::Less => Some(Update::Central),
            Ordering::Equal => None,
        }
    }
}

/// A generation that was left: its disk was cloned, or set back to an old image. Central has both journals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parted {
    /// Which.
    pub generation: GenerationId,
    /// On the receipts that were numbered under it.
    pub short: String,
    /// Which of the two it was.
    pub cause: Cause,
}
