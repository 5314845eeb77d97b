//! Bases: signed when all that they stand for is here and applied, and taken back when it is not; nothing counts twice,
//! whatever comes in which order.

use std::sync::Arc;

use selvedge_protocol::journal::{Base, DeviceKey, Entry, ReadBase, add_up, statement_hash};
use selvedge_protocol::v1::{
    BalanceV1, DeviceV1, FeedBody, FeedRow, GENESIS_CURSOR_HASH, GenerationV1, RevokedV1, SeenHeadV1, SeenV1, problem,
};
use uuid::Uuid;

use super::station::on_hand;
use super::{Bench, NOW_MS, TestStation};
use crate::store::{ExportKind, Generation, Missing, MissingWhat, Store, Stretch};
use crate::surroundings::{Machine, Surroundings};

/// As a station asks for it.
fn stretch(entries: &[Entry]) -> (Stretch, String) {
    let statement = add_up(entries).expect("a station adds up what it wrote");
    let text = statement.encode().expect("it is small");
    let hash = statement_hash(&text);
    (Stretch { generation: statement.generation, first: statement.first, last: statement.last, statement: hash }, text)
}

async fn key(store: &dyn Store) -> DeviceKey {
    store.central().await.expect("a store").expect("set up").key()
}

/// As central once signed it.
async fn signed(store: &dyn Store, entries: &[Entry]) -> ReadBase {
    let key = key(store).await;
    Base::sign(&key, stretch(entries).1).read(&key.public()).expect("its own signature")
}

/// All of a small journal: sales, something brought back, a drawer.
fn journal(bench: &Bench, station: &mut TestStation, count: usize) -> Vec<Entry> {
    let write = |at: usize| match at % 5 {
        0 => station.opens_the_drawer(),
        3 => station.sells(&bench.demo.products[at % 3], -1),
        _ => station.sells(&bench.demo.products[at % 3], i64::try_from(at % 4 + 1).unwrap_or(1)),
    };
    (0..count).map(write).collect()
}

async fn stock(bench: &Bench, station: &TestStation) -> Vec<BalanceV1> {
    let page = bench.store.balances(station.device, station.site.id, Default::default(), NOW_MS).await;
    let mut rows = page.expect("balances").rows;
    rows.retain(|row| row.quantity_thousandths != 0);
    rows.sort_by_key(|row| (row.product, row.location));
    rows
}

async fn head(bench: &Bench, station: &TestStation) -> Vec<(u64, String)> {
    let taken = bench.store.take(station.device, Vec::new(), NOW_MS).await.expect("a store");
    let own = taken.heads.into_iter().filter(|head| head.generation == station.generation);
    own.map(|head| (head.sequence, head.hash)).collect()
}

/// All rows for a site.
async fn feed(store: &dyn Store, site: Uuid) -> Vec<FeedRow> {
    let (mut after, mut rows) = (None, Vec::new());
    loop {
        let page = store.feed(site, after, 5_000, NOW_MS).await.expect("a feed");
        rows.extend(page.rows);
        after = Some(page.next);
        if !page.more {
            return rows;
        }
    }
}

async fn in_sum(bench: &Bench) -> Vec<(u64, u64)> {
    let missing = bench.store.recovery().await.expect("a state").missing;
    let summed = missing.iter().filter(|one: &&Missing| matches!(one.what, MissingWhat::KnownInSum { .. }));
    summed.map(|one| (one.first, one.last)).collect()
}

pub(super) async fn a_base_is_signed_when_all_of_it_counts(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let entries = journal(bench, &mut station, 12);
    let (asked, text) = stretch(&entries[..10]);
    let ask = async |device, asked: &Stretch| bench.store.sign_base(device, asked.clone()).await.expect("a store");
    bench.store.take(station.device, entries[..9].to_vec(), NOW_MS).await.expect("a store");
    assert!(ask(station.device, &asked).await.is_err(), "entry 10 is missing");
    bench.store.take(station.device, entries[9..].to_vec(), NOW_MS).await.expect("a store");
    let signature = ask(station.device, &asked).await.expect("all of it is here");
    let base = Base { text, signature }.read(&key(&*bench.store).await.public()).expect("central's signature");
    assert_eq!((base.says.first, base.says.last, base.says.hash), (1, 10, entries[9].hash));
    assert_eq!(ask(station.device, &asked).await.ok(), Some(signature), "twice is the same");
    assert!(ask(Machine.new_id(), &asked).await.is_err(), "another's");
    let other = Stretch { statement: entries[0].hash, ..asked.clone() };
    assert!(ask(station.device, &other).await.is_err(), "central adds up by itself");
    assert!(ask(station.device, &Stretch { first: 0, ..asked.clone() }).await.is_err());
    assert!(ask(station.device, &Stretch { last: 5_000, ..asked.clone() }).await.is_err());
    // It is all here, and would overlap with what other stations of this identity ask for.
    let why = ask(station.device, &stretch(&entries[2..10]).0).await.expect_err("it begins in the middle of another");
    assert!(why.contains("begins behind a multiple"), "{why}");

    // What is held does not count, so nobody says that it did.
    let mut stranger = bench.demo.products[0].clone();
    stranger.id = Machine.new_id();
    let held = vec![station.sells(&stranger, 1)];
    bench.store.take(station.device, held.clone(), NOW_MS).await.expect("a store");
    let why = ask(station.device, &stretch(&held).0).await.expect_err("it is held");
    assert!(why.contains("held"), "{why}");

    // Nor of a journal that two stations wrote.
    let mut clone = station.clone();
    clone.rewinds(entries[4].id.sequence, entries[4].hash);
    bench.store.take(station.device, vec![clone.opens_the_drawer()], NOW_MS).await.expect("a store");
    assert!(ask(station.device, &asked).await.is_err(), "it parted within the stretch");
    let before = stretch(&entries[..5]).0;
    assert!(ask(station.device, &before).await.is_ok(), "what was before is one journal");
}

pub(super) async fn a_base_counts_for_entries_that_are_gone(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = bench.demo.products[0].id;
    let before = on_hand(&*bench.store, &station, product, 0).await;
    let entries: Vec<Entry> = (0..6).map(|_| station.sells(&bench.demo.products[0], 2)).collect();
    let (first, second) = (signed(&*bench.store, &entries[..2]).await, signed(&*bench.store, &entries[2..4]).await);
    let take = async |bases: Vec<ReadBase>, entries: Vec<Entry>| {
        bench.store.take_with(station.device, bases, entries, NOW_MS).await.expect("a store")
    };
    let taken = take(vec![second.clone()], Vec::new()).await;
    assert_eq!((taken.problems[0].code, taken.problems[0].kept), (problem::GAP, false), "nobody knows what it follows");
    let taken = take(vec![first.clone(), second.clone()], entries[4..].to_vec()).await;
    assert_eq!((taken.problems.as_slice(), taken.new), ([].as_slice(), 2), "what follows a base is taken");
    assert!(taken.sites.contains(&station.site.id), "the others hear that balances changed");
    assert_eq!(on_hand(&*bench.store, &station, product, 0).await, before - 12_000);
    assert_eq!(head(bench, &station).await, [(6, entries[5].hash.to_string())]);
    assert_eq!(in_sum(bench).await, [(1, 4)], "nobody has the sales themselves");
    let lines = bench.store.export(ExportKind::Lost, 0, 10).await.expect("an export").lines;
    assert!(lines.iter().any(|line| line.contains("known-in-sum")), "{lines:?}");
    let lines = bench.store.export(ExportKind::Bases, 0, 10).await.expect("an export").lines;
    let read = |line: &String| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    let texts: Vec<_> = lines.iter().map(|line| read(line)["statement"].as_str().map(str::to_owned)).collect();
    assert_eq!(texts, [Some(first.base.text.clone()), Some(second.base.text.clone())], "as central signed them");
    let taken = take(vec![first, second], entries[4..].to_vec()).await;
    assert_eq!((taken.problems.as_slice(), taken.new, taken.sites.len()), ([].as_slice(), 0, 0), "twice is once");

    // What it stands for was never lost: a station that saw it acknowledged begins no new life.
    let seen = |entry: &Entry| SeenV1 {
        epoch: None,
        heads: vec![SeenHeadV1 {
            generation: station.generation,
            sequence: entry.id.sequence,
            hash: entry.hash.to_string(),
        }],
        ..SeenV1::default()
    };
    for entry in &entries {
        bench.store.notice(station.device, seen(entry), Machine.new_id(), NOW_MS).await.expect("a store");
    }
    let missing = bench.store.recovery().await.expect("a state").missing;
    assert!(missing.iter().all(|one| matches!(one.what, MissingWhat::KnownInSum { .. })), "{missing:?}");

    // An older disk turns up with some of the sales, from the middle on.
    let taken = take(Vec::new(), vec![entries[2].clone(), entries[1].clone()]).await;
    assert_eq!((taken.problems.as_slice(), taken.new), ([].as_slice(), 2), "each belongs to its base");
    assert_eq!(on_hand(&*bench.store, &station, product, 0).await, before - 12_000, "they are not counted again");
    assert_eq!(head(bench, &station).await, [(6, entries[5].hash.to_string())], "the head stays");
    assert_eq!(in_sum(bench).await, [(1, 1), (4, 4)]);
    take(Vec::new(), entries.clone()).await;
    assert_eq!(in_sum(bench).await, [], "all of them turned up");
    assert_eq!(on_hand(&*bench.store, &station, product, 0).await, before - 12_000);
    assert!(bench.store.checkpoint(NOW_MS).await.expect("a checkpoint"));
}

pub(super) async fn a_base_alone_is_a_head(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let entries = journal(bench, &mut station, 5);
    let base = signed(&*bench.store, &entries[..4]).await;
    bench.store.take(station.device, entries[..2].to_vec(), NOW_MS).await.expect("a store");
    let taken = bench.store.take_with(station.device, vec![base.clone()], Vec::new(), NOW_MS).await.expect("a store");
    let heads: Vec<_> = taken.heads.iter().filter(|head| head.generation == station.generation).collect();
    assert_eq!((heads.len(), heads[0].sequence, &heads[0].hash), (1, 4, &entries[3].hash.to_string()));
    assert_eq!(in_sum(bench).await, [(3, 4)]);
    assert!(bench.store.checkpoint(NOW_MS).await.expect("a checkpoint"));
    let row = feed(&*bench.store, station.site.id).await.into_iter().rev().find_map(|row| match row.read() {
        Ok(FeedBody::Checkpoint(said)) => Some(said),
        Ok(_) | Err(_) => None,
    });
    let said = row.expect("a checkpoint").heads;
    let own: Vec<_> = said.iter().filter(|head| head.generation == station.generation).collect();
    assert_eq!((own.len(), own[0].sequence, &own[0].hash), (1, 4, &entries[3].hash.to_string()), "it covers the base");

    // A base of a journal that nobody knows, and one that was never a station's.
    let stranger = TestStation::new(station.site.clone(), 9).opens_the_drawer();
    let unknown = signed(&*bench.store, &[stranger]).await;
    let taken = bench.store.take_with(station.device, vec![unknown], Vec::new(), NOW_MS).await.expect("a store");
    assert_eq!(taken.problems[0].code, problem::UNKNOWN_GENERATION);
}

pub(super) async fn a_clone_of_what_a_base_stands_for_is_a_branch(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = bench.demo.products[0].id;
    let before = on_hand(&*bench.store, &station, product, 0).await;
    let entries: Vec<Entry> = (0..6).map(|_| station.sells(&bench.demo.products[0], 1)).collect();
    let mut clone = station.clone();
    clone.rewinds(2, entries[1].hash);
    let cloned: Vec<Entry> = (0..5).map(|_| clone.sells(&bench.demo.products[0], 10)).collect();
    let base = signed(&*bench.store, &entries[..4]).await;
    let take = async |bases: Vec<ReadBase>, entries: Vec<Entry>| {
        bench.store.take_with(station.device, bases, entries, NOW_MS).await.expect("a store")
    };
    take(vec![base.clone()], entries[4..].to_vec()).await;
    // The clone sends from the beginning, for no head is its own.
    let taken = take(Vec::new(), [&entries[..2], &cloned[..]].concat()).await;
    assert!(taken.problems.iter().any(|one| one.code == problem::FORK), "{:?}", taken.problems);
    let mut heads = head(bench, &station).await;
    heads.sort();
    let both = [(6, entries[5].hash.to_string()), (7, cloned[4].hash.to_string())];
    assert_eq!(heads, both, "both branches are kept");
    assert_eq!(on_hand(&*bench.store, &station, product, 0).await, before - 56_000, "and applied, once each");
    assert_eq!(in_sum(bench).await, [(3, 4)], "what both have in common is not in sum only");

    // The clone has a base of its own, of which the first two are in both: it cannot be told apart, and is kept only.
    let other = signed(&*bench.store, &[&entries[..2], &cloned[..2]].concat()).await;
    let taken = take(vec![other.clone()], Vec::new()).await;
    assert_eq!((taken.problems[0].code, taken.problems[0].kept), (problem::BASES_OVERLAP, true));
    let taken = take(vec![other], Vec::new()).await;
    assert_eq!(taken.problems[0].code, problem::BASES_OVERLAP, "it hears the same again");
    assert_eq!(on_hand(&*bench.store, &station, product, 0).await, before - 56_000);
}

/// The clone's branch was here first.
pub(super) async fn a_base_beside_a_clone_is_a_branch(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = bench.demo.products[0].id;
    let before = on_hand(&*bench.store, &station, product, 0).await;
    let entries: Vec<Entry> = (0..6).map(|_| station.sells(&bench.demo.products[0], 1)).collect();
    let mut clone = station.clone();
    clone.rewinds(2, entries[1].hash);
    let cloned: Vec<Entry> = (0..5).map(|_| clone.sells(&bench.demo.products[0], 10)).collect();
    let base = signed(&*bench.store, &entries[..4]).await;
    let take = async |bases: Vec<ReadBase>, entries: Vec<Entry>| {
        bench.store.take_with(station.device, bases, entries, NOW_MS).await.expect("a store")
    };
    take(Vec::new(), [&entries[..2], &cloned[..]].concat()).await;
    let taken = take(vec![base], entries[4..].to_vec()).await;
    let told = taken.problems.iter().all(|one| one.kept && one.code == problem::FORK);
    assert!(told && taken.new == 2, "what follows the base follows it: {:?}", taken.problems);
    let mut heads = head(bench, &station).await;
    heads.sort();
    assert_eq!(heads, [(6, entries[5].hash.to_string()), (7, cloned[4].hash.to_string())]);
    assert_eq!(on_hand(&*bench.store, &station, product, 0).await, before - 56_000, "the common past once");
    take(Vec::new(), entries.clone()).await;
    assert_eq!(on_hand(&*bench.store, &station, product, 0).await, before - 56_000, "and once it stays");
    assert_eq!(head(bench, &station).await.len(), 2);
}

/// Entries that a base stands for are held, let go, and held back again: the balances do not move.
pub(super) async fn what_is_held_of_a_base_counts_once(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let mut product = bench.demo.products[0].clone();
    (product.id, product.sku, product.gtins) = (Machine.new_id(), "LATER-1".into(), Vec::new());
    let entries: Vec<Entry> = (0..4).map(|_| station.sells(&product, 3)).collect();
    let base = signed(&*bench.store, &entries).await;
    let on_shelf = async || on_hand(&*bench.store, &station, product.id, 0).await;
    bench.store.take_with(station.device, vec![base], Vec::new(), NOW_MS).await.expect("a store");
    assert_eq!(on_shelf().await, -12_000, "central said itself that it had applied them");
    let taken = bench.store.take(station.device, entries.clone(), NOW_MS).await.expect("a store");
    assert_eq!(taken.problems.len(), 4, "the product is not back yet: {:?}", taken.problems);
    assert_eq!(on_shelf().await, -12_000);

    let key = key(&*bench.store).await;
    let mut next = 9_000_000;
    let mut row = |body: FeedBody| {
        let (kind, version) = body.kind().expect("a known kind");
        next += 1;
        let mut row = FeedRow {
            epoch: Uuid::from_u128(77),
            number: next,
            previous: GENESIS_CURSOR_HASH.to_string(),
            kind: kind.to_owned(),
            version,
            site: None,
            at_ms: NOW_MS,
            origin: None,
            body: body.encode().expect("a body"),
            signature: String::new(),
        };
        row.seal(&key).expect("a row");
        row
    };
    let back = row(FeedBody::Product(product.clone()));
    bench.store.take_back(vec![back], true, NOW_MS).await.expect("a store");
    assert_eq!(in_sum(bench).await, []);
    assert_eq!(on_shelf().await, -12_000, "they are applied now, and the base makes room");
    let generation = GenerationV1 {
        generation: station.generation,
        short: "2K7".into(),
        public_key: station.key().public().to_string(),
        known_ms: NOW_MS,
    };
    let revoked = RevokedV1 { at_ms: NOW_MS, heads: Vec::new() };
    let device = DeviceV1 {
        id: station.device,
        site: station.site.id,
        till: "04".into(),
        app: "suite".into(),
        enrolled_ms: NOW_MS,
        generations: vec![generation],
        revision: 1,
        revoked: Some(revoked),
    };
    let back = row(FeedBody::Device(device));
    bench.store.take_back(vec![back], true, NOW_MS).await.expect("a store");
    assert_eq!(on_shelf().await, -12_000, "held back they are in the base again");
    bench.store.release(NOW_MS).await.expect("a store");
}

/// Any order, any repetition: the same balances and heads as a central that never lost anything.
pub(super) async fn any_order_of_bases_and_entries_is_one(whole: &Bench, other: &(dyn Fn() -> Arc<dyn Store> + Sync)) {
    let mut station = TestStation::joined(whole, "galway", "04").await;
    let entries = journal(whole, &mut station, 14);
    let start = stock(whole, &station).await;
    whole.store.take(station.device, entries.clone(), NOW_MS).await.expect("a store");
    let (wanted, heads) = (stock(whole, &station).await, head(whole, &station).await);
    assert_ne!(start, wanted);
    for seed in 0..6_u64 {
        let bench = Bench::of(other(), selvedge_protocol::demo::SEED).await;
        let mut twin = TestStation::joined(&bench, "galway", "04").await;
        // The same journal, in a company of the same seed; the device is another one.
        twin.person = station.person;
        let entries = journal(&bench, &mut twin, 14);
        let mut bases = Vec::new();
        for stretch in entries[..12].chunks(4) {
            bases.push(signed(&*bench.store, stretch).await);
        }
        let mut chance = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut draw = |below: usize| {
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            usize::try_from(chance % u64::try_from(below).unwrap_or(1)).unwrap_or(0)
        };
        for _ in 0..25 {
            let (from, count) = (draw(entries.len()), 1 + draw(4));
            let some = entries.iter().skip(from).take(count).cloned().collect();
            let base = (draw(3) == 0).then(|| bases[draw(bases.len())].clone());
            bench.store.take_with(twin.device, base.into_iter().collect(), some, NOW_MS).await.expect("a store");
        }
        bench.balanced().await;
        bench.store.take_with(twin.device, bases.clone(), entries[12..].to_vec(), NOW_MS).await.expect("a store");
        assert_eq!(amounts(&stock(&bench, &twin).await), amounts(&wanted), "seed {seed}");
        assert_eq!(head(&bench, &twin).await.len(), 1, "seed {seed}: one branch");
        assert_eq!(head(&bench, &twin).await[0].0, heads[0].0, "seed {seed}");
        bench.store.take(twin.device, entries, NOW_MS).await.expect("a store");
        assert_eq!(amounts(&stock(&bench, &twin).await), amounts(&wanted), "seed {seed}, with all of it");
        assert_eq!(in_sum(&bench).await, []);
        bench.balanced().await;
    }
}

fn amounts(stock: &[BalanceV1]) -> Vec<i64> {
    let mut all: Vec<i64> = stock.iter().map(|row| row.quantity_thousandths).collect();
    all.sort_unstable();
    all
}

/// A central that is begun with nothing but its key believes what it once signed.
pub(super) async fn an_empty_central_believes_its_own_signature(whole: &Bench, empty: &dyn Store) {
    let mut station = TestStation::joined(whole, "galway", "04").await;
    let entries = journal(whole, &mut station, 8);
    whole.store.take(station.device, entries.clone(), NOW_MS).await.expect("a store");
    let (asked, text) = stretch(&entries[..6]);
    let signature = whole.store.sign_base(station.device, asked).await.expect("a store").expect("signed");
    let wanted = stock(whole, &station).await;
    let central = whole.store.central().await.expect("a store").expect("set up");
    let fresh = crate::store::Central { epoch: Machine.new_id(), ..central.clone() };
    empty.begin_empty(fresh, NOW_MS).await.expect("an empty store");
    let refused = empty.sign_base(station.device, stretch(&entries[6..]).0).await.expect("a store");
    assert!(refused.is_err(), "while it takes back it signs nothing");

    // Bases and entries first, the rows of the feed after them: nothing depends on the order.
    let base = Base { text, signature }.read(&central.key().public()).expect("its own signature");
    let generation = Generation {
        generation: station.generation,
        device: station.device,
        short: "2K7".into(),
        public_key: station.key().public(),
    };
    let rows = feed(&*whole.store, station.site.id).await;
    let (devices, rest): (Vec<FeedRow>, Vec<FeedRow>) = rows.into_iter().partition(|row| row.kind == "device");
    assert!(devices.iter().any(|row| row.body.contains(&generation.generation.to_string())));
    empty.take_back(devices, false, NOW_MS).await.expect("a store");
    let taken = empty.take_with(station.device, vec![base], entries[6..].to_vec(), NOW_MS).await.expect("a store");
    assert!(taken.problems.iter().all(|one| one.kept), "{:?}", taken.problems);
    empty.take_back(rest, true, NOW_MS).await.expect("a store");
    let page = empty.balances(station.device, station.site.id, Default::default(), NOW_MS).await.expect("balances");
    let mut got = page.rows;
    got.retain(|row| row.quantity_thousandths != 0);
    got.sort_by_key(|row| (row.product, row.location));
    assert_eq!(got, wanted, "the balances that it had");
    assert_eq!(empty.audit().await.expect("an audit"), Vec::<String>::new());
}
