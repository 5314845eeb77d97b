//! Tills and a real central, over HTTP: what is sold arrives once and in order, and what is known comes back.

#![allow(missing_docs)]

#[path = "wire/allotments.rs"]
mod allotments;
#[path = "wire/bases.rs"]
mod bases;
#[path = "wire/damage.rs"]
mod damage;
#[path = "wire/gtins.rs"]
mod gtins;
#[path = "wire/held.rs"]
mod held;
#[path = "wire/logs.rs"]
mod logs;
#[path = "wire/people.rs"]
mod people;
#[path = "wire/rebuild.rs"]
mod rebuild;
#[path = "wire/recovery.rs"]
mod recovery;
#[path = "wire/report.rs"]
mod report;
#[path = "wire/set_aside.rs"]
mod set_aside;
#[path = "wire/snapshot.rs"]
mod snapshot;
#[path = "wire/transfers.rs"]
mod transfers;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use selvedge_app::{App, Joined};
use selvedge_central::serve::{Running, serve};
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::{ExportKind, Store as CentralStore};
use selvedge_central::surroundings::Machine;
use selvedge_contract::view::{Screen, TrayKind};
use selvedge_domain::Amount;
use selvedge_domain::ids::{DeviceId, GenerationId, LocationId, PersonId, ProductId, SiteId};
use selvedge_domain::receipt_number::generation_short;
use selvedge_domain::stock::ledger::Account;
use selvedge_domain::tender::TenderKind;
use selvedge_protocol::demo::DemoCompany;
use selvedge_protocol::journal::DeviceKey;
use selvedge_protocol::v1::EnrolRequest;
use selvedge_store::table::config::{self, CompanyConfig};
use selvedge_store::table::feed::{self, SiteWords};
use selvedge_store::table::station::Station;
use selvedge_store::table::{decision, journal, setting, station, stock};
use selvedge_store::{Store, StoreError};
use selvedge_sync::{Cause, HttpCentral, Itself, Setup, Sync, SyncHandle, SyncState, SyncStatus, enrol, pull_once};
use selvedge_tests::outside::{FixedClock, SATURDAY_NINE_MS};
use selvedge_tests::{audit, shop};
use uuid::Uuid;

const SITE: &str = "galway";
const LONG: Duration = Duration::from_secs(40);

/// A central with the demo company, which can be cut off and come back at the same address.
struct Central {
    runtime: tokio::runtime::Runtime,
    store: Arc<dyn CentralStore>,
    demo: DemoCompany,
    running: Option<Running>,
    address: SocketAddr,
}

impl Central {
    fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let store: Arc<dyn CentralStore> = Arc::new(SqliteStore::memory().expect("a store"));
        let demo = runtime.block_on(selvedge_central::demo::set_up(&*store, &Machine, 1)).expect("a company");
        let address = "127.0.0.1:0".parse().expect("an address");
        let mut central = Central { runtime, store, demo, running: None, address };
        central.go();
        central
    }

    /// At the address that it had, which somebody else on the machine may have for a moment.
    fn go(&mut self) {
        let began = Instant::now();
        let running = loop {
            let serving = serve(Arc::clone(&self.store), Arc::new(Machine), self.address, None);
            match self.runtime.block_on(serving) {
                Ok(running) => break running,
                Err(error) => assert!(began.elapsed() < LONG, "it does not serve: {error:#}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        self.address = running.address;
        self.running = Some(running);
    }

    fn cut(&mut self) {
        let running = self.running.take().expect("it runs");
        self.runtime.block_on(async { running.cut() });
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn code(&self, till: &str) -> String {
        let stands = self.demo.tills.iter().find(|one| one.code == till).expect("a till").site;
        let site = &self.demo.sites.iter().find(|site| site.id == stands).expect("its site").code;
        self.runtime.block_on(selvedge_central::make_code(&*self.store, &Machine, site, till)).expect("a code")
    }

    fn export(&self, kind: ExportKind) -> Vec<String> {
        self.runtime.block_on(self.store.export(kind, 0, 10_000)).expect("an export").lines
    }

    fn audit(&self) {
        let wrong = self.runtime.block_on(self.store.audit()).expect("an audit");
        assert_eq!(wrong, Vec::<String>::new(), "central's books add up");
    }

    fn tills(&self) -> Vec<String> {
        let site = self.demo.site(SITE).expect("the site").id;
        self.demo.tills.iter().filter(|till| till.site == site).map(|till| till.code.clone()).collect()
    }
}

/// A till that joined.
struct Till {
    app: Arc<App>,
    clock: Arc<FixedClock>,
    sync: Option<SyncHandle>,
    heard: Receiver<SyncStatus>,
    floor: Account,
    id: (DeviceId, GenerationId),
    number: u8,
}

impl Till {
    fn join(central: &Central, till: &str, number: u8) -> Self {
        Self::join_on(central, till, number, Store::in_memory().expect("a store"))
    }

    fn join_on(central: &Central, till: &str, number: u8, store: Store) -> Self {
        let key = DeviceKey::from_seed([number; 32]);
        let generation =
            GenerationId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 | u128::from(number) << 24));
        let request = EnrolRequest {
            code: central.code(till),
            public_key: key.public().to_string(),
            generation: generation.0,
            short: generation_short(generation),
            app: "test".to_owned(),
            revision: selvedge_protocol::v1::REVISION,
        };
        let answer = enrol(&central.url(), &request).expect("it joins");
        let words = SiteWords {
            id: answer.site,
            name: &answer.site_name,
            currency: &answer.currency,
            price_mode: &answer.price_mode,
            time_zone: &answer.time_zone,
            locations: &answer.locations,
        };
        let site = feed::site_settings(&words).expect("a site");
        let floor = answer.locations.iter().find(|location| location.kind == "sales-floor").expect("a sales floor");
        let floor = Account::Location(LocationId(floor.id));
        let station = Station {
            device: DeviceId(answer.device),
            generation,
            short: request.short,
            public_key: request.public_key,
            site: SiteId(answer.site),
            till: answer.till,
            name: answer.station_name,
            central: central.url(),
            demo: false,
        };
        let clock = Arc::new(FixedClock::at(SATURDAY_NINE_MS));
        let outside = shop::outside(&clock, u16::from(number), &Arc::new(Mutex::new(Vec::new())));
        let app = App::start(Arc::new(store), outside, None).expect("the till starts");
        let joined = Joined { station, key, app: "test".to_owned() };
        let company = CompanyConfig { name: answer.company_name };
        app.join(joined, |tx| {
            config::set_company(tx, &company)?;
            decision::trust(tx, &answer.central_key)?;
            Ok(config::set_site(tx, &site)?)
        })
        .expect("it joins");
        pull_once(app.store(), app.keys()).expect("what central knows comes down");
        let (_, heard) = channel();
        let id = (DeviceId(answer.device), generation);
        let mut till = Till { app: Arc::new(app), clock, sync: None, heard, floor, id, number };
        till.connect();
        till
    }

    /// Starts sync, as the app does when it starts.
    fn connect(&mut self) {
        self.sync = None;
        let (told, heard) = channel();
        self.heard = heard;
        let (parted, asked, number) = (Arc::clone(&self.app), Arc::clone(&self.app), self.number);
        let setup = Setup {
            store: Arc::clone(self.app.store()),
            keys: self.app.keys().clone(),
            now_ms: Arc::new(|| SATURDAY_NINE_MS),
            on_parted: Box::new(move |from| {
                let key = DeviceKey::from_seed([0x80 | number; 32]);
                parted.begin_generation(from, key, "test").map(drop).map_err(|error| error.to_string())
            }),
            itself: Itself { app: "0.2.0".to_owned(), errors: Box::new(move || asked.error_codes()) },
            on_status: Box::new(move |status| {
                let _gone = told.send(status);
            }),
        };
        let sync = Sync::start(setup).expect("sync starts");
        self.app.set_asker(Some(Arc::new(sync.asker())));
        self.sync = Some(sync);
    }

    /// Another machine with a copy of the disk.
    fn started_from(&self, folder: &Path, number: u8) -> Till {
        let clock = Arc::new(FixedClock::at(SATURDAY_NINE_MS));
        let outside = shop::outside(&clock, u16::from(number) << 8, &Arc::new(Mutex::new(Vec::new())));
        let key = DeviceKey::from_seed([self.number; 32]);
        let store = Arc::new(Store::open(folder).expect("a folder"));
        let app = Arc::new(App::start(store, outside, Some(key)).expect("the till starts"));
        let (_, heard) = channel();
        Till { app, clock, sync: None, heard, floor: self.floor, id: self.id, number }
    }

    fn present(&self) -> GenerationId {
        self.app.store().read(station::get).expect("a store").expect("it joined").generation
    }

    fn open(&self, central: &Central) {
        let site = central.demo.site(SITE).expect("the site").id;
        let works_here = |person: &&selvedge_protocol::demo::DemoPerson| {
            person.person.role == "cashier" && person.sites.contains(&site)
        };
        let cashier = central.demo.people.iter().find(works_here).expect("a cashier");
        self.app.sign_in(PersonId(cashier.person.id), cashier.pin).expect("people came down, with their PINs");
        self.app.open_till(Amount::from_minor(10_000)).expect("the till opens");
        self.poke();
    }

    /// Sells one of a product; the receipt's number.
    fn sell(&self, code: &str) -> String {
        self.app.scan(code, "wedge").expect("a scan");
        let Screen::Selling(selling) = self.app.view().expect("a view").screen else { panic!("it sells") };
        self.app.take_tender(TenderKind::Cash, selling.due, "").expect("paid");
        self.app.complete_sale().expect("a sale");
        let Screen::SaleDone(done) = self.app.view().expect("a view").screen else { panic!("a sale is done") };
        self.app.next_sale().expect("the next one");
        self.poke();
        done.receipt
    }

    fn poke(&self) {
        if let Some(sync) = &self.sync {
            sync.poke();
        }
    }

    fn until(&self, what: &str, is: impl Fn(&SyncStatus) -> bool) -> SyncStatus {
        let began = Instant::now();
        let mut last = None;
        while let Some(left) = LONG.checked_sub(began.elapsed()) {
            match self.heard.recv_timeout(left) {
                Ok(status) if is(&status) => return status,
                Ok(status) => last = Some(status),
                Err(_) => break,
            }
        }
        panic!("never told: {what}; last {last:?}");
    }

    fn unsent(&self) -> u64 {
        self.app.store().read::<_, StoreError>(journal::unsent).expect("a count")
    }

    fn wait_until_sent(&self) {
        let began = Instant::now();
        while self.unsent() > 0 {
            assert!(began.elapsed() < LONG, "{} entries were not sent", self.unsent());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn on_hand(&self, product: Uuid) -> i64 {
        let read = |tx: &selvedge_store::Tx| stock::on_hand(tx, ProductId(product), self.floor);
        self.app.store().read::<_, StoreError>(read).expect("a balance").thousandths()
    }

    fn wait_until_on_hand(&self, product: Uuid, thousandths: i64) {
        let began = Instant::now();
        while self.on_hand(product) != thousandths {
            assert!(began.elapsed() < LONG, "on hand is {}, not {thousandths}", self.on_hand(product));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Hashes of its journal, in order.
    fn hashes(&self) -> Vec<String> {
        let (device, generation) = self.id;
        let read = |tx: &selvedge_store::Tx| journal::after(tx, device, generation, 0, 10_000);
        let entries = self.app.store().read::<_, StoreError>(read).expect("the journal");
        entries.iter().map(|entry| entry.hash.to_string()).collect()
    }
}

/// The journals of tills at central: every entry, in order, once.
fn holds_exactly(central: &Central, tills: &[&Till]) {
    let entries: Vec<serde_json::Value> = central
        .export(ExportKind::Entries)
        .iter()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    for till in tills {
        let generation = till.id.1.0.to_string();
        let there: Vec<String> = entries
            .iter()
            .filter(|entry| entry["generation"] == generation.as_str())
            .map(|entry| entry["hash"].as_str().expect("a hash").to_owned())
            .collect();
        assert_eq!(there, till.hashes(), "everything once, in order");
    }
    assert_eq!(entries.len(), tills.iter().map(|till| till.hashes().len()).sum::<usize>(), "and nothing else");
}

#[test]
fn sales_arrive_once_though_central_was_cut_off_in_the_middle() {
    let mut central = Central::start();
    let codes = central.tills();
    let product = central.demo.products.iter().find(|product| !product.gtins.is_empty()).expect("a product").clone();
    let code = product.gtins[0].as_str();
    let mut till = Till::join(&central, &codes[0], 1);
    till.open(&central);
    let stock = till.on_hand(product.id);
    let mut receipts = vec![till.sell(code), till.sell(code)];
    till.wait_until_sent();
    till.until("in step", |status| status.state == SyncState::Online && status.unsent == 0);

    central.cut();
    receipts.push(till.sell(code));
    let status = till.until("offline", |status| status.state == SyncState::Offline);
    assert!(status.unsent > 0 && status.last_error.is_some(), "{status:?}");
    for _ in 0..10 {
        receipts.push(till.sell(code));
    }
    // The app is ended and started again meanwhile.
    till.connect();
    receipts.push(till.sell(code));
    till.until("offline from the start", |status| status.state == SyncState::Offline);
    assert_eq!(till.on_hand(product.id), stock - 14_000, "the till knows what it sold");

    central.go();
    till.wait_until_sent();
    till.until("back", |status| status.state == SyncState::Online && status.unsent == 0);
    holds_exactly(&central, &[&till]);
    let sales: Vec<String> = central
        .export(ExportKind::Sales)
        .iter()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).expect("JSON")["receipt"]
                .as_str()
                .expect("a receipt")
                .to_owned()
        })
        .collect();
    assert_eq!(sales, receipts, "every sale once, in order");
    till.wait_until_on_hand(product.id, stock - 14_000);
    central.audit();
    audit::check(till.app.store());
}

#[test]
fn what_one_till_sells_the_other_sees() {
    let central = Central::start();
    let codes = central.tills();
    assert!(codes.len() >= 2, "the site has two tills: {codes:?}");
    let product = central.demo.products.iter().find(|product| !product.gtins.is_empty()).expect("a product").clone();
    let (one, other) = (Till::join(&central, &codes[0], 1), Till::join(&central, &codes[1], 2));
    let stock = one.on_hand(product.id);
    assert_eq!(other.on_hand(product.id), stock, "both heard the same");
    let opening = central.demo.stock_of(central.demo.site(SITE).expect("the site").id);
    let opening = opening
        .iter()
        .find(|balance| balance.product == product.id && Account::Location(LocationId(balance.location)) == one.floor);
    assert_eq!(Some(stock), opening.map(|balance| balance.quantity_thousandths));
    one.open(&central);
    for _ in 0..3 {
        one.sell(&product.gtins[0]);
    }
    other.wait_until_on_hand(product.id, stock - 3_000);
    one.wait_until_on_hand(product.id, stock - 3_000);
    one.wait_until_sent();
    other.wait_until_sent();
    holds_exactly(&central, &[&one, &other]);
    central.audit();
}

/// A till on a disk that can be copied.
fn on_disk(central: &Central, folder: &Path) -> Till {
    Till::join_on(central, &central.tills()[0], 1, Store::open(folder).expect("a folder"))
}

/// The disk as it is now, in another machine.
fn copy_of(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for file in std::fs::read_dir(folder).expect("a folder") {
        let file = file.expect("a file").path();
        std::fs::copy(&file, copy.path().join(file.file_name().expect("a name"))).expect("copied");
    }
    copy
}

#[test]
fn two_stations_with_one_identity_go_on_under_new_generations_and_central_applies_both() {
    let central = Central::start();
    let product = central.demo.products.iter().find(|product| !product.gtins.is_empty()).expect("a product").clone();
    let folder = tempfile::tempdir().expect("a folder");
    let mut one = on_disk(&central, folder.path());
    one.open(&central);
    let stock = one.on_hand(product.id);
    one.sell(&product.gtins[0]);
    one.wait_until_sent();
    // The disk is cloned, and both machines sell while central cannot be reached.
    one.sync = None;
    let copy = copy_of(folder.path());
    let mut other = one.started_from(copy.path(), 2);
    let mut receipts = vec![one.sell(&product.gtins[0]), other.sell(&product.gtins[0]), other.sell(&product.gtins[0])];
    assert_eq!(receipts[0], receipts[1], "nobody could know");
    one.connect();
    one.wait_until_sent();
    other.connect();
    other.wait_until_sent();
    for till in [&other, &one] {
        // The one that came first hears of it when it looks again, as with its next sale.
        till.sell(&product.gtins[0]);
        till.until("left", |status| status.parted.len() == 1 && status.unsent == 0);
        assert_ne!(till.present(), till.id.1, "a new generation");
        let view = till.app.view().expect("a view");
        assert!(view.trays.iter().any(|tray| matches!(tray.what, TrayKind::Forked)), "somebody is told");
        receipts.push(till.sell(&product.gtins[0]));
        till.wait_until_sent();
    }
    let generations = BTreeSet::from([one.id.1, one.present(), other.present()]);
    assert_eq!(generations.len(), 3, "each went on under its own");
    let numbers: BTreeSet<_> = receipts.iter().skip(3).collect();
    assert_eq!(numbers.len(), 2, "each with its own numbers: {receipts:?}");
    // One sale before, three in the branches, two after in each: all of them moved stock.
    for till in [&one, &other] {
        till.wait_until_on_hand(product.id, stock - 8_000);
    }
    assert_eq!(central.export(ExportKind::Sales).len(), 8);
    central.audit();
    audit::check(one.app.store());
    audit::check(other.app.store());
}

#[test]
fn a_till_begins_with_a_snapshot_and_goes_on_with_the_feed() {
    let central = Central::start();
    let folder = tempfile::tempdir().expect("a folder");
    let till = on_disk(&central, folder.path());
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|file| file.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("snapshot")), "nothing is left: {left:?}");
    let progress: Option<serde_json::Value> =
        till.app.store().read::<_, StoreError>(|tx| setting::get(tx, "sync-snapshot")).expect("a store");
    let taken = progress.as_ref().and_then(|progress| progress["last"].as_u64()).unwrap_or_default();
    assert!(taken > 5_000, "the feed of the demo came as a file: {progress:?}");
    till.open(&central);
    for product in central.demo.products.iter().filter(|product| !product.gtins.is_empty()).take(3) {
        till.sell(&product.gtins[0]);
        let found = till.app.search(&product.name, 50).expect("a search");
        assert!(found.iter().any(|hit| hit.name == product.name), "{} is found by name", product.name);
    }
    till.wait_until_sent();
    central.audit();
}

#[test]
fn a_restored_disk_goes_on_under_a_new_generation() {
    let central = Central::start();
    let product = central.demo.products.iter().find(|product| !product.gtins.is_empty()).expect("a product").clone();
    let folder = tempfile::tempdir().expect("a folder");
    let mut one = on_disk(&central, folder.path());
    one.open(&central);
    one.wait_until_sent();
    let image = copy_of(folder.path());
    one.sell(&product.gtins[0]);
    one.wait_until_sent();
    one.sync = None;
    let mut again = one.started_from(image.path(), 2);
    again.connect();
    let status = again.until("left", |status| status.parted.len() == 1);
    assert_eq!(status.parted[0].cause, Cause::Restored, "central has its future: no number is written twice");
    again.sell(&product.gtins[0]);
    again.wait_until_sent();
    assert_eq!(central.export(ExportKind::Sales).len(), 2);
    central.audit();
}

#[test]
fn the_real_central_passes_the_suite_that_the_fake_passes() {
    let central = Central::start();
    let code = central.code(&central.tills()[0]);
    let api = HttpCentral::new(&central.url()).expect("an address");
    central.runtime.block_on(selvedge_sync::suite::central(&api, &code));
}
