//! Several replicas of central on one PostgreSQL: any request may go to any of them, the stream included.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use reqwest::Client;
use selvedge_central::secret::operator_token;
use selvedge_central::serve::serve;
use selvedge_central::store::Store;
use selvedge_central::store::suite::NOW_MS;
use selvedge_protocol::v1::*;

use super::house::{House, SetClock, good, refused};
use super::{open, server};

/// A replica on the store at an address.
async fn replica(address: &str, clock: &Arc<SetClock>) -> House {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let store: Arc<dyn Store> = Arc::new(open(address).await);
    let demo = selvedge_central::demo::set_up(&*store, &**clock, 1).await.expect("a company");
    let home = "127.0.0.1:0".parse().expect("an address");
    let running = serve(Arc::clone(&store), clock.clone(), home, None).await.expect("it serves");
    House { store, clock: Arc::clone(clock), demo, http: Client::new(), running }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_request_may_go_to_any_replica() {
    let Some(server) = server() else { return };
    let address = server.database(None);
    let clock = Arc::new(SetClock(AtomicI64::new(NOW_MS)));
    let one = replica(&address, &clock).await;
    let two = replica(&address, &clock).await;

    let mut station = one.station().await;
    let asked = one.token_request(&station, NOW_MS);
    let token: TokenAnswer = good(two.http.post(two.url("/api/v1/token")).json(&asked)).await;
    let again = one.http.post(one.url("/api/v1/token")).json(&asked);
    assert_eq!(refused(again).await.1.code, code::NONCE, "a nonce is used for all of them");

    let get = two.http.get(two.url("/api/v1/stream")).bearer_auth(&token.token);
    let mut stream = get.send().await.expect("a stream");
    let mut heard = String::new();
    while heard.matches("event: ").count() < 2 {
        heard.push_str(&next(&mut stream).await);
    }

    let sale = station.sells(&one.demo.products[0], 1);
    let first = one.upload(&token.token, std::slice::from_ref(&sale)).await;
    let second = two.upload(&token.token, &[sale]).await;
    assert_eq!(first.heads, second.heads, "both say the same");
    heard.clear();
    while !heard.contains("event: balances") {
        heard.push_str(&next(&mut stream).await);
    }
    let balances = two.http.get(two.url("/api/v1/balances?limit=1")).bearer_auth(&token.token);
    let page: BalancePage = good(balances).await;
    assert_eq!(page.heads[0].sequence, 1, "what one replica took the other one knows");

    let feed = |house: &House, query: &FeedQuery| {
        house.http.get(house.url("/api/v1/feed")).bearer_auth(&token.token).query(query)
    };
    let mut page: FeedPage = good(feed(&one, &FeedQuery { limit: Some(1_000), ..FeedQuery::default() })).await;
    let mut at_two = true;
    while page.more {
        let next = FeedQuery::after(&page.next, 1_000);
        page = good(feed(if at_two { &two } else { &one }, &next)).await;
        at_two = !at_two;
    }

    assert!(one.store.revoke(station.device, NOW_MS).await.expect("a store"));
    let central = one.store.central().await.expect("a store").expect("set up");
    let mira = operator_token(&central.key(), "mira", (NOW_MS, NOW_MS + 60_000));
    let devices = || two.http.get(two.url("/api/v1/devices")).bearer_auth(&mira);
    good::<DeviceListV1>(devices()).await;
    one.store.revoke_operator("mira", NOW_MS).await.expect("a store");
    assert_eq!(refused(devices()).await.0, 401, "an operator revoked at one replica is none at the other");

    let (status, error) = refused(feed(&two, &FeedQuery::default())).await;
    assert_eq!((status, error.code.as_str()), (403, code::DEVICE_REVOKED), "revoked here is revoked there");
    while let Some(chunk) = stream.chunk().await.expect("an unbroken line") {
        heard.push_str(std::str::from_utf8(&chunk).expect("text"));
    }
    one.running.stop().await.expect("an orderly end");
    two.running.stop().await.expect("an orderly end");
}

async fn next(stream: &mut reqwest::Response) -> String {
    let chunk = stream.chunk().await.expect("an unbroken line").expect("the stream goes on");
    String::from_utf8(chunk.to_vec()).expect("text")
}
