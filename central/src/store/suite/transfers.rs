//! Transfers: goods between two sites, whose stations are heard in any order.

use selvedge_domain::Quantity;
use selvedge_protocol::journal::{
    Entry, Fact, TransferClosedV1, TransferDifferenceV1, TransferDispatchedV1, TransferLineV1, TransferReceivedV1,
};
use selvedge_protocol::v1::{FeedBody, FeedRow, ProductV1, TransferFactLineV1, TransferRequest, TransferV1, problem};
use uuid::Uuid;

use super::promises::rows_of;
use super::rights::YEAR_2100_MS;
use super::station::on_hand;
use super::{Bench, NOW_MS, TestStation};
use crate::store::{ExportKind, NewTransfer, Store, TransferAsked, TransferCancelled, TransfersAsked, TransfersFound};
use crate::surroundings::{Machine, Surroundings};

/// What one transfer is about: from the warehouse to a shop.
struct Goods<'a> {
    id: Uuid,
    product: &'a ProductV1,
    from: Uuid,
    to: Uuid,
}

impl Goods<'_> {
    fn lines(&self, at: &TestStation, pieces: i64) -> Vec<TransferLineV1> {
        let (line, product, lot) = (Machine.new_id(), self.product.id, None);
        let (location, scanned) = (at.site.locations[0].id, self.product.gtins.first().cloned());
        vec![TransferLineV1 { line, product, quantity_thousandths: pieces * 1000, location, lot, scanned }]
    }

    fn sent(&self, by: &mut TestStation, pieces: i64) -> Entry {
        let (transfer, to_site, lines) = (self.id, self.to, self.lines(by, pieces));
        by.writes(Fact::TransferDispatched(TransferDispatchedV1 { transfer, to_site, lines, note: String::new() }))
    }

    fn came(&self, to: &mut TestStation, pieces: i64, complete: bool) -> Entry {
        let (transfer, from_site, to_site) = (self.id, Some(self.from), self.to);
        let (lines, reason) = (self.lines(to, pieces), String::new());
        let came = TransferReceivedV1 { transfer, from_site, to_site, lines, complete, reason };
        to.writes(Fact::TransferReceived(came))
    }

    fn closed(&self, at: &mut TestStation, pieces: i64) -> Entry {
        let (line, quantity_thousandths) = (Machine.new_id(), pieces * 1000);
        let lines = vec![TransferDifferenceV1 { line, product: self.product.id, quantity_thousandths, lot: None }];
        let (transfer, from_site, to_site) = (self.id, None, self.to);
        let reason = "fell off the lorry".to_owned();
        at.writes(Fact::TransferClosed(TransferClosedV1 { transfer, from_site, to_site, lines, reason }))
    }

    fn asks(&self, pieces: i64) -> TransferRequest {
        let line = TransferFactLineV1 { product: self.product.id, quantity_thousandths: pieces * 1000 };
        let note = "for Saturday".to_owned();
        TransferRequest { id: self.id, from: self.from, to: self.to, lines: vec![line], person: None, note }
    }
}

struct Pair {
    warehouse: TestStation,
    shop: TestStation,
}

impl Pair {
    async fn of(bench: &Bench) -> Pair {
        let mut warehouse = TestStation::joined(bench, "athlone", "W1").await;
        let works_there = |one: &&selvedge_protocol::demo::DemoPerson| {
            one.person.role == "picker" && one.sites.contains(&warehouse.site.id)
        };
        warehouse.person = bench.demo.people.iter().find(works_there).map(|one| one.person.id);
        assert!(warehouse.person.is_some(), "the demo has a picker");
        Pair { warehouse, shop: TestStation::joined(bench, "galway", "04").await }
    }

    fn goods<'a>(&self, product: &'a ProductV1) -> Goods<'a> {
        Goods { id: Machine.new_id(), product, from: self.warehouse.site.id, to: self.shop.site.id }
    }

    async fn stock(&self, store: &dyn Store, product: &ProductV1) -> (i64, i64) {
        let there = on_hand(store, &self.warehouse, product.id, 0).await;
        (there, on_hand(store, &self.shop, product.id, 0).await)
    }
}

async fn hears(store: &dyn Store, station: &TestStation, entry: &Entry) {
    let taken = store.take(station.device, vec![entry.clone()], NOW_MS).await.expect("a store");
    assert!(taken.problems.is_empty(), "a fact is applied: {:?}", taken.problems);
}

async fn stands(store: &dyn Store, id: Uuid) -> TransferV1 {
    store.transfer(id).await.expect("a store").expect("it is known")
}

/// What a site's stations hear of a transfer.
async fn told_at(store: &dyn Store, site: Uuid, id: Uuid) -> Vec<TransferV1> {
    let read = |row: FeedRow| match row.read() {
        Ok(FeedBody::Transfer(transfer)) if transfer.id == id => Some(transfer),
        Ok(_) | Err(_) => None,
    };
    rows_of(store, site).await.into_iter().filter_map(read).collect()
}

async fn listed(store: &dyn Store, site: Option<Uuid>, state: Option<&str>) -> Vec<Uuid> {
    let asked = TransfersAsked { site, state: state.map(str::to_owned), after: 0, limit: 100 };
    let TransfersFound { transfers, next } = store.transfers(asked).await.expect("a store");
    assert_eq!(next, None);
    transfers.into_iter().map(|transfer| transfer.id).collect()
}

pub(super) async fn a_site_asks_once_and_may_change_its_mind(bench: &Bench) {
    let (store, pair) = (&*bench.store, Pair::of(bench).await);
    let goods = pair.goods(&bench.demo.products[0]);
    let new = |request| NewTransfer { device: Some(pair.shop.device), request };
    let asked = store.ask_transfer(new(goods.asks(5)), NOW_MS).await.expect("a store");
    let TransferAsked::Asked(first) = asked else { panic!("it is new: {asked:?}") };
    assert_eq!((first.state.as_str(), first.from, first.to), ("requested", Some(goods.from), goods.to));
    let again = store.ask_transfer(new(goods.asks(5)), NOW_MS + 1_000).await.expect("a store");
    assert_eq!(again, TransferAsked::Again(first.clone()), "the same id and request are the same transfer");
    let other = store.ask_transfer(new(goods.asks(6)), NOW_MS).await.expect("a store");
    assert_eq!(other, TransferAsked::Taken);
    for site in [goods.from, goods.to] {
        assert_eq!(told_at(store, site, goods.id).await, [(*first).clone()], "a row for each of its sites");
    }
    let cork = bench.demo.site("cork").expect("Cork").id;
    assert!(told_at(store, cork, goods.id).await.is_empty(), "it is no business of others");

    let nowhere = TransferRequest { id: Machine.new_id(), from: Machine.new_id(), ..goods.asks(1) };
    let from = nowhere.from;
    assert_eq!(store.ask_transfer(new(nowhere), NOW_MS).await.expect("a store"), TransferAsked::UnknownSite(from));
    let mut nothing = TransferRequest { id: Machine.new_id(), ..goods.asks(1) };
    nothing.lines[0].product = goods.id;
    let unknown = store.ask_transfer(new(nothing), NOW_MS).await.expect("a store");
    assert_eq!(unknown, TransferAsked::UnknownProduct(goods.id));

    let cancel = async |id, at| store.cancel_transfer(id, at).await.expect("a store");
    assert_eq!(cancel(Machine.new_id(), NOW_MS).await, TransferCancelled::Unknown);
    let TransferCancelled::Done(done) = cancel(goods.id, NOW_MS + 1).await else { panic!("nothing was sent") };
    assert_eq!((done.state.as_str(), done.cancelled_ms), ("cancelled", Some(NOW_MS + 1)));
    assert_eq!(cancel(goods.id, NOW_MS + 9).await, TransferCancelled::Done(done.clone()), "twice is once");
    assert_eq!(told_at(store, goods.from, goods.id).await, [*done]);
}

pub(super) async fn goods_are_in_transit_until_they_are_there(bench: &Bench) {
    let (store, mut pair) = (&*bench.store, Pair::of(bench).await);
    let product = &bench.demo.products[0];
    let goods = pair.goods(product);
    let (there, here) = pair.stock(store, product).await;
    let new = NewTransfer { device: Some(pair.shop.device), request: goods.asks(5) };
    store.ask_transfer(new, NOW_MS).await.expect("a store");
    let sent = goods.sent(&mut pair.warehouse, 4);
    hears(store, &pair.warehouse, &sent).await;
    assert_eq!(stands(store, goods.id).await.state, "on-the-way");
    assert_eq!(pair.stock(store, product).await, (there - 4_000, here), "they left, and are not there");
    let sent_already = store.cancel_transfer(goods.id, NOW_MS).await.expect("a store");
    assert!(matches!(sent_already, TransferCancelled::AlreadySent(_)), "{sent_already:?}");

    let came = goods.came(&mut pair.shop, 3, true);
    hears(store, &pair.shop, &came).await;
    let differs = stands(store, goods.id).await;
    assert_eq!(differs.state, "differing", "one is missing");
    assert_eq!(pair.stock(store, product).await, (there - 4_000, here + 3_000));
    for site in [goods.from, goods.to] {
        assert_eq!(told_at(store, site, goods.id).await, vec![differs.clone()], "both sites hear it");
    }
    assert_eq!(listed(store, Some(goods.to), Some("differing")).await, [goods.id]);

    // After she was made a cashier, whatever the day of the test.
    pair.shop.clock_ms = YEAR_2100_MS;
    let closed = goods.closed(&mut pair.shop, 1);
    hears(store, &pair.shop, &closed).await;
    hears(store, &pair.shop, &closed).await;
    let closed = stands(store, goods.id).await;
    assert_eq!((closed.state.as_str(), closed.facts.len()), ("closed", 3));
    assert_eq!(pair.stock(store, product).await, (there - 4_000, here + 3_000), "what is written off is nowhere");
    let cork = bench.demo.site("cork").expect("Cork").id;
    assert_eq!(listed(store, Some(goods.from), None).await, [goods.id]);
    assert_eq!(listed(store, None, Some("closed")).await, [goods.id]);
    assert!(listed(store, Some(cork), None).await.is_empty());
    let lines = store.export(ExportKind::Transfers, 0, 10).await.expect("an export").lines;
    let lines: Vec<TransferV1> = lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines, [closed], "a line a transfer");
    let doubts = store.export(ExportKind::Audit, 0, 10).await.expect("an export").lines;
    assert_eq!(doubts.len(), 1, "a cashier may receive, and not write off: {doubts:?}");
}

/// Every order in which what two stations say can arrive, each entry twice: the same state and the same stock.
pub(super) async fn any_order_of_arrival_is_the_same(bench: &Bench) {
    let (store, mut pair) = (&*bench.store, Pair::of(bench).await);
    let product = &bench.demo.products[0];
    // Each station's own entries come in their order: w and s of two entries each.
    for order in ["wwss", "wsws", "wssw", "ssww", "swsw", "swws"] {
        let goods = pair.goods(product);
        let (there, here) = pair.stock(store, product).await;
        let mut sent = vec![goods.sent(&mut pair.warehouse, 3), goods.sent(&mut pair.warehouse, 2)].into_iter();
        let mut came = vec![goods.came(&mut pair.shop, 4, false), goods.came(&mut pair.shop, 1, true)].into_iter();
        for (number, who) in order.chars().enumerate() {
            let (station, entries) = if who == 'w' { (&pair.warehouse, &mut sent) } else { (&pair.shop, &mut came) };
            let entry = entries.next().expect("two of each");
            hears(store, station, &entry).await;
            hears(store, station, &entry).await;
            if number == 0 && who == 's' {
                assert_eq!(stands(store, goods.id).await.state, "unannounced", "{order}: here, and nobody sent it yet");
            }
        }
        let transfer = stands(store, goods.id).await;
        assert_eq!((transfer.state.as_str(), transfer.facts.len()), ("received", 4), "{order}");
        assert_eq!((transfer.from, transfer.to), (Some(goods.from), goods.to), "{order}");
        assert_eq!(pair.stock(store, product).await, (there - 5_000, here + 5_000), "{order}");
    }
}

/// What cannot be is held, and says nothing of a transfer until it is released.
pub(super) async fn what_cannot_be_moved_is_held(bench: &Bench) {
    let (store, mut pair) = (&*bench.store, Pair::of(bench).await);
    let stranger = ProductV1 { id: Machine.new_id(), gtins: Vec::new(), ..bench.demo.products[0].clone() };
    let too_much = Quantity::LIMIT_THOUSANDTHS / 1000 + 1;
    let (unknown, odd) = (pair.goods(&stranger), pair.goods(&bench.demo.products[0]));
    let entries = vec![
        unknown.sent(&mut pair.warehouse, 1),
        odd.sent(&mut pair.warehouse, -1),
        odd.sent(&mut pair.warehouse, too_much),
    ];
    let taken = store.take(pair.warehouse.device, entries, NOW_MS).await.expect("a store");
    let codes: Vec<&str> = taken.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [problem::UNKNOWN_PRODUCT, problem::IMPOSSIBLE_NUMBER, problem::IMPOSSIBLE_NUMBER]);
    assert!(taken.problems.iter().all(|problem| problem.kept), "a fact is never refused");
    assert!(listed(store, None, None).await.is_empty());
    let put = crate::store::ProductPut {
        product: ProductV1 { sku: "NEW".into(), ..stranger.clone() },
        price: None,
        stock: None,
    };
    store.put_products(vec![put], false, NOW_MS).await.expect("a store");
    store.release(NOW_MS).await.expect("a store");
    assert_eq!(stands(store, unknown.id).await.state, "on-the-way", "what is released is heard");
}

/// A central that lost everything has its transfers back from the stations of either site, whatever comes first.
pub(super) async fn no_transfer_is_lost_by_a_restore(bench: &Bench, restored: &Bench) {
    let (store, mut pair) = (&*bench.store, Pair::of(bench).await);
    let product = &bench.demo.products[0];
    let [asked, cancelled, differing] = [(); 3].map(|()| pair.goods(product));
    for goods in [&asked, &cancelled, &differing] {
        let new = NewTransfer { device: Some(pair.shop.device), request: goods.asks(2) };
        store.ask_transfer(new, NOW_MS).await.expect("a store");
    }
    store.cancel_transfer(cancelled.id, NOW_MS).await.expect("a store");
    let sent = differing.sent(&mut pair.warehouse, 2);
    let came = differing.came(&mut pair.shop, 1, true);
    hears(store, &pair.warehouse, &sent).await;
    let halfway = rows_of(store, differing.from).await;
    hears(store, &pair.shop, &came).await;
    let before: Vec<TransferV1> = {
        let mut all = Vec::new();
        for id in [asked.id, cancelled.id, differing.id] {
            all.push(stands(store, id).await);
        }
        all
    };
    let stood = pair.stock(store, product).await;

    // The warehouse was offline when the shop received: it has the older view. Its rows come first, its journal last.
    let new = &*restored.store;
    let of_transfers =
        |rows: Vec<FeedRow>| rows.into_iter().filter(|row| row.kind == "transfer" || row.kind == "device");
    let old: Vec<FeedRow> = of_transfers(halfway).collect();
    let mut rows: Vec<FeedRow> = of_transfers(rows_of(store, differing.to).await).collect();
    rows.reverse();
    new.take_back(old.clone(), false, NOW_MS).await.expect("a store");
    assert_eq!(stands(new, differing.id).await.state, "on-the-way", "as far as the warehouse knew");
    hears(new, &pair.shop, &came).await;
    new.take_back(rows.clone(), false, NOW_MS).await.expect("a store");
    hears(new, &pair.warehouse, &sent).await;
    new.take_back(old, false, NOW_MS).await.expect("a store");
    let taken = new.take_back(rows, true, NOW_MS).await.expect("a store");
    assert_eq!(taken.taken, 0, "twice is once");
    for one in before {
        assert_eq!(stands(new, one.id).await, one, "as it was");
        for site in [differing.from, differing.to] {
            assert_eq!(told_at(new, site, one.id).await, vec![one.clone()], "and both sites hear it");
        }
    }
    assert_eq!(pair.stock(new, product).await, stood);
    let again = new.ask_transfer(NewTransfer { device: Some(pair.shop.device), request: asked.asks(2) }, NOW_MS + 5);
    let again = again.await.expect("a store");
    assert!(matches!(again, TransferAsked::Again(_)), "an id means what it meant: {again:?}");
}

/// All stations hear what the places are called, once.
pub(super) async fn places_are_told_once(bench: &Bench) {
    let store = &*bench.store;
    let galway = bench.demo.site("galway").expect("Galway").id;
    let told = async || {
        let read = |row: FeedRow| match row.read() {
            Ok(FeedBody::Place(place)) => Some((row.number, place.name)),
            Ok(_) | Err(_) => None,
        };
        rows_of(store, galway).await.into_iter().filter_map(read).collect::<Vec<_>>()
    };
    assert!(told().await.is_empty());
    store.tell_places(NOW_MS).await.expect("a store");
    let first = told().await;
    let names: std::collections::BTreeSet<_> = first.iter().map(|(_, name)| name.clone()).collect();
    assert_eq!(names, bench.demo.sites.iter().map(|site| site.name.clone()).collect(), "of all places");
    store.tell_places(NOW_MS + 1).await.expect("a store");
    assert_eq!(told().await, first, "what was told is not told again");
}
