//! What the station is told of sync.

use selvedge_domain::ids::GenerationId;
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
    pub problems: Vec<String>,
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
    /// Generations that were left because another journal has their identity, oldest first.
    pub parted: Vec<Parted>,
}

/// Which side is to be updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// This one.
    Station,
    /// Central.
    Central,
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
