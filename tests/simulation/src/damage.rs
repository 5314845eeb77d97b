//! A till's data file is damaged while the till is off: pages hold something else, or the file is shorter. It goes on with
//! what the file still proves and with what central gives back; what nobody has any more it says by number.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use selvedge_domain::ids::DeviceId;
use selvedge_protocol::journal::{Body, EntryId, Fact, Hash};
use selvedge_store::table::{journal, stock};
use selvedge_store::{StoreError, Tx};

use crate::central::{Kept, copy_folder};
use crate::checks::acknowledged;
use crate::dice::Dice;
use crate::pruned;
use crate::till::{Shown, Till};
use crate::transfers::Said;
use crate::world::World;

const DB: &str = "selvedge.db";
const WAL: &str = "selvedge.db-wal";
const PAGE: usize = 4096;
/// The first byte of a page that holds rows.
const LEAF: u8 = 0x0d;
/// Where a row's first bytes end at the latest: its head, the generation, the number and the hash before.
const MOST_HEAD: usize = 160;

/// What is known of a till's damage.
#[derive(Clone, Debug, Default)]
pub struct Damage {
    /// What central had acknowledged by then.
    uploaded: BTreeSet<Hash>,
    /// What stood on pages that nobody touched.
    readable: BTreeSet<Hash>,
    /// The file is to be found damaged.
    pub is_new: bool,
}

/// A file goes bad.
pub fn damage(world: &mut World, dice: &mut Dice) {
    let joined: Vec<usize> =
        world.tills.iter().filter(|till| till.has_joined()).map(|till| till.begun.number).collect();
    let Some(till) = dice.pick(&joined).copied() else { return };
    // What central lost and only this file held would be lost with it.
    if world.tills[till].begun.damage.is_some() || (world.restored && !world.is_remembered_without(Some(till))) {
        return;
    }
    let damage = spoil(world, till, dice);
    world.tills[till].begun.damage = Some(damage);
    world.count("damaged files");
    world.say(|| format!("till {till}'s data file is damaged"));
    world.lost_power(till);
}

fn spoil(world: &mut World, till: usize, dice: &mut Dice) -> Damage {
    let heads = acknowledged(world.tills[till].store());
    let is_up =
        |id: &EntryId| heads.iter().any(|(generation, last, _)| *generation == id.generation && id.sequence <= *last);
    let shown = world.tills[till].begun.shown.clone();
    let uploaded = shown.iter().filter(|one| is_up(&one.id)).map(|one| one.hash).collect();
    // With what SQLite had not put into the file so far, or after it had.
    let with_log = world.folder.path().join("with-log");
    if dice.chance(50) {
        copy_folder(world.tills[till].folder(), &with_log);
    }
    world.tills[till].cut_power();
    let folder = world.tills[till].folder().to_owned();
    if with_log.exists() {
        fs::remove_dir_all(&folder).expect("the disk goes");
        fs::rename(&with_log, &folder).expect("the disk is as it was");
    }
    let whole = spoil_file(&folder, dice);
    let here = shown.iter().filter(|one| !one.torn && stands_in(&whole, one));
    Damage { uploaded, readable: here.map(|one| one.hash).collect(), is_new: true }
}

/// Spoils the file; gives back the pages that were not touched, as they are, and nothing in place of the others.
fn spoil_file(folder: &Path, dice: &mut Dice) -> Vec<Vec<u8>> {
    let mut bytes = fs::read(folder.join(DB)).expect("a data file");
    let mut spoiled: BTreeSet<usize> = BTreeSet::new();
    let pages = bytes.len().div_ceil(PAGE);
    match dice.below(5) {
        0 => bytes.truncate(dice.index(bytes.len()).unwrap_or(0)),
        1 => {
            bytes.iter_mut().take(100).for_each(|byte| *byte = 0);
            spoiled.insert(0);
        }
        2 => {
            // The log is cut, or gone.
            let log = fs::read(folder.join(WAL)).unwrap_or_default();
            fs::write(folder.join(WAL), &log[..dice.index(log.len()).unwrap_or(0)]).expect("a log");
        }
        _ => {
            for _ in 0..dice.between(1, 2 + u64::try_from(pages).unwrap_or(0) / 8) {
                let page = dice.index(pages).unwrap_or(0);
                let end = bytes.len().min((page + 1) * PAGE);
                let from = if dice.chance(50) { page * PAGE } else { page * PAGE + dice.index(PAGE).unwrap_or(0) };
                for byte in bytes[..end].iter_mut().skip(from) {
                    *byte = u8::try_from(dice.below(256)).unwrap_or(0);
                }
                spoiled.insert(page);
            }
        }
    }
    fs::write(folder.join(DB), &bytes).expect("a data file");
    let page = |(at, page): (usize, &[u8])| if spoiled.contains(&at) { Vec::new() } else { page.to_vec() };
    bytes.chunks_exact(PAGE).enumerate().map(page).collect()
}

/// Whether an entry's row stands whole on a page.
fn stands_in(pages: &[Vec<u8>], shown: &Shown) -> bool {
    let entry = &shown.entry;
    let row = [entry.body.as_bytes(), &entry.hash.0, &entry.signature.0].concat();
    pages.iter().filter(|page| page.first() == Some(&LEAF)).any(|page| {
        let found = page.windows(row.len()).position(|bytes| bytes == row);
        let cells = page[8..].chunks_exact(2).take(usize::from(u16::from_be_bytes([page[3], page[4]])));
        let mut cells = cells.map(|cell| usize::from(u16::from_be_bytes([cell[0], cell[1]])));
        found.is_some_and(|at| cells.any(|cell| cell < at && at - cell < MOST_HEAD))
    })
}

/// What stood on pages that nobody touched is there again.
///
/// # Panics
/// When it is not.
pub fn is_read(till: &Till, there: &BTreeSet<Hash>) {
    let Some(damage) = &till.begun.damage else { return };
    let bases = pruned::bases(till.store());
    for shown in till.begun.shown.iter().filter(|shown| !shown.torn && damage.readable.contains(&shown.hash)) {
        let is_there = there.contains(&shown.hash) || pruned::stands(&bases, shown.id, &shown.hash);
        assert!(is_there, "what a damaged file still holds comes back: entry {:?}", shown.id);
    }
}

/// What a till lost with its file: nothing that central had, and all of it is named.
///
/// # Panics
/// With the rule that is broken.
pub fn check(world: &World, till: &Till) {
    let Some(damage) = till.begun.damage.as_ref().filter(|_| !world.is_revoked(till) && !world.is_stranger(till))
    else {
        return;
    };
    let lost: BTreeSet<EntryId> =
        till.begun.shown.iter().filter(|shown| shown.away && !shown.torn).map(|shown| shown.id).collect();
    let named = named(till);
    for shown in till.begun.shown.iter().filter(|shown| lost.contains(&shown.id)) {
        let (id, here) = (shown.id, &damage.uploaded);
        assert!(world.restored || !here.contains(&shown.hash), "what central had comes back to its till: entry {id:?}");
        // That there was an end of which nothing is left nobody knows.
        let is_end = !till.begun.shown.iter().any(|one| !one.away && !one.torn && follows(&one.id, &id));
        assert!(is_end || named.contains(&id), "what a till lost with its file it says by number: entry {id:?}");
    }
    // An older disk, or another machine, may have it since.
    if till.begun.shown.iter().any(|shown| shown.torn) {
        return;
    }
    for shown in till.begun.shown.iter().filter(|shown| !shown.away) {
        assert!(!named.contains(&shown.id), "what a till has it does not say to be lost: entry {:?}", shown.id);
    }
}

fn follows(one: &EntryId, other: &EntryId) -> bool {
    one.generation == other.generation && one.sequence > other.sequence
}

/// The numbers that a till's journal says to be lost.
pub fn named(till: &Till) -> BTreeSet<EntryId> {
    let bodies = till.begun.shown.iter().filter(|shown| !shown.torn && !shown.away);
    let mut named = BTreeSet::new();
    for shown in bodies {
        named.extend(says_lost(&shown.entry.body, shown.id));
    }
    named
}

/// What an entry says to be lost.
fn says_lost(body: &str, id: EntryId) -> Vec<EntryId> {
    let recovered =
        match Body::decode(body).ok().filter(|body| body.kind == "journal-recovered").map(|body| body.fact()) {
            Some(Ok(Fact::JournalRecovered(recovered))) => recovered,
            Some(_) | None => return Vec::new(),
        };
    let generation = recovered.generation;
    let numbers = recovered.missing.into_iter().flat_map(|(first, last)| first..=last);
    numbers.map(|sequence| EntryId { sequence, generation, ..id }).collect()
}

/// The numbers that any journal at central says to be lost.
pub fn all_named(entries: &[Kept]) -> BTreeSet<EntryId> {
    entries.iter().flat_map(|kept| says_lost(&kept.entry.body, kept.entry.id)).collect()
}

/// The books of a till whose file was damaged: its papers are gone, its stock is what its journal says.
///
/// # Panics
/// When it is not.
pub fn books(till: &Till) {
    let wrong = till.store().read(stock::audit).expect("an audit");
    assert!(wrong.is_empty(), "a till's balances are the sum of its movements: {wrong:?}");
    let Some(device) = till.device() else { return };
    let read = |tx: &Tx| {
        let mut bodies = Vec::new();
        for generation in journal::generations(tx)? {
            bodies.extend(journal::after(tx, DeviceId(device), generation, 0, u32::MAX)?);
        }
        Ok::<_, StoreError>(bodies)
    };
    let entries = till.store().read(read).expect("the journal can be read");
    let mut sums = crate::checks::Stock::new();
    for (product, at, thousandths) in
        entries.iter().filter_map(|entry| Said::of(&entry.body)).flat_map(|said| said.moves())
    {
        *sums.entry((product, at)).or_default() += thousandths;
    }
    for ((product, at), thousandths) in sums {
        let account = selvedge_domain::stock::ledger::Account::Location(selvedge_domain::ids::LocationId(at));
        let own = |tx: &Tx| stock::own(tx, selvedge_domain::ids::ProductId(product), account);
        let own = till.store().read::<_, StoreError>(own).expect("the movements can be read");
        assert_eq!(own.thousandths(), thousandths, "a till's own movements are those of its journal");
    }
}
