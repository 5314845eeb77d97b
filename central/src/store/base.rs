//! Bases: what a store says of them. The rules stand here; each store follows them in its own SQL.
//!
//! Central signs a base when it has every entry that it stands for, and applied them all. It takes one back when it lost
//! them: the balances get what of the sums is not there by itself. Whatever of it turns up later is taken off again in the
//! same transaction, so that any order of bases and entries, and any repetition, ends with the same balances.

use selvedge_protocol::journal::{
    Base, DeviceKey, Entry, EntryId, Hash, PublicKey, ReadBase, STRETCH, Signature, add_up, statement_hash,
};
use uuid::Uuid;

use super::{Problem, Stored};

/// A stretch of a journal that a station would like to keep as a base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Which life of its journal.
    pub generation: Uuid,
    /// The first entry.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// Of the statement as the station made it.
    pub statement: Hash,
}

/// An entry of a stretch as it is kept here.
pub(super) struct Kept {
    pub(super) entry: Entry,
    pub(super) applied: bool,
}

impl Stretch {
    /// Why nobody can sign it, whatever is here. Stretches begin behind multiples of their length: of one length, which
    /// is that of all stations, two are the same or share nothing.
    pub(super) fn makes_no_sense(&self) -> Option<String> {
        let entries = self.last.checked_sub(self.first).map(|more| more.saturating_add(1));
        let fits = |count: &u64| *count <= STRETCH && self.first > 0 && i64::try_from(self.last).is_ok();
        match entries.filter(fits) {
            None => Some(format!("a base stands for 1 to {STRETCH} entries")),
            Some(count) if !(self.first - 1).is_multiple_of(count) => {
                Some(format!("a base of {count} entries begins behind a multiple of {count}"))
            }
            Some(_) => None,
        }
    }

    /// Signs it, when all of it is here, once, and applied. `parted`: the generation has another branch that begins
    /// before the stretch ends.
    pub(super) fn sign(
        &self,
        device: Uuid,
        here: Vec<Kept>,
        parted: bool,
        key: &DeviceKey,
    ) -> Result<Signature, String> {
        if parted {
            return Err("another station wrote under this generation before the end of the stretch".to_owned());
        }
        if let Some(waiting) = here.iter().find(|kept| !kept.applied) {
            return Err(format!("entry {} is held", waiting.entry.id.sequence));
        }
        let entries: Vec<Entry> = here.into_iter().map(|kept| kept.entry).collect();
        let whole = entries.first().is_some_and(|entry| entry.id.sequence == self.first)
            && entries.last().is_some_and(|entry| entry.id.sequence == self.last);
        if !whole || entries.iter().any(|entry| entry.id.device != device) {
            return Err("central does not have all of these entries".to_owned());
        }
        let statement = add_up(&entries).and_then(|statement| statement.encode()).map_err(|error| error.to_string())?;
        if statement_hash(&statement) != self.statement {
            return Err("central adds these entries up to something else".to_owned());
        }
        Ok(Base::sign(key, statement).signature)
    }
}

/// What is here around a base that comes.
#[derive(Default)]
pub(super) struct Around {
    /// The branch on which the entry before its first one stands; none where that is not here.
    pub(super) parent: Option<i32>,
    /// Other bases of the generation that stand for some of its numbers: first, last, hash of the last, whether it is held.
    pub(super) bases: Vec<(u64, u64, Hash, bool)>,
    /// Entries with its numbers: number, hash, branch.
    pub(super) entries: Vec<(u64, Hash, i32)>,
    /// The highest branch of the generation.
    pub(super) highest: Option<i32>,
}

/// What becomes of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BasePlace {
    /// It is here.
    There {
        /// And waits for a manager.
        held: bool,
    },
    /// What it follows is not here.
    Gap,
    /// It is new.
    Next {
        /// Where its entries stand, and those that follow it.
        branch: i32,
        /// It stands for some of what another base stands for: the two cannot be told apart, so this one is not applied.
        held: bool,
    },
}

pub(super) fn place(base: &ReadBase, around: &Around) -> BasePlace {
    let says = &base.says;
    let same =
        |(first, last, hash, _): &&(u64, u64, Hash, bool)| (*first, *last, *hash) == (says.first, says.last, says.hash);
    if let Some((.., held)) = around.bases.iter().find(same) {
        return BasePlace::There { held: *held };
    }
    let stands_for = |sequence: u64, hash: &Hash| base.stands_for(says.generation, sequence, hash);
    let own = around.entries.iter().filter(|(sequence, hash, _)| stands_for(*sequence, hash));
    let Some(branch) = own.max_by_key(|(sequence, ..)| *sequence).map(|(.., branch)| *branch).or(around.parent) else {
        return BasePlace::Gap;
    };
    let taken = |(sequence, hash, on): &(u64, Hash, i32)| *on == branch && !stands_for(*sequence, hash);
    let held = !around.bases.is_empty();
    let branch =
        if held || around.entries.iter().any(taken) { around.highest.map_or(0, |highest| highest + 1) } else { branch };
    BasePlace::Next { branch, held }
}

impl Problem {
    /// Of a base: one that was not kept is named by its first entry, which is what was refused.
    pub(super) fn of_base(read: &ReadBase, (kept, code, detail): (bool, &'static str, String)) -> Self {
        let says = &read.says;
        let sequence = if kept { says.last } else { says.first };
        Problem { id: EntryId { device: says.device, generation: says.generation, sequence }, kept, code, detail }
    }
}

/// Said of a base that is not applied.
pub(super) const OVERLAPS: &str = "another base stands for some of these entries: how stock moved by both cannot be told apart, so this one is kept only";

/// What is wrong with a base: what it added to the balances is not what it says without the entries that are here.
pub(super) fn base_finding(generation: Uuid, first: u64, last: u64, lines_wrong: usize) -> Option<String> {
    (lines_wrong > 0).then(|| {
        format!("base {first} to {last} of generation {generation}: {lines_wrong} of its sums are counted wrongly")
    })
}

/// A base as it was kept.
pub(super) fn read(text: String, signature: &[u8], key: &PublicKey) -> Result<ReadBase, String> {
    let signature = Signature::from_slice(signature).map_err(|error| error.to_string())?;
    Base { text, signature }.read(key).map_err(|error| error.to_string())
}

impl Kept {
    pub(super) fn new(entry: Entry, state: &str) -> Self {
        Kept { entry, applied: state == Stored::Applied.word() }
    }
}

#[cfg(test)]
mod tests {
    use selvedge_protocol::journal::{DeviceKey, DrawerPulsedV1, Fact, GENESIS, NewBody, StampV1};

    use super::*;
    use crate::surroundings::{Machine, Surroundings};

    fn chain(count: u64) -> Vec<Entry> {
        let key = DeviceKey::from_seed([3; 32]);
        let (device, generation) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut previous = GENESIS;
        (1..=count)
            .map(|sequence| {
                let stamp = StampV1 { clock_ms: 1, boot: device, ticks_ms: 1, offset_ms: None, floor_ms: None };
                let fact = Fact::DrawerPulsed(DrawerPulsedV1 { shift: None });
                let new = NewBody { id: Machine.new_id(), at: stamp.into(), person: None, site: device, fact };
                let entry = Entry::seal(
                    &key,
                    EntryId { device, generation, sequence },
                    previous,
                    new.encode().expect("a body"),
                );
                previous = entry.hash;
                entry
            })
            .collect()
    }

    fn read(entries: &[Entry]) -> ReadBase {
        let key = DeviceKey::from_seed([9; 32]);
        let text = add_up(entries).expect("added up").encode().expect("a text");
        Base::sign(&key, text).read(&key.public()).expect("signed")
    }

    #[test]
    fn a_base_stands_where_its_entries_stand() {
        let entries = chain(9);
        let base = read(&entries[2..6]);
        let at = |entry: &Entry, branch| (entry.id.sequence, entry.hash, branch);
        let next = |branch, held| BasePlace::Next { branch, held };
        assert_eq!(place(&base, &Around::default()), BasePlace::Gap, "nobody knows what it follows");
        let here = Around { parent: Some(2), highest: Some(3), ..Around::default() };
        assert_eq!(place(&base, &here), next(2, false), "behind what it follows");
        let here = Around { entries: vec![at(&entries[2], 1)], ..here };
        assert_eq!(place(&base, &here), next(1, false), "beside what of it is here");
        let other = chain(4);
        let here = Around { entries: vec![at(&entries[2], 1), at(&other[3], 1)], ..here };
        assert_eq!(place(&base, &here), next(4, false), "somebody else went on from there");
    }

    #[test]
    fn of_two_that_overlap_one_is_held() {
        let entries = chain(9);
        let base = read(&entries[2..6]);
        let known = |held| Around {
            parent: Some(0),
            bases: vec![(3, 6, entries[5].hash, held)],
            highest: Some(0),
            ..Around::default()
        };
        assert_eq!(place(&base, &known(false)), BasePlace::There { held: false });
        assert_eq!(place(&base, &known(true)), BasePlace::There { held: true }, "it is told again");
        let overlaps = Around { bases: vec![(1, 4, entries[3].hash, false)], ..known(false) };
        assert_eq!(place(&base, &overlaps), BasePlace::Next { branch: 1, held: true });
    }

    #[test]
    fn what_is_not_whole_and_applied_is_not_signed() {
        let key = DeviceKey::from_seed([9; 32]);
        let entries = chain(5);
        let device = entries[0].id.device;
        let text = add_up(&entries).expect("added up").encode().expect("a text");
        let asked =
            Stretch { generation: entries[0].id.generation, first: 1, last: 5, statement: statement_hash(&text) };
        let here = |count: usize| entries[..count].iter().map(|entry| Kept::new(entry.clone(), "applied")).collect();
        let good = asked.sign(device, here(5), false, &key).expect("signed");
        assert!(Base { text, signature: good }.read(&key.public()).is_ok());
        assert!(asked.sign(device, here(5), true, &key).is_err(), "forked");
        assert!(asked.sign(device, here(4), false, &key).is_err(), "not whole");
        assert!(asked.sign(Uuid::nil(), here(5), false, &key).is_err(), "another station's");
        let mut held: Vec<Kept> = here(5);
        held[2].applied = false;
        assert!(asked.sign(device, held, false, &key).is_err(), "held");
        let other = Stretch { statement: GENESIS, ..asked.clone() };
        assert!(other.sign(device, here(5), false, &key).is_err(), "other sums");
        assert_eq!(asked.makes_no_sense(), None);
        let odd = |first: u64, last: u64| Stretch { first, last, ..asked.clone() }.makes_no_sense();
        for (first, last) in [(0, 4), (5, 4), (1, STRETCH + 1), (1, u64::MAX), (0, u64::MAX)] {
            assert!(odd(first, last).is_some_and(|why| why.contains("entries")), "{first} to {last}");
        }
        for (first, last) in [(2, 6), (501, 1_500), (1_000, 1_999), (3, 10)] {
            assert!(odd(first, last).is_some_and(|why| why.contains("begins behind")), "{first} to {last}");
        }
        for (first, last) in [(1_001, 2_000), (9_999_001, 10_000_000), (6, 10)] {
            assert_eq!(odd(first, last), None, "{first} to {last}");
        }
    }
}
