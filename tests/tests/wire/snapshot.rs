//! A central that is lost altogether, and nobody is left but stations that began with a snapshot: a snapshot is rows of the
//! feed, so they have what the others had.

use selvedge_protocol::v1::MAX_PAGE_ROWS;
use selvedge_store::table::{decision, setting};
use selvedge_store::{Store, StoreError};
use serde_json::Value;

use crate::recovery::{House, Post, same};

/// With their prices more rows than a page has: otherwise central makes no snapshot.
const PRODUCTS: usize = 2_700;

fn began_with_a_snapshot(post: &Post) -> bool {
    let progress: Option<Value> =
        post.desk.store.read::<_, StoreError>(|tx| setting::get(tx, "sync-snapshot")).expect("readable");
    progress.is_some_and(|progress| progress["over"] == true && progress["last"].as_u64() > Some(0))
}

#[test]
fn central_lost_altogether_comes_back_from_a_station_that_began_with_a_snapshot() {
    let mut house = House::with(PRODUCTS);
    assert!(2 * PRODUCTS > MAX_PAGE_ROWS as usize, "the feed is longer than a page");
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    let mut post = Post::join_on(&house, "galway", "04", 2, store);
    assert!(began_with_a_snapshot(&post));
    assert_eq!(post.products(), PRODUCTS);
    assert!(!post.desk.store.read(decision::has_unfinished).expect("readable"), "its cursor speaks of all of it");
    let shirt = house.demo.products[0].clone();
    post.sell(&shirt, 2);
    let late = house.new_product("LATE-1");
    house.put(&late, 1_900, Some((post.floor, 50_000)));
    post.sync();
    post.sell(&late, 1);
    post.sync();

    let before = only_of(&house, &post);
    house.lose_all();
    post.sync();
    post.sync();
    assert!(house.may_grant(), "nobody is waited for: {:?}", house.recovery());
    same(&before, &only_of(&house, &post), "facts and decisions equal those before");
    house.audit();
    assert_eq!(post.products(), PRODUCTS + 1, "and the station has them still");
}

/// Central's books without what only other sites had, which have no station.
fn only_of(house: &House, post: &Post) -> std::collections::BTreeMap<String, Value> {
    let own = post.desk.station.site.0.to_string();
    let mut books = house.books();
    books.retain(|_, line| line.get("site").is_none_or(|site| site.is_null() || *site == own.as_str()));
    books
}
