//! What the engine is told and what it says.

use uuid::Uuid;

use crate::plan::Stuck;
use crate::{CallError, Parted, SyncStatus, Trouble};

/// What works by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// The journal.
    Up,
    /// The feed.
    Down,
    /// The balances.
    Balances,
}

/// How often it asks when nothing pokes.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// For new rows of the feed.
    pub feed_every_ms: u64,
    /// For changed balances.
    pub balances_every_ms: u64,
    /// For rows and balances, while the stream would say that there are any.
    pub poked_every_ms: u64,
    /// For what central has of the journal, when there is nothing to send: it may have been restored.
    pub heads_every_ms: u64,
    /// To say how the station is, when nothing changed.
    pub report_every_ms: u64,
    /// Between two reports at least, whatever changed.
    pub report_gap_ms: u64,
    /// The oldest `v1::REVISION` of a central that this station can work with.
    pub oldest_central: u32,
    /// A generation that central does not take is left alone for this long.
    pub stuck_rest_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            feed_every_ms: 2_000,
            balances_every_ms: 2_000,
            poked_every_ms: 30_000,
            heads_every_ms: 60_000,
            report_every_ms: 180_000,
            report_gap_ms: 10_000,
            oldest_central: 0,
            stuck_rest_ms: 120_000,
        }
    }
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time went by.
    Tick,
    /// The journal grew.
    Poke {
        /// Entries that are not acknowledged.
        unsent: u64,
    },
    /// Something needs a look at the station, or no longer does: central is to know.
    Changed,
    /// [`Output::SayHow`] is done.
    SaidHow(
        /// Entries that waited when it was said.
        Result<u64, Failure>,
    ),
    /// Somebody waits for what central is asked to set aside.
    Asked,
    /// [`Output::AskPromises`] is done: how many requests were answered.
    Answered(Result<u64, Failure>),
    /// There is something that central may lend.
    Lend,
    /// [`Output::AskAllotments`] is done: how many were answered.
    Lent(Result<u64, Failure>),
    /// [`Output::Listen`] hears something.
    Stream(StreamSays),
    /// [`Output::AskToken`] is done.
    Token(Result<TokenHeard, Failure>),
    /// A lane is done.
    Done {
        /// Which.
        lane: Lane,
        /// How it went.
        result: Result<Report, Failure>,
    },
}

/// What the stream says.
#[derive(Clone, Debug)]
pub enum StreamSays {
    /// It is open, or says what this version does not know.
    Lives,
    /// There may be new rows of the feed.
    Feed,
    /// Balances may have changed.
    Balances,
    /// It ended, or could not be opened.
    Over(Option<Failure>),
}

/// A token as it was heard.
#[derive(Clone, Debug)]
pub struct TokenHeard {
    /// Opaque.
    pub token: String,
    /// How long it is good from now.
    pub life_ms: u64,
    /// The station was revoked: only the journal's way up is open.
    pub revoked: bool,
    /// What central speaks, `v1::REVISION`.
    pub revision: u32,
    /// Central's clock, as it was heard.
    pub clock: ClockReading,
}

/// Central's clock between two looks at ours.
#[derive(Clone, Copy, Debug)]
pub struct ClockReading {
    /// Ours when the request left.
    pub asked_ms: i64,
    /// Central's.
    pub central_ms: i64,
    /// Ours when the answer was there.
    pub answered_ms: i64,
}

/// A lane's work that went well.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// There is more to do at once.
    pub more: bool,
    /// Central has more of the journal than before.
    pub progress: bool,
    /// Central's cursor begins anew.
    pub restarted: bool,
    /// Everything that central has was applied.
    pub complete: bool,
    /// Rows were applied.
    pub changed: bool,
    /// Entries that are not acknowledged, where it was counted.
    pub unsent: Option<u64>,
    /// Generations that were left because another journal has their identity, where it was asked.
    pub parted: Option<Vec<Parted>>,
    /// Entries that central holds for a manager, by reason, where it was asked.
    pub held: Option<Vec<(String, u64)>>,
    /// Of these it is to be asked at once whether central has our last entry.
    pub probe: Vec<Uuid>,
    /// Generations that central does not take.
    pub stuck: Vec<Stuck>,
    /// For a manager.
    pub problems: Vec<Trouble>,
    /// Central's clock.
    pub clock: Option<ClockReading>,
}

/// A lane's work that did not go well.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// The call.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Central is of another time: a call that we need is not there.
    #[error("central speaks revision {revision}: {source}")]
    OtherTime {
        /// What it speaks, `v1::REVISION`.
        revision: u32,
        /// What it said to the call.
        source: CallError,
    },
    /// Our own store: a full disk, a damaged file.
    #[error("the store: {0}")]
    Store(String),
}

impl Failure {
    pub(super) fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Failure::Call(CallError::Refused { retry_after_ms, .. }) => *retry_after_ms,
            Failure::Call(CallError::Away(_) | CallError::Nonsense(_))
            | Failure::OtherTime { .. }
            | Failure::Store(_) => None,
        }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Sign and ask for a token; answer with [`Input::Token`].
    AskToken {
        /// Central's clock minus ours, as far as known.
        offset_ms: Option<i64>,
    },
    /// Send the next segment; answer with [`Input::Done`].
    Push {
        /// To send it under.
        token: String,
        /// Entries at most.
        most_entries: usize,
        /// Generations that central does not take.
        leave_out: Vec<Uuid>,
        /// Generations whose last entry is sent though central acknowledged it.
        probe: Vec<Uuid>,
    },
    /// Ask for the feed; answer with [`Input::Done`].
    Pull {
        /// To ask under.
        token: String,
    },
    /// Ask for balances; answer with [`Input::Done`].
    AskBalances {
        /// To ask under.
        token: String,
    },
    /// Ask central for what people here want set aside, if anything waits; answer with [`Input::Answered`].
    AskPromises {
        /// To ask under.
        token: String,
        /// Central's clock minus ours, as far as known.
        offset_ms: Option<i64>,
    },
    /// Ask central for the allotments that the station wants, if any wait; answer with [`Input::Lent`].
    AskAllotments {
        /// To ask under.
        token: String,
    },
    /// Tell central how the station is; answer with [`Input::SaidHow`].
    SayHow {
        /// To tell it under.
        token: String,
        /// Central's clock minus ours, as far as known.
        offset_ms: Option<i64>,
    },
    /// Open the stream; tell what it says with [`Input::Stream`], and at last that it is over.
    Listen {
        /// To listen under.
        token: String,
    },
    /// Tell the station.
    Tell(SyncStatus),
}
