//! The way up.

use std::io::Read;

use selvedge_central::store::ExportKind;
use selvedge_protocol::v1::*;

use crate::house::{House, good, of_refusal, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_arrives_once_however_often_it_is_sent() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    let entries = [station.opens_the_drawer(), station.sells(&house.demo.products[0], 2)];
    let first = house.upload(&token, &entries).await;
    let second = house.upload(&token, &entries).await;
    let (sequence, hash) = station.head();
    assert_eq!((first.heads[0].sequence, first.heads[0].hash.clone()), (sequence, hash.to_string()));
    assert_eq!((&first.heads, first.problems.len()), (&second.heads, 0));
    let sales = house.store.export(ExportKind::Sales, 0, 10).await.expect("an export");
    assert_eq!(sales.lines.len(), 1);
    assert_eq!(house.store.audit().await.expect("an audit"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_among_entries_is_named_and_the_rest_goes_on() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    let good_one = EntryV1::from(&station.opens_the_drawer());
    let entries = vec![
        EntryV1 { hash: "zz".into(), ..good_one.clone() },
        EntryV1 { sequence: 0, ..good_one.clone() },
        EntryV1 { sequence: u64::MAX, ..good_one.clone() },
        EntryV1 { signature: "00".repeat(64), ..good_one.clone() },
        EntryV1 { hash: "11".repeat(32), ..good_one.clone() },
        good_one,
    ];
    let post = house.http.post(house.url("/api/v1/journal")).bearer_auth(&token);
    let answer: JournalAnswer = good(post.json(&JournalRequest { entries, ..JournalRequest::default() })).await;
    let codes: Vec<(&str, bool)> = answer.problems.iter().map(|one| (one.code.as_str(), one.kept)).collect();
    let malformed = (problem::MALFORMED, false);
    assert_eq!(codes, [malformed, malformed, malformed, (problem::SIGNATURE, false), (problem::HASH, false)]);
    assert_eq!(answer.heads[0].sequence, 1, "the good one is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_and_a_fork_are_told() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    let first = station.opens_the_drawer();
    let mut clone = station.clone();
    let here = station.opens_the_drawer();
    let beyond = station.opens_the_drawer();
    let answer = house.upload(&token, &[first, beyond.clone()]).await;
    assert_eq!((answer.heads[0].sequence, answer.problems[0].code.as_str()), (1, problem::GAP));
    house.upload(&token, &[here, beyond]).await;
    let answer = house.upload(&token, &[clone.opens_the_drawer()]).await;
    assert_eq!((answer.problems[0].code.as_str(), answer.problems[0].kept), (problem::FORK, true));
    assert!(answer.heads.iter().all(|head| head.forked) && answer.heads.len() == 2, "{:?}", answer.heads);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_has_bounds() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    let one = EntryV1::from(&station.opens_the_drawer());
    let post = |entries| {
        house
            .http
            .post(house.url("/api/v1/journal"))
            .bearer_auth(&token)
            .json(&JournalRequest { entries, ..JournalRequest::default() })
    };
    let (status, error) = refused(post(vec![one.clone(); MAX_SEGMENT_ENTRIES + 1])).await;
    assert_eq!((status, error.code.as_str()), (413, code::TOO_LARGE));
    let long = EntryV1 { body: "x".repeat(MAX_SEGMENT_BYTES + 1), ..one.clone() };
    assert_eq!(refused(post(vec![long.clone()])).await.0, 413);
    // More bytes than a body may have: central says no before it has read them all, and may hang up on the rest.
    match post(vec![long; 3]).send().await {
        Ok(response) => assert_eq!(of_refusal(response).await.0, 413),
        Err(hung_up) => assert!(hung_up.is_request() || hung_up.is_body(), "{hung_up:?}"),
    }
    let answer: JournalAnswer = good(post(vec![one.clone()])).await;
    assert_eq!(answer.heads[0].sequence, 1, "a body that was too long spoils nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_travel_packed() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    let entries: Vec<EntryV1> = (0..100).map(|_| EntryV1::from(&station.opens_the_drawer())).collect();
    let plain = serde_json::to_vec(&JournalRequest { entries, ..JournalRequest::default() }).expect("JSON");
    let packed = zstd::encode_all(plain.as_slice(), 3).expect("packed");
    let post = |body: Vec<u8>, coding: &str| {
        let post = house.http.post(house.url("/api/v1/journal")).bearer_auth(&token);
        post.header("content-type", "application/json").header("content-encoding", coding).body(body)
    };
    let answer: JournalAnswer = good(post(packed.clone(), "zstd")).await;
    assert_eq!(answer.heads[0].sequence, 100);
    assert_eq!(refused(post(packed[..20].to_vec(), "zstd")).await.0, 400, "cut off");
    assert_eq!(refused(post(plain, "zstd")).await.1.code, code::BAD_REQUEST, "not packed at all");
    assert_eq!(refused(post(packed, "br")).await.0, 415);
    let bomb = zstd::encode_all(std::io::repeat(b' ').take(1 << 30), 1).expect("a bomb");
    assert!(bomb.len() < 200_000, "a gigabyte in {} bytes", bomb.len());
    assert_eq!(refused(post(bomb, "zstd")).await.0, 413);
}
