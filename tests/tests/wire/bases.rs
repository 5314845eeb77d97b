//! Stations that do not keep their journals for ever: central gets back what their entries did, whatever it lost, and
//! nothing counts twice.

use std::collections::BTreeMap;

use selvedge_central::store::{MissingWhat, Store as _};
use selvedge_central::surroundings::{Machine, Surroundings as _};
use selvedge_protocol::journal::Entry;
use selvedge_store::StoreError;
use selvedge_store::table::base::{self, Rule, Stays};
use selvedge_store::table::{journal, stock};
use serde_json::Value;

use super::recovery::{House, Post, same};

/// 13 September 2020: older than any horizon.
const LONG_AGO_MS: i64 = 1_600_000_000_000;
const STRETCH: u64 = 4;

fn entries(post: &Post) -> Vec<Entry> {
    let (device, generation) = (post.desk.station.device, post.desk.station.generation);
    post.desk.store.read(|tx| journal::after(tx, device, generation, 0, u32::MAX)).expect("the journal can be read")
}

/// Somebody asks for it, and the station does it when it has nothing to send.
fn prune(post: &Post) {
    let rule = Rule { stretch: STRETCH, ..Rule::default() };
    post.desk.store.write::<_, StoreError>("rule", |tx| base::set_rule(tx, &rule)).expect("a rule");
    for _ in 0..20 {
        post.desk.store.write::<_, StoreError>("ask", |tx| base::ask(tx, Some(rule.days))).expect("asked");
        let before = entries(post).len();
        post.sync();
        if entries(post).len() == before {
            return;
        }
    }
    panic!("it never ends");
}

fn next(post: &Post) -> Stays {
    let (device, generation) = (post.desk.station.device, post.desk.station.generation);
    let rule = Rule { stretch: STRETCH, ..Rule::default() };
    let due = |tx: &selvedge_store::Tx| base::due(tx, device, generation, rule, Machine.now_ms());
    post.desk.store.read::<_, StoreError>(due).expect("readable").expect_err("nothing is due")
}

fn sound(post: &Post) {
    let wrong = post.desk.store.read(stock::audit).expect("an audit");
    assert_eq!(wrong, [], "every balance is the sum of its movements and bases");
}

/// Of the site that has stations: what others had is held by central alone.
fn stock_of(house: &House) -> BTreeMap<String, Value> {
    house.books().into_iter().filter(|(key, line)| key.starts_with("stock") && line["site"] == "galway").collect()
}

fn in_sum(house: &House) -> Vec<(u64, u64)> {
    let missing = house.recovery().missing;
    let summed = missing.iter().filter(|one| matches!(one.what, MissingWhat::KnownInSum { .. }));
    summed.map(|one| (one.first, one.last)).collect()
}

fn missed(house: &House) -> usize {
    let entries = |one: &&selvedge_central::store::Missing| matches!(one.what, MissingWhat::Entries { .. });
    house.recovery().missing.iter().filter(entries).count()
}

#[test]
fn a_lost_central_gets_a_pruned_journals_balances_back() {
    let mut house = House::open();
    let (shirt, trousers) = (house.demo.products[0].clone(), house.demo.products[1].clone());
    let mut one = Post::join(&house, "galway", "04", 1);
    let mut other = Post::join(&house, "galway", "03", 2);
    one.clock_ms = LONG_AGO_MS;
    for pieces in [1, 2, -1] {
        one.sell(&shirt, pieces);
    }
    assert_eq!(next(&one), Stays::Short, "an entry stays behind every base");
    one.sync();
    let backup = house.backup();
    for pieces in 1..8 {
        one.sell(if pieces % 2 == 0 { &shirt } else { &trousers }, pieces);
    }
    assert_eq!(next(&one), Stays::Unsent);
    other.sell(&shirt, 4);
    other.sync();
    one.sync();
    assert_eq!(next(&one), Stays::NoCheckpoint);
    prune(&one);
    assert_eq!(entries(&one).len(), 10, "nothing goes before a checkpoint covers it");
    assert!(house.wait(house.store().checkpoint(Machine.now_ms())).expect("a checkpoint"));
    let whole = entries(&one);
    prune(&one);
    let left: Vec<u64> = entries(&one).iter().map(|entry| entry.id.sequence).collect();
    assert_eq!(left, [9, 10], "two stretches went");
    assert_eq!(next(&one), Stays::Short);
    sound(&one);
    one.sync();
    sound(&one);
    let (before, stock) = (house.books(), stock_of(&house));

    // The young stay.
    other.sync();
    prune(&other);
    assert_eq!(entries(&other).len(), 1);

    // All is lost but the key.
    house.lose_all();
    other.sync();
    one.sync();
    one.sync();
    other.sync();
    assert!(house.may_grant(), "{:?}", house.recovery());
    same(&stock, &stock_of(&house), "the balances that it had");
    assert_eq!((in_sum(&house), missed(&house)), (vec![(1, 8)], 0), "what is known in sum only is listed");
    house.audit();
    sound(&one);

    // It goes on from there.
    one.sell(&shirt, 1);
    one.sync();
    other.sync();
    house.audit();

    // An older disk of the station turns up, with all of it.
    house.wait(house.store().take(one.device(), whole.clone(), Machine.now_ms())).expect("a store");
    assert_eq!(in_sum(&house), []);
    house.audit();
    let entries_of = |books: &BTreeMap<String, Value>| books.keys().filter(|key| key.starts_with("entry")).count();
    assert_eq!(entries_of(&house.books()), entries_of(&before) + 1, "every entry is there once");

    // An old backup has some of the entries.
    let stock = stock_of(&house);
    house.restore(&backup);
    one.sync();
    other.sync();
    one.sync();
    same(&stock, &stock_of(&house), "the balances that it had, whatever of it was there");
    assert_eq!((in_sum(&house), missed(&house)), (vec![(4, 8)], 0));
    house.audit();
    let own = journal::head;
    let (head, _) = one.desk.store.read(|tx| own(tx, one.desk.station.generation)).expect("a head");
    let acknowledged = one.desk.store.read(|tx| journal::acknowledged(tx, one.desk.station.generation));
    assert_eq!(acknowledged.expect("readable").0, head, "all of it is acknowledged");
}
