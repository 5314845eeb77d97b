//! Central's decisions as a station keeps them: nothing of what came after a point of the way is forgotten when central
//! goes back to it, nor in a file that was not finished, nor in a damaged one.

use std::sync::Arc;

use selvedge_domain::Currency;
use selvedge_domain::ids::{DeviceId, GenerationId, SiteId};
use selvedge_domain::tax::PriceMode;
use selvedge_protocol::journal::{DeviceKey, Entry, EntryId, GENESIS};
use selvedge_protocol::v1::FeedRow;
use selvedge_store::rescue::{self, Identity};
use selvedge_store::table::config::{CompanyConfig, SiteConfig};
use selvedge_store::table::station::Station;
use selvedge_store::table::{catalogue, decision, feed, journal, station};
use selvedge_store::{NoWitness, Store, StoreError, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

const SITE: Uuid = Uuid::from_u128(0x51);
const DEVICE: Uuid = Uuid::from_u128(0xd);
const GENERATION: GenerationId = GenerationId(Uuid::from_u128(0x6));
const EPOCH: Uuid = Uuid::from_u128(0xe);
const MIRA: Uuid = Uuid::from_u128(0x70);

fn central() -> DeviceKey {
    DeviceKey::from_seed([0xce; 32])
}

fn row(number: u64, kind: &str, body: Value) -> FeedRow {
    let mut row = FeedRow {
        epoch: EPOCH,
        number,
        previous: "00".repeat(32),
        kind: kind.to_owned(),
        version: 1,
        site: None,
        at_ms: 0,
        origin: None,
        body: body.to_string(),
        signature: String::new(),
    };
    row.seal(&central()).expect("a row");
    row
}

fn product(number: u64, sku: &str) -> FeedRow {
    let body = json!({
        "id": Uuid::from_u128(0x1000 + u128::from(number)), "sku": sku, "name": sku, "variant": "", "style": "",
        "colour": "", "colour_code": "", "size": "", "unit": "piece", "tax": "standard", "gtins": ["9529000000014"],
        "popularity": 3, "active": true
    });
    row(number, "product", body)
}

fn mira(number: u64, name: &str) -> FeedRow {
    row(
        number,
        "person",
        json!({"id": MIRA, "name": name, "role": "cashier", "verifier": "$argon2id$x", "active": true}),
    )
}

fn write<T>(store: &Store, work: impl FnOnce(&Tx) -> Result<T, StoreError>) -> T {
    store.write("test", work).expect("written")
}

/// A page of the feed.
fn takes(store: &Store, rows: &[FeedRow]) {
    write(store, |tx| {
        assert_eq!(feed::apply(tx, SiteId(SITE), EPOCH, rows)?, []);
        feed::set_cursor(tx, &rows.last().expect("a row").cursor().expect("a cursor"))
    });
}

/// The numbers of all that is owed, part by part; within a page people stand before all else.
fn owed(store: &Store) -> Vec<u64> {
    let mut numbers = Vec::new();
    while let Some(part) = store.read(|tx| decision::next_owed(tx, 2)).expect("readable") {
        let at = numbers.len();
        numbers.extend(part.rows.iter().map(|row| row.number));
        numbers[at..].sort_unstable();
        write(store, |tx| decision::handed_in(tx, &part));
    }
    numbers
}

#[test]
fn a_persons_new_row_comes_after_the_point_that_was_passed_before() {
    let store = Store::in_memory().expect("a store");
    takes(&store, &[product(1, "A")]);
    takes(&store, &[mira(2, "Mira")]);
    takes(&store, &[mira(3, "Mira Byrne")]);
    write(&store, |tx| decision::step_back(tx, EPOCH));
    write(&store, decision::confirmed);
    assert_eq!(
        owed(&store),
        [3],
        "central was set back to row 2: what came after it is handed in, whoever it is about"
    );
}

#[test]
fn what_was_kept_of_a_page_that_was_not_finished_is_owed_in_a_new_life() {
    let store = Store::in_memory().expect("a store");
    let unfinished = || store.read(decision::has_unfinished).expect("readable");
    write(&store, |tx| feed::apply(tx, SiteId(SITE), EPOCH, &[product(1, "A")]));
    assert!(unfinished(), "also before the first page was finished");
    write(&store, decision::owe_unfinished);
    assert_eq!(owed(&store), [1]);
    takes(&store, &[product(1, "A"), product(2, "B")]);
    assert!(!unfinished());
    write(&store, decision::owe_unfinished);
    assert_eq!(owed(&store), [] as [u64; 0], "what a cursor speaks of is not owed");
    write(&store, |tx| feed::apply(tx, SiteId(SITE), EPOCH, &[product(3, "C"), mira(4, "Mira")]));
    assert!(unfinished());
    write(&store, decision::owe_unfinished);
    assert_eq!(owed(&store), [3, 4]);
}

/// A station's folder with what central decided in it, closed.
fn folder() -> (tempfile::TempDir, Identity) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    let own = Station {
        device: DeviceId(DEVICE),
        generation: GENERATION,
        short: "2K7".to_owned(),
        public_key: DeviceKey::from_seed([3; 32]).public().to_string(),
        site: SiteId(SITE),
        till: "04".to_owned(),
        name: "Till 2".to_owned(),
        central: "http://127.0.0.1:1".to_owned(),
        demo: false,
    };
    write(&store, |tx| {
        station::set(tx, &own)?;
        decision::trust(tx, &central().public().to_string())
    });
    let device = json!({"id": DEVICE, "site": SITE, "till": "04", "app": "1", "enrolled_ms": 0, "generations": []});
    takes(&store, &[row(1, "device", device), product(2, "A")]);
    takes(&store, &[mira(3, "Mira")]);
    takes(&store, &[mira(4, "Mira Byrne"), product(5, "B")]);
    let site = SiteConfig {
        id: SiteId(SITE),
        name: "Galway".to_owned(),
        address: Vec::new(),
        vat_id: String::new(),
        time_zone: "Europe/Dublin".to_owned(),
        currency: Currency::parse("EUR").expect("a currency"),
        price_mode: PriceMode::Inclusive,
        sales_floor: selvedge_domain::ids::LocationId(Uuid::from_u128(0x52)),
        returns: selvedge_domain::ids::LocationId(Uuid::from_u128(0x53)),
        receipt_footer: String::new(),
    };
    let identity = Identity {
        station: own,
        site,
        company: CompanyConfig { name: "Twisted Threads".to_owned() },
        central_key: Some(central().public().to_string()),
        generations: Vec::new(),
    };
    (folder, identity)
}

/// A new store with what the damaged file still has, as the app makes it.
fn replaced(folder: &tempfile::TempDir, identity: &Identity) -> Store {
    rescue::note_damage(folder.path()).expect("noted");
    let (store, aside) = Store::replace(folder.path(), Arc::new(NoWitness)).expect("a new file");
    let found = rescue::salvage_aside(&aside, identity, &[]).expect("read");
    write(&store, |tx| {
        station::set(tx, &identity.station)?;
        decision::trust(tx, &central().public().to_string())?;
        decision::restore(tx, &found.decisions)
    });
    rescue::finish(&aside).expect("finished");
    store
}

#[test]
fn a_damaged_file_still_gives_back_what_central_decided() {
    let (folder, identity) = folder();
    let file = folder.path().join("selvedge.db");
    let mut bytes = std::fs::read(&file).expect("the file");
    bytes[..100].fill(0);
    std::fs::write(&file, bytes).expect("damaged");
    let store = replaced(&folder, &identity);
    store
        .read::<_, StoreError>(|tx| {
            assert_eq!(catalogue::count(tx)?, 2, "the catalogue is back");
            let name: String = tx.query_row("SELECT name FROM person", [], |row| row.get(0))?;
            assert_eq!(name, "Mira Byrne", "and its people, as they were last");
            assert_eq!(decision::own_row(tx)?.expect("its own row").number, 1, "it can say who it is");
            assert!(feed::cursor(tx)?.is_none(), "all of the feed is asked for again");
            Ok(())
        })
        .expect("readable");
    assert!(store.read(decision::owes).expect("readable"));
    assert_eq!(owed(&store), [1, 2, 4, 5], "in the order in which they came, of a person the last one");
    takes(&store, &[product(6, "C")]);
    write(&store, |tx| decision::step_back(tx, EPOCH));
    write(&store, decision::confirmed);
    assert_eq!(owed(&store), [6], "what was handed in is not kept twice");
}

#[test]
fn nothing_false_comes_out_of_a_damaged_file() {
    let (folder, identity) = folder();
    let strange =
        Identity { central_key: Some(DeviceKey::from_seed([1; 32]).public().to_string()), ..identity.clone() };
    rescue::note_damage(folder.path()).expect("noted");
    let (_store, aside) = Store::replace(folder.path(), Arc::new(NoWitness)).expect("a new file");
    let pages = |identity: &Identity| {
        let found = rescue::salvage_aside(&aside, identity, &[]).expect("read").decisions;
        found.into_values().filter(|kept| matches!(kept, decision::Kept::Page(_))).count()
    };
    assert_eq!((pages(&identity), pages(&strange)), (2, 0), "another central's decisions are not ours");
    assert_eq!(pages(&Identity { central_key: None, ..identity }), 0, "without its key nothing is proved");
}

#[test]
fn a_journal_whose_first_entry_is_lost_is_sent_all_the_same() {
    let store = Store::in_memory().expect("a store");
    let key = DeviceKey::from_seed([3; 32]);
    let id = |sequence| EntryId { device: DEVICE, generation: GENERATION.0, sequence };
    let body = json!({"kind": "nothing", "version": 1}).to_string();
    let first = Entry::seal(&key, id(1), GENESIS, body.clone());
    let second = Entry::seal(&key, id(2), first.hash, body);
    write(&store, |tx| journal::restore(tx, Some(2), &second));
    store
        .read::<_, StoreError>(|tx| {
            assert_eq!(journal::generations(tx)?, [GENERATION], "the journal is there");
            assert!(journal::unsent(tx)? > 0, "and is owed to central");
            Ok(())
        })
        .expect("readable");
}
