//! Coming back: a store that lost something notices it, once, and takes it back, whoever hands it in and in whatever
//! order.

use selvedge_protocol::v1::{
    Cursor, DeviceV1, FeedBody, FeedRow, GENESIS_CURSOR_HASH, GenerationV1, PriceV1, ProductV1, SeenHeadV1, SeenV1,
};
use uuid::Uuid;

use super::{Bench, NOW_MS, TestStation};
use crate::secret::code_hash;
use crate::store::{ExportKind, MissingWhat, NewCode, Reporting, StoreError};
use crate::surroundings::{Machine, Surroundings};

/// Rows of a life of central that this store does not know.
struct Lost {
    key: selvedge_protocol::journal::DeviceKey,
    epoch: Uuid,
    next: u64,
}

impl Lost {
    fn row(&mut self, at_ms: i64, body: &FeedBody) -> FeedRow {
        let (kind, version) = body.kind().expect("a known kind");
        let mut row = FeedRow {
            epoch: self.epoch,
            number: self.next,
            previous: GENESIS_CURSOR_HASH.to_string(),
            kind: kind.to_owned(),
            version,
            site: None,
            at_ms,
            origin: None,
            body: body.encode().expect("a body"),
            signature: String::new(),
        };
        row.seal(&self.key).expect("a row");
        self.next += 1;
        row
    }
}

async fn lost(bench: &Bench) -> Lost {
    let key = bench.store.central().await.expect("a store").expect("set up").key();
    Lost { key, epoch: Machine.new_id(), next: 9_000_001 }
}

async fn epoch(bench: &Bench) -> Uuid {
    bench.store.recovery().await.expect("a state").epoch
}

pub(super) async fn what_was_lost_is_noticed_once(bench: &Bench) {
    let station = TestStation::joined(bench, "galway", "04").await;
    let before = epoch(bench).await;
    let mut lost = lost(bench).await;
    let row = lost.row(NOW_MS, &FeedBody::Product(bench.demo.products[0].clone()));
    let notice =
        async |seen: SeenV1| bench.store.notice(station.device, seen, Machine.new_id(), NOW_MS).await.expect("a store");
    let cursor = row.cursor().expect("a cursor");
    let unsigned = Cursor { signature: String::new(), ..cursor.clone() };
    let noticed = notice(SeenV1 { cursor: Some(unsigned), ..SeenV1::default() }).await;
    assert_eq!((noticed.epoch, noticed.opened), (before, None), "what we did not sign we did not lose");
    let head = SeenHeadV1 { generation: station.generation, sequence: 0, hash: "00".repeat(32) };
    let seen = SeenV1 { cursor: Some(cursor), heads: vec![head], ..SeenV1::default() };
    let noticed = notice(seen.clone()).await;
    assert!(noticed.opened.is_some() && noticed.epoch != before);
    let again = notice(seen).await;
    assert_eq!((again.epoch, again.opened), (noticed.epoch, None), "however many notice it, it begins once");
    assert_eq!(epoch(bench).await, noticed.epoch);

    // A cursor of before holds, and the new life's first row is the next one.
    let galway = station.site.id;
    let page = bench.store.feed(galway, Some(Cursor::start(before)), 5_000, NOW_MS).await.expect("our own history");
    assert!(page.rows.iter().any(|row| row.epoch == before), "nothing is downloaded again");

    assert!(!bench.store.may_grant().await.expect("an answer"), "a station may hold what we granted");
    let code = NewCode { hash: code_hash("x"), site: "galway".into(), till: "04".into(), expires_ms: NOW_MS + 1 };
    let refused = bench.store.add_code(code.clone()).await.expect_err("nothing is granted twice");
    assert!(matches!(refused, StoreError::Recovering), "{refused}");
    notice(SeenV1 { gave_back: Some(noticed.epoch), ..SeenV1::default() }).await;
    assert!(bench.store.may_grant().await.expect("an answer"), "all have reported");
    bench.store.add_code(code).await.expect("granted");
}

pub(super) async fn an_acknowledged_entry_that_is_gone_is_noticed(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let (first, second) = (station.opens_the_drawer(), station.opens_the_drawer());
    bench.store.take(station.device, vec![first.clone()], NOW_MS).await.expect("a store");
    let before = epoch(bench).await;
    let head = |entry: &selvedge_protocol::journal::Entry| SeenHeadV1 {
        generation: station.generation,
        sequence: entry.id.sequence,
        hash: entry.hash.to_string(),
    };
    let seen = |epoch, entry| SeenV1 { epoch: Some(epoch), heads: vec![head(entry)], ..SeenV1::default() };
    let notice =
        async |seen: SeenV1| bench.store.notice(station.device, seen, Machine.new_id(), NOW_MS).await.expect("a store");
    assert_eq!(notice(seen(before, &first)).await.opened, None);
    let noticed = notice(seen(before, &second)).await;
    assert!(noticed.opened.is_some());
    assert_eq!(notice(seen(before, &second)).await.opened, None, "of the life before we know that it lost something");
    let state = bench.store.recovery().await.expect("a state");
    let [missing] = state.missing.as_slice() else { panic!("one entry is missing: {state:?}") };
    assert_eq!((missing.first, missing.last, missing.lost), (2, 2, false));
    assert!(matches!(missing.what, MissingWhat::Entries { device, .. } if device == station.device));

    assert!(bench.store.declare_dead(station.device, NOW_MS).await.expect("a store"));
    assert!(!bench.store.declare_dead(Machine.new_id(), NOW_MS).await.expect("a store"), "there is no such station");
    let state = bench.store.recovery().await.expect("a state");
    assert!(state.complete_ms.is_some() && state.missing.iter().all(|one| one.lost), "{state:?}");
    assert!(state.stations.iter().any(|one| one.device == station.device && one.state == Reporting::Dead));
    let lines = bench.store.export(ExportKind::Lost, 0, 10).await.expect("an export").lines;
    assert_eq!(lines.len(), 1);
    bench.store.take(station.device, vec![second], NOW_MS).await.expect("a store");
    let lines = bench.store.export(ExportKind::Lost, 0, 10).await.expect("an export").lines;
    assert_eq!(lines, Vec::<String>::new(), "what comes after all is not lost");
}

/// Central decided something else under the number of a lost row before anybody noticed the loss.
pub(super) async fn what_nobody_hands_in_is_missed_by_what_followed_it(bench: &Bench) {
    let station = TestStation::joined(bench, "galway", "04").await;
    let mut end = Cursor::start(epoch(bench).await);
    loop {
        let page = bench.store.feed(station.site.id, Some(end), 5_000, NOW_MS).await.expect("our own history");
        end = page.next;
        if !page.more {
            break;
        }
    }
    let mut lost = Lost { epoch: end.epoch, next: end.number, ..lost(bench).await };
    let unseen = lost.row(NOW_MS, &FeedBody::Product(bench.demo.products[0].clone()));
    let mut followed = lost.row(NOW_MS, &FeedBody::Product(bench.demo.products[1].clone()));
    followed.previous = unseen.hash().expect("a row").to_string();
    followed.seal(&lost.key).expect("a row");
    let seen = SeenV1 { cursor: followed.cursor().ok(), ..SeenV1::default() };
    let noticed = bench.store.notice(station.device, seen, Machine.new_id(), NOW_MS).await.expect("a store");
    assert!(noticed.opened.is_some());
    bench.store.take_back(vec![followed], true, NOW_MS).await.expect("a store");
    let missing = bench.store.recovery().await.expect("a state").missing;
    let listed = missing.iter().any(|one| {
        one.what == MissingWhat::Decisions { epoch: end.epoch } && (one.first..=one.last).contains(&end.number)
    });
    assert!(listed, "the row that nobody hands in is missing: {missing:?}");
}

pub(super) async fn decisions_come_back_in_any_order(bench: &Bench) {
    let mut lost = lost(bench).await;
    let like = &bench.demo.products[0];
    let product = |sku: &str| ProductV1 { id: Machine.new_id(), sku: sku.into(), gtins: Vec::new(), ..like.clone() };
    let price = |of: &ProductV1, minor| {
        let (valid_from, valid_to) = ("2000-01-01".to_owned(), "9999-12-31".to_owned());
        FeedBody::Price(PriceV1 { product: of.id, amount_minor: Some(minor), valid_from, valid_to })
    };
    let (one, other) = (product("BACK-1"), product("BACK-2"));
    let mut rows = vec![
        lost.row(NOW_MS + 1, &FeedBody::Product(one.clone())),
        lost.row(NOW_MS + 1, &FeedBody::Product(other.clone())),
        lost.row(NOW_MS + 2, &price(&one, 100)),
        lost.row(NOW_MS + 3, &price(&one, 200)),
        lost.row(NOW_MS + 3, &price(&other, 300)),
    ];
    let last = lost.row(NOW_MS + 4, &price(&other, 400));
    rows.insert(0, last);
    // A product under a number that another one was given since keeps it; the other one gives way.
    let twin = product(&like.sku);
    rows.push(lost.row(NOW_MS - 1_000, &FeedBody::Product(twin.clone())));
    let device = DeviceV1 {
        id: Machine.new_id(),
        site: bench.demo.sites[0].id,
        till: "04".into(),
        app: "suite".into(),
        enrolled_ms: NOW_MS,
        generations: vec![GenerationV1 {
            generation: Machine.new_id(),
            short: "2K7".into(),
            public_key: "ab".repeat(32),
            known_ms: NOW_MS,
        }],
        revision: 1,
        revoked: None,
    };
    let more = GenerationV1 { generation: Machine.new_id(), ..device.generations[0].clone() };
    let later = DeviceV1 { generations: vec![device.generations[0].clone(), more.clone()], ..device.clone() };
    rows.push(lost.row(NOW_MS + 9, &FeedBody::Device(later)));
    rows.push(lost.row(NOW_MS + 8, &FeedBody::Device(device.clone())));

    let count = u64::try_from(rows.len()).expect("few");
    let taken = bench.store.take_back(rows.clone(), true, NOW_MS).await.expect("a store");
    assert_eq!((taken.taken, taken.remarks.len()), (count, 1), "{:?}", taken.remarks);
    rows.reverse();
    let taken = bench.store.take_back(rows, true, NOW_MS).await.expect("a store");
    assert_eq!(taken.taken, 0, "twice is once");

    let products = bench.store.export(ExportKind::Products, 0, 100_000).await.expect("an export").lines;
    let of = |id: Uuid| -> serde_json::Value {
        let line = products.iter().find(|line| line.contains(&format!("\"id\":\"{id}\""))).expect("the product");
        serde_json::from_str(line).expect("JSON")
    };
    assert_eq!(of(one.id)["prices"][0]["amount_minor"], 200, "the last decision holds");
    assert_eq!(of(other.id)["prices"][0]["amount_minor"], 400, "also when it comes first");
    assert_eq!(of(twin.id)["sku"], like.sku.as_str(), "who was first keeps the number");
    assert_eq!(of(like.id)["active"], false, "and the other is out of sale");
    for generation in [device.generations[0].generation, more.generation] {
        let known = bench.store.generation(generation).await.expect("a store");
        assert_eq!(known.map(|known| known.device), Some(device.id), "no key is forgotten");
    }
    assert!(bench.store.checkpoint(NOW_MS).await.expect("a checkpoint"));
    assert!(!bench.store.checkpoint(NOW_MS).await.expect("no checkpoint"), "nothing changed since");
}
