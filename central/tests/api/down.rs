//! The way down.

use selvedge_protocol::v1::*;

use crate::house::{House, good, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_station_gets_all_of_its_site_page_by_page() {
    let house = House::open().await;
    let station = house.station().await;
    let token = house.token(&station).await.token;
    let mut query = FeedQuery { limit: Some(1000), ..FeedQuery::default() };
    let mut rows = Vec::new();
    let mut pages = 0;
    let last = loop {
        let get = house.http.get(house.url("/api/v1/feed")).bearer_auth(&token).query(&query);
        let page: FeedPage = good(get).await;
        pages += 1;
        rows.extend(page.rows.clone());
        query = FeedQuery::after(&page.next, 1000);
        if !page.more {
            break page;
        }
    };
    rows.retain(|row| !matches!(row.kind.as_str(), feed_kind::EPOCH | feed_kind::DEVICE | feed_kind::OPENING));
    let places = rows.extract_if(.., |row| row.kind == feed_kind::PLACE).count();
    assert_eq!(places, house.demo.sites.len(), "what all places are called");
    assert_eq!(rows.len(), house.demo.feed_of(station.site.id).len());
    assert!(pages > 5, "{pages} pages");
    let after = house.http.get(house.url("/api/v1/feed")).bearer_auth(&token).query(&query);
    let page: FeedPage = good(after).await;
    assert_eq!((page.rows.len(), page.more, page.next), (0, false, last.next));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_is_not_ours_is_named() {
    let house = House::open().await;
    let station = house.station().await;
    let token = house.token(&station).await;
    let get = |query: &FeedQuery| house.http.get(house.url("/api/v1/feed")).bearer_auth(&token.token).query(query);
    let page: FeedPage = good(get(&FeedQuery { limit: Some(3), ..FeedQuery::default() })).await;
    let odd = Cursor { row_hash: "ab".repeat(32), ..page.next };
    let (status, error) = refused(get(&FeedQuery::after(&odd, 3))).await;
    assert_eq!((status, error.code.as_str(), error.epoch), (409, code::UNKNOWN_CURSOR, Some(token.epoch)));
    let half = FeedQuery { number: Some(3), ..FeedQuery::default() };
    assert_eq!(refused(get(&half)).await.1.code, code::BAD_REQUEST);
    let text = house.http.get(house.url("/api/v1/feed?number=three")).bearer_auth(&token.token);
    let (status, error) = refused(text).await;
    assert!(status == 400 && error.detail.contains("number"), "{}", error.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_travel_packed_for_who_reads_that() {
    let house = House::open().await;
    let station = house.station().await;
    let token = house.token(&station).await.token;
    let get = || house.http.get(house.url("/api/v1/feed")).bearer_auth(&token);
    let plain = get().send().await.expect("an answer");
    assert!(!plain.headers().contains_key("content-encoding"));
    let plain = plain.bytes().await.expect("a body");
    let packed = get().header("accept-encoding", "gzip, zstd;q=0.9").send().await.expect("an answer");
    assert_eq!(packed.headers()["content-encoding"], "zstd");
    let packed = packed.bytes().await.expect("a body");
    // What is left are the hashes and signatures, 96 bytes a row, which nothing packs.
    assert!(packed.len() * 3 < plain.len(), "{} of {} bytes", packed.len(), plain.len());
    let read = |bytes: &[u8]| serde_json::from_slice::<FeedPage>(bytes).expect("a page");
    assert_eq!(read(&zstd::decode_all(packed.as_ref()).expect("zstd")), read(&plain));
    let not_wanted = get().header("accept-encoding", "zstd;q=0").send().await.expect("an answer");
    assert!(!not_wanted.headers().contains_key("content-encoding"));
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_seen_at_another_till_is_what_was_sold_here() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    let get = |query: &BalanceQuery| house.http.get(house.url("/api/v1/balances")).bearer_auth(&token).query(query);
    let all: BalancePage = good(get(&BalanceQuery::default())).await;
    assert!(all.restarted && !all.more && all.rows.len() > 1_000);
    let sold = house.demo.products.iter().find(|product| product.id == all.rows[0].product).expect("of the demo");
    house.upload(&token, &[station.sells(sold, 4)]).await;
    let query = BalanceQuery { epoch: Some(all.epoch), after: Some(all.next), limit: None };
    let changed: BalancePage = good(get(&query)).await;
    let [row] = changed.rows.as_slice() else { panic!("one row changed: {:?}", changed.rows) };
    assert_eq!(row.quantity_thousandths, all.rows[0].quantity_thousandths - 4000);
    assert_eq!(changed.heads[0].sequence, 1, "the sale is in it");
}
