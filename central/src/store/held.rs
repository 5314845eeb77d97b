//! Held entries, and what a manager decides about them.

use selvedge_domain::stock::ledger::Movement;
use selvedge_protocol::journal::{Body, EntryId, Hash};
use selvedge_protocol::v1::ReleaseV1;
use uuid::Uuid;

use crate::judge;

/// Which held entries are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldNamed {
    /// Those with this number in this life of a journal: more than one where it forked. Also one that was dismissed.
    Entry {
        /// The life of the journal.
        generation: Uuid,
        /// The number.
        sequence: u64,
    },
    /// All of a station.
    Device(Uuid),
}

/// What is to become of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldDecision {
    /// Applied, whatever they are held for.
    Release,
    /// Let go of: kept, and nothing follows from them.
    Dismiss,
}

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSettled {
    /// Which.
    pub id: EntryId,
    /// Its hash.
    pub hash: Hash,
    /// What it was held for.
    pub code: String,
    /// Done, or why not.
    pub done: Result<(), String>,
}

/// A held entry as a store finds it.
pub(super) struct HeldFound {
    pub(super) number: i64,
    pub(super) id: EntryId,
    pub(super) hash: Hash,
    pub(super) body: Option<Body>,
    pub(super) code: String,
}

/// What follows from a decision about an entry.
pub(super) enum Follows {
    /// These movements, and what it says of promises and transfers.
    Applied(Vec<Movement>),
    /// Nothing.
    Nothing,
    /// It stays held.
    Stays(String),
}

impl HeldFound {
    /// What follows from a decision about it.
    pub(super) fn follows(&self, decision: HeldDecision) -> Follows {
        match decision {
            HeldDecision::Dismiss => Follows::Nothing,
            HeldDecision::Release => match judge::on_release(self.body.as_ref()) {
                Ok(movements) => Follows::Applied(movements),
                Err(why) => Follows::Stays(why),
            },
        }
    }

    /// The row by which central says it.
    pub(super) fn row(&self, decision: HeldDecision) -> ReleaseV1 {
        let EntryId { device, generation, sequence } = self.id;
        let dismissed = decision == HeldDecision::Dismiss;
        ReleaseV1 { device, generation, sequence, hash: self.hash.to_string(), dismissed }
    }

    /// Whether it says that entries are lost.
    pub(super) fn declares_losses(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.kind == judge::RECOVERED)
    }

    /// What became of it.
    pub(super) fn settled(self, done: Result<(), String>) -> HeldSettled {
        HeldSettled { id: self.id, hash: self.hash, code: self.code, done }
    }
}
