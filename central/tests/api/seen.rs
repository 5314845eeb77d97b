//! Seen from outside: alive, ready, counted, and each station as it is; and who may see what.

use std::collections::BTreeSet;

use selvedge_central::secret::operator_token;
use selvedge_central::store::suite::{NOW_MS, TestStation};
use selvedge_protocol::v1::*;

use crate::house::{House, good, refused};

async fn cork(house: &House) -> TestStation {
    let mut station = TestStation::new(house.demo.site("cork").expect("Cork").clone(), 6);
    let code = house.code("cork", "05").await;
    let asked = house.enrolment(&station, &code);
    station.device = good::<EnrolAnswer>(house.http.post(house.url("/api/v1/enrol")).json(&asked)).await.device;
    station
}

async fn operator(house: &House) -> String {
    let central = house.store.central().await.expect("a store").expect("set up");
    operator_token(&central.key(), "mira", (NOW_MS, NOW_MS + 1_000))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_gets_nothing_of_another_site() {
    let house = House::open().await;
    let station = house.station().await;
    let other = cork(&house).await;
    let token = house.token(&station).await.token;
    let get = |path: &str| house.http.get(house.url(path)).bearer_auth(&token);
    let mut query = FeedQuery::default();
    loop {
        let page: FeedPage = good(get("/api/v1/feed").query(&query)).await;
        let sites: BTreeSet<_> = page.rows.iter().filter_map(|row| row.site).collect();
        assert!(sites.iter().all(|site| *site == station.site.id), "rows of {sites:?}");
        query = FeedQuery::after(&page.next, 5_000);
        if !page.more {
            break;
        }
    }
    let own: BTreeSet<_> = station.site.locations.iter().map(|location| location.id).collect();
    let page: BalancePage = good(get("/api/v1/balances")).await;
    assert!(!page.rows.is_empty() && page.rows.iter().all(|row| own.contains(&row.location)), "stock of other sites");
    let list: DeviceListV1 = good(get("/api/v1/devices")).await;
    assert_eq!(list.devices.iter().map(|one| one.device).collect::<Vec<_>>(), [station.device], "itself only");
    good::<DeviceStateV1>(get(&format!("/api/v1/devices/{}", station.device))).await;
    for unseen in [other.device.to_string(), "nonsense".to_owned()] {
        assert_eq!(refused(get(&format!("/api/v1/devices/{unseen}"))).await.0, 404, "{unseen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_how_all_stations_are() {
    let house = House::open().await;
    let mut station = house.station().await;
    let other = cork(&house).await;
    let token = house.token(&station).await.token;
    let report = StationReportV1 {
        app: "0.2.0".into(),
        generation: station.generation,
        unsent: 4,
        oldest_unsent_ms: Some(NOW_MS - 90_000),
        offset_ms: Some(-250),
        errors: vec!["printer-away".into(), "x\n".repeat(100)],
    };
    good::<ReportAnswer>(house.http.post(house.url("/api/v1/report")).bearer_auth(&token).json(&report)).await;
    house.upload(&token, &[station.opens_the_drawer()]).await;
    let mira = operator(&house).await;
    let get = |path: &str, token: &str| house.http.get(house.url(path)).bearer_auth(token);
    let list: DeviceListV1 = good(get("/api/v1/devices", &mira)).await;
    assert_eq!(list.devices.len(), 2);
    let one: DeviceStateV1 = good(get(&format!("/api/v1/devices/{}", station.device), &mira)).await;
    assert_eq!((one.site_code.as_str(), one.till.as_str(), one.seen_ms), ("galway", "04", Some(NOW_MS)));
    let said = one.report.expect("it said how it is");
    assert_eq!((said.unsent, said.app.as_str(), said.errors[1].len()), (4, "0.2.0", 64), "and no more than it may");
    assert_eq!(one.heads[0].sequence, 1);

    let text = get("/metrics", &mira).send().await.expect("an answer").text().await.expect("text");
    let labels = format!("device=\"{}\",site=\"galway\",till=\"04\"", station.device);
    for line in [
        format!("selvedge_central_station_unsent{{{labels}}} 4"),
        format!("selvedge_central_station_oldest_unsent_seconds{{{labels}}} 90"),
        format!("selvedge_central_station_clock_offset_ms{{{labels}}} -250"),
        "selvedge_central_intake_entries_total{outcome=\"new\"} 1".to_owned(),
        "selvedge_central_requests_total{method=\"POST\",route=\"/api/v1/journal\",status=\"200\"} 1".to_owned(),
        "selvedge_central_entries_held 0".to_owned(),
    ] {
        assert!(text.contains(&line), "{line} is missing in\n{text}");
    }
    assert!(text.contains(&other.device.to_string()) && text.ends_with("# EOF\n"));
    for person in &house.demo.people {
        assert!(!text.contains(&person.person.name), "no counts name people");
    }

    for path in ["/api/v1/feed", "/api/v1/balances", "/api/v1/stream"] {
        assert_eq!(refused(get(path, &mira)).await.0, 401, "an operator is no station: {path}");
    }
    house.later(500);
    house.store.revoke_operator("mira", NOW_MS + 500).await.expect("a store");
    assert_eq!(refused(get("/api/v1/devices", &mira)).await.0, 401, "a revoked one is refused before it ends");
    let central = house.store.central().await.expect("a store").expect("set up");
    let again = operator_token(&central.key(), "mira", (NOW_MS + 501, NOW_MS + 1_000));
    good::<DeviceListV1>(get("/api/v1/devices", &again)).await;
    house.later(500);
    assert_eq!(refused(get("/api/v1/devices", &again)).await.0, 401, "an operator's token ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn alive_ready_and_counted_for_those_who_may() {
    let house = House::open().await;
    good::<Health>(house.http.get(house.url("/ready"))).await;
    let metrics = || house.http.get(house.url("/metrics"));
    assert_eq!(metrics().send().await.expect("an answer").status(), 200, "who can reach loopback may read the counts");
    let given = house.http.get(house.url("/health")).header("x-request-id", "till-04-0193");
    let echoed = given.send().await.expect("an answer");
    assert_eq!(echoed.headers()["x-request-id"], "till-04-0193", "one id in the station's log and in central's");
    for odd in ["short", &"x".repeat(65), "with space", "quote\"quote"] {
        let made = house.http.get(house.url("/health")).header("x-request-id", odd).send().await.expect("an answer");
        assert_ne!(made.headers()["x-request-id"].to_str().expect("text"), odd, "only what is surely an id");
    }
    let counted = selvedge_central::serve::serve_counted(
        house.store.clone(),
        house.clock.clone(),
        "127.0.0.1:0".parse().expect("an address"),
        None,
        Some("scrape-me".into()),
    );
    let counted = counted.await.expect("it serves");
    let metrics = || house.http.get(format!("{}/metrics", counted.url));
    assert_eq!(refused(metrics()).await.0, 401);
    assert_eq!(refused(metrics().bearer_auth("guess")).await.0, 401);
    assert_eq!(metrics().bearer_auth("scrape-me").send().await.expect("an answer").status(), 200);
    counted.stop().await.expect("an orderly end");
}
