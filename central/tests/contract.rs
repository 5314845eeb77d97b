//! Every store passes the one suite.

#![allow(missing_docs)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use selvedge_central::store::Store;
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::suite;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_in_memory() {
    suite::passes(&|| Arc::new(SqliteStore::memory().expect("a store in memory"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_comes_back_with_bases() {
    let fresh = || SqliteStore::memory().expect("a store in memory");
    suite::comes_back_with_bases(Arc::new(fresh()), &fresh()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = AtomicUsize::new(0);
    suite::passes(&|| {
        let number = made.fetch_add(1, Ordering::Relaxed);
        Arc::new(SqliteStore::open(&folder.path().join(format!("{number}.db"))).expect("a store in a file"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("central.db");
    let first = SqliteStore::open(&path).expect("a store");
    let around = selvedge_central::surroundings::Machine;
    selvedge_central::demo::set_up(&first, &around, 1).await.expect("set up");
    drop(first);
    let second = SqliteStore::open(&path).expect("the same store");
    selvedge_central::demo::set_up(&second, &around, 1).await.expect("the same company stays");
    selvedge_central::demo::set_up(&second, &around, 2).await.expect_err("another company is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_auditor_finds_what_somebody_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("central.db");
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).expect("a store"));
    let bench = suite::Bench::of(Arc::clone(&store), 1).await;
    let mut station = suite::TestStation::joined(&bench, "galway", "04").await;
    let entries = (0..3).map(|_| station.opens_the_drawer()).collect();
    store.take(station.device, entries, suite::NOW_MS).await.expect("a store");
    let changed = rusqlite::Connection::open(&path).expect("the file");
    let changes = [
        ("UPDATE balance SET quantity = quantity + 1 WHERE changed = (SELECT max(changed) FROM balance)", "balance"),
        ("UPDATE feed SET body = body || ' ' WHERE number = 9", "row 9 is not signed by central"),
        ("DELETE FROM feed WHERE number = 20", "row 21 of the feed: row 19 stands before it"),
        ("UPDATE entry SET body = body || ' ' WHERE sequence = 1", "was changed"),
        ("DELETE FROM entry WHERE sequence = 2", "the entry before it is missing"),
    ];
    for (what, _) in changes {
        assert_eq!(changed.execute(what, []).expect("changed"), 1, "{what}");
    }
    let mut wrong = Vec::new();
    selvedge_central::auditor::once(&*store, &mut |finding| wrong.push(finding)).await.expect("a store");
    for (what, found) in changes {
        assert!(wrong.iter().any(|wrong| wrong.contains(found)), "{what}: {wrong:?}");
    }
}
