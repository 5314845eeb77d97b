//! What comes down from central: written where it belongs, named when it is wrong, kept when it is not known yet.

use selvedge_domain::ids::{BootId, DeviceId, GenerationId, LocationId, PersonId, ProductId, SiteId};
use selvedge_domain::people::Role;
use selvedge_domain::stock::ledger::Account;
use selvedge_domain::time::{Day, Stamp};
use selvedge_domain::{Amount, Quantity};
use selvedge_protocol::journal::{DeviceKey, Fact, NewBody, SaleV1};
use selvedge_protocol::v1::{BalancePage, BalanceV1, FeedRow, HeadV1};
use selvedge_store::table::{catalogue, config, feed, journal, person, stock};
use selvedge_store::{Store, StoreError, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

const DAY: Day = Day { year: 2026, month: 11, day: 21 };
const SITE: Uuid = Uuid::from_u128(0x51);
const FLOOR: Uuid = Uuid::from_u128(0x52);
const COUNTER: Uuid = Uuid::from_u128(0x53);
const TEE: Uuid = Uuid::from_u128(0x10);
const EPOCH: Uuid = Uuid::from_u128(0xe);
const DEVICE: DeviceId = DeviceId(Uuid::from_u128(0xd));
const GENERATION: GenerationId = GenerationId(Uuid::from_u128(0x6));

fn write<T>(store: &Store, work: impl FnOnce(&Tx) -> Result<T, StoreError>) -> T {
    store.write("test", work).expect("written")
}

fn row(number: u64, kind: &str, site: Option<Uuid>, body: Value) -> FeedRow {
    FeedRow {
        epoch: EPOCH,
        number,
        previous: "00".repeat(32),
        kind: kind.to_owned(),
        version: 1,
        site,
        at_ms: 0,
        origin: None,
        body: body.to_string(),
        signature: String::new(),
    }
}

fn tee() -> Value {
    json!({
        "id": TEE, "sku": "HT-1", "name": "Harbour Tee", "variant": "Navy · L", "style": "harbour", "colour": "Navy",
        "colour_code": "#102040", "size": "L", "unit": "piece", "tax": "standard", "gtins": ["9529000000014"],
        "popularity": 3, "active": true
    })
}

fn price(amount: Value, from: &str, to: &str) -> Value {
    json!({"product": TEE, "amount_minor": amount, "valid_from": from, "valid_to": to})
}

fn rate(percent: &str) -> Value {
    json!({"code": "standard", "percent": percent, "valid_from": "2020-01-01", "valid_to": "9999-12-31"})
}

fn apply(store: &Store, rows: &[FeedRow]) -> Vec<(u64, String)> {
    let problems = write(store, |tx| feed::apply(tx, SiteId(SITE), EPOCH, rows));
    problems.into_iter().map(|problem| (problem.number, problem.what)).collect()
}

fn price_on(store: &Store, day: Day) -> Option<Amount> {
    let listed = store.read::<_, StoreError>(|tx| catalogue::by_id(tx, ProductId(TEE), day)).expect("readable");
    listed.expect("the tee").product.price
}

#[test]
fn every_kind_is_written_where_it_belongs() {
    let store = Store::in_memory().expect("a store");
    let person = Uuid::from_u128(0x70);
    let site = json!({
        "id": SITE, "code": "galway", "name": "Galway", "kind": "shop", "time_zone": "Europe/Dublin", "currency": "EUR",
        "price_mode": "inclusive", "address": ["Quay Street 1"], "vat_id": "IE1", "footer": ["Thank", "you"],
        "locations": [{"id": FLOOR, "kind": "sales-floor", "name": "Floor"}, {"id": COUNTER, "kind": "counter", "name": "Counter"}]
    });
    let problems = apply(
        &store,
        &[
            row(1, "company", None, json!({"id": Uuid::from_u128(1), "name": "Twisted Threads"})),
            row(2, "site", Some(SITE), site),
            row(3, "till", Some(SITE), json!({"code": "04", "site": SITE, "name": "Till 2"})),
            row(4, "tax-rate", None, rate("23")),
            row(5, "product", None, tee()),
            row(6, "price", None, price(json!(2450), "2020-01-01", "9999-12-31")),
            row(
                7,
                "person",
                Some(SITE),
                json!({"id": person, "name": "Aoife", "role": "manager", "verifier": "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo", "active": true}),
            ),
        ],
    );
    assert_eq!(problems, []);
    store
        .read::<_, StoreError>(|tx| {
            assert_eq!(config::company(tx)?.expect("a company").name, "Twisted Threads");
            let site = config::site(tx)?.expect("a site");
            assert_eq!((site.sales_floor, site.returns), (LocationId(FLOOR), LocationId(COUNTER)));
            assert_eq!(site.receipt_footer, "Thank\nyou");
            let [listed] = catalogue::by_gtin(tx, 9_529_000_000_014, DAY)?.try_into().expect("one tee");
            assert_eq!(listed.gtin, "9529000000014");
            assert_eq!(listed.product.price, Some(Amount::from_minor(2450)));
            assert_eq!(listed.product.tax.percent.to_string(), "23");
            let known = person::by_id(tx, PersonId(person))?.expect("a person");
            assert_eq!((known.person.name.as_str(), known.person.role), ("Aoife", Role::Manager));
            Ok(())
        })
        .expect("readable");
}

#[test]
fn a_wrong_row_is_named_with_its_field_and_the_rest_goes_on() {
    let store = Store::in_memory().expect("a store");
    let with = |field: &str, value: Value| {
        let mut body = tee();
        body[field] = value;
        body["id"] = json!(Uuid::from_u128(0x99));
        body
    };
    let problems = apply(
        &store,
        &[
            row(1, "tax-rate", None, rate("much")),
            row(2, "tax-rate", None, rate("23")),
            row(3, "product", None, with("unit", json!("dozen"))),
            row(4, "product", None, with("gtins", json!(["9529000000019"]))),
            row(5, "product", None, with("name", json!(7))),
            row(6, "product", None, tee()),
            row(7, "price", None, price(json!(1), "2026-02-30", "9999-12-31")),
            row(
                8,
                "price",
                None,
                json!({"product": Uuid::from_u128(0x99), "amount_minor": 1, "valid_from": "2020-01-01", "valid_to": "9999-12-31"}),
            ),
            row(9, "person", None, json!({"id": SITE, "name": "A", "role": "king", "verifier": "x", "active": true})),
            row(10, "price", None, price(json!(99), "2020-01-01", "9999-12-31")),
        ],
    );
    let fields: Vec<(u64, &str)> =
        problems.iter().map(|(number, what)| (*number, what.split(':').next().unwrap_or(""))).collect();
    let numbers: Vec<u64> = fields.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 3, 4, 5, 7, 8, 9], "{problems:?}");
    for (number, field) in [(1, "percent"), (3, "unit"), (4, "gtins"), (7, "valid_from"), (8, "product"), (9, "role")] {
        assert!(fields.contains(&(number, field)), "row {number} names {field}: {problems:?}");
    }
    assert_eq!(price_on(&store, DAY), Some(Amount::from_minor(99)), "the rows behind a wrong one are applied");
}

#[test]
fn prices_hold_for_their_days_and_the_site_stands_above_the_company() {
    let store = Store::in_memory().expect("a store");
    let day = |day| Day { day, ..DAY };
    apply(&store, &[row(1, "tax-rate", None, rate("23")), row(2, "product", None, tee())]);
    assert_eq!(price_on(&store, DAY), None, "without a price it asks at the scan");
    apply(&store, &[row(3, "price", None, price(json!(1000), "2026-11-01", "9999-12-31"))]);
    apply(&store, &[row(4, "price", None, price(json!(900), "2026-11-20", "2026-11-22"))]);
    assert_eq!(price_on(&store, day(19)), Some(Amount::from_minor(1000)));
    assert_eq!(price_on(&store, day(20)), Some(Amount::from_minor(900)), "the first day is contained");
    assert_eq!(price_on(&store, day(22)), Some(Amount::from_minor(900)), "and so is the last");
    assert_eq!(price_on(&store, day(23)), Some(Amount::from_minor(1000)));
    apply(&store, &[row(5, "price", Some(SITE), price(json!(1200), "2026-11-10", "9999-12-31"))]);
    assert_eq!(price_on(&store, day(21)), Some(Amount::from_minor(1200)));
    apply(&store, &[row(6, "price", Some(SITE), price(Value::Null, "2026-11-10", "9999-12-31"))]);
    assert_eq!(price_on(&store, day(21)), None, "a withdrawn price is none");
}

#[test]
fn a_product_whose_rate_nobody_knows_is_not_sold_and_named() {
    let store = Store::in_memory().expect("a store");
    apply(&store, &[row(1, "product", None, tee())]);
    store
        .read::<_, StoreError>(|tx| {
            assert!(catalogue::by_gtin(tx, 9_529_000_000_014, DAY)?.is_empty());
            let untaxed = catalogue::untaxed_under(tx, 9_529_000_000_014, DAY)?;
            assert_eq!(untaxed, [("Harbour Tee".to_owned(), "standard".to_owned())]);
            Ok(())
        })
        .expect("readable");
    apply(&store, &[row(2, "tax-rate", None, rate("23"))]);
    store
        .read::<_, StoreError>(|tx| {
            assert_eq!(catalogue::by_gtin(tx, 9_529_000_000_014, DAY)?.len(), 1);
            assert!(catalogue::untaxed_under(tx, 9_529_000_000_014, DAY)?.is_empty());
            Ok(())
        })
        .expect("readable");
}

#[test]
fn what_is_not_known_yet_is_kept_for_the_version_that_knows_it() {
    let store = Store::in_memory().expect("a store");
    let has_kept = || store.read::<_, StoreError>(feed::has_kept).expect("readable");
    assert!(!has_kept());
    let newer = FeedRow { version: 9, ..row(7, "price", None, price(json!(5), "2020-01-01", "9999-12-31")) };
    assert_eq!(apply(&store, &[row(6, "raffle", None, json!({"prize": 1})), newer.clone()]), []);
    assert!(has_kept());
    assert_eq!(write(&store, |tx| feed::apply_kept(tx, SiteId(SITE))).len(), 0, "still not known: still kept");
    // An upgrade: what was kept is read by a build that knows it.
    apply(&store, &[row(1, "tax-rate", None, rate("23")), row(2, "product", None, tee())]);
    let known = FeedRow { version: 1, ..newer };
    write(&store, |tx| {
        let body = serde_json::to_string(&known).expect("JSON");
        tx.execute("UPDATE feed_later SET body = ?1 WHERE number = 7", [body])?;
        feed::apply_kept(tx, SiteId(SITE))
    });
    assert_eq!(price_on(&store, DAY), Some(Amount::from_minor(5)));
    let left = write(&store, |tx| Ok(tx.query_row("SELECT count(*) FROM feed_later", [], |row| row.get::<_, u32>(0))?));
    assert_eq!(left, 1, "the one that nobody knows stays");
}

/// Sells pieces; gives back the entry's head.
fn sell(store: &Store, pieces: i64) -> HeadV1 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0x1000);
    let id = || Uuid::from_u128(u128::from(NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)));
    let line = json!({
        "line": id(), "product": TEE, "name": "Harbour Tee", "unit": "piece", "quantity_thousandths": pieces * 1000,
        "price_source": "typed", "amount_overridden": true, "amount_minor": 0, "sale_discount_minor": 0, "net_minor": 0,
        "tax": {"code": "standard", "percent": "23"}, "tax_minor": 0
    });
    let sale = json!({
        "sale": id(), "receipt": "04-2K7-000001", "till": "04", "shift": id(), "business_day": "2026-11-21",
        "location": FLOOR, "returns_location": COUNTER, "currency": "EUR", "price_mode": "inclusive", "lines": [line],
        "rates": [], "subtotal_minor": 0, "total_minor": 0, "tenders": [], "change_minor": 0
    });
    let sale: SaleV1 = serde_json::from_value(sale).expect("a sale");
    let at = Stamp { clock_ms: 1, boot: BootId(Uuid::from_u128(0xb)), ticks_ms: 1, offset_ms: None, floor_ms: None };
    let body = NewBody { id: id(), at, person: None, site: SITE, fact: Fact::Sale(sale) };
    let entry = write(store, |tx| journal::append(tx, DEVICE, GENERATION, &DeviceKey::from_seed([3; 32]), &body));
    HeadV1 {
        device: DEVICE.0,
        generation: GENERATION.0,
        sequence: entry.id.sequence,
        hash: entry.hash.to_string(),
        forked: false,
    }
}

fn page(pieces: i64, heads: Vec<HeadV1>) -> BalancePage {
    let rows = vec![BalanceV1 { product: TEE, location: FLOOR, quantity_thousandths: pieces * 1000 }];
    BalancePage { rows, next: 1, more: false, restarted: false, as_of_ms: 10, heads, epoch: EPOCH }
}

fn hear(store: &Store, page: &BalancePage) {
    write(store, |tx| feed::hear(tx, page));
}

fn pieces(pieces: i64) -> Quantity {
    Quantity::from_thousandths(pieces * 1000)
}

fn on_hand(store: &Store) -> Quantity {
    let account = Account::Location(LocationId(FLOOR));
    store.read::<_, StoreError>(|tx| stock::on_hand(tx, ProductId(TEE), account)).expect("readable")
}

#[test]
fn on_hand_is_what_central_said_and_what_it_had_not_counted() {
    let store = Store::in_memory().expect("a store");
    let first = sell(&store, 2);
    sell(&store, 3);
    // Central had 100, and has the first sale only.
    hear(&store, &page(98, vec![first]));
    assert_eq!(on_hand(&store), pieces(95), "the second sale is not in central's figure");
    let third = sell(&store, 1);
    assert_eq!(on_hand(&store), pieces(94), "what we do after is seen at once");
    hear(&store, &page(94, vec![third.clone()]));
    assert_eq!(on_hand(&store), pieces(94), "an entry that central counted is not counted twice");
    hear(&store, &page(90, vec![third.clone()]));
    assert_eq!(on_hand(&store), pieces(90), "somebody else sold four");
    // Central was restored and has nothing of ours.
    hear(&store, &page(100, Vec::new()));
    assert_eq!(on_hand(&store), pieces(94));
    // A fork: another branch has the same number, ours stands at the first entry.
    let other = HeadV1 { hash: "11".repeat(32), ..third };
    hear(&store, &page(97, vec![other]));
    assert_eq!(on_hand(&store), pieces(91), "the other branch is not ours");
}

#[test]
fn what_a_namesake_sent_of_ours_is_asked_about_once_more() {
    let store = Store::in_memory().expect("a store");
    let mark = || store.read::<_, StoreError>(feed::balance_mark).expect("readable");
    sell(&store, 1);
    // A clone of this disk sent our first sale and one of its own, before we could send anything.
    let ours = sell(&store, 2);
    let theirs = HeadV1 { hash: "11".repeat(32), ..ours.clone() };
    hear(&store, &page(95, vec![theirs.clone()]));
    assert_eq!(mark(), Some((EPOCH, 1)), "nothing is asked for again before central can say more");
    let forked = [theirs, ours.clone()].map(|head| HeadV1 { forked: true, ..head });
    hear(&store, &BalancePage { rows: Vec::new(), ..page(0, forked.to_vec()) });
    assert_eq!(mark(), None, "now central knows both: all balances are asked for again");
    hear(&store, &page(93, forked.to_vec()));
    assert_eq!((on_hand(&store), mark()), (pieces(93), Some((EPOCH, 1))), "and this holds");
}

#[test]
fn balances_of_before_stand_until_the_new_ones_are_complete() {
    let store = Store::in_memory().expect("a store");
    hear(&store, &page(7, Vec::new()));
    let elsewhere = BalanceV1 { product: Uuid::from_u128(0x11), location: FLOOR, quantity_thousandths: 1000 };
    let begun = BalancePage { rows: vec![elsewhere], more: true, restarted: true, as_of_ms: 20, ..page(0, Vec::new()) };
    hear(&store, &begun);
    assert_eq!(on_hand(&store), pieces(7), "half an answer does not empty the shop");
    let heard = || store.read::<_, StoreError>(stock::heard_ms).expect("readable");
    assert_eq!(heard(), Some(10), "nor is it fresh");
    hear(&store, &BalancePage { rows: Vec::new(), as_of_ms: 30, ..page(0, Vec::new()) });
    assert_eq!(on_hand(&store), Quantity::ZERO, "what central does not know any more is gone");
    assert_eq!(heard(), Some(30));
}

#[test]
fn unsent_is_what_central_has_not_acknowledged() {
    let store = Store::in_memory().expect("a store");
    let unsent = || store.read::<_, StoreError>(journal::unsent).expect("readable");
    assert_eq!(unsent(), 0);
    let first = sell(&store, 1);
    sell(&store, 1);
    assert_eq!(unsent(), 2);
    let hash = first.hash.clone().try_into().expect("hex");
    write(&store, |tx| journal::set_acknowledged(tx, GENERATION, 1, &hash));
    assert_eq!(unsent(), 1);
    write(&store, |tx| journal::set_acknowledged(tx, GENERATION, 9, &hash));
    assert_eq!(unsent(), 0, "a journal that central knows further than we do has nothing to send");
}
