//! Central restored from an old backup, or lost altogether: it notices by itself, takes facts and decisions back from the
//! stations, and lists what nobody holds. Nothing of it is seen at a till.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use selvedge_central::serve::{Running, serve};
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::{
    Central, Company, ExportKind, MissingWhat, ProductPut, Put, Recovery, Reporting, SitePerson, SitePrice, Store as _,
    StoreError as CentralError,
};
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_domain::ids::{BootId, DeviceId, GenerationId, SiteId};
use selvedge_domain::receipt_number::generation_short;
use selvedge_domain::time::Stamp;
use selvedge_protocol::demo::DemoCompany;
use selvedge_protocol::journal::{DeviceKey, Fact, NewBody, SaleLineV1, SaleV1, TaxRateV1};
use selvedge_protocol::v1::{EnrolRequest, MAX_SEGMENT_ENTRIES, ProductV1};
use selvedge_store::table::station::Station;
use selvedge_store::table::{decision, feed, journal, station};
use selvedge_store::{Store, StoreError};
use selvedge_sync::{CentralApi, Desk, HttpCentral, Itself};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::LONG;

/// A few of the demo's products are enough.
const PRODUCTS: usize = 12;

/// A central on a file that can be copied away, set back and lost.
pub(super) struct House {
    pub(super) runtime: Arc<Runtime>,
    folder: TempDir,
    file: PathBuf,
    store: Option<Arc<SqliteStore>>,
    running: Option<Running>,
    address: SocketAddr,
    pub(super) demo: DemoCompany,
}

impl House {
    pub(super) fn open() -> Self {
        Self::with(PRODUCTS)
    }

    /// With so many of the demo's products.
    pub(super) fn with(products: usize) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("central.db");
        let mut demo = DemoCompany::new(1);
        demo.products.truncate(products);
        demo.prices.truncate(products);
        // What a site holds that has no station is held by nobody but central.
        let here: Vec<Uuid> = demo
            .sites
            .iter()
            .filter(|site| site.code == "galway" || site.kind == "warehouse")
            .flat_map(|site| site.locations.iter().map(|location| location.id))
            .collect();
        let (products, stock) = (&demo.products, &mut demo.stock);
        stock.retain(|one| here.contains(&one.location) && products.iter().any(|product| product.id == one.product));
        let address = "127.0.0.1:0".parse().expect("an address");
        let mut house = House { runtime: Arc::new(runtime), folder, file, store: None, running: None, address, demo };
        house.start();
        let company = Company {
            sites: house.demo.sites.clone(),
            tills: house.demo.tills.clone(),
            tax_rates: house.demo.tax_rates.clone(),
            people: house.people(),
            products: house.demo.products.clone(),
            prices: house.demo.prices.iter().map(|price| SitePrice { site: None, price: price.clone() }).collect(),
            stock: house.demo.stock.clone(),
        };
        let central = Central {
            id: Machine.new_id(),
            key_seed: Machine.random(),
            epoch: Machine.new_id(),
            company: house.demo.company.clone(),
        };
        house.wait(house.store().set_up(central, company, Machine.now_ms())).expect("a company");
        house.serve();
        house
    }

    fn people(&self) -> Vec<SitePerson> {
        let at_sites = |person: &selvedge_protocol::demo::DemoPerson| {
            let one = person.person.clone();
            person.sites.iter().map(|site| SitePerson { site: *site, person: one.clone() }).collect::<Vec<_>>()
        };
        self.demo.people.iter().flat_map(at_sites).collect()
    }

    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(super) fn store(&self) -> Arc<SqliteStore> {
        Arc::clone(self.store.as_ref().expect("it is open"))
    }

    fn start(&mut self) {
        self.store = Some(Arc::new(SqliteStore::open(&self.file).expect("a store")));
    }

    /// At the address that it had, which somebody else on the machine may have for a moment.
    fn serve(&mut self) {
        let began = Instant::now();
        let running = loop {
            match self.wait(serve(self.store(), Arc::new(Machine), self.address, None)) {
                Ok(running) => break running,
                Err(error) => assert!(began.elapsed() < LONG, "it does not serve: {error:#}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        self.address = running.address;
        self.running = Some(running);
    }

    fn stop(&mut self) {
        let running = self.running.take().expect("it runs");
        self.wait(running.stop()).expect("it ends");
        self.store = None;
    }

    pub(super) fn backup(&mut self) -> PathBuf {
        self.stop();
        let copy = self.folder.path().join("backup.db");
        std::fs::copy(&self.file, &copy).expect("a copy");
        self.start();
        self.serve();
        copy
    }

    /// The file as it was when it was copied; nothing of what came later.
    pub(super) fn restore(&mut self, copy: &PathBuf) {
        self.stop();
        self.remove();
        std::fs::copy(copy, &self.file).expect("a copy");
        self.start();
        self.serve();
    }

    /// An empty store with central's key.
    pub(super) fn lose_all(&mut self) {
        let central = self.wait(self.store().central()).expect("a store").expect("a company");
        self.stop();
        self.remove();
        self.start();
        let fresh = Central { epoch: Machine.new_id(), ..central };
        self.wait(self.store().begin_empty(fresh, Machine.now_ms())).expect("an empty store takes a key");
        self.serve();
    }

    fn remove(&self) {
        for ending in ["", "-wal", "-shm"] {
            let _missing = std::fs::remove_file(format!("{}{ending}", self.file.display()));
        }
    }

    pub(super) fn put(&self, product: &ProductV1, minor: i64, stock: Option<(Uuid, i64)>) {
        self.put_one(product, minor, None, stock);
    }

    fn put_at(&self, product: &ProductV1, minor: i64, site: Option<Uuid>) {
        self.put_one(product, minor, site, None);
    }

    fn put_one(&self, product: &ProductV1, minor: i64, site: Option<Uuid>, stock: Option<(Uuid, i64)>) {
        let put = |place, figure| Put {
            place,
            figure,
            from_day: "2026-11-21".to_owned(),
            day_before: "2026-11-20".to_owned(),
        };
        let one = ProductPut {
            product: product.clone(),
            price: Some(put(site, minor)),
            stock: stock.map(|(location, figure)| put(Some(location), figure)),
        };
        self.wait(self.store().put_products(vec![one], false, Machine.now_ms())).expect("a store");
    }

    /// The price that holds everywhere and has no end.
    fn price(&self, product: &ProductV1) -> Option<i64> {
        let books = self.books();
        let prices = books.values().find(|line| line["id"] == product.id.to_string().as_str())?["prices"].clone();
        let open = |price: &&Value| price["site"].is_null() && price["valid_to"] == "9999-12-31";
        prices.as_array()?.iter().find(open)?["amount_minor"].as_i64()
    }

    pub(super) fn new_product(&self, sku: &str) -> ProductV1 {
        let like = self.demo.products[0].clone();
        ProductV1 { id: Machine.new_id(), sku: sku.to_owned(), gtins: Vec::new(), ..like }
    }

    pub(super) fn recovery(&self) -> Recovery {
        self.wait(self.store().recovery()).expect("a state")
    }

    pub(super) fn may_grant(&self) -> bool {
        self.wait(self.store().may_grant()).expect("an answer")
    }

    /// All that central says of the company: products with prices, sales, stock. Neither numbers nor times of arrival.
    pub(super) fn books(&self) -> BTreeMap<String, Value> {
        let mut books = BTreeMap::new();
        for (kind, word, key) in [
            (ExportKind::Products, "product", ["id", "id", "id"]),
            (ExportKind::Stock, "stock", ["location", "product", "site"]),
            (ExportKind::Entries, "entry", ["generation", "sequence", "hash"]),
        ] {
            for line in self.wait(self.store().export(kind, 0, 100_000)).expect("an export").lines {
                let mut line: Value = serde_json::from_str(&line).expect("JSON");
                line.as_object_mut().expect("an object").remove("received_ms");
                if line["quantity_thousandths"] != 0 {
                    books.insert(format!("{word} {} {} {}", line[key[0]], line[key[1]], line[key[2]]), line);
                }
            }
        }
        books
    }

    pub(super) fn audit(&self) {
        let wrong = self.wait(self.store().audit()).expect("an audit");
        assert_eq!(wrong, Vec::<String>::new(), "every balance is the sum of its movements");
    }

    fn feed_end(&self) -> u64 {
        let site = self.demo.sites[0].id;
        self.wait(self.store().feed(site, None, 5_000, Machine.now_ms())).expect("a page").next.number
    }
}

/// A station: its store and its sync, without the use cases.
pub(super) struct Post {
    pub(super) desk: Desk,
    runtime: Arc<Runtime>,
    seed: u8,
    sold: u64,
    /// What its clock shows.
    pub(super) clock_ms: i64,
    pub(super) floor: Uuid,
    counter: Uuid,
}

impl Post {
    pub(super) fn join(house: &House, site: &str, till: &str, seed: u8) -> Self {
        Self::join_on(house, site, till, seed, Store::in_memory().expect("a store"))
    }

    pub(super) fn join_on(house: &House, site: &str, till: &str, seed: u8, store: Store) -> Self {
        let code = house.wait(selvedge_central::make_code(&*house.store(), &Machine, site, till)).expect("a code");
        Self::join_at(&house.runtime, format!("http://{}", house.address), code, seed, store)
    }

    /// Joins whatever central there is.
    pub(super) fn join_at(runtime: &Arc<Runtime>, url: String, code: String, seed: u8, store: Store) -> Self {
        let key = DeviceKey::from_seed([seed; 32]);
        let generation =
            GenerationId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 | u128::from(seed) << 24));
        let central = HttpCentral::new(&url).expect("an address");
        let request = EnrolRequest {
            code,
            public_key: key.public().to_string(),
            generation: generation.0,
            short: generation_short(generation),
            app: "test".to_owned(),
            revision: selvedge_protocol::v1::REVISION,
        };
        let answer = runtime.block_on(central.enrol(&request)).expect("it joins");
        let who = Station {
            device: DeviceId(answer.device),
            generation,
            short: request.short,
            public_key: request.public_key,
            site: SiteId(answer.site),
            till: answer.till,
            name: answer.station_name,
            central: url,
            demo: false,
        };
        let store = Arc::new(store);
        store
            .write::<_, StoreError>("join", |tx| {
                station::set(tx, &who)?;
                decision::trust(tx, &answer.central_key)
            })
            .expect("joined");
        let location = |kind: &str| answer.locations.iter().find(|one| one.kind == kind).expect("a location").id;
        let (floor, counter) = (location("sales-floor"), location("counter"));
        let desk = Desk {
            store,
            central: Arc::new(central),
            keys: [key].into_iter().collect(),
            wall: Arc::new(|| Machine.now_ms()),
            on_parted: Box::new(|_| Ok(())),
            itself: Itself::default(),
            station: who,
            asked_of: Mutex::default(),
        };
        let post =
            Post { desk, runtime: Arc::clone(runtime), seed, sold: 0, clock_ms: 1_795_255_200_000, floor, counter };
        post.sync();
        post
    }

    fn key(&self) -> DeviceKey {
        DeviceKey::from_seed([self.seed; 32])
    }

    pub(super) fn device(&self) -> Uuid {
        self.desk.station.device.0
    }

    /// Sells pieces, as a till writes it.
    pub(super) fn sell(&mut self, product: &ProductV1, pieces: i64) {
        self.sold += 1;
        let id = |what: u128| {
            Uuid::from_u128(
                0x0199_0000_0000_7000_8000_0000_0000_0000
                    | u128::from(self.seed) << 40
                    | u128::from(self.sold) << 8
                    | what,
            )
        };
        let line = SaleLineV1 {
            line: id(1),
            product: product.id,
            scanned: None,
            name: product.name.clone(),
            unit: "piece".to_owned(),
            quantity_thousandths: pieces * 1000,
            unit_price_minor: Some(100),
            price_source: "typed".to_owned(),
            amount_overridden: false,
            amount_minor: pieces * 100,
            discount: None,
            sale_discount_minor: 0,
            net_minor: pieces * 100,
            tax: TaxRateV1 { code: "standard".to_owned(), percent: "23".to_owned() },
            tax_minor: 0,
            refund: None,
            lot: None,
            promise: None,
        };
        let sale = SaleV1 {
            sale: id(2),
            receipt: format!("{}-{:06}", self.desk.station.till, self.sold),
            till: self.desk.station.till.clone(),
            shift: id(3),
            business_day: "2026-11-21".to_owned(),
            location: self.floor,
            returns_location: self.counter,
            currency: "EUR".to_owned(),
            price_mode: "inclusive".to_owned(),
            lines: vec![line],
            discount: None,
            rates: Vec::new(),
            subtotal_minor: pieces * 100,
            total_minor: pieces * 100,
            tenders: Vec::new(),
            change_minor: 0,
            customer: None,
        };
        let at = Stamp {
            clock_ms: self.clock_ms,
            boot: BootId(Uuid::nil()),
            ticks_ms: self.sold,
            offset_ms: Some(0),
            floor_ms: None,
        };
        let site = self.desk.station.site.0;
        let body = NewBody { id: id(4), at, person: None, site, fact: Fact::Sale(sale) };
        let (device, generation) = (self.desk.station.device, self.desk.station.generation);
        self.desk
            .store
            .write::<_, StoreError>("sell", |tx| journal::append(tx, device, generation, &self.key(), &body))
            .expect("an entry");
    }

    /// Everything up and down until there is nothing left, as the engine does it; the catalogue never shrinks meanwhile.
    pub(super) fn sync(&self) {
        self.sync_with(&mut || ());
    }

    /// The same, and something happens after each call.
    pub(super) fn sync_with(&self, between: &mut dyn FnMut()) {
        self.runtime.block_on(async {
            let token = self.desk.ask_token(None).await.expect("a token").token;
            between();
            // The feed's loss is told by the feed, the journal's by the journal: each is tried first.
            if self.seed.is_multiple_of(2) {
                self.push(&token, between).await;
            }
            let known = self.products();
            loop {
                let report = self.desk.pull(&token).await.expect("it comes down");
                between();
                assert!(self.products() >= known, "the till never loses a product");
                assert!(report.problems.is_empty(), "{:?}", report.problems);
                if !report.more {
                    break;
                }
            }
            self.push(&token, between).await;
            self.push(&token, between).await;
            while self.desk.ask_balances(&token).await.expect("balances").more {}
        });
    }

    async fn push(&self, token: &str, between: &mut dyn FnMut()) {
        while self.desk.push(token, MAX_SEGMENT_ENTRIES, &[], &[]).await.expect("it goes up").more {
            between();
        }
        between();
    }

    pub(super) fn products(&self) -> usize {
        let count = |tx: &selvedge_store::Tx| {
            Ok::<usize, StoreError>(tx.query_row("SELECT count(*) FROM product", [], |row| row.get(0))?)
        };
        self.desk.store.read(count).expect("a count")
    }

    /// The journal only, as a revoked station does it.
    fn sync_up(&self) {
        self.runtime.block_on(async {
            let token = self.desk.ask_token(None).await.expect("a token").token;
            while self.desk.push(&token, MAX_SEGMENT_ENTRIES, &[], &[]).await.expect("it goes up").more {}
        });
    }

    /// The life of central that it follows.
    fn life(&self) -> Uuid {
        self.desk.store.read(feed::cursor).expect("readable").expect("a cursor").epoch
    }
}

pub(super) fn same(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>, rule: &str) {
    let differs = |key: &&String| before.get(*key) != after.get(*key);
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).filter(differs).collect();
    let lines: Vec<String> =
        keys.iter().map(|key| format!("{key}\n  was {:?}\n  is {:?}", before.get(*key), after.get(*key))).collect();
    assert!(lines.is_empty(), "{rule}:\n{}", lines.join("\n"));
}

fn unchanged(house: &House, posts: &[&Post]) {
    let (books, end) = (house.books(), house.feed_end());
    for post in posts {
        post.sync();
    }
    same(&books, &house.books(), "a second arrival changes nothing");
    assert_eq!(house.feed_end(), end, "and decides nothing again");
    house.audit();
}

#[test]
fn central_restored_from_an_old_backup_or_lost_altogether() {
    let mut house = House::open();
    let shirt = house.demo.products[0].clone();
    let mut one = Post::join(&house, "galway", "04", 1);
    let mut other = Post::join(&house, "galway", "03", 2);
    one.sell(&shirt, 1);
    other.sell(&shirt, 2);
    one.sync();
    other.sync();
    let backup = house.backup();

    // What the backup does not have: decisions of every kind, a station, facts.
    let late = house.new_product("LATE-1");
    house.put(&late, 1_900, Some((one.floor, 50_000)));
    house.put(&shirt, 2_222, None);
    let warehouse = house.demo.sites.iter().find(|site| site.kind == "warehouse").expect("a warehouse").clone();
    let code = house.demo.tills.iter().find(|till| till.site == warehouse.id).expect("a till").code.clone();
    let mut far = Post::join(&house, &warehouse.code, &code, 3);
    let depot = Post::join(&house, &warehouse.code, &code, 4);
    far.sell(&shirt, 5);
    for post in [&mut one, &mut other] {
        post.sync();
        post.sell(&late, 3);
        post.sell(&shirt, 1);
        post.sync();
    }
    far.sync();
    house.wait(house.store().revoke(far.device(), Machine.now_ms())).expect("revoked");
    far.sell(&shirt, 7);
    far.sync_up();
    one.sync();
    depot.sync();
    let (before, epoch) = (house.books(), house.recovery().epoch);

    house.restore(&backup);
    one.sync();
    let state = house.recovery();
    assert_ne!(state.epoch, epoch, "it noticed by itself: {}", state.because);
    assert!(!house.may_grant(), "a station that has not reported may hold a grant");
    let refused = house.wait(selvedge_central::make_code(&*house.store(), &Machine, "galway", "04"));
    assert!(matches!(refused, Err(CentralError::Recovering)), "{refused:?}");
    let waits = |state: &Recovery, post: &Post| {
        state.stations.iter().any(|one| one.device == post.device() && one.state == Reporting::Awaited)
    };
    assert!(waits(&state, &other), "{:?}", state.stations);

    // Some come late, the revoked one with its journal only.
    far.sync_up();
    other.sync();
    one.sync();
    assert!(!house.may_grant(), "the depot is waited for");
    depot.sync();
    one.sync();
    assert_eq!(house.recovery().epoch, one.life(), "all go on in the new life");
    assert!(house.may_grant(), "all have reported: {:?}", house.recovery());
    same(&before, &house.books(), "facts and decisions equal those before");
    assert_eq!(house.recovery().missing, [], "nothing is lost");
    unchanged(&house, &[&one, &other]);

    // And now all of it is lost but the key.
    let before = house.books();
    house.lose_all();
    assert!(!house.may_grant(), "who knows nobody waits for somebody");
    // The revoked one first: nobody has said yet that it was.
    far.sync_up();
    other.sync();
    assert!(!house.may_grant(), "{:?}", house.recovery());
    one.sync();
    depot.sync();
    other.sync();
    assert!(house.may_grant(), "{:?}", house.recovery());
    same(&before, &house.books(), "facts and decisions equal those before");
    unchanged(&house, &[&one, &other, &depot]);
    let decisions =
        |one: &selvedge_central::store::Missing| matches!(one.what, MissingWhat::Decisions { .. }) && one.lost;
    assert!(house.recovery().missing.iter().any(decisions), "the rows of sites without a station are listed");
    let again = Post::join(&house, "galway", "04", 9);
    assert_eq!(again.products(), one.products(), "a new station gets what there was");
}

#[test]
fn what_nobody_holds_is_listed_and_a_later_decision_stands() {
    let mut house = House::open();
    let (shirt, trousers) = (house.demo.products[0].clone(), house.demo.products[1].clone());
    let one = Post::join(&house, "galway", "04", 1);
    let elsewhere = house.demo.sites.iter().find(|site| site.kind == "warehouse").expect("a warehouse").clone();
    let code = house.demo.tills.iter().find(|till| till.site == elsewhere.id).expect("a till").code.clone();
    let mut dead = Post::join(&house, &elsewhere.code, &code, 2);
    dead.sell(&shirt, 1);
    dead.sync();
    let backup = house.backup();
    house.put(&shirt, 3_000, None);
    house.put(&trousers, 4_000, None);
    house.put_at(&shirt, 3_300, Some(elsewhere.id));
    let known = house.new_product("KNOWN-1");
    house.put(&known, 1_000, None);
    dead.sell(&known, 4);
    dead.sync();
    assert!(house.wait(house.store().checkpoint(Machine.now_ms())).expect("a checkpoint"));
    one.sync();

    // A replica without the tail takes over, and somebody decides before anybody has noticed.
    house.restore(&backup);
    house.put(&shirt, 3_500, None);
    one.sync();
    one.sync();
    assert_eq!(house.price(&shirt), Some(3_500), "what was decided last holds");
    assert_eq!(house.price(&trousers), Some(4_000), "and what was lost is back");
    let state = house.recovery();
    assert!(!house.may_grant());
    let entries: Vec<(u64, u64, bool)> = state
        .missing
        .iter()
        .filter(|one| matches!(one.what, MissingWhat::Entries { device, .. } if device == dead.device()))
        .map(|one| (one.first, one.last, one.lost))
        .collect();
    assert_eq!(entries, [(2, 2, false)], "its journal is waited for: {state:?}");

    assert!(house.wait(house.store().declare_dead(dead.device(), Machine.now_ms())).expect("a store"));
    assert!(house.may_grant(), "nobody is waited for any more");
    let lost = house.wait(house.store().export(ExportKind::Lost, 0, 100)).expect("an export").lines;
    let of = |kind: &str| lost.iter().filter(|line| line.contains(&format!("\"kind\":\"{kind}\""))).count();
    assert_eq!((of("entries"), of("decisions")), (1, 1), "its sale, and the price that only its site had: {lost:?}");

    // It comes back after all.
    dead.sync();
    dead.sync();
    one.sync();
    assert_eq!(house.recovery().missing, [], "what is here is not lost");
    let lost = house.wait(house.store().export(ExportKind::Lost, 0, 100)).expect("an export").lines;
    assert_eq!(lost, Vec::<String>::new());
    house.audit();
    unchanged(&house, &[&one, &dead]);
}
