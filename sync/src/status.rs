//! What the station is told of sync.

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
    /// What a manager should look at: entries and rows that could not be used, a fork, a revoked station. No repeats.
    pub problems: Vec<String>,
    /// Rows of the feed were applied since the status before this one.
    pub changed_catalogue: bool,
    /// The whole feed was applied once since joining: people, products and prices are there.
    pub initial_done: bool,
    /// Another journal has this one's identity: a cloned or restored disk.
    pub forked: bool,
}
