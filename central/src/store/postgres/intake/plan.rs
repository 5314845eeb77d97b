//! What becomes of entries: decided in memory from what central has around them. Nothing is written here.

use std::collections::{BTreeMap, HashMap, HashSet};

use selvedge_domain::stock::ledger::Movement;
use selvedge_protocol::journal::{Entry, EntryId, GENESIS, Hash};
use selvedge_protocol::v1::problem;
use uuid::Uuid;

use crate::judge::{self, Verdict};
use crate::store::postgres::base;
use crate::store::{Problem, Stored};

/// Said of an entry whose generation is not known.
pub(super) const NO_GENERATION: &str = "central knows no such generation of that station";

/// What central has around the entries that came.
#[derive(Default)]
pub(super) struct Around {
    /// Generations that exist, and the highest branch of each that has one.
    pub(super) generations: HashMap<Uuid, Option<i32>>,
    /// What stands at the numbers of the entries and at those before them.
    pub(super) there: HashMap<(Uuid, u64), Vec<There>>,
    /// What stations declared lost: device and the declaration's body. Looked up only for entries without a parent.
    pub(super) lost: Vec<(Uuid, String)>,
    /// Bases that stand for some of these numbers; those that are applied come first.
    pub(super) bases: Vec<base::Known>,
}

impl Around {
    /// Whether another entry stands at its number, by itself or in a base.
    pub(super) fn has_another(&self, entry: &Entry) -> bool {
        let id = entry.id;
        let there = self.there.get(&(id.generation, id.sequence));
        let in_base = || self.bases.iter().any(|base| base.has_number(id.generation, id.sequence));
        there.is_some_and(|there| there.iter().any(|one| one.hash != entry.hash))
            || (self.base_of(id.generation, id.sequence, &entry.hash).is_none() && in_base())
    }

    /// The base that stands for this very entry.
    fn base_of(&self, generation: Uuid, sequence: u64, hash: &Hash) -> Option<&base::Known> {
        self.bases.iter().find(|base| base.stands_for(generation, sequence, hash))
    }
}

/// An entry that central has, or will have.
pub(super) struct There {
    pub(super) hash: Hash,
    pub(super) branch: i32,
    /// What was said of it.
    pub(super) problem: Option<(&'static str, String)>,
}

/// An entry to be written.
pub(super) struct New<'a> {
    pub(super) entry: &'a Entry,
    pub(super) branch: i32,
    pub(super) kind: String,
    pub(super) stored: Stored,
    pub(super) held: Option<(&'static str, String)>,
    pub(super) movements: Vec<Movement>,
    /// The base that stands for it.
    pub(super) base: Option<i64>,
    pub(super) sender: Uuid,
    pub(super) received_ms: i64,
}

/// Everything that follows from what came.
#[derive(Default)]
pub(super) struct Plan<'a> {
    pub(super) around: Around,
    pub(super) new: Vec<New<'a>>,
    /// The last entry of each branch that grew.
    pub(super) heads: BTreeMap<(Uuid, i32), (u64, Hash)>,
}

enum Place {
    There(Option<(&'static str, String)>),
    Next { branch: i32 },
    Gap,
}

impl<'a> Plan<'a> {
    pub(super) fn new(around: Around) -> Self {
        Plan { around, ..Plan::default() }
    }

    /// Decides about one entry that verified; says what is the matter, if anything.
    pub(super) fn take(
        &mut self,
        entry: &'a Entry,
        kind: &str,
        verdict: Verdict,
        (sender, received_ms): (Uuid, i64),
    ) -> Option<Problem> {
        let id = entry.id;
        let say = |kept, (code, detail): (&'static str, String)| Problem { id, kept, code, detail };
        if !self.around.generations.contains_key(&id.generation) {
            return Some(say(false, (problem::UNKNOWN_GENERATION, NO_GENERATION.to_owned())));
        }
        let branch = match self.place(entry) {
            Place::There(said) => return said.map(|said| say(true, said)),
            Place::Gap => {
                let detail = "the entry before it is missing here, or is another one".to_owned();
                return Some(say(false, (problem::GAP, detail)));
            }
            Place::Next { branch } => branch,
        };
        let base = self.around.base_of(id.generation, id.sequence, &entry.hash).map(|base| base.number);
        let forked = self.around.there.get(&(id.generation, id.sequence)).is_some_and(|there| !there.is_empty())
            || (base.is_none() && self.around.bases.iter().any(|base| base.has_number(id.generation, id.sequence)));
        let stored = verdict.stored();
        let (movements, held, told) = match verdict {
            Verdict::Apply(movements) => (movements, None, None),
            Verdict::Hold { code, detail } => (Vec::new(), Some((code, detail.clone())), Some((code, detail))),
            Verdict::UnknownKind { detail } => (Vec::new(), None, Some((problem::UNKNOWN_KIND, detail))),
            Verdict::Dismissed => (Vec::new(), None, None),
        };
        self.keep(&id, entry.hash, branch, held.clone());
        if kind == judge::RECOVERED && stored == Stored::Applied {
            self.around.lost.push((id.device, entry.body.clone()));
        }
        self.new.push(New { entry, branch, kind: kind.to_owned(), stored, held, movements, base, sender, received_ms });
        let fork = || (problem::FORK, "another entry has the same number: both are kept".to_owned());
        told.or_else(|| forked.then(fork)).map(|told| say(true, told))
    }

    fn keep(&mut self, id: &EntryId, hash: Hash, branch: i32, problem: Option<(&'static str, String)>) {
        let there = self.around.there.entry((id.generation, id.sequence)).or_default();
        there.push(There { hash, branch, problem });
        let head = self.heads.entry((id.generation, branch)).or_insert((id.sequence, hash));
        if head.0 < id.sequence {
            *head = (id.sequence, hash);
        }
        let highest = self.around.generations.entry(id.generation).or_default();
        *highest = Some(highest.unwrap_or(0).max(branch));
    }

    /// Whether the station said that the entry before this one is lost for good.
    fn is_lost(&self, id: &EntryId) -> bool {
        let before = id.sequence.saturating_sub(1);
        let said =
            |(device, body): &(Uuid, String)| *device == id.device && judge::declares_lost(body, id.generation, before);
        self.around.lost.iter().any(said)
    }

    fn place(&self, entry: &Entry) -> Place {
        let id = entry.id;
        let at = |sequence| self.around.there.get(&(id.generation, sequence)).map(Vec::as_slice).unwrap_or_default();
        if let Some(there) = at(id.sequence).iter().find(|there| there.hash == entry.hash) {
            return Place::There(there.problem.clone());
        }
        if let Some(base) = self.around.base_of(id.generation, id.sequence, &entry.hash) {
            return Place::Next { branch: base.branch };
        }
        let parent = if id.sequence == 1 {
            (entry.previous == GENESIS).then_some(0)
        } else {
            let before = id.sequence.saturating_sub(1);
            let there = at(before).iter().find(|there| there.hash == entry.previous).map(|there| there.branch);
            there.or_else(|| self.around.base_of(id.generation, before, &entry.previous).map(|base| base.branch))
        };
        let Some(parent) = parent.or_else(|| self.is_lost(&id).then_some(0)) else { return Place::Gap };
        // The parent's branch, or a new one where the parent was followed by another entry.
        let bases = self.around.bases.iter().filter(|base| base.has_number(id.generation, id.sequence));
        let entries = at(id.sequence).iter().map(|there| there.branch);
        let taken: HashSet<i32> = entries.chain(bases.map(|base| base.branch)).collect();
        if !taken.contains(&parent) {
            return Place::Next { branch: parent };
        }
        let highest = self.around.generations.get(&id.generation).copied().flatten().unwrap_or(0);
        Place::Next { branch: highest + 1 }
    }
}
