//! What a central keeps for the version after it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use selvedge_central::serve::serve;
use selvedge_central::store::Store;
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::suite::{NOW_MS, TestStation};
use selvedge_protocol::v1::*;
use uuid::Uuid;

use crate::house::{House, SetClock};

async fn on_hand(store: &dyn Store, station: &TestStation, product: Uuid) -> i64 {
    let all = store.balances(station.device, station.site.id, BalanceQuery::default(), NOW_MS).await.expect("balances");
    let floor = station.site.locations[0].id;
    let found = all.rows.iter().find(|row| row.product == product && row.location == floor);
    found.map_or(0, |row| row.quantity_thousandths)
}

/// As an older version would have left the file at `kept`: with the entries of the one at `new`, and without anything that
/// follows from them.
fn keep_as_unknown(kept: &Path, new: &Path) {
    let older = rusqlite::Connection::open(kept).expect("the copy");
    older.execute("ATTACH ?1 AS new", [new.to_str()]).expect("attached");
    older
        .execute_batch("INSERT INTO entry SELECT * FROM new.entry; UPDATE entry SET state = 'unknown-kind'")
        .expect("entries are kept as they came");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_an_older_central_did_not_know_is_applied_after_the_upgrade() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, kept) = (folder.path().join("central.db"), folder.path().join("kept.db"));
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).expect("a store"));
    let clock = Arc::new(SetClock(AtomicI64::new(NOW_MS)));
    let demo = selvedge_central::demo::set_up(&*store, &*clock, 1).await.expect("a company");
    let address = "127.0.0.1:0".parse().expect("an address");
    let running = serve(Arc::clone(&store), clock.clone(), address, None).await.expect("it serves");
    let house = House { store, clock, demo, http: reqwest::Client::new(), running };
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    let product = house.demo.products[0].clone();
    let before = on_hand(&*house.store, &station, product.id).await;
    let copied = rusqlite::Connection::open(&path).and_then(|file| file.execute("VACUUM INTO ?1", [kept.to_str()]));
    copied.expect("a copy of before");
    let sale = station.sells(&product, 2);
    house.upload(&token, &[sale]).await;
    keep_as_unknown(&kept, &path);

    let upgraded: Arc<dyn Store> = Arc::new(SqliteStore::open(&kept).expect("the copy"));
    assert_eq!(on_hand(&*upgraded, &station, product.id).await, before, "kept, and not applied");
    let running = serve(Arc::clone(&upgraded), house.clock.clone(), address, None).await.expect("it serves");
    let after = on_hand(&*upgraded, &station, product.id).await;
    assert_eq!(after, before - 2_000, "applied when the version that knows it starts");
    assert_eq!(upgraded.audit().await.expect("an audit"), Vec::<String>::new());
    running.stop().await.expect("it ends");
}
