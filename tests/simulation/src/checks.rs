//! What must be true when all has healed. Figures are added up again here, from the entries' own words.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_domain::ids::{LocationId, ProductId};
use selvedge_domain::stock::ledger::Account;
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::{Body, Entry, EntryId, Fact, GENESIS, Hash, Hex32, PublicKey, ReadBase};
use selvedge_store::table::{journal, stock};
use selvedge_store::{Store, StoreError, Tx};
use uuid::Uuid;

use crate::central::Kept;
use crate::company::{OPENING_THOUSANDTHS, PRODUCTS, SITES, counter, floor};
use crate::damage;
use crate::loss;
use crate::promises;
use crate::pruned;
use crate::till::Till;
use crate::transfers::{self, Said};
use crate::world::{Decision, World};

/// What a slow line makes of central's time.
const TRIP_MS: i64 = 10_000;

/// Quantities by product and location.
pub type Stock = BTreeMap<(Uuid, Uuid), i64>;

/// Looks at everything; gives back what central has.
///
/// # Panics
/// With the rule that is broken.
pub fn check(world: &World) -> Vec<Kept> {
    let entries = world.central.entries();
    let bases = world.central.bases();
    every_entry_once(world, &entries, &bases);
    chains_hold(world, &entries, &bases);
    times_are_true(world, &entries);
    pruned::listed(world, &entries, &bases);
    for till in &world.tills {
        pruned::books(till);
        damage::check(world, till);
        own_journal(till);
    }
    generations_differ(world);
    let wrong = world.central.wait(world.central.store().audit());
    assert!(wrong.is_empty(), "central's balances are the sum of its movements: {wrong:?}");
    loss::check(world);
    promises::check(world);
    let revoked: Option<Uuid> = world.revoked.filter(|device| {
        world.central.wait(world.central.store().device(*device)).is_some_and(|device| device.revoked)
    });
    for kept in &entries {
        let held = kept.state == "held" && revoked == Some(kept.entry.id.device);
        let newer = kept.state == "unknown-kind"
            && Body::decode(&kept.entry.body).is_ok_and(|body| body.kind == crate::actions::NEWER_KIND);
        assert!(held || newer || kept.state == "applied", "nothing is held that can be applied: {:?}", kept.entry.id);
    }
    let books = expected_stock(world, &entries, &bases);
    let stock: Stock = world.central.stock().into_iter().map(|(product, at, sum)| ((product, at), sum)).collect();
    assert_eq!(without_zeros(&stock), without_zeros(&books), "central's stock is what the entries say");
    sites_agree(world, &stock);
    transfers::check(world, &entries, &bases);
    entries
}

fn without_zeros(stock: &Stock) -> Stock {
    stock.iter().filter(|(_, sum)| **sum != 0).map(|(key, sum)| (*key, *sum)).collect()
}

/// Machines with one identity go on under generations of their own, so that no number is given twice from then on.
fn generations_differ(world: &World) {
    let mut present: BTreeMap<Uuid, usize> = BTreeMap::new();
    for till in world.tills.iter().filter(|till| till.has_joined()) {
        let own = till.store().read::<_, StoreError>(selvedge_store::table::station::get).expect("a station");
        let other = present.insert(own.expect("it joined").generation.0, till.begun.number);
        assert_eq!(other, None, "no other till writes under the generation of till {}", till.begun.number);
    }
}

/// Every entry that was shown as done is at central once, by itself or in a base, in its order; and central has no other.
fn every_entry_once(world: &World, entries: &[Kept], bases: &[ReadBase]) {
    let mut at: BTreeMap<Hash, usize> = BTreeMap::new();
    for (number, kept) in entries.iter().enumerate() {
        let twice = at.insert(kept.entry.hash, number);
        assert!(twice.is_none(), "central has every entry once: {:?}", kept.entry.id);
    }
    let mut known: BTreeSet<Hash> = BTreeSet::new();
    for till in &world.tills {
        let mut last: BTreeMap<Uuid, usize> = BTreeMap::new();
        for shown in &till.begun.shown {
            known.insert(shown.hash);
            let there = at.get(&shown.hash);
            // What was only on a disk that is gone may be gone.
            assert!(
                there.is_some()
                    || shown.torn
                    || shown.away
                    || world.is_stranger(till)
                    || pruned::stands(bases, shown.id, &shown.hash),
                "what was shown as done is at central: {:?}",
                shown.id
            );
            // What a base stands for, or a damaged file held, may turn up later than what follows it.
            let late = pruned::stands(bases, shown.id, &shown.hash) || till.begun.damage.is_some();
            if let (Some(there), false) = (there, shown.torn || late)
                && let Some(before) = last.insert(shown.id.generation, *there)
            {
                assert!(before < *there, "central took a till's entries in their order: {:?}", shown.id);
            }
        }
    }
    for kept in entries {
        assert!(known.contains(&kept.entry.hash), "central has only what a till wrote: {:?}", kept.entry.id);
    }
}

/// Every entry at central is signed by its generation's key and follows an entry that central has.
fn chains_hold(world: &World, entries: &[Kept], bases: &[ReadBase]) {
    let keys: BTreeMap<Uuid, PublicKey> = entries.iter().filter_map(|kept| begun(&kept.entry)).collect();
    let hashes: BTreeSet<(Uuid, u64, Hash)> =
        entries.iter().map(|kept| (kept.entry.id.generation, kept.entry.id.sequence, kept.entry.hash)).collect();
    let lost = damage::all_named(entries);
    for Kept { entry, .. } in entries {
        let key = keys.get(&entry.id.generation).expect("a generation begins with its start");
        assert_eq!(entry.check(key), Ok(()), "central's chains verify");
        let follows = match entry.id.sequence {
            1 => entry.previous == GENESIS,
            sequence => hashes.contains(&(entry.id.generation, sequence - 1, entry.previous)),
        };
        let before = EntryId { sequence: entry.id.sequence.saturating_sub(1), ..entry.id };
        let follows =
            follows || pruned::stands(bases, before, &entry.previous) || pruned::stands(bases, entry.id, &entry.hash);
        // Behind what its own station says to be lost it goes on.
        let follows = follows || lost.contains(&before);
        assert!(follows, "central's chains have no gaps: {:?}", entry.id);
    }
    // What a till believes that central has, central has.
    for till in world.tills.iter().filter(|till| !world.is_stranger(till)) {
        for (generation, sequence, hash) in acknowledged(till.store()) {
            let in_base = || bases.iter().any(|base| base.stands_for(generation, sequence, &hash));
            let there = sequence == 0 || hashes.contains(&(generation, sequence, hash)) || in_base();
            assert!(there, "what is acknowledged is at central: entry {sequence} of {generation}");
        }
    }
}

/// An acknowledgement means that it is on disk: whatever power central lost.
///
/// # Panics
/// When it is not.
pub fn acknowledged_is_kept(world: &World) {
    if world.restored {
        return;
    }
    let there: BTreeSet<Hash> = world.central.entries().into_iter().map(|kept| kept.entry.hash).collect();
    for till in world.tills.iter().filter(|till| till.is_on()) {
        for (generation, sequence, hash) in acknowledged(till.store()) {
            let kept = sequence == 0 || there.contains(&hash);
            assert!(kept, "what central acknowledged it has after a power cut: entry {sequence} of {generation}");
        }
    }
}

/// What a station knows of the time contains the truth, whatever its clock showed.
fn times_are_true(world: &World, entries: &[Kept]) {
    let stamps: BTreeMap<Hash, Stamp> = entries
        .iter()
        .filter_map(|kept| Some((kept.entry.hash, Stamp::from(Body::decode(&kept.entry.body).ok()?.at))))
        .collect();
    for shown in world.tills.iter().flat_map(|till| &till.begun.shown) {
        let (Some(stamp), Some(true_ms)) = (stamps.get(&shown.hash), shown.true_ms) else { continue };
        let interval = stamp.interval();
        let (from_ms, to_ms) = (interval.from_ms.saturating_sub(TRIP_MS), interval.to_ms.saturating_add(TRIP_MS));
        assert!(
            (from_ms..=to_ms).contains(&true_ms),
            "the interval of {:?} holds the true time {true_ms}: {stamp:?}",
            shown.id
        );
    }
}

/// A till that is alone at its site shows at every moment what the books opened with and what it sold since, whatever
/// central has heard of it by then.
///
/// # Panics
/// When it shows something else.
pub fn alone_it_knows_all(world: &World, till: usize) {
    let here = &world.tills[till];
    let site = here.begun.site;
    let alone = world.tills.iter().filter(|other| other.begun.site == site).count() == 1;
    let lost = here.begun.shown.iter().any(|shown| shown.torn) || here.begun.damage.is_some();
    if !alone || lost || world.restored || !here.status().is_some_and(|status| status.initial_done) {
        return;
    }
    let at = Account::Location(LocationId(floor(site)));
    for number in 1..=PRODUCTS {
        let product = selvedge_tests::company::product(number);
        let read = |tx: &Tx| Ok::<_, StoreError>((stock::on_hand(tx, product, at)?, stock::own(tx, product, at)?));
        let (shown, own) = here.store().read(read).expect("the balances can be read");
        let truth = OPENING_THOUSANDTHS + own.thousandths();
        assert_eq!(
            shown.thousandths(),
            truth,
            "till {till}, alone at its site, shows what is there of product {number}"
        );
    }
}

/// What a store holds as acknowledged.
pub fn acknowledged(store: &Store) -> Vec<(Uuid, u64, Hash)> {
    let read = |tx: &Tx| {
        let mut all = Vec::new();
        for generation in journal::generations(tx)? {
            let (sequence, hash) = journal::acknowledged(tx, generation)?;
            all.push((generation.0, sequence, hash));
        }
        Ok::<_, StoreError>(all)
    };
    store.read(read).expect("the journal can be read")
}

fn begun(entry: &Entry) -> Option<(Uuid, PublicKey)> {
    let Ok(Fact::GenerationStarted(started)) = Body::decode(&entry.body).ok()?.fact() else { return None };
    Some((entry.id.generation, Hex32::try_from(started.public_key).ok()?))
}

/// A till's journal is what it showed, in that order, and nothing else.
fn own_journal(till: &Till) {
    let Some((device, _)) = till.identity else { return };
    let read = |tx: &Tx| {
        let mut hashes = Vec::new();
        for generation in journal::generations(tx)? {
            let entries = journal::after(tx, selvedge_domain::ids::DeviceId(device), generation, 0, u32::MAX)?;
            hashes.extend(entries.into_iter().map(|entry| entry.hash));
        }
        Ok::<_, StoreError>(hashes)
    };
    let hashes = till.store().read(read).expect("the journal can be read");
    pruned::own_journal(till, &hashes);
}

/// What the company holds: what its books opened with, what was sold and taken back since, and what went between sites.
fn expected_stock(world: &World, entries: &[Kept], bases: &[ReadBase]) -> Stock {
    let mut stock = Stock::new();
    let mut add = |product: Uuid, at: Uuid, thousandths: i64| *stock.entry((product, at)).or_default() += thousandths;
    for ((product, at), thousandths) in opened(world) {
        add(product, at, thousandths);
    }
    let applied = entries.iter().filter(|kept| kept.state == "applied").map(|kept| &kept.entry.body);
    let in_bases = pruned::in_bases(world, entries, bases).into_iter().map(|shown| &shown.entry.body);
    for said in applied.chain(in_bases).filter_map(|body| Said::of(body)) {
        said.moves().into_iter().for_each(|(product, at, thousandths)| add(product, at, thousandths));
    }
    stock
}

/// What the books opened with; what nobody holds any more of that was listed as lost.
fn opened(world: &World) -> Stock {
    let decided = world.decisions.iter().flat_map(|decision| match decision {
        Decision::Put(puts) => puts.iter().filter_map(|put| Some((put.product.id, put.stock.as_ref()?))).collect(),
        Decision::Code { .. } | Decision::AskTransfer(..) | Decision::CancelTransfer(..) => Vec::new(),
    });
    let first = crate::company::company().stock.into_iter();
    let first = first.map(|one| ((one.product, one.location), one.quantity_thousandths));
    let all: Stock = first.chain(decided.map(|(of, put)| ((of, put.place.expect("a location")), put.figure))).collect();
    let there = loss::openings(&world.central.rows());
    let different = there.iter().find(|(key, thousandths)| all.get(key) != Some(thousandths));
    assert_eq!(different, None, "the books open with what was decided");
    if world.restored { there } else { all }
}

/// The tills of a site know the same, and it is what central says; a till that joins only now would know it too.
fn sites_agree(world: &World, stock: &Stock) {
    for site in 0..SITES.len() {
        let knows = |till: &&Till| till.begun.site == site && !world.is_revoked(till) && !world.is_stranger(till);
        let here: Vec<&Till> = world.tills.iter().filter(knows).collect();
        let Some(first) = here.first() else { continue };
        let catalogue = catalogue(first.store());
        assert!(catalogue.len() > usize::try_from(PRODUCTS).unwrap_or(0), "the catalogue came down");
        for till in &here {
            let number = till.begun.number;
            same(
                &catalogue_of(till),
                &catalogue,
                &format!("till {number} knows what till {} knows", first.begun.number),
            );
            for number_of in 1..=world.products {
                for at in [floor(site), counter(site)] {
                    let product = selvedge_tests::company::product(number_of);
                    let read = |tx: &Tx| stock::on_hand(tx, ProductId(product.0), Account::Location(LocationId(at)));
                    let shown = till.store().read::<_, StoreError>(read).expect("a balance").thousandths();
                    let there = stock.get(&(product.0, at)).copied().unwrap_or(0);
                    assert_eq!(shown, there, "till {number} shows what central holds of product {number_of}");
                }
            }
        }
        same(&fresh_catalogue(world, site, first), &catalogue, "a till that joins now knows the same");
    }
}

fn catalogue_of(till: &Till) -> Vec<String> {
    catalogue(till.store())
}

/// All that came down in the feed, as lines, without what is a till's own.
fn catalogue(store: &Store) -> Vec<String> {
    const LINES: [&str; 5] = [
        "SELECT 'product ' || sku || ' ' || name || ' ' || tax || ' ' || active || ' ' || hex(id) FROM product",
        "SELECT 'barcode ' || product.sku || ' ' || gtin FROM barcode JOIN product ON product.number = barcode.product",
        "SELECT 'price ' || sku || ' ' || own || ' ' || valid_from || ' ' || valid_to || ' ' || coalesce(amount, '-')
         FROM price JOIN product ON product.number = price.product",
        "SELECT 'tax ' || code || ' ' || valid_from || ' ' || valid_to || ' ' || percent FROM tax_rate",
        "SELECT 'person ' || hex(id) || ' ' || name || ' ' || role || ' ' || active || ' ' || unseal(verifier) FROM person",
    ];
    let read = |tx: &Tx| {
        let mut lines: Vec<String> = Vec::new();
        for sql in LINES {
            let mut statement = tx.prepare(sql)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            lines.extend(rows.collect::<Result<Vec<String>, _>>()?);
        }
        Ok::<_, StoreError>(lines)
    };
    let mut lines = store.read(read).expect("the catalogue can be read");
    lines.sort();
    lines
}

/// The whole feed applied to an empty store.
fn fresh_catalogue(world: &World, site: usize, like: &Till) -> Vec<String> {
    let store = Store::in_memory().expect("a store");
    let own = like.store().read::<_, StoreError>(selvedge_store::table::station::get).expect("a station");
    let own = own.expect("it joined").site;
    let now_ms = world.now.wall_ms();
    let mut after = None;
    loop {
        let page = world.central.wait(world.central.store().feed(crate::company::site(site), after, 500, now_ms));
        let apply = |tx: &Tx| selvedge_store::table::feed::apply(tx, own, page.next.epoch, &page.rows);
        let problems = store.write::<_, StoreError>("sync-feed", apply).expect("rows can be applied");
        assert!(problems.is_empty(), "central's rows can be used: {problems:?}");
        if !page.more {
            return catalogue(&store);
        }
        after = Some(page.next);
    }
}

fn same(left: &[String], right: &[String], rule: &str) {
    let missing: Vec<&String> = right.iter().filter(|line| !left.contains(line)).collect();
    let more: Vec<&String> = left.iter().filter(|line| !right.contains(line)).collect();
    assert!(missing.is_empty() && more.is_empty(), "{rule}: missing {missing:#?}, more {more:#?}");
}
