//! Old entries make room for a base: killed in every phase, the till has either the entries or the base, never neither and
//! never both; its stock and its later receipts are as before. What is pruned survives a damaged file.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use selvedge_app::recover;
use selvedge_contract::Code;
use selvedge_domain::Quantity;
use selvedge_domain::stock::ledger::Account;
use selvedge_domain::tax::PriceMode;
use selvedge_protocol::journal::{Body, Entry};
use selvedge_protocol::v1::{BalancePage, BalanceV1, DeviceHeadV1, HeadV1};
use selvedge_station::tools::journal::verify_opened;
use selvedge_station::tools::pruning;
use selvedge_store::rescue::{self, Identity};
use selvedge_store::table::base::{self, Rule, Stays};
use selvedge_store::table::{config, decision, feed, generation, journal, station, stock};
use selvedge_store::{NoWitness, Phase, Store, StoreError, Witness};
use selvedge_sync::Desk;
use selvedge_sync::fake::{self, FakeCentral};
use selvedge_tests::Shop;
use selvedge_tests::company::{ATLAS, SOCKS, TEE, product};
use selvedge_tests::outside::device_key;

use crate::child::{self, Killer, Point};
use crate::names::PRUNING_WRITES;

const STRETCH: u64 = 6;
const ENTRIES: &str = "entries.json";

/// A till that sold long ago; what it wrote lies beside its data, for central has it.
struct Before {
    folder: tempfile::TempDir,
    entries: Vec<Entry>,
    receipts: Vec<String>,
    balances: Vec<String>,
}

fn before() -> Before {
    let folder = selvedge_tests::shop::quick_folder();
    let mut shop = Shop::in_folder(folder.path(), 1, Arc::new(NoWitness)).joined(PriceMode::Inclusive);
    shop.leaves_all();
    shop.open(0);
    let mut receipts: Vec<String> = (0..12).map(|at| shop.sell(&[TEE, [ATLAS, SOCKS][at % 2]])).collect();
    shop.take_back(&receipts[1], &[(0, 1_000)]).unwrap();
    shop.pay(selvedge_domain::tender::TenderKind::Cash);
    shop.app().next_sale().unwrap();
    let expected = shop.selling().shift.expected_cash;
    shop.app().close_till(expected).unwrap();
    shop.open(0);
    (0..8).for_each(|_| receipts.push(shop.sell(&[SOCKS])));
    let entries = whole(shop.app().store());
    shop.app()
        .store()
        .write::<_, StoreError>("test-old", |tx| {
            let station = station::get(tx)?.unwrap();
            let (sequence, hash) = journal::head(tx, station.generation)?;
            journal::set_acknowledged(tx, station.generation, sequence, &hash)?;
            decision::trust(tx, &fake::key().public().to_string())?;
            let (device, generation) = (station.device.0, station.generation.0);
            base::keep_checkpoint(tx, &[DeviceHeadV1 { device, generation, sequence, hash: hash.to_string() }])?;
            base::set_rule(tx, &Rule { stretch: STRETCH, ..Rule::default() })
        })
        .unwrap();
    let balances = balances(shop.app().store());
    fs::write(folder.path().join(ENTRIES), serde_json::to_string(&entries).unwrap()).unwrap();
    shop.lose_power();
    Before { folder, entries, receipts, balances }
}

fn whole(store: &Store) -> Vec<Entry> {
    store
        .read::<_, StoreError>(|tx| {
            let station = station::get(tx)?.unwrap();
            journal::after(tx, station.device, station.generation, 0, u32::MAX)
        })
        .unwrap()
}

fn balances(store: &Store) -> Vec<String> {
    let all = |tx: &selvedge_store::Tx| {
        let mut statement = tx.prepare(
            "SELECT hex(product) || ' ' || account || ' ' || quantity FROM balance ORDER BY product, account",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok::<_, StoreError>(rows.collect::<Result<Vec<String>, _>>()?)
    };
    store.read(all).unwrap()
}

impl Before {
    /// Up to where entries may go: whole stretches, before the open shift.
    fn due(&self) -> u64 {
        let kind = |entry: &Entry| Body::decode(&entry.body).unwrap().kind;
        let open = self.entries.iter().rfind(|entry| kind(entry) == "shift-opened").unwrap().id.sequence;
        let due = (open - 1) / STRETCH * STRETCH;
        assert!(due > STRETCH && self.entries.len() as u64 > due + STRETCH, "the open shift is what keeps the rest");
        due
    }
}

/// All that is due goes.
fn prune(folder: &Path, run: u16, witness: Arc<dyn Witness>) -> Shop {
    let text = fs::read_to_string(folder.join(ENTRIES)).unwrap();
    let entries: Vec<Entry> = serde_json::from_str(&text).unwrap();
    let mut shop = Shop::in_folder(folder, run, witness);
    shop.leaves_all();
    let store = Arc::clone(shop.app().store());
    pruning::ask(&store, 0).unwrap();
    let station = store.read(station::get).unwrap().unwrap();
    let central = FakeCentral::new();
    central.know(station.device.0, station.generation.0, device_key().public());
    entries.into_iter().for_each(|entry| central.keep(entry));
    let desk = Desk {
        store,
        central: Arc::new(central),
        keys: shop.app().keys().clone(),
        wall: Arc::new(|| 0),
        on_parted: Box::new(|_| Ok(())),
        itself: Default::default(),
        station,
        asked_of: Default::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let token = desk.ask_token(None).await.unwrap().token;
        while desk.prune(&token, i64::MAX / 2).await.unwrap() {}
    });
    shop
}

/// Not a test by itself: a child that is killed while its entries make room.
#[test]
fn the_pruning_child() {
    if child::role().as_deref() != Some("prune") {
        return;
    }
    let killer = Arc::new(Killer::at(Point::parse(&child::point_text())));
    drop(prune(&child::folder(), 2, killer));
    std::process::exit(0);
}

/// What must hold whenever somebody looks.
fn holds(store: &Store, before: &Before) -> u64 {
    let sound = verify_opened(store).unwrap();
    let [sound] = sound.as_slice() else { panic!("one generation: {sound:?}") };
    assert_eq!(sound.entries, before.entries.len() as u64, "the journal is as long as it was");
    assert_eq!(sound.head, before.entries.last().unwrap().hash.to_string());
    assert_eq!(balances(store), before.balances, "stock is as it was");
    assert_eq!(store.read(stock::audit).unwrap(), [], "and follows from movements and bases");
    let left = whole(store);
    for entry in &before.entries {
        let kind = Body::decode(&entry.body).unwrap().kind;
        let stays =
            entry.id.sequence > sound.in_bases || ["generation-started", "shift-closed"].contains(&kind.as_str());
        assert_eq!(left.contains(entry), stays, "entry {} ({kind})", entry.id.sequence);
    }
    sound.in_bases
}

#[test]
fn entries_make_room_for_a_base_whole_or_not_at_all() {
    for &write in PRUNING_WRITES {
        let times = if write == "prune-journal" { 2 } else { 1 };
        for (nth, phase) in (1..=times).flat_map(|nth| Phase::ALL.map(|phase| (nth, phase))) {
            let before = before();
            let point = Point { write: write.to_owned(), phase, nth };
            let output = child::start("pruning::the_pruning_child", "prune", before.folder.path(), &point.text(), &[]);
            child::assert_killed(&output, &point.text());
            let store = Store::open(before.folder.path()).unwrap();
            let went = holds(&store, &before);
            let done = u64::from(phase == Phase::Committed);
            if write == "prune-journal" {
                assert_eq!(went, STRETCH * (nth as u64 - 1 + done), "{point:?}: a stretch at a time, whole");
            }
            drop(store);
            let shop = prune(before.folder.path(), 3, Arc::new(NoWitness));
            assert_eq!(holds(shop.app().store(), &before), before.due(), "{point:?}: the rest goes later");
            shop.lose_power();
        }
    }
}

#[test]
fn who_asks_is_told_what_stands_in_the_way() {
    let before = before();
    let store = Store::open(before.folder.path()).unwrap();
    let next = |days| pruning::ask(&store, days).unwrap()[0].next;
    assert_eq!(next(1), Err(Stays::Young));
    assert_eq!(store.read::<_, StoreError>(base::asked).unwrap(), None, "nothing is due, and nothing is asked for");
    assert_eq!(next(0), Ok((1, STRETCH)));
    assert_eq!(store.read::<_, StoreError>(base::asked).unwrap(), Some(0));
    drop(store);
    let shop = prune(before.folder.path(), 2, Arc::new(NoWitness));
    let [one] = pruning::ask(shop.app().store(), 0).unwrap().try_into().unwrap();
    assert_eq!((one.in_bases, one.next), (before.due(), Err(Stays::OpenShift)));
    shop.lose_power();
}

#[test]
fn what_central_has_not_counted_of_a_base_is_added_to_what_it_says() {
    let before = before();
    let shop = prune(before.folder.path(), 2, Arc::new(NoWitness));
    let store = shop.app().store();
    let (floor, tee) = (config_of(store).sales_floor, product(TEE));
    let account = Account::Location(floor);
    let own = store.read(|tx| stock::own(tx, tee, account)).unwrap();
    assert!(own.is_negative(), "tees were sold");
    let generation = shop.generation().0;
    let hears = |sequence: u64, hash: String| {
        let page = BalancePage {
            rows: vec![BalanceV1 { product: tee.0, location: floor.0, quantity_thousandths: 100_000 }],
            next: 1,
            more: false,
            restarted: true,
            as_of_ms: 1,
            heads: vec![HeadV1 { device: generation, generation, sequence, hash, forked: false }],
            epoch: generation,
        };
        store.write::<_, StoreError>("test-hear", |tx| feed::hear(tx, &page)).unwrap();
        let read =
            |tx: &selvedge_store::Tx| Ok::<_, StoreError>((stock::on_hand(tx, tee, account)?, feed::is_unsure(tx)?));
        store.read(read).unwrap()
    };
    let hundred = Quantity::units(100);
    let last = before.entries.last().unwrap();
    assert_eq!(hears(last.id.sequence, last.hash.to_string()), (hundred, false), "central has counted all of it");
    assert_eq!(hears(0, "00".repeat(32)), (hundred + own, false), "and now none: it was lost");
    let first = &before.entries[usize::try_from(STRETCH).unwrap() - 1];
    let (rest, unsure) = hears(first.id.sequence, first.hash.to_string());
    assert!(!unsure && rest > hundred + own && rest < hundred, "the first base alone: {rest:?}");
    let middle = &before.entries[8];
    assert!(hears(middle.id.sequence, middle.hash.to_string()).1, "in the middle of a base it is asked again");
    shop.lose_power();
}

fn config_of(store: &Store) -> config::SiteConfig {
    store.read(config::site).unwrap().unwrap()
}

#[test]
fn a_receipt_that_is_not_kept_any_more_is_told_from_one_that_never_was() {
    let before = before();
    let shop = prune(before.folder.path(), 2, Arc::new(NoWitness));
    shop.sign_in(1);
    shop.refuses(Code::SaleTooOld, |app| app.find_sale(&before.receipts[0]));
    let last = before.receipts.last().unwrap();
    assert!(shop.app().find_sale(last).is_ok(), "younger ones are returned as ever");
    let (series, _) = last.rsplit_once('-').unwrap();
    shop.refuses(Code::NoSuchSale, |app| app.find_sale(&format!("{series}-000999")));
    shop.refuses(Code::NoSuchSale, |app| app.find_sale("99-000-000001"));
    shop.lose_power();
}

#[test]
fn a_base_survives_a_damaged_file() {
    let before = before();
    prune(before.folder.path(), 2, Arc::new(NoWitness)).lose_power();
    let path = before.folder.path();
    let store = Store::open(path).unwrap();
    let in_bases = holds(&store, &before);
    let identity = store
        .read::<_, StoreError>(|tx| {
            Ok(Identity {
                station: station::get(tx)?.unwrap(),
                site: config::site(tx)?.unwrap(),
                company: config::company(tx)?.unwrap(),
                central_key: Some(fake::key().public().to_string()),
                generations: generation::all(tx)?,
            })
        })
        .unwrap();
    drop(store);
    let file = path.join("selvedge.db");
    let mut db = fs::read(&file).unwrap();
    db[..100].fill(0);
    fs::write(&file, db).unwrap();
    let refused = Store::open(path).err().expect("it is damaged");
    assert!(refused.is_damage(), "{refused:?}");
    let (store, aside) = Store::replace(path, Arc::new(NoWitness)).unwrap();
    let found = rescue::salvage_aside(&aside, &identity, &[device_key().public()]).unwrap();
    assert_eq!(found.bases.len() as u64, before.due() / STRETCH, "central's signature proves them");
    assert_eq!(found.missing(identity.station.generation), Default::default(), "what a base stands for is not missing");
    recover::restore(&store, &aside, &identity, &found).unwrap();
    rescue::finish(&aside).unwrap();
    assert_eq!(holds(&store, &before), in_bases);
    // What central gives back of it is there already.
    store
        .write::<_, StoreError>("test-back", |tx| {
            before.entries.iter().try_for_each(|entry| journal::restore(tx, None, entry).map(drop))
        })
        .unwrap();
    assert_eq!(holds(&store, &before), in_bases, "nothing counts twice");
}
