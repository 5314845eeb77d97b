//! Any order and any duplication of arrival gives the same ledger: a second central, with the same decisions, hears the
//! same entries in another order, some of them several times, and must come to the same books. Either it decides the same
//! by itself, or it begins with nothing but the key and gets the rows of the feed back, in any order too.

use std::collections::BTreeMap;
use std::sync::Arc;

use selvedge_central::secret::code_hash;
use selvedge_central::store::{Generation, NewStation};
use selvedge_protocol::journal::{Body, Entry, Fact, Hex32};
use selvedge_protocol::v1::{FeedRow, normal_code};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::central::{Central, Kept, copy_folder};
use crate::dice::Dice;
use crate::promises;
use crate::pruned;
use crate::template::Template;
use crate::time::Machine;
use crate::transfers;
use crate::world::{Decision, World};

/// Compares the books.
///
/// # Panics
/// When they differ.
pub fn check(world: &World, entries: &[Kept], template: &Template, runtime: &Arc<Runtime>, dice: &mut Dice) {
    let folder = world.folder.path().join("again");
    copy_folder(&template.central(), &folder);
    let around = Arc::new(Machine::new(&world.now, dice.draw()));
    let mut other = Central::new(&folder, around, runtime);
    let mut handed_back = false;
    if world.restored || dice.chance(30) {
        other.begin_empty();
        other.start();
        give_back(world, entries, &other, dice);
        handed_back = true;
    } else {
        other.start();
        decide(world, &other);
        announce(world, entries, &other);
    }
    hear(world, entries, &other, dice);
    other.wait(other.store().release(world.now.wall_ms()));
    let sorted = |central: &Central| {
        let mut stock = central.stock();
        stock.retain(|(_, _, thousandths)| *thousandths != 0);
        stock.sort_unstable();
        stock
    };
    let (here, there) = (sorted(&world.central), sorted(&other));
    assert_eq!(here, there, "another order of arrival gives the same stock");
    let states = |entries: &[Kept]| -> BTreeMap<Hex32, String> {
        entries.iter().map(|kept| (kept.entry.hash, kept.state.clone())).collect()
    };
    assert_eq!(states(entries), states(&other.entries()), "another order of arrival keeps and applies the same");
    let same = transfers::of_central(&world.central) == transfers::of_central(&other);
    assert!(same, "another order of arrival gives the same transfers");
    if handed_back {
        promises::compare(&world.central, &other);
    }
    // An older disk turns up with what the bases stand for.
    let bases = world.central.bases();
    let mut late: Vec<Entry> =
        pruned::in_bases(world, entries, &bases).into_iter().map(|shown| shown.entry.clone()).collect();
    dice.shuffle(&mut late);
    let sender = late.first().map_or(Uuid::nil(), |entry| entry.id.device);
    for some in late.chunks(3) {
        other.wait(other.store().take(sender, some.to_vec(), world.now.wall_ms()));
    }
    assert_eq!(here, sorted(&other), "what bases stand for counts once, also when it turns up");
    let wrong = other.wait(other.store().audit());
    assert!(wrong.is_empty(), "in another order too, balances are the sum of the movements: {wrong:?}");
}

/// The rows of the feed, in any order, some of them twice, and entries between them.
fn give_back(world: &World, entries: &[Kept], other: &Central, dice: &mut Dice) {
    let mut rows: Vec<FeedRow> = world.central.rows().into_values().collect();
    let doubled: Vec<FeedRow> = rows.iter().filter(|_| dice.chance(10)).cloned().collect();
    rows.extend(doubled);
    dice.shuffle(&mut rows);
    let now_ms = world.now.wall_ms();
    let middle = dice.index(rows.len()).unwrap_or(0);
    let later = rows.split_off(middle);
    other.wait(other.store().take_back(rows, dice.chance(50), now_ms));
    let some: Vec<Entry> = entries.iter().filter(|_| dice.chance(50)).map(|kept| kept.entry.clone()).collect();
    let sender = some.first().map_or(Uuid::nil(), |entry| entry.id.device);
    other.wait(other.store().take(sender, some, now_ms));
    other.wait(other.store().take_back(later, true, now_ms));
}

/// The same decisions and stations.
fn decide(world: &World, other: &Central) {
    let now_ms = world.now.wall_ms();
    for decision in &world.decisions {
        match decision {
            Decision::Put(puts) => {
                other.wait(other.store().put_products(puts.clone(), false, now_ms));
            }
            Decision::AskTransfer(new, at_ms) => {
                other.wait(other.store().ask_transfer(new.clone(), *at_ms));
            }
            Decision::CancelTransfer(id, at_ms) => {
                other.wait(other.store().cancel_transfer(*id, *at_ms));
            }
            Decision::Code { site, till, code, number } => {
                let hash = code_hash(&normal_code(code).expect("a code"));
                let (site, till) = (site.clone(), till.clone());
                let new = selvedge_central::store::NewCode { hash, site, till, expires_ms: now_ms + 1_000 };
                other.wait(other.store().add_code(new));
                let request = world.tills[*number].enrol_request(code);
                let Some((device, _)) = world.tills[*number].identity else { continue };
                let station = NewStation {
                    code_hash: hash,
                    device,
                    generation: request.generation,
                    short: request.short,
                    public_key: Hex32::try_from(request.public_key).expect("a key"),
                    app: request.app,
                    revision: request.revision,
                };
                other.wait(other.store().enrol(station, now_ms)).expect("it joins there too");
            }
        }
    }
}

/// The generations that stations began by themselves.
fn announce(world: &World, entries: &[Kept], other: &Central) {
    for Kept { entry, .. } in entries {
        let Some(Fact::GenerationStarted(started)) = Body::decode(&entry.body).ok().and_then(|body| body.fact().ok())
        else {
            continue;
        };
        if started.after.is_some() {
            let new = Generation {
                generation: entry.id.generation,
                device: entry.id.device,
                short: started.short,
                public_key: Hex32::try_from(started.public_key).expect("a key"),
            };
            other.wait(other.store().add_generation(new, world.now.wall_ms()));
        }
    }
}

/// Tells it everything, again and again, until it has all of it.
fn hear(world: &World, entries: &[Kept], other: &Central, dice: &mut Dice) {
    let mut bases = world.central.bases();
    let mut left: Vec<&Entry> = entries.iter().map(|kept| &kept.entry).collect();
    dice.shuffle(&mut left);
    // By their numbers, so that few rounds are enough; what comes too early is told again.
    left.sort_by_key(|entry| entry.id.sequence / 8);
    let sender = entries.first().map_or(Uuid::nil(), |kept| kept.entry.id.device);
    for _ in 0..=entries.len() + bases.len() {
        let mut early = Vec::new();
        let mut at = 0;
        dice.shuffle(&mut bases);
        let taken = other.wait(other.store().take_with(sender, bases.clone(), Vec::new(), world.now.wall_ms()));
        let mut waits = taken.problems.iter().any(|one| !one.kept);
        while at < left.len() {
            let end = (at + usize::try_from(dice.between(1, 24)).unwrap_or(1)).min(left.len());
            let mut segment: Vec<Entry> = left[at..end].iter().map(|entry| (*entry).clone()).collect();
            // Some twice.
            let doubled: Vec<Entry> = segment.iter().filter(|_| dice.chance(10)).cloned().collect();
            segment.extend(doubled);
            // Between the entries, some of the bases again.
            let some = bases.iter().filter(|_| dice.chance(20)).cloned().collect::<Vec<_>>();
            let ids: Vec<_> = segment.iter().map(|entry| entry.id).collect();
            let taken = other.wait(other.store().take_with(sender, some, segment, world.now.wall_ms()));
            waits |= taken.problems.iter().any(|one| !one.kept && !ids.contains(&one.id));
            let refused: Vec<_> = taken.problems.iter().filter(|one| !one.kept).map(|one| one.id).collect();
            early.extend(left[at..end].iter().filter(|entry| refused.contains(&entry.id)));
            at = end;
        }
        if early.is_empty() && !waits {
            return;
        }
        left = early;
    }
    panic!("a central that is told everything takes everything: {} entries are left", left.len());
}
