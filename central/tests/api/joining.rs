//! Codes, keys, tokens.

use reqwest::StatusCode;
use selvedge_central::store::suite::{NOW_MS, TestStation};
use selvedge_domain::ids::GenerationId;
use selvedge_domain::receipt_number::generation_short;
use selvedge_protocol::v1::*;

use crate::house::{House, good, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_station_joins_with_its_code_once() {
    let house = House::open().await;
    let galway = house.demo.site("galway").expect("Galway").clone();
    let code = house.code("galway", "04").await;
    let station = TestStation::new(galway.clone(), 5);
    let asked = house.enrolment(&station, &code.to_lowercase());
    let post = |asked: &EnrolRequest| house.http.post(house.url("/api/v1/enrol")).json(asked);
    let answer: EnrolAnswer = good(post(&asked)).await;
    assert_eq!((answer.till.as_str(), answer.station_name.as_str(), answer.site), ("04", "Till 2", galway.id));
    assert_eq!((answer.currency.as_str(), answer.price_mode.as_str()), ("EUR", "inclusive"));
    assert_eq!((answer.locations, answer.now_ms), (galway.locations.clone(), NOW_MS));
    let again: EnrolAnswer = good(post(&asked)).await;
    assert_eq!(again.device, answer.device, "the answer was lost: the same station may ask again");
    let other = TestStation::new(galway, 6);
    let (status, error) = refused(post(&house.enrolment(&other, &code))).await;
    assert_eq!((status, error.code.as_str()), (403, code::ENROL_CODE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonsensical_enrolment_names_its_field() {
    let house = House::open().await;
    let station = TestStation::new(house.demo.site("galway").expect("Galway").clone(), 5);
    let fine = house.enrolment(&station, "0000-0000");
    let cases = [
        (EnrolRequest { code: "12".into(), ..fine.clone() }, "code:"),
        (EnrolRequest { public_key: "zz".into(), ..fine.clone() }, "public_key:"),
        (EnrolRequest { short: "!!!".into(), ..fine.clone() }, "short:"),
    ];
    for (asked, field) in cases {
        let (status, error) = refused(house.http.post(house.url("/api/v1/enrol")).json(&asked)).await;
        assert_eq!((status, error.code.as_str()), (400, code::BAD_REQUEST));
        assert!(error.detail.starts_with(field), "{}", error.detail);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_expire_and_nobody_tries_them_all() {
    let house = House::open().await;
    let code = house.code("galway", "04").await;
    house.later(24 * 60 * 60 * 1000);
    let station = TestStation::new(house.demo.site("galway").expect("Galway").clone(), 5);
    let post = |code: &str| house.http.post(house.url("/api/v1/enrol")).json(&house.enrolment(&station, code));
    assert_eq!(refused(post(&code)).await.0, 403, "a day later it is void");
    for _ in 0..19 {
        assert_eq!(refused(post("0000-0000")).await.0, 403);
    }
    let response = post("0000-0000").send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["retry-after"], "60");
    house.later(60_000);
    assert_eq!(refused(post("0000-0000")).await.0, 403, "a minute later central listens again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_for_who_holds_the_key() {
    let house = House::open().await;
    let station = house.station().await;
    let post = |asked: &TokenRequest| house.http.post(house.url("/api/v1/token")).json(asked);
    let asked = house.token_request(&station, NOW_MS);
    let answer: TokenAnswer = good(post(&asked)).await;
    assert_eq!((answer.now_ms, answer.expires_ms, answer.revoked), (NOW_MS, NOW_MS + TOKEN_LIFE_MS, false));
    let (status, error) = refused(post(&asked)).await;
    assert_eq!((status, error.code.as_str()), (401, code::NONCE), "a request that somebody heard is worth nothing");
    let mut thief = station.clone();
    thief.seed = [9; 32];
    let (status, error) = refused(post(&house.token_request(&thief, NOW_MS))).await;
    assert_eq!((status, error.code.as_str()), (401, code::SIGNATURE));
    let (status, error) = refused(post(&house.token_request(&station, NOW_MS - 86_400_000))).await;
    assert_eq!((status, error.code.as_str(), error.now_ms), (401, code::CLOCK, Some(NOW_MS)));
    let corrected = house.token_request(&station, error.now_ms.expect("central's time"));
    good::<TokenAnswer>(post(&corrected)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_token_nothing_is_said() {
    let house = House::open().await;
    let station = house.station().await;
    let token = house.token(&station).await.token;
    let feed = || house.http.get(house.url("/api/v1/feed?limit=1"));
    good::<FeedPage>(feed().bearer_auth(&token)).await;
    let other = if token.ends_with("00") { "01" } else { "00" };
    let forged = format!("{}{other}", &token[..token.len() - 2]);
    for request in
        [feed(), feed().bearer_auth("nonsense"), feed().bearer_auth(forged), feed().basic_auth("a", Some("b"))]
    {
        let (status, error) = refused(request).await;
        assert_eq!((status, error.code.as_str()), (401, code::TOKEN));
    }
    house.later(TOKEN_LIFE_MS);
    let (status, error) = refused(feed().bearer_auth(&token)).await;
    assert_eq!((status, error.code.as_str()), (401, code::TOKEN), "it is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_station_hands_in_its_journal_and_nothing_else() {
    let house = House::open().await;
    let mut station = house.station().await;
    assert!(house.store.revoke(station.device, NOW_MS).await.expect("a store"));
    let token = house.token(&station).await;
    assert!(token.revoked);
    let (status, error) = refused(house.http.get(house.url("/api/v1/feed")).bearer_auth(&token.token)).await;
    assert_eq!((status, error.code.as_str()), (403, code::DEVICE_REVOKED));
    let sale = station.sells(&house.demo.products[0], 1);
    let answer = house.upload(&token.token, &[sale]).await;
    assert_eq!(answer.heads[0].sequence, 1, "a fact is never refused");
    assert_eq!((answer.problems[0].code.as_str(), answer.problems[0].kept), (problem::DEVICE_REVOKED, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_goes_on_under_a_new_generation() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    house.upload(&token, &[station.opens_the_drawer()]).await;
    let mut next = TestStation::new(station.site.clone(), 8);
    next.device = station.device;
    let named = generation_short(GenerationId(next.generation));
    let asked = GenerationRequest::sign(
        &station.key(),
        station.device,
        station.generation,
        next.generation,
        named,
        next.key().public(),
    );
    let post =
        |asked: &GenerationRequest| house.http.post(house.url("/api/v1/generations")).bearer_auth(&token).json(asked);
    let bare = GenerationRequest { after: None, signature: None, ..asked.clone() };
    for unsigned in [&bare, &GenerationRequest { signature: None, ..asked.clone() }] {
        assert_eq!(refused(post(unsigned)).await.1.code, code::SIGNATURE, "a token alone makes no key");
    }
    good::<GenerationAnswer>(post(&asked)).await;
    good::<GenerationAnswer>(post(&asked)).await;
    let short = asked.short.clone();
    let public_key = station.key().public();
    let other =
        GenerationRequest::sign(&station.key(), station.device, station.generation, next.generation, short, public_key);
    assert_eq!(refused(post(&other)).await.1.code, code::GENERATION, "a generation has one key");
    let (device, after) = (station.device, station.generation);
    let third = TestStation::new(station.site.clone(), 9);
    let short = generation_short(GenerationId(third.generation));
    let signed = |by: &TestStation| {
        let public_key = third.key().public();
        GenerationRequest::sign(&by.key(), device, after, third.generation, short.clone(), public_key)
    };
    assert_eq!(refused(post(&signed(&third))).await.1.code, code::SIGNATURE, "not by its own key");
    good::<GenerationAnswer>(post(&signed(&station))).await;
    let token = house.token(&next).await.token;
    let answer = house.upload(&token, &[next.opens_the_drawer(), station.opens_the_drawer()]).await;
    let heads: Vec<u64> = answer.heads.iter().map(|head| head.sequence).collect();
    assert_eq!(heads, [2, 1, 0], "all lives of the journal are acknowledged");
}
