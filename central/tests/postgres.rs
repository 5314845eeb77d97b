//! PostgreSQL: the suite, the feed's numbers under concurrent writers, several replicas, and what a server must be.

#![allow(missing_docs)]
#![cfg(unix)]

use std::sync::Arc;

use selvedge_central::store::postgres::{At, PostgresStore};
use selvedge_central::store::suite::{self, NOW_MS, PrivatePostgres};
use selvedge_central::store::{ProductPut, Store, StoreError};
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_protocol::v1::{Cursor, ProductV1, feed_kind};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio_postgres::{Client, NoTls};

#[path = "api/house.rs"]
#[allow(dead_code)]
mod house;
#[path = "postgres/replicas.rs"]
mod replicas;
#[path = "postgres/tls.rs"]
mod tls;

/// A server of the test's own; without PostgreSQL the test says that it is left out.
fn server() -> Option<PrivatePostgres> {
    let server = PrivatePostgres::start();
    if server.is_none() {
        eprintln!("left out: PostgreSQL is not installed (Debian's package postgresql)");
    }
    server
}

async fn open(address: &str) -> PostgresStore {
    PostgresStore::open(At::new(address).expect("an address")).await.expect("a store")
}

/// A session beside those of the store.
async fn session(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.expect("a session");
    tokio::spawn(connection);
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_passes_the_suite() {
    let Some(server) = server() else { return };
    let template = server.database(None);
    selvedge_central::demo::set_up(&open(&template).await, &Machine, selvedge_protocol::demo::SEED)
        .await
        .expect("a company");
    suite::passes(&|| {
        let address = server.database(Some(&template));
        Arc::new(block_in_place(|| Handle::current().block_on(open(&address))))
    })
    .await;
    let (whole, empty) = (server.database(Some(&template)), server.database(None));
    suite::comes_back_with_bases(Arc::new(open(&whole).await), &open(&empty).await).await;
}

/// A hundred clients through three replicas. `SELVEDGE_PROMISE_ROUNDS` says how often; see `docs/promises.md`.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_ten_pieces_are_promised_once_by_three_replicas() {
    let Some(server) = server() else { return };
    let address = server.database(None);
    let mut stores: Vec<Arc<dyn Store>> = Vec::new();
    for _ in 0..3 {
        stores.push(Arc::new(open(&address).await));
    }
    let seed = selvedge_protocol::demo::SEED;
    let demo = selvedge_central::demo::set_up(&*stores[0], &Machine, seed).await.expect("a company");
    let rounds = std::env::var("SELVEDGE_PROMISE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(200);
    suite::the_last_ten(&stores, &demo, 100, rounds).await;
    let wrong = stores[0].audit().await.expect("an audit");
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_newer_central_is_refused_and_an_expanded_one_is_not() {
    let Some(server) = server() else { return };
    let address = server.database(None);
    drop(open(&address).await);
    let client = session(&address).await;
    let ours: i64 = client.query_one("SELECT version FROM schema_version", &[]).await.expect("a version").get(0);
    client.execute("UPDATE schema_version SET version = 99", &[]).await.expect("set");
    open(&address).await;
    client.execute("UPDATE schema_version SET works_from = 99", &[]).await.expect("set");
    let refused = PostgresStore::open(At::new(&address).expect("an address")).await.err().expect("too new for us");
    assert!(refused.to_string().starts_with("the store is of version 99, this selvedge-central knows up to "));
    client.execute("UPDATE schema_version SET version = $1, works_from = 1", &[&ours]).await.expect("set");
    let both = tokio::join!(open(&address), open(&address));
    drop(both);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_loses_commits_is_not_used() {
    let Some(server) = PrivatePostgres::start_with(&["-c", "fsync=off"]) else { return };
    let address = server.database(None);
    let refused = PostgresStore::open(At::new(&address).expect("an address")).await.err().expect("refused");
    assert!(matches!(refused, StoreError::NotDurable), "{refused:?}");
}

#[tokio::test]
async fn an_address_is_not_repeated_and_far_sessions_are_not_plain() {
    let wrong = At::new("postgres://selvedge:secret@host/db?sslmode=perhaps").err().expect("no such mode");
    assert!(!wrong.to_string().contains("secret"), "{wrong}");
    let away = At::new("postgres://selvedge:secret@127.0.0.1:1/db").expect("an address");
    let away = PostgresStore::open(away).await.err().expect("nobody is there");
    assert!(away.to_string().contains("away") && !away.to_string().contains("secret"), "{away}");
}

/// What an ordinary sequence does: the lower number becomes visible after the higher one was read.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_plain_sequence_a_cursor_loses_rows() {
    let Some(server) = server() else { return };
    let address = server.database(None);
    let (mut slow, mut quick, reader) = tokio::join!(session(&address), session(&address), session(&address));
    reader.batch_execute("CREATE TABLE plain (number bigserial PRIMARY KEY, what text NOT NULL)").await.expect("made");
    let insert = "INSERT INTO plain (what) VALUES ($1)";
    let first = slow.transaction().await.expect("begun");
    first.execute(insert, &[&"slow"]).await.expect("written");
    let second = quick.transaction().await.expect("begun");
    second.execute(insert, &[&"quick"]).await.expect("written");
    second.commit().await.expect("committed");
    let mut cursor = 0_i64;
    let mut seen: Vec<String> = Vec::new();
    let page = "SELECT number, what FROM plain WHERE number > $1 ORDER BY number";
    for row in reader.query(page, &[&cursor]).await.expect("a page") {
        (cursor, _) = (row.get(0), seen.push(row.get(1)));
    }
    first.commit().await.expect("committed");
    for row in reader.query(page, &[&cursor]).await.expect("a page") {
        (cursor, _) = (row.get(0), seen.push(row.get(1)));
    }
    assert_eq!((seen, cursor), (vec!["quick".to_owned()], 2), "the slow one's row is never seen");
}

/// The same order of events with the feed: the quick one waits, so the cursor meets both.
#[tokio::test(flavor = "multi_thread")]
async fn with_the_feeds_lock_a_cursor_loses_nothing() {
    let Some(server) = server() else { return };
    let address = server.database(None);
    let store = Arc::new(open(&address).await);
    let demo = selvedge_central::demo::set_up(&*store, &Machine, 1).await.expect("a company");
    let site = demo.sites[0].id;
    let end = end_of(&*store, site).await;
    let (mut slow, watcher) = tokio::join!(session(&address), session(&address));
    // The slow one has its number and is not committed.
    let first = slow.transaction().await.expect("begun");
    first.query_one("SELECT number FROM head WHERE what = 'feed' FOR UPDATE", &[]).await.expect("locked");
    let product =
        ProductV1 { id: Machine.new_id(), sku: "QUICK".into(), gtins: Vec::new(), ..demo.products[0].clone() };
    let put = ProductPut { product, price: None, stock: None };
    let quick = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.put_products(vec![put], false, NOW_MS).await }
    });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while watcher.query_one(waits, &[]).await.expect("a count").get::<_, i64>(0) == 0 {
        assert!(!quick.is_finished(), "nobody is numbered past somebody who is not committed");
        tokio::task::yield_now().await;
    }
    let page = store.feed(site, Some(end.clone()), 10, NOW_MS).await.expect("a page");
    assert_eq!((page.rows.len(), &page.next), (0, &end), "nothing of either is seen yet");
    first.commit().await.expect("committed");
    quick.await.expect("ended").expect("written");
    let page = store.feed(site, Some(end), 10, NOW_MS).await.expect("a page");
    let kinds: Vec<&str> = page.rows.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, [feed_kind::PRODUCT], "and now it is");
}

async fn end_of(store: &dyn Store, site: uuid::Uuid) -> Cursor {
    let mut cursor = None;
    loop {
        let page = store.feed(site, cursor, 5_000, NOW_MS).await.expect("a page");
        if !page.more {
            return page.next;
        }
        cursor = Some(page.next);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_the_servers_death() {
    let Some(mut server) = server() else { return };
    let address = server.database(None);
    let store = Arc::new(open(&address).await);
    let bench = suite::Bench::of(store.clone(), 1).await;
    let mut station = suite::TestStation::joined(&bench, "galway", "04").await;
    let sale = station.sells(&bench.demo.products[0], 1);
    let taken = store.take(station.device, vec![sale.clone()], NOW_MS).await.expect("acknowledged");
    server.kill();
    let away = store.take(station.device, vec![station.opens_the_drawer()], NOW_MS).await.expect_err("nobody is there");
    assert!(matches!(away, StoreError::Away { .. }), "{away:?}");
    server.begin();
    let again = loop {
        // Sessions of the dead server are still in the pool: each is found out and replaced.
        match store.take(station.device, vec![sale.clone()], NOW_MS).await {
            Ok(taken) => break taken,
            Err(error) => assert!(matches!(error, StoreError::Away { .. }), "{error:?}"),
        }
    };
    assert_eq!((again.new, again.heads), (0, taken.heads), "it was on disk");
    assert_eq!(store.audit().await.expect("an audit"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_gave_way_is_done_again() {
    let Some(server) = server() else { return };
    let address = server.database(None);
    let store = Arc::new(open(&address).await);
    let bench = suite::Bench::of(store.clone(), 1).await;
    let mut station = suite::TestStation::joined(&bench, "galway", "04").await;
    let (mut other, watcher) = tokio::join!(session(&address), session(&address));
    // The other one never looks for deadlocks, so it is the store's transaction that gives way.
    other.batch_execute("SET deadlock_timeout = '1h'").await.expect("set");
    let theirs = other.transaction().await.expect("begun");
    theirs.query("SELECT 1 FROM head WHERE what = 'balance' FOR UPDATE", &[]).await.expect("locked");
    let sale = station.sells(&bench.demo.products[0], 1);
    let device = station.device;
    let taking = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.take(device, vec![sale], NOW_MS).await }
    });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while watcher.query_one(waits, &[]).await.expect("a count").get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
    // Now each waits for the other.
    theirs.query("SELECT 1 FROM generation FOR UPDATE", &[]).await.expect("the store gave way");
    theirs.commit().await.expect("committed");
    let taken = taking.await.expect("ended").expect("done again");
    assert_eq!((taken.new, taken.heads[0].sequence), (1, 1));
    assert_eq!(store.audit().await.expect("an audit"), Vec::<String>::new());
}

/// Whoever serves a query does not see that the server is gone, and keeps its memory until the query ends. A power cut ends
/// that one, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_in_the_middle_of_a_query_starts_again() {
    let Some(mut server) = server() else { return };
    let address = server.database(None);
    let (busy, watcher) = tokio::join!(session(&address), session(&address));
    let query =
        tokio::spawn(async move { busy.batch_execute("DO 'BEGIN FOR turn IN 1..60000000 LOOP END LOOP; END'").await });
    let works = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO %'";
    while watcher.query_one(works, &[]).await.expect("a count").get::<_, i64>(0) == 0 {
        assert!(!query.is_finished(), "it takes seconds");
        tokio::task::yield_now().await;
    }
    server.kill();
    query.await.expect("ended").expect_err("nobody is left to answer");
    server.begin();
    session(&address).await.batch_execute("SELECT 1").await.expect("it serves again");
}
