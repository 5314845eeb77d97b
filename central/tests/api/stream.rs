//! The stream that pokes.

use std::time::Duration;

use selvedge_central::store::ProductPut;
use selvedge_central::store::suite::{NOW_MS, TestStation};
use selvedge_protocol::v1::*;

use crate::house::{House, good, refused};

/// An open stream, read line by line.
pub struct Line {
    response: reqwest::Response,
    read: String,
}

impl Line {
    pub async fn open(house: &House, token: &str) -> Self {
        let get = house.http.get(house.url("/api/v1/stream")).bearer_auth(token);
        let response = get.send().await.expect("central answers");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Line { response, read: String::new() }
    }

    /// The next event; none at the end.
    pub async fn next(&mut self) -> Option<StreamEventV1> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned);
                let name = event.lines().find_map(|line| line.strip_prefix("event: ")).map(str::to_owned);
                self.read = rest.to_owned();
                // Without data it is a comment.
                let Some(data) = data else { continue };
                let said: StreamEventV1 = serde_json::from_str(&data).expect("an event of the API");
                assert_eq!(Some(&said.what), name.as_ref(), "name and body say the same");
                return Some(said);
            }
            // Generous: a machine that is busy is no reason to fail.
            let chunk = tokio::time::timeout(Duration::from_secs(60), self.response.chunk()).await.expect("an event");
            let chunk = chunk.expect("an unbroken line")?;
            self.read.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    /// What the next event says.
    pub async fn says(&mut self) -> String {
        self.next().await.expect("the stream goes on").what
    }

    /// Both that come at the beginning.
    pub async fn begins(&mut self) {
        assert_eq!([self.says().await, self.says().await], [stream_event::FEED, stream_event::BALANCES]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_is_poked_when_there_is_something_to_fetch() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await;
    let mut line = Line::open(&house, &token.token).await;
    let first = line.next().await.expect("an event");
    assert_eq!((first.what.as_str(), first.epoch), (stream_event::FEED, token.epoch));
    assert_eq!(line.says().await, stream_event::BALANCES, "both at the beginning: who knows what was missed");
    house.upload(&token.token, &[station.sells(&house.demo.products[0], 1)]).await;
    assert_eq!(line.says().await, stream_event::BALANCES);
    let product = ProductV1 { name: "Second cut".into(), ..house.demo.products[0].clone() };
    let put = ProductPut { product, price: None, stock: None };
    house.store.put_products(vec![put], false, NOW_MS).await.expect("a store");
    assert_eq!(line.says().await, stream_event::FEED);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_sales_poke_nobody_here() {
    let house = House::open().await;
    let station = house.station().await;
    let token = house.token(&station).await.token;
    let mut line = Line::open(&house, &token).await;
    line.begins().await;
    let mut cork = TestStation::new(house.demo.site("cork").expect("Cork").clone(), 6);
    let code = house.code("cork", "05").await;
    let asked = house.enrolment(&cork, &code);
    cork.device = good::<EnrolAnswer>(house.http.post(house.url("/api/v1/enrol")).json(&asked)).await.device;
    let theirs = house.token(&cork).await.token;
    let mut there = Line::open(&house, &theirs).await;
    there.begins().await;
    house.upload(&theirs, &[cork.sells(&house.demo.products[0], 1)]).await;
    assert_eq!(there.says().await, stream_event::BALANCES);
    house.store.pokes().feed();
    assert_eq!(line.says().await, stream_event::FEED, "Cork's sale was told in Cork only");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_changes_are_few_events() {
    let house = House::open().await;
    let station = house.station().await;
    let token = house.token(&station).await.token;
    let mut line = Line::open(&house, &token).await;
    line.begins().await;
    for _ in 0..10_000 {
        house.store.pokes().balances(station.site.id);
    }
    assert_eq!(line.says().await, stream_event::BALANCES);
    for _ in 0..10_000 {
        house.store.pokes().feed();
    }
    let mut more = 0;
    while line.says().await != stream_event::FEED {
        more += 1;
        assert!(more < 100, "10,000 changes are not as many events");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_token_and_with_the_next_one() {
    let house = House::open().await;
    let station = house.station().await;
    let token = house.token(&station).await.token;
    let mut first = Line::open(&house, &token).await;
    first.begins().await;
    let mut second = Line::open(&house, &token).await;
    second.begins().await;
    assert_eq!(first.next().await, None, "a station has one stream");
    house.later(TOKEN_LIFE_MS);
    assert_eq!(second.next().await, None, "the token is over");
    let again = house.http.get(house.url("/api/v1/stream")).bearer_auth(&token);
    assert_eq!(refused(again).await.1.code, code::TOKEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_do_not_hold_up_the_end_nor_are_they_for_revoked_stations() {
    let house = House::open().await;
    let station = house.station().await;
    let token = house.token(&station).await.token;
    let mut line = Line::open(&house, &token).await;
    line.begins().await;
    let mut other = TestStation::new(house.demo.site("cork").expect("Cork").clone(), 6);
    let code = house.code("cork", "05").await;
    let asked = house.enrolment(&other, &code);
    other.device = good::<EnrolAnswer>(house.http.post(house.url("/api/v1/enrol")).json(&asked)).await.device;
    let mut there = Line::open(&house, &house.token(&other).await.token).await;
    there.begins().await;
    assert!(house.store.revoke(station.device, NOW_MS).await.expect("a store"));
    assert_eq!(line.next().await, None, "a revoked station hears nothing any more");
    let get = house.http.get(house.url("/api/v1/stream")).bearer_auth(&token);
    assert_eq!(refused(get).await.1.code, code::DEVICE_REVOKED);
    house.running.stop().await.expect("an orderly end");
    assert_eq!(there.next().await, None, "an open stream does not keep central from ending");
}
