//! Tills that do not keep their journals for ever: what a base stands for counts as there, at a till and at central, and
//! counts once.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_central::store::MissingWhat;
use selvedge_domain::ids::GenerationId;
use selvedge_protocol::journal::{EntryId, GENESIS, Hash, ReadBase};
use selvedge_store::table::base::{self, Rule};
use selvedge_store::table::{journal, stock};
use selvedge_store::{Store, StoreError, Tx};
use selvedge_tests::audit;
use uuid::Uuid;

use crate::actions::{close, open_till, serve};
use crate::central::Kept;
use crate::damage;
use crate::dice::Dice;
use crate::till::{Shown, Till};
use crate::world::World;

/// Entries of a base: few, so that a short life has some.
const STRETCH: u64 = 4;

/// A shift ends, central makes a checkpoint, and somebody at the till asks for old entries to go, however young they are.
pub fn prune(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice).filter(|_| world.central.is_up()) else { return };
    // The open shift keeps its entries.
    serve(world, till, dice);
    if world.tills[till].is_on() {
        close(world, till);
    }
    world.pass(dice.between(60_000, 120_000));
    if !world.central.is_up() {
        return;
    }
    let (now_ms, store) = (world.now.wall_ms(), world.central.store().clone());
    world.central.wait(store.checkpoint(now_ms));
    world.pass(dice.between(60_000, 150_000));
    if !world.tills[till].is_on() || !world.tills[till].has_joined() {
        return;
    }
    let before = count(world.tills[till].store());
    let ask = |app: &selvedge_app::App| {
        app.store().write::<_, StoreError>("ask-to-prune", |tx| {
            base::set_rule(tx, &Rule { days: 0, stretch: STRETCH })?;
            base::ask(tx, Some(0))
        })?;
        Ok(())
    };
    world.command(till, "ask for old entries to go", ask);
    world.pass(dice.between(60_000, 400_000));
    if world.tills[till].is_on() && count(world.tills[till].store()) > before {
        world.count("pruned");
    }
}

fn count(store: &Store) -> usize {
    bases(store).len()
}

/// The bases of a till, each as central signed it.
pub fn bases(store: &Store) -> Vec<ReadBase> {
    let read = |tx: &Tx| {
        let mut all = Vec::new();
        for generation in journal::generations(tx)? {
            for kept in base::of_generation(tx, generation)? {
                all.push(base::read(tx, kept.base)?);
            }
        }
        Ok::<_, StoreError>(all)
    };
    store.read(read).expect("the bases can be read")
}

/// Whether one of them stands for an entry.
pub fn stands(bases: &[ReadBase], id: EntryId, hash: &Hash) -> bool {
    bases.iter().any(|base| base.says.device == id.device && base.stands_for(id.generation, id.sequence, hash))
}

/// The books of a till, added up again; those of one that has bases as far as that goes.
///
/// # Panics
/// With the rule that is broken.
pub fn books(till: &Till) {
    let bases = bases(till.store());
    if bases.is_empty() && till.begun.damage.is_some() {
        return damage::books(till);
    }
    if bases.is_empty() {
        audit::check(till.store());
        return;
    }
    let wrong = till.store().read(stock::audit).expect("an audit");
    assert!(wrong.is_empty(), "a till's balances are the sum of its movements and bases: {wrong:?}");
    if till.is_incomplete() {
        return;
    }
    let mut ends: BTreeMap<Uuid, (u64, Hash)> = BTreeMap::new();
    for base in &bases {
        let end = ends.entry(base.says.generation).or_insert((0, GENESIS));
        assert_eq!((base.says.first, base.says.previous), (end.0 + 1, end.1), "a base follows what is before it");
        *end = (base.says.last, base.says.hash);
    }
    for (generation, (last, hash)) in ends {
        let read = |tx: &Tx| {
            let device = selvedge_domain::ids::DeviceId(bases[0].says.device);
            journal::after(tx, device, GenerationId(generation), last, 1)
        };
        let next = till.store().read::<_, StoreError>(read).expect("the journal can be read");
        let next = next.first().expect("an entry stands behind every base");
        assert_eq!((next.id.sequence, next.previous), (last + 1, hash), "and follows it");
    }
}

/// A till's journal is what it showed, in that order, but for what its bases stand for.
///
/// # Panics
/// When it is not.
pub fn own_journal(till: &Till, hashes: &[Hash]) {
    let bases = bases(till.store());
    let there: BTreeSet<&Hash> = hashes.iter().collect();
    let shown = till.begun.shown.iter().filter(|shown| !shown.torn && !shown.away);
    let kept = shown.filter(|shown| there.contains(&shown.hash) || !stands(&bases, shown.id, &shown.hash));
    let mut kept: Vec<Hash> = kept.map(|shown: &Shown| shown.hash).collect();
    let mut hashes = hashes.to_vec();
    // What central gives back stands where it stood, and is seen later.
    if till.begun.damage.is_some() {
        kept.sort_unstable();
        hashes.sort_unstable();
    }
    assert_eq!(hashes, kept, "a till's journal is what it showed as done");
}

/// What central's bases count beside its entries: the words of entries that it does not have, or does not apply.
pub fn in_bases<'a>(world: &'a World, entries: &[Kept], bases: &[ReadBase]) -> Vec<&'a Shown> {
    let applied: BTreeSet<Hash> =
        entries.iter().filter(|kept| kept.state == "applied").map(|kept| kept.entry.hash).collect();
    let all = world.tills.iter().flat_map(|till| &till.begun.shown);
    let gone = all.filter(|shown| !applied.contains(&shown.hash) && stands(bases, shown.id, &shown.hash));
    let once: BTreeMap<Hash, &Shown> = gone.map(|shown| (shown.hash, shown)).collect();
    once.into_values().collect()
}

/// What is known in sum only is listed, and nothing else is listed as that.
///
/// # Panics
/// With the rule that is broken.
pub fn listed(world: &World, entries: &[Kept], bases: &[ReadBase]) {
    let there: BTreeSet<EntryId> = entries
        .iter()
        .filter(|kept| stands(bases, kept.entry.id, &kept.entry.hash))
        .map(|kept| kept.entry.id)
        .collect();
    let mut expected = BTreeSet::new();
    for says in bases.iter().map(|base| &base.says) {
        let (device, generation) = (says.device, says.generation);
        expected.extend((says.first..=says.last).map(|sequence| EntryId { device, generation, sequence }));
    }
    let expected: BTreeSet<EntryId> = expected.difference(&there).copied().collect();
    let mut listed = BTreeSet::new();
    for one in world.central.recovery().missing {
        if let MissingWhat::KnownInSum { device, generation } = one.what {
            listed.extend((one.first..=one.last).map(|sequence| EntryId { device, generation, sequence }));
        }
    }
    assert_eq!(listed, expected, "what is known in sum only is listed, and nothing else");
}
