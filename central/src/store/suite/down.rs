//! The company, the feed and the balances.

use selvedge_protocol::v1::{BalanceQuery, Cursor, FeedBody, feed_kind, verify_rows};

use super::{Bench, NOW_MS, TestStation};
use crate::store::{Central, Company, Outcome, ProductPut, Put, StoreError};
use crate::surroundings::{Machine, Surroundings};

pub(super) async fn a_company_is_set_up_once(bench: &Bench) {
    let central = bench.store.central().await.expect("a store").expect("set up");
    assert_eq!(central.company, bench.demo.company);
    let other = Central { id: Machine.new_id(), ..central };
    let refused = bench.store.set_up(other, Company::default(), NOW_MS).await.expect_err("there is a company");
    assert!(matches!(refused, StoreError::AlreadySetUp(name) if name == "Twisted Threads"));
    let mut codes: Vec<String> = bench.demo.sites.iter().map(|site| site.code.clone()).collect();
    codes.sort();
    let sites = bench.store.sites().await.expect("a store");
    assert_eq!(sites.iter().map(|site| site.code.clone()).collect::<Vec<_>>(), codes);
    assert_eq!(bench.store.tax_codes().await.expect("a store"), ["standard", "children"], "in the order of the file");
}

pub(super) async fn a_cursor_walks_the_feed_and_nothing_is_passed_over(bench: &Bench) {
    let galway = bench.demo.site("galway").expect("Galway").id;
    let mut cursor = None;
    let mut rows = Vec::new();
    loop {
        let page = bench.store.feed(galway, cursor, 700, NOW_MS).await.expect("a page");
        assert!(page.rows.len() <= 700);
        rows.extend(page.rows);
        cursor = Some(page.next);
        if !page.more {
            break;
        }
    }
    let key = bench.store.central().await.expect("a store").expect("set up").key().public();
    verify_rows(&rows, &key).expect("central signed every row");
    assert!(cursor.as_ref().is_some_and(|cursor| cursor.is_signed_by(&key)), "and the cursor behind them");
    assert!(rows.windows(2).all(|pair| pair[0].number < pair[1].number), "in order, each once");
    let own = |body: &FeedBody| matches!(body, FeedBody::Epoch(_) | FeedBody::Device(_) | FeedBody::Opening(_));
    let read: Vec<FeedBody> = rows.iter().map(|row| row.read().expect("readable")).filter(|body| !own(body)).collect();
    for expected in bench.demo.feed_of(galway) {
        assert!(read.contains(&expected), "{expected:?} is in the feed");
    }
    assert_eq!(read.len(), bench.demo.feed_of(galway).len(), "and nothing of other sites");
    let page = bench.store.feed(galway, cursor.clone(), 700, NOW_MS).await.expect("a page");
    assert_eq!((page.rows.len(), Some(page.next)), (0, cursor), "at the end the cursor stays");
}

pub(super) async fn a_cursor_of_another_history_is_refused(bench: &Bench) {
    let galway = bench.demo.site("galway").expect("Galway").id;
    let page = bench.store.feed(galway, None, 5, NOW_MS).await.expect("a page");
    let epoch = page.next.epoch;
    let wrong = [
        Cursor { epoch: Machine.new_id(), ..page.next.clone() },
        Cursor { row_hash: "00".repeat(32), ..page.next.clone() },
        Cursor { row_hash: "nonsense".into(), ..page.next.clone() },
        Cursor { number: page.next.number + 1, ..page.next.clone() },
        Cursor { number: u64::MAX, ..page.next.clone() },
        Cursor { number: 0, ..page.next.clone() },
    ];
    for cursor in wrong {
        let refused = bench.store.feed(galway, Some(cursor.clone()), 5, NOW_MS).await.expect_err("not of this history");
        assert!(matches!(refused, StoreError::UnknownCursor { epoch: now, .. } if now == epoch), "{cursor:?}");
    }
    bench.store.feed(galway, Some(Cursor::start(epoch)), 5, NOW_MS).await.expect("the start is always known");
}

pub(super) async fn a_replaced_row_is_left_out(bench: &Bench) {
    let galway = bench.demo.site("galway").expect("Galway").id;
    let end = end_of(bench, galway).await;
    let mut product = bench.demo.products[0].clone();
    product.name = "Harbour Tee, second cut".into();
    let day = |minor, from: &str, before: &str| {
        Some(Put { place: None, figure: minor, from_day: from.into(), day_before: before.into() })
    };
    let put = ProductPut { product, price: day(2600, "2026-11-21", "2026-11-20"), stock: None };
    let dry = bench.store.put_products(vec![put.clone()], true, NOW_MS).await.expect("a store");
    assert_eq!(dry, [Outcome::Changed]);
    let page = bench.store.feed(galway, Some(end.clone()), 10, NOW_MS).await.expect("a page");
    assert!(page.rows.is_empty(), "a dry run changes nothing");
    assert_eq!(bench.store.put_products(vec![put.clone()], false, NOW_MS).await.expect("a store"), [Outcome::Changed]);
    assert_eq!(bench.store.put_products(vec![put.clone()], false, NOW_MS).await.expect("a store"), [Outcome::Same]);
    let page = bench.store.feed(galway, Some(end), 10, NOW_MS).await.expect("the old cursor holds");
    let kinds: Vec<&str> = page.rows.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [feed_kind::PRODUCT, feed_kind::PRICE, feed_kind::PRICE],
        "the product, the ended price, the new"
    );
    assert_eq!(
        (&value(&page.rows[1])["valid_to"], &value(&page.rows[2])["valid_from"]),
        (&"2026-11-20".into(), &"2026-11-21".into())
    );
    let all = bench.store.feed(galway, None, 5_000, NOW_MS).await.expect("a page");
    let id = put.product.id.to_string();
    let names =
        |row: &&selvedge_protocol::v1::FeedRow| row.kind == feed_kind::PRODUCT && value(row)["id"] == id.as_str();
    assert!(all.rows.iter().filter(names).count() <= 1, "only the last word about a product is sent");

    let mut thief = bench.demo.products[1].clone();
    thief.gtins = bench.demo.products[2].gtins.clone();
    let put = ProductPut { product: thief.clone(), price: None, stock: None };
    let sku = bench.demo.products[2].sku.clone();
    let taken = Outcome::GtinTaken { gtin: thief.gtins[0].clone(), sku };
    assert_eq!(bench.store.put_products(vec![put], false, NOW_MS).await.expect("a store"), [taken]);
}

fn value(row: &selvedge_protocol::v1::FeedRow) -> serde_json::Value {
    serde_json::from_str(&row.body).expect("JSON")
}

async fn end_of(bench: &Bench, site: uuid::Uuid) -> Cursor {
    let mut cursor = None;
    loop {
        let page = bench.store.feed(site, cursor, 5_000, NOW_MS).await.expect("a page");
        if !page.more {
            return page.next;
        }
        cursor = Some(page.next);
    }
}

pub(super) async fn balances_come_as_they_change(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let site = station.site.id;
    let ask = async |query| bench.store.balances(station.device, site, query, NOW_MS).await.expect("balances");
    let mut rows = Vec::new();
    let mut query = BalanceQuery { limit: Some(600), ..BalanceQuery::default() };
    let last = loop {
        let page = ask(query).await;
        rows.extend(page.rows.clone());
        query = BalanceQuery { epoch: Some(page.epoch), after: Some(page.next), limit: Some(600) };
        if !page.more {
            break page;
        }
    };
    rows.sort_by_key(|row| (row.product, row.location));
    let mut stock = bench.demo.stock_of(site);
    stock.sort_by_key(|row| (row.product, row.location));
    assert_eq!(rows, stock, "all of the site's stock, none of another's");
    assert_eq!(last.heads[0].sequence, 0, "nothing of the station's journal is in it");
    let product = &bench.demo.products[0];
    let entries = vec![station.sells(product, 1), station.sells(product, 1), station.sells(product, 1)];
    bench.store.take(station.device, entries, NOW_MS).await.expect("a store");
    let page = bench.store.balances(station.device, site, query.clone(), NOW_MS).await.expect("balances");
    assert_eq!(page.rows.len(), 1, "three sales of a product are one row");
    assert_eq!((page.heads[0].sequence, page.restarted), (3, false), "and it says which entries are in it");
    for odd in [
        BalanceQuery { epoch: Some(Machine.new_id()), ..query.clone() },
        BalanceQuery { after: Some(u64::MAX), ..query },
    ] {
        let page = bench.store.balances(station.device, site, odd, NOW_MS).await.expect("balances");
        assert!(page.restarted, "a mark that is not ours begins at the start");
    }
}
