//! Promises: set aside once, kept by sales, broken with a cause, lent to stations, and never lost.

use std::sync::Arc;

use selvedge_protocol::demo::DemoCompany;
use selvedge_protocol::journal::{AllotmentReturnedV1, Fact, HandedLineV1, MadeLineV1, PromiseEndedV1, PromiseMadeV1};
use selvedge_protocol::v1::{
    AllotmentV1, ChannelV1, Cursor, FeedBody, FeedRow, ProductV1, PromiseLineV1, PromiseRequest, PromiseV1, SiteV1,
    problem,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Bench, NOW_MS, TestStation};
use crate::store::{
    Allotted, Change, Changed, ExportKind, Lent, LookUp, NewAllotment, NewPromise, Passed, ProductPut, PromisesAsked,
    Put, Reserved, Standing, Store, Told,
};
use crate::surroundings::{Machine, Surroundings};

const MINUTE_MS: i64 = 60_000;

/// A product that nobody has but a site's sales floor.
async fn stocked(store: &dyn Store, demo: &DemoCompany, site: &SiteV1, pieces: i64) -> ProductV1 {
    let id = Machine.new_id();
    let product = ProductV1 { id, sku: format!("P-{id}"), gtins: Vec::new(), ..demo.products[0].clone() };
    let stock = Put {
        place: Some(site.locations[0].id),
        figure: pieces * 1000,
        from_day: String::new(),
        day_before: String::new(),
    };
    let put = ProductPut { product: product.clone(), price: None, stock: Some(stock) };
    store.put_products(vec![put], false, NOW_MS).await.expect("a store");
    product
}

/// A web shop's request.
fn asks(site: &SiteV1, key: &str, lines: &[(&ProductV1, i64)]) -> NewPromise {
    let line = |(product, pieces): &(&ProductV1, i64)| PromiseLineV1 {
        product: product.id,
        quantity_thousandths: pieces * 1000,
        allotment: None,
    };
    NewPromise {
        channel: ChannelV1 { kind: "shop".to_owned(), who: "web".to_owned() },
        key: key.to_owned(),
        request: PromiseRequest {
            site: site.id,
            kind: "reservation".to_owned(),
            lines: lines.iter().map(line).collect(),
            reference: key.to_owned(),
            expires_in_s: Some(600),
            due_ms: None,
        },
    }
}

async fn promised(store: &dyn Store, new: NewPromise, now_ms: i64) -> PromiseV1 {
    let done = store.reserve(new, now_ms).await.expect("a store");
    let Reserved::Promised(told) = done else { panic!("there is enough: {done:?}") };
    told.promise
}

async fn stands(store: &dyn Store, id: Uuid) -> PromiseV1 {
    store.promise(id).await.expect("a store").expect("it is there").promise
}

async fn changed(store: &dyn Store, id: Uuid, change: Change, now_ms: i64) -> Changed {
    store.change_promise(id, change, now_ms).await.expect("a store")
}

/// On hand, promised and lent at a site, in pieces.
async fn figures(store: &dyn Store, product: &ProductV1, site: &SiteV1) -> (i64, i64, i64) {
    let all = store.standings(vec![product.id]).await.expect("a store");
    assert!(all.iter().all(|one| !one.name.is_empty()), "each site is called by its name: {all:?}");
    let pieces = |one: &Standing| (one.on_hand / 1000, one.promised / 1000, one.lent / 1000);
    all.iter().find(|one| one.site == site.id).map(pieces).unwrap_or_default()
}

async fn shortfalls(store: &dyn Store, product: &ProductV1) -> Vec<(i64, String)> {
    let lines = store.export(ExportKind::Shortfalls, 0, 1_000).await.expect("an export").lines;
    let read = |line: &String| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    let of = lines.iter().map(read).filter(|line| line["product"] == product.id.to_string());
    of.map(|line| {
        (
            line["quantity_thousandths"].as_i64().expect("a number") / 1000,
            line["cause"].as_str().expect("a word").into(),
        )
    })
    .collect()
}

pub(super) async fn stock_is_set_aside_once_and_whole(bench: &Bench) {
    let (store, galway) = (&*bench.store, bench.demo.site("galway").expect("Galway"));
    let tee = stocked(store, &bench.demo, galway, 5).await;
    let cap = stocked(store, &bench.demo, galway, 1).await;
    let asked = asks(galway, "basket-1", &[(&tee, 2), (&cap, 1)]);
    let Reserved::Promised(told) = store.reserve(asked.clone(), NOW_MS).await.expect("a store") else {
        panic!("there is enough")
    };
    let key = store.central().await.expect("a store").expect("set up").key().public();
    told.row.verify(&key).expect("central signs what it promises");
    assert_eq!((told.promise.state.as_str(), told.promise.expires_ms), ("reserved", Some(NOW_MS + 10 * MINUTE_MS)));
    let again = store.reserve(asked.clone(), NOW_MS + MINUTE_MS).await.expect("a store");
    assert_eq!(again, Reserved::Again(told.clone()), "the same key and request are the same promise");
    let other = asks(galway, "basket-1", &[(&tee, 1)]);
    assert_eq!(store.reserve(other, NOW_MS).await.expect("a store"), Reserved::OtherRequest);
    let sold_out = store.reserve(asks(galway, "basket-2", &[(&tee, 1), (&cap, 1)]), NOW_MS).await.expect("a store");
    assert!(matches!(&sold_out, Reserved::SoldOut(lacks) if lacks.len() == 1), "{sold_out:?}");
    assert_eq!(figures(store, &tee, galway).await, (5, 2, 0), "all lines or none");
    let nowhere = SiteV1 { id: Machine.new_id(), ..galway.clone() };
    assert_eq!(store.reserve(asks(&nowhere, "x", &[(&tee, 1)]), NOW_MS).await.expect("a store"), Reserved::UnknownSite);
    let nothing = ProductV1 { id: Machine.new_id(), ..tee.clone() };
    let unknown = store.reserve(asks(galway, "y", &[(&nothing, 1)]), NOW_MS).await.expect("a store");
    assert_eq!(unknown, Reserved::UnknownProduct(nothing.id));

    let id = told.promise.id;
    assert_eq!(changed(store, Machine.new_id(), Change::Confirm, NOW_MS).await, Changed::Unknown);
    for _ in 0..2 {
        let Changed::Done(told) = changed(store, id, Change::Confirm, NOW_MS).await else { panic!("in time") };
        assert_eq!(told.promise.state, "confirmed");
    }
    assert!(matches!(changed(store, id, Change::Release, NOW_MS).await, Changed::NotNow(_)), "confirmed is cancelled");
    let Changed::Done(told) = changed(store, id, Change::Cancel, NOW_MS).await else { panic!("it can be cancelled") };
    assert_eq!((told.promise.state.as_str(), told.promise.ended_ms), ("cancelled", Some(NOW_MS)));
    assert_eq!((figures(store, &tee, galway).await, figures(store, &cap, galway).await), ((5, 0, 0), (1, 0, 0)));
}

pub(super) async fn products_are_found_and_promises_listed(bench: &Bench) {
    let (store, galway) = (&*bench.store, bench.demo.site("galway").expect("Galway"));
    let known = bench.demo.products.iter().find(|product| !product.gtins.is_empty()).expect("one with a number");
    let gtin = selvedge_domain::Gtin::parse(&known.gtins[0]).expect("a GTIN");
    let looks = vec![
        LookUp::Sku("nobody-has-this".to_owned()),
        LookUp::Gtin(gtin.key()),
        LookUp::Product(known.id),
        LookUp::Gtin(4_006_381_333_931),
        LookUp::Sku(known.sku.clone()),
        LookUp::Sku("zero \0 byte".to_owned()),
    ];
    let found = store.look_up(looks).await.expect("a store");
    let there = Some((known.id, known.sku.clone()));
    assert_eq!(found, [None, there.clone(), there.clone(), None, there, None], "each in its place");
    let tee = stocked(store, &bench.demo, galway, 3).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(promised(store, asks(galway, &format!("list {number}"), &[(&tee, 1)]), NOW_MS).await.id);
    }
    let first = store.export(ExportKind::Promises, 0, 2).await.expect("an export");
    let rest = store.export(ExportKind::Promises, first.next.expect("more"), 2).await.expect("an export");
    let id = |line: &String| serde_json::from_str::<PromiseV1>(line).expect("a promise").id;
    assert_eq!(first.lines.iter().chain(&rest.lines).map(id).collect::<Vec<_>>(), ids, "a line a promise");
    let late = PromisesAsked { due_before_ms: Some(NOW_MS + MINUTE_MS), limit: 10, ..PromisesAsked::default() };
    assert!(store.promises(late).await.expect("a store").promises.is_empty(), "nobody expects them yet");
    let others = ChannelV1 { kind: "shop".to_owned(), who: "another \0".to_owned() };
    let others = PromisesAsked { channel: Some(others), limit: 10, ..PromisesAsked::default() };
    assert!(store.promises(others).await.expect("a store").promises.is_empty(), "and another client has none");
}

pub(super) async fn what_cannot_be_said_of_a_promise_is_held(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let (store, galway) = (&*bench.store, &station.site.clone());
    let tee = stocked(store, &bench.demo, galway, 3).await;
    let of = |pieces: i64, kind: &str| {
        let line = MadeLineV1 {
            line: Machine.new_id(),
            product: tee.id,
            quantity_thousandths: pieces * 1000,
            allotment: Machine.new_id(),
        };
        Fact::PromiseMade(PromiseMadeV1 {
            promise: Machine.new_id(),
            promise_kind: kind.to_owned(),
            reference: String::new(),
            customer: None,
            lines: vec![line],
            until_ms: None,
        })
    };
    let back = AllotmentReturnedV1 { allotment: Machine.new_id(), used_thousandths: -1, returned_thousandths: 0 };
    let odd = [of(-1, "hold"), of(1, "wish"), Fact::AllotmentReturned(back)];
    let entries: Vec<_> = odd.into_iter().map(|fact| station.writes(fact)).collect();
    let taken = store.take(station.device, entries, NOW_MS).await.expect("a store");
    let codes: Vec<&str> = taken.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [problem::IMPOSSIBLE_NUMBER, problem::UNREADABLE, problem::IMPOSSIBLE_NUMBER], "kept, and held");
    assert_eq!(figures(store, &tee, galway).await, (3, 0, 0), "until a manager says so");

    // What a customer was told counts although nobody here knows the allotment: it was said.
    let bare = station.writes(of(4, "order"));
    let taken = store.take(station.device, vec![bare], NOW_MS).await.expect("a store");
    assert!(taken.problems.is_empty() && taken.decided, "{:?}", taken.problems);
    assert_eq!(shortfalls(store, &tee).await, [(1, "restore".to_owned())], "four of three: recorded, and broken");
    assert_eq!(figures(store, &tee, galway).await, (3, 0, 0));
}

pub(super) async fn what_nobody_confirms_ends_once(bench: &Bench) {
    let (store, galway) = (&*bench.store, bench.demo.site("galway").expect("Galway"));
    let tee = stocked(store, &bench.demo, galway, 3).await;
    let one = promised(store, asks(galway, "a", &[(&tee, 1)]), NOW_MS).await;
    let two = promised(store, asks(galway, "b", &[(&tee, 1)]), NOW_MS).await;
    changed(store, two.id, Change::Confirm, NOW_MS).await;
    assert_eq!(store.pass_promises(NOW_MS + 9 * MINUTE_MS).await.expect("a store"), Passed::default(), "not yet");
    let late = NOW_MS + 10 * MINUTE_MS;
    assert!(matches!(changed(store, one.id, Change::Confirm, late).await, Changed::NotNow(_)), "its time is over");
    assert_eq!(store.pass_promises(late).await.expect("a store"), Passed { expired: 1, broken: 0 });
    assert_eq!(store.pass_promises(late).await.expect("a store"), Passed::default(), "twice is once");
    assert_eq!(stands(store, one.id).await.state, "expired");
    assert_eq!(
        (stands(store, two.id).await.state.as_str(), figures(store, &tee, galway).await),
        ("confirmed", (3, 1, 0))
    );
    let asked = PromisesAsked { site: Some(galway.id), limit: 1, ..PromisesAsked::default() };
    let first = store.promises(asked.clone()).await.expect("a store");
    assert_eq!((first.promises.len(), first.promises[0].id), (1, one.id));
    let second = store.promises(PromisesAsked { after: first.next.expect("more"), ..asked.clone() }).await;
    assert_eq!(second.expect("a store").promises[0].id, two.id);
    let expired = PromisesAsked { state: Some("expired".into()), limit: 10, ..asked };
    assert_eq!(store.promises(expired).await.expect("a store").promises.len(), 1);
}

pub(super) async fn a_sale_fulfils_a_promise_once(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let (store, galway) = (&*bench.store, &station.site.clone());
    let tee = stocked(store, &bench.demo, galway, 3).await;
    let promise = promised(store, asks(galway, "a", &[(&tee, 2)]), NOW_MS).await;
    changed(store, promise.id, Change::Confirm, NOW_MS).await;
    let first = station.sells_for(&tee, 1, Some(promise.id));
    for _ in 0..2 {
        store.take(station.device, vec![first.clone()], NOW_MS).await.expect("a store");
    }
    assert_eq!(
        (stands(store, promise.id).await.state.as_str(), figures(store, &tee, galway).await),
        ("confirmed", (2, 1, 0))
    );
    let handed = Fact::PromiseEnded(PromiseEndedV1 {
        promise: promise.id,
        how: "fulfilled".into(),
        location: Some(galway.locations[0].id),
        lines: vec![HandedLineV1 { line: Machine.new_id(), product: tee.id, quantity_thousandths: 1000, lot: None }],
        reason: String::new(),
    });
    let second = station.writes(handed);
    store.take(station.device, vec![second], NOW_MS).await.expect("a store");
    assert_eq!(
        (stands(store, promise.id).await.state.as_str(), figures(store, &tee, galway).await),
        ("fulfilled", (1, 0, 0))
    );
    assert!(shortfalls(store, &tee).await.is_empty(), "what is kept breaks nothing");
    assert!(
        matches!(changed(store, promise.id, Change::Cancel, NOW_MS).await, Changed::NotNow(_)),
        "the customer has it"
    );
}

pub(super) async fn a_hand_sale_without_cover_breaks_the_youngest(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let (store, galway) = (&*bench.store, &station.site.clone());
    let tee = stocked(store, &bench.demo, galway, 3).await;
    let old = promised(store, asks(galway, "old", &[(&tee, 1)]), NOW_MS).await;
    let young = promised(store, asks(galway, "young", &[(&tee, 1)]), NOW_MS + 1).await;
    let covered = station.sells(&tee, 1);
    store.take(station.device, vec![covered], NOW_MS + 2).await.expect("a store");
    assert_eq!(figures(store, &tee, galway).await, (2, 2, 0), "there was cover");
    let bare = station.sells(&tee, 1);
    let fact = selvedge_protocol::journal::Body::decode(&bare.body).expect("a body").id;
    let taken = store.take(station.device, vec![bare.clone()], NOW_MS + 3).await.expect("a store");
    assert!(taken.problems.is_empty() && taken.decided, "what is in the customer's hand is sold");
    store.take(station.device, vec![bare], NOW_MS + 4).await.expect("a store");
    let broken = stands(store, young.id).await;
    let cause = broken.cause.expect("a cause");
    assert_eq!((broken.state.as_str(), cause.kind.as_str(), cause.fact), ("broken", "hand-sale", Some(fact)));
    assert_eq!(stands(store, old.id).await.state, "reserved");
    assert_eq!(shortfalls(store, &tee).await, [(1, "hand-sale".to_owned())], "recorded once, exactly");
    assert_eq!(figures(store, &tee, galway).await, (1, 1, 0));
    assert_eq!(store.pass_promises(NOW_MS + 5).await.expect("a store"), Passed::default(), "nothing is left to settle");
}

async fn lent(store: &dyn Store, station: &TestStation, product: &ProductV1) -> Allotted {
    let new =
        NewAllotment { id: Machine.new_id(), device: station.device, product: product.id, ttl_ms: 24 * 60 * MINUTE_MS };
    store.allot(new, NOW_MS).await.expect("a store")
}

fn made(lent: &AllotmentV1, pieces: i64) -> PromiseMadeV1 {
    let line = MadeLineV1 {
        line: Machine.new_id(),
        product: lent.product,
        quantity_thousandths: pieces * 1000,
        allotment: lent.id,
    };
    PromiseMadeV1 {
        promise: Machine.new_id(),
        promise_kind: "order".into(),
        reference: String::new(),
        customer: None,
        lines: vec![line],
        until_ms: None,
    }
}

pub(super) async fn a_station_promises_from_what_it_was_lent(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let (store, galway) = (&*bench.store, &station.site.clone());
    let tee = stocked(store, &bench.demo, galway, 100).await;
    assert_eq!(lent(store, &station, &tee).await, Allotted::Unasked, "nobody asks for it");
    let sales: Vec<_> = (0..70).map(|_| station.sells(&tee, 1)).collect();
    store.take(station.device, sales, NOW_MS).await.expect("a store");
    let Allotted::Lent(lent_now) = lent(store, &station, &tee).await else { panic!("ten a day are asked for") };
    let Lent { allotment, row } = *lent_now;
    assert_eq!(row.read().expect("a row"), FeedBody::Allotment(allotment.clone()), "the decision is in the answer");
    let pieces = allotment.quantity_thousandths / 1000;
    assert!((3..=7).contains(&pieces), "a day's demand, at most a share of the 30: {pieces}");
    assert_eq!(figures(store, &tee, galway).await, (30, 0, pieces));
    let stranger = NewAllotment { id: Machine.new_id(), device: Machine.new_id(), product: tee.id, ttl_ms: 1 };
    assert_eq!(store.allot(stranger, NOW_MS).await.expect("a store"), Allotted::Unknown);
    let again = |device| NewAllotment { id: allotment.id, device, product: tee.id, ttl_ms: 1 };
    let same = store.allot_all(vec![again(station.device), again(station.device)], NOW_MS).await.expect("a store");
    let [Allotted::Lent(one), Allotted::Lent(other)] = &*same else { panic!("the same id is the same: {same:?}") };
    assert_eq!((&one.allotment, one), (&allotment, other), "and nothing more is lent");
    // One may come in the place of another; nobody hoards.
    let next = |number: u128| NewAllotment {
        id: Uuid::from_u128(number),
        ttl_ms: 24 * 60 * MINUTE_MS,
        ..again(station.device)
    };
    let more = store.allot_all(vec![next(1), next(2)], NOW_MS).await.expect("a store");
    let [Allotted::Lent(renewed), Allotted::Held] = &*more else { panic!("a second one, and no third: {more:?}") };
    let back = renewed.allotment.quantity_thousandths;
    let back = AllotmentReturnedV1 { allotment: renewed.allotment.id, used_thousandths: 0, returned_thousandths: back };
    let back = station.writes(Fact::AllotmentReturned(back));
    store.take(station.device, vec![back], NOW_MS).await.expect("a store");
    assert_eq!(figures(store, &tee, galway).await, (30, 0, pieces), "what is given back is free");
    let neighbour = TestStation::joined(bench, "galway", "03").await;
    assert_eq!(store.allot(again(neighbour.device), NOW_MS).await.expect("a store"), Allotted::Taken);

    let first = made(&allotment, 2);
    let told = station.writes(Fact::PromiseMade(first.clone()));
    let back = AllotmentReturnedV1 { allotment: allotment.id, used_thousandths: 2000, returned_thousandths: 1000 };
    let back = station.writes(Fact::AllotmentReturned(back));
    for _ in 0..2 {
        let taken = store.take(station.device, vec![told.clone(), back.clone()], NOW_MS).await.expect("a store");
        assert!(taken.problems.is_empty(), "{:?}", taken.problems);
    }
    let promise = stands(store, first.promise).await;
    assert_eq!((promise.state.as_str(), promise.channel.kind.as_str()), ("confirmed", "device"));
    assert_eq!(figures(store, &tee, galway).await, (30, 2, pieces - 3), "used, returned, lent: nothing twice");
    assert!(shortfalls(store, &tee).await.is_empty());

    assert!(store.declare_dead(station.device, NOW_MS).await.expect("a store"));
    assert_eq!(figures(store, &tee, galway).await, (30, 2, 0), "what a dead holder has is given up");
    let rest = asks(galway, "rest", &[(&tee, 28)]);
    let rest = promised(store, rest, NOW_MS + 1).await;
    let after_all = station.writes(Fact::PromiseMade(made(&allotment, 1)));
    store.take(station.device, vec![after_all], NOW_MS + 2).await.expect("a store");
    assert_eq!(shortfalls(store, &tee).await, [(1, "dead-holder".to_owned())], "promised twice, by so much");
    assert_eq!(stands(store, rest.id).await.state, "broken", "the youngest");
}

/// All rows of the feed that a site's stations have.
pub(super) async fn rows_of(store: &dyn Store, site: Uuid) -> Vec<FeedRow> {
    let epoch = store.recovery().await.expect("a state").epoch;
    let (mut rows, mut cursor) = (Vec::new(), Cursor::start(epoch));
    loop {
        let page = store.feed(site, Some(cursor), 1_000, NOW_MS).await.expect("a page");
        rows.extend(page.rows);
        cursor = page.next;
        if !page.more {
            return rows;
        }
    }
}

async fn all_promises(store: &dyn Store) -> Vec<PromiseV1> {
    let asked = PromisesAsked { limit: 1_000, ..PromisesAsked::default() };
    let mut all = store.promises(asked).await.expect("a store").promises;
    all.sort_by_key(|promise| promise.id);
    all
}

/// A central that has nothing of what was decided gets its promises back from a station, in any order, twice, before or
/// after the journal; and what no station had, from the client that was told.
pub(super) async fn no_promise_is_lost_by_a_restore(bench: &Bench, restored: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let (store, galway) = (&*bench.store, &station.site.clone());
    let tee = stocked(store, &bench.demo, galway, 100).await;
    let sales: Vec<_> = (0..70).map(|_| station.sells(&tee, 1)).collect();
    let mut journal = sales.clone();
    store.take(station.device, sales, NOW_MS).await.expect("a store");
    let Allotted::Lent(lent) = lent(store, &station, &tee).await else { panic!("ten a day are asked for") };
    let allotment = lent.allotment;
    let ids: Vec<Uuid> = {
        let mut ids = Vec::new();
        for number in 0..6 {
            ids.push(promised(store, asks(galway, &format!("key {number}"), &[(&tee, 2)]), NOW_MS + number).await.id);
        }
        ids
    };
    changed(store, ids[1], Change::Confirm, NOW_MS).await;
    changed(store, ids[2], Change::Confirm, NOW_MS).await;
    changed(store, ids[3], Change::Cancel, NOW_MS).await;
    let more = [
        station.sells_for(&tee, 2, Some(ids[2])),
        station.writes(Fact::PromiseMade(made(&allotment, 2))),
        station.sells_for(&tee, 1, Some(ids[1])),
    ];
    store.take(station.device, more.to_vec(), NOW_MS).await.expect("a store");
    journal.extend(more);
    let (before, stood) = (all_promises(store).await, figures(store, &tee, galway).await);

    let mut rows = rows_of(store, galway.id).await;
    let unheld = store.promise(ids[0]).await.expect("a store").expect("it is there");
    rows.retain(|row| row.hash() != unheld.row.hash());
    rows.reverse();
    let new = &*restored.store;
    let (early, late) = rows.split_at(rows.len() / 2);
    for part in [early, early, late] {
        new.take_back(part.to_vec(), false, NOW_MS).await.expect("a store");
    }
    let taken = new.take(station.device, journal, NOW_MS).await.expect("a store");
    assert!(taken.problems.is_empty(), "{:?}", taken.problems);
    new.take_back(rows, true, NOW_MS).await.expect("a store");
    assert_eq!(changed(new, ids[0], Change::Confirm, NOW_MS).await, Changed::Unknown, "no station had it");
    new.take_back(vec![unheld.row.clone()], false, NOW_MS).await.expect("a store");
    let Changed::Done(told) = changed(new, ids[0], Change::Confirm, NOW_MS).await else {
        panic!("who was told keeps it")
    };
    let Told { promise, .. } = *told;
    assert_eq!(promise, PromiseV1 { state: "confirmed".into(), ..unheld.promise });
    new.take_back(vec![unheld.row], false, NOW_MS).await.expect("a store");
    let after: Vec<PromiseV1> = all_promises(new).await;
    let expected = before.into_iter().map(|one| if one.id == promise.id { promise.clone() } else { one });
    assert_eq!(after, expected.collect::<Vec<_>>(), "promises are as they were, and the confirmed one stays confirmed");
    assert_eq!(figures(new, &tee, galway).await, stood, "and so is what stands behind them");
    let again = new.reserve(asks(galway, "key 4", &[(&tee, 2)]), NOW_MS).await.expect("a store");
    assert!(matches!(again, Reserved::Again(_)), "a key means what it meant: {again:?}");
    restored.balanced().await;
}

/// Many clients after the last ten pieces, through several stores on one database, again and again: ten are promised each
/// time, the others hear that it is sold out, and nothing else happens.
///
/// # Panics
/// When that is not so.
pub async fn the_last_ten(stores: &[Arc<dyn Store>], demo: &DemoCompany, clients: usize, rounds: usize) {
    let galway = demo.site("galway").expect("Galway");
    let tee = stocked(&*stores[0], demo, galway, 10).await;
    for round in 0..rounds {
        let mut asking = JoinSet::new();
        for client in 0..clients {
            let store = Arc::clone(&stores[client % stores.len()]);
            let asked = asks(galway, &format!("{round} {client}"), &[(&tee, 1)]);
            asking.spawn(async move { store.reserve(asked, NOW_MS).await });
        }
        let mut got = Vec::new();
        for answer in asking.join_all().await {
            let answer = answer.expect("no error but sold out");
            if let Reserved::Promised(told) = &answer {
                got.push(told.promise.id);
            } else {
                assert!(matches!(answer, Reserved::SoldOut(_)), "round {round}: {answer:?}");
            }
        }
        assert_eq!(got.len(), 10.min(clients), "round {round}: each piece is promised once");
        let mut giving = JoinSet::new();
        for (at, id) in got.into_iter().enumerate() {
            let store = Arc::clone(&stores[at % stores.len()]);
            giving.spawn(async move { store.change_promise(id, Change::Release, NOW_MS).await });
        }
        for done in giving.join_all().await {
            assert!(matches!(done.expect("a store"), Changed::Done(_)), "round {round}");
        }
    }
    assert_eq!(figures(&*stores[0], &tee, galway).await, (10, 0, 0));
}

pub(super) async fn the_last_ten_are_promised_once(bench: &Bench) {
    the_last_ten(&[Arc::clone(&bench.store)], &bench.demo, 40, 10).await;
}
