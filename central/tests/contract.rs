//! Every store passes the one suite.

#![allow(missing_docs)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::suite;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_in_memory() {
    suite::passes(&|| Arc::new(SqliteStore::memory().expect("a store in memory"))).await;
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
