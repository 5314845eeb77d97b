//! The data file damaged: at every page, at its head, in its WAL, cut off. What can be read comes back, nothing false does,
//! and what is missing is named. The till goes on with a new file, and the damaged one is kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use selvedge_app::recover;
use selvedge_contract::view::TrayKind;
use selvedge_domain::tax::PriceMode;
use selvedge_protocol::journal::{Body, Entry, EntryId, GENESIS};
use selvedge_protocol::v1::{BalancePage, HeadV1};
use selvedge_store::rescue::{self, Identity, Salvage, salvage};
use selvedge_store::table::{config, feed, journal, recovery, station};
use selvedge_store::{NoWitness, Phase, Store, StoreError};
use selvedge_sync::Desk;
use selvedge_sync::fake::FakeCentral;
use selvedge_tests::company::{ATLAS, SOCKS, TEE};
use selvedge_tests::outside::{device_key, second_key};
use selvedge_tests::{Shop, audit};

use crate::child::{self, Killer, Point};

const DB: &str = "selvedge.db";
const WAL: &str = "selvedge.db-wal";
const PAGE: usize = 4096;

/// The files of a till that sold for a while, some of it still in the WAL, and what it had.
struct Files {
    db: Vec<u8>,
    wal: Vec<u8>,
    entries: BTreeMap<u64, Entry>,
    identity: Identity,
    audit: audit::Books,
}

fn files() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| {
        let folder = selvedge_tests::shop::quick_folder();
        let mut shop = Shop::in_folder(folder.path(), 1, Arc::new(NoWitness)).joined(PriceMode::Inclusive);
        shop.leaves_all();
        shop.open(0);
        let receipts: Vec<_> = (0..15).map(|at| shop.sell(&[TEE, SOCKS, [ATLAS, SOCKS][at % 2]])).collect();
        shop.scan(ATLAS);
        shop.app().cancel_sale().unwrap();
        shop.app().scan("4006381333931", "wedge").unwrap();
        // What was sold so far goes from the WAL into the file.
        shop.restart();
        shop.take_back(&receipts[3], &[(0, 1_000)]).unwrap();
        shop.pay(selvedge_domain::tender::TenderKind::Cash);
        shop.app().next_sale().unwrap();
        shop.sell(&[TEE, ATLAS]);
        let (entries, identity) = shop
            .app()
            .store()
            .read::<_, StoreError>(|tx| {
                let station = station::get(tx)?.unwrap();
                let entries = journal::after(tx, station.device, station.generation, 0, u32::MAX)?;
                let (site, company) = (config::site(tx)?.unwrap(), config::company(tx)?.unwrap());
                Ok((entries, Identity { station, site, company, central_key: None, generations: Vec::new() }))
            })
            .unwrap();
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        Files {
            db: read(DB),
            wal: read(WAL),
            entries: entries.into_iter().map(|entry| (entry.id.sequence, entry)).collect(),
            identity,
            audit: shop.audit(),
        }
    })
}

fn salvaged(db: &[u8], wal: &[u8]) -> Salvage {
    let folder = selvedge_tests::shop::quick_folder();
    let (file, log) = (folder.path().join(DB), folder.path().join(WAL));
    fs::write(&file, db).unwrap();
    fs::write(&log, wal).unwrap();
    let key = device_key().public();
    let found = salvage(&file, &log, files().identity.station.device, &[key], None).unwrap();
    assert!(fs::read(&file).unwrap() == db && fs::read(&log).unwrap() == wal, "a damaged file is not changed");
    found
}

/// Nothing false is found, and all but at most `most` entries are; how many are not.
fn check(found: &Salvage, most: usize, what: &str) -> usize {
    let all = &files().entries;
    let mut there = BTreeMap::new();
    for entry in found.entries.values() {
        assert_eq!(all.get(&entry.id.sequence), Some(entry), "{what}: an entry is as it was written");
        assert!(there.insert(entry.id.sequence, ()).is_none(), "{what}: an entry is found once");
    }
    let rows: Vec<u64> = found.entries.values().map(|entry| entry.id.sequence).collect();
    assert!(rows.is_sorted(), "{what}: in the order of writing");
    let lost: Vec<u64> = all.keys().filter(|number| !there.contains_key(number)).copied().collect();
    assert!(lost.len() <= most, "{what}: {} of {} entries are lost: {lost:?}", lost.len(), all.len());
    let named = found.missing(files().identity.station.generation);
    let last = found.last.get(&files().identity.station.generation).copied().unwrap_or(0);
    let expected: Vec<u64> = lost.iter().filter(|number| **number <= last).copied().collect();
    assert_eq!(named.into_iter().collect::<Vec<_>>(), expected, "{what}: what is missing is named");
    lost.len()
}

#[test]
fn a_whole_file_gives_all_with_its_wal_and_without_it_what_it_has() {
    let Files { db, wal, entries, .. } = files();
    assert!(wal.len() > 20 * PAGE && db.len() > 20 * PAGE, "both hold something: {} {}", db.len(), wal.len());
    assert_eq!(check(&salvaged(db, wal), 0, "whole"), 0);
    let old = check(&salvaged(db, &[]), entries.len(), "without its WAL");
    assert!(old > 0 && old < entries.len(), "the WAL has the last ones: {old}");
    let new = check(&salvaged(&[], wal), entries.len(), "the WAL alone");
    assert!(new < entries.len(), "the WAL alone has something");
    check(&salvaged(&[], &[]), entries.len(), "nothing at all");
}

#[test]
fn a_damage_at_any_page_costs_what_stood_on_it() {
    let Files { db, wal, .. } = files();
    let mut worst = 0;
    for (at, harm) in (0..db.len()).step_by(PAGE).zip([0_u8, 0xa5].into_iter().cycle()) {
        let mut damaged = db.clone();
        damaged[at..at + PAGE].fill(harm);
        worst = worst.max(check(&salvaged(&damaged, wal), 24, &format!("page at {at} filled with {harm:#x}")));
    }
    assert!(worst > 0, "some page matters");
    for at in (0..wal.len()).step_by(9 * (PAGE + 24)) {
        let mut damaged = wal.clone();
        let end = (at + PAGE).min(damaged.len());
        damaged[at..end].fill(0x5a);
        check(&salvaged(db, &damaged), files().entries.len() / 2, &format!("the WAL at {at}"));
    }
}

#[test]
fn the_first_bytes_of_any_page_cost_little() {
    let Files { db, wal, .. } = files();
    for at in (0..db.len()).step_by(3 * PAGE) {
        let mut damaged = db.clone();
        damaged[at..at + 8].fill(0xff);
        check(&salvaged(&damaged, wal), 24, &format!("the head of the page at {at}"));
    }
    let mut headless = db.clone();
    headless[..16 * PAGE].fill(0);
    check(&salvaged(&headless, wal), files().entries.len() / 2, "the first sixteen pages");
    for length in [0, 1, 50, PAGE, db.len() / 2, db.len() - 1] {
        check(&salvaged(&db[..length], wal), files().entries.len(), &format!("cut off at {length}"));
    }
    let mut wal_head = wal.clone();
    wal_head[..32].fill(0);
    check(&salvaged(db, &wal_head), 0, "the head of the WAL");
}

#[test]
fn rubbish_gives_nothing_and_takes_no_time() {
    let mut chance: u64 = 7;
    let mut rubbish = || {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        chance.to_be_bytes()[0]
    };
    let db: Vec<u8> = (0..40 * PAGE).map(|_| rubbish()).collect();
    let wal: Vec<u8> = (0..10 * PAGE).map(|_| rubbish()).collect();
    assert!(salvaged(&db, &wal).entries.is_empty());
    let other =
        salvage(Path::new("/nowhere/at/all"), Path::new("/nowhere"), files().identity.station.device, &[], None);
    assert!(other.unwrap().entries.is_empty(), "a file that is gone has nothing");
}

/// A damaged data folder: the head of the file is gone, so that SQLite reads nothing of it.
fn damaged_folder() -> tempfile::TempDir {
    let folder = selvedge_tests::shop::quick_folder();
    let mut db = files().db.clone();
    db[..100].fill(0);
    fs::write(folder.path().join(DB), &db).unwrap();
    fs::write(folder.path().join(WAL), &files().wal).unwrap();
    folder
}

/// Not a test by itself: a child replaces a damaged file.
#[test]
fn the_replacing_child() {
    if child::role().as_deref() != Some("replace") {
        return;
    }
    let killer = Arc::new(Killer::at(Point::parse(&child::point_text())));
    replace(&child::folder(), killer);
    std::process::exit(0);
}

fn replace(folder: &Path, witness: Arc<dyn selvedge_store::Witness>) -> Store {
    let (store, aside) = Store::replace(folder, witness).unwrap();
    let identity = &files().identity;
    let found = rescue::salvage_aside(&aside, identity, &[device_key().public()]).unwrap();
    recover::restore(&store, &aside, identity, &found).unwrap();
    rescue::finish(&aside).unwrap();
    store
}

#[test]
fn a_damaged_file_is_replaced_and_kept_though_the_app_is_killed_meanwhile() {
    for point in [None, Some(Phase::Begun), Some(Phase::Written), Some(Phase::Committed)] {
        let folder = damaged_folder();
        let refused = Store::open(folder.path()).err().expect("it is damaged");
        assert!(refused.is_damage(), "{refused:?}");
        if let Some(phase) = point {
            let point = Point { write: "rescue".to_owned(), phase, nth: 1 };
            let output = child::start("damage::the_replacing_child", "replace", folder.path(), &point.text(), &[]);
            child::assert_killed(&output, &point.text());
            let refused = Store::open(folder.path()).err().expect("it is not replaced yet");
            assert!(matches!(refused, StoreError::ToBeReplaced), "{refused:?}");
        }
        let store = replace(folder.path(), Arc::new(NoWitness));
        let kept = folder.path().join("damaged-1");
        assert!(fs::read(kept.join(DB)).unwrap()[100..] == files().db[100..], "the damaged file is kept as it is");
        assert!(fs::read(kept.join(WAL)).unwrap() == files().wal, "with its WAL");
        assert!(!folder.path().join("damaged-2").exists(), "one damage, one folder");
        same_books(&store);
        drop(store);
        Store::open(folder.path()).expect("the new file is a file like any other");
    }
}

/// Not a test by itself: a child whose file was replaced finishes the recovery with central.
#[test]
fn the_recovering_child() {
    if child::role().as_deref() != Some("recover") {
        return;
    }
    let killer = Arc::new(Killer::at(Point::parse(&child::point_text())));
    recover_with_central(&child::folder(), killer, 2);
    std::process::exit(0);
}

/// The numbers up to which central has the journal.
const AT_CENTRAL: u64 = 8;

/// A till goes on with the replaced file: a new generation, what central has comes back, and what is missing is named.
fn recover_with_central(folder: &Path, witness: Arc<dyn selvedge_store::Witness>, run: u16) -> Shop {
    recover_with(folder, witness, run, AT_CENTRAL)
}

fn recover_with(folder: &Path, witness: Arc<dyn selvedge_store::Witness>, run: u16, at_central: u64) -> Shop {
    let mut shop = Shop::in_folder(folder, run, witness);
    shop.leaves_all();
    if let Some(from) = shop.app().generation_to_leave().unwrap() {
        shop.app().begin_generation(from, second_key(), "test").unwrap();
    }
    let store = Arc::clone(shop.app().store());
    let station = store.read(station::get).unwrap().unwrap();
    let central = FakeCentral::new();
    central.know(station.device.0, files().identity.station.generation.0, device_key().public());
    files()
        .entries
        .values()
        .take_while(|entry| entry.id.sequence <= at_central)
        .for_each(|one| central.keep(one.clone()));
    let keys = shop.app().keys().clone();
    let on_parted: selvedge_sync::OnParted = Box::new(|_| Ok(()));
    let desk = Desk {
        store,
        central: Arc::new(central),
        keys,
        wall: Arc::new(|| 0),
        on_parted,
        itself: Default::default(),
        station,
        asked_of: Default::default(),
    };
    let push = async {
        let token = desk.ask_token(None).await?.token;
        desk.push(&token, 500, &[], &[]).await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(push).unwrap();
    shop.app().finish_recovery().unwrap();
    shop
}

/// A folder whose file was replaced by one that lost what stood on some pages.
fn replaced_folder() -> (tempfile::TempDir, Vec<u64>) {
    let folder = selvedge_tests::shop::quick_folder();
    let mut db = files().db.clone();
    db[..100].fill(0);
    // One of the first entries, which central has, and one of the last in the file, which it has not.
    for number in [5, AT_CENTRAL + 6] {
        let text = files().entries[&number].hash.0;
        let at = db.windows(32).position(|bytes| bytes == text).expect("the entry is in the file");
        let page = at / PAGE * PAGE;
        db[page..page + PAGE].fill(0);
    }
    fs::write(folder.path().join(DB), &db).unwrap();
    fs::write(folder.path().join(WAL), &files().wal).unwrap();
    drop(replace(folder.path(), Arc::new(NoWitness)));
    let found = salvaged(&db, &files().wal);
    let missing = found.missing(files().identity.station.generation);
    (folder, missing.into_iter().filter(|number| *number > AT_CENTRAL).collect())
}

/// The end of the journal was in the WAL, and that is gone.
#[test]
fn the_end_of_a_journal_that_only_central_has_comes_back_before_what_is_written_since() {
    let folder = damaged_folder();
    fs::write(folder.path().join(WAL), []).unwrap();
    drop(replace(folder.path(), Arc::new(NoWitness)));
    let all = u64::try_from(files().entries.len()).unwrap();
    let shop = recover_with(folder.path(), Arc::new(NoWitness), 3, all);
    let (bodies, generation) = shop
        .app()
        .store()
        .read::<_, StoreError>(|tx| {
            let station = station::get(tx)?.unwrap();
            Ok((journal::all(tx, station.device)?, station.generation))
        })
        .unwrap();
    let numbers: Vec<(bool, u64)> = bodies.iter().map(|(id, _)| (id.generation == generation.0, id.sequence)).collect();
    let wanted: Vec<_> = (1..=all).map(|number| (false, number)).chain([(true, 1), (true, 2)]).collect();
    assert_eq!(numbers, wanted, "all of the old series, then the new one");
    same_sales(shop.app().store());
    shop.lose_power();
}

/// Of two series of which the file held nothing, and one of which it held the beginning, each comes back in its place.
#[test]
fn what_comes_back_of_several_series_has_a_place_each() {
    let store = Store::in_memory().unwrap();
    let (key, device) = (device_key(), files().identity.station.device);
    let write = |generation: u128, last: u64| {
        let mut previous = GENESIS;
        (1..=last)
            .map(|sequence| {
                let generation = uuid::Uuid::from_u128(generation);
                let id = EntryId { device: device.0, generation, sequence };
                let entry = Entry::seal(&key, id, previous, files().entries[&sequence].body.clone());
                previous = entry.hash;
                entry
            })
            .collect::<Vec<_>>()
    };
    let (first, second, third, fourth) = (write(1, 3), write(2, 2), write(3, 4), write(4, 1));
    let order = store.write::<_, StoreError>("test", |tx| {
        let held = Salvage { entries: [(1, third[0].clone()), (2, fourth[0].clone())].into(), ..Salvage::default() };
        recover::put_back(tx, &held)?;
        for entries in [&third[1..], &second[..], &first[..]] {
            entries.iter().try_for_each(|entry| journal::restore(tx, None, entry).map(drop))?;
        }
        let mut statement = tx.prepare("SELECT hash FROM entry ORDER BY number")?;
        let rows = statement.query_map([], |row| row.get::<_, [u8; 32]>(0))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    });
    let wanted: Vec<_> = [first, second, third, fourth].concat().iter().map(|entry| entry.hash.0).collect();
    assert_eq!(order.unwrap(), wanted);
}

/// What central counts of a journal that is still coming back nobody knows: its figures are asked for once more.
#[test]
fn stock_that_was_heard_while_the_journal_came_back_is_asked_for_again() {
    let (folder, _) = replaced_folder();
    let store = Store::open(folder.path()).unwrap();
    let entry = &files().entries[&AT_CENTRAL];
    let (device, generation) = (entry.id.device, entry.id.generation);
    let head = HeadV1 { device, generation, sequence: AT_CENTRAL, hash: entry.hash.to_string(), forked: false };
    let page = BalancePage {
        epoch: uuid::Uuid::from_u128(9),
        rows: Vec::new(),
        heads: vec![head],
        next: 4,
        more: false,
        restarted: false,
        as_of_ms: 1,
    };
    let hear = || {
        store
            .write::<_, StoreError>("sync-balances", |tx| {
                feed::hear(tx, &page)?;
                Ok((feed::balance_mark(tx)?, feed::is_unsure(tx)?))
            })
            .unwrap()
    };
    assert!(hear().1, "entry 5 is not here so far, and central has counted it");
    store
        .write::<_, StoreError>("sync-recovered", |tx| {
            journal::restore(tx, None, &files().entries[&5])?;
            let recovery = recovery::get(tx)?.unwrap();
            recovery::set(tx, &recovery::Recovery { fetched: true, ..recovery })
        })
        .unwrap();
    assert_eq!(hear(), (None, false), "from the beginning");
    assert_eq!(hear().0, Some((page.epoch, page.next)), "and then on");
}

#[test]
fn what_is_neither_readable_nor_at_central_is_named_and_the_till_goes_on_in_a_new_series() {
    let mut points = vec![None];
    for (write, times) in [("sync-recovered", 2), ("finish-recovery", 1)] {
        let phases = (1..=times).flat_map(|nth| Phase::ALL.map(|phase| (nth, phase)));
        points.extend(phases.map(|(nth, phase)| Some(Point { write: write.to_owned(), phase, nth })));
    }
    for point in points {
        let (folder, missing) = replaced_folder();
        assert!(!missing.is_empty(), "something is lost for good");
        if let Some(point) = &point {
            let output = child::start("damage::the_recovering_child", "recover", folder.path(), &point.text(), &[]);
            child::assert_killed(&output, &point.text());
        }
        let shop = recover_with_central(folder.path(), Arc::new(NoWitness), 3);
        let told = shop.view().trays.into_iter().filter_map(|tray| match tray.what {
            TrayKind::DataRecovered { found, missing, .. } => Some((found, missing)),
            _ => None,
        });
        let told: Vec<_> = told.collect();
        let [(found, stretches)] = told.as_slice() else { panic!("{point:?}: told once: {told:?}") };
        let named: Vec<u64> = stretches.iter().flat_map(|(from, to)| *from..=*to).collect();
        assert_eq!(named, missing, "{point:?}: exactly what nobody has");
        assert_eq!(*found + named.len() as u64, files().entries.len() as u64);
        let said = shop.app().store().read::<_, StoreError>(|tx| {
            let station = station::get(tx)?.unwrap();
            assert_ne!(station.generation, files().identity.station.generation, "a new series");
            let entries = journal::after(tx, station.device, station.generation, 0, u32::MAX)?;
            let kinds = entries.iter().map(|entry| Body::decode(&entry.body).unwrap().kind).collect::<Vec<_>>();
            assert!(selvedge_store::table::stock::audit(tx)?.is_empty(), "balances follow from movements");
            Ok(kinds)
        });
        assert_eq!(said.unwrap(), ["generation-started", "journal-recovered"], "{point:?}: once, in the journal");
        // Its books have a hole that the audit of a whole shop would not pass.
        shop.lose_power();
    }
}

/// What follows from the journal is as it was: the rows of sales say what their entries say.
fn same_books(store: &Store) {
    store
        .read::<_, StoreError>(|tx| {
            let station = station::get(tx)?.expect("a station");
            assert_eq!(station, files().identity.station);
            let entries = journal::after(tx, station.device, station.generation, 0, u32::MAX)?;
            assert_eq!(entries.len(), files().entries.len(), "every entry is there");
            Ok(())
        })
        .unwrap();
    same_sales(store);
}

fn same_sales(store: &Store) {
    let before = &files().audit;
    store
        .read::<_, StoreError>(|tx| {
            for sold in &before.sales {
                let found = selvedge_store::table::sale::by_receipt(tx, &sold.receipt)?.expect("a sale is there again");
                assert_eq!(selvedge_protocol::journal::SaleV1::from(&found.sale), *sold, "to the last word");
            }
            let open = selvedge_store::table::shift::open(tx)?.expect("the shift is open still");
            let book = before.shifts.values().next_back().expect("a shift");
            assert_eq!(open.expected_cash().minor(), book.expected_minor(), "the drawer holds what it held");
            assert_eq!(open.totals.sales, book.sales);
            assert!(selvedge_store::table::stock::audit(tx)?.is_empty(), "balances follow from movements");
            Ok(())
        })
        .unwrap();
}
