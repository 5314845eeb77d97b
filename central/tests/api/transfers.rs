//! Transfers over the wire: two sites see theirs, a third one does not, and what stations did comes with their journals.

use reqwest::RequestBuilder;
use selvedge_central::secret::{operator_token, shop_token};
use selvedge_central::store::suite::{NOW_MS, TestStation};
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_protocol::journal::{Fact, TransferDispatchedV1, TransferLineV1};
use selvedge_protocol::v1::*;
use uuid::Uuid;

use crate::house::{House, good, refused};

const HOUR_MS: i64 = 3_600_000;

struct At<'a> {
    house: &'a House,
    station: TestStation,
    token: String,
}

impl<'a> At<'a> {
    async fn site(house: &'a House, site: &str, till: &str, seed: u8) -> Self {
        let mut station = TestStation::new(house.demo.site(site).expect("a site").clone(), seed);
        let code = house.code(site, till).await;
        let request = house.http.post(house.url("/api/v1/enrol")).json(&house.enrolment(&station, &code));
        station.device = good::<EnrolAnswer>(request).await.device;
        let token = house.token(&station).await.token;
        At { house, station, token }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.house.http.get(self.house.url(path)).bearer_auth(&self.token)
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.house.http.post(self.house.url(path)).bearer_auth(&self.token)
    }

    fn ask(&self, request: &TransferRequest) -> RequestBuilder {
        self.post("/api/v1/transfers").json(request)
    }

    async fn listed(&self, query: &str) -> Vec<Uuid> {
        let page: TransferPage = good(self.get(&format!("/api/v1/transfers{query}"))).await;
        page.transfers.into_iter().map(|transfer| transfer.id).collect()
    }
}

fn request(house: &House, pieces: i64) -> TransferRequest {
    let line = TransferFactLineV1 { product: house.demo.products[0].id, quantity_thousandths: pieces * 1000 };
    let site = |code: &str| house.demo.site(code).expect("a site").id;
    let (from, to, note) = (site("athlone"), site("galway"), "for Saturday".to_owned());
    TransferRequest { id: Machine.new_id(), from, to, lines: vec![line], person: None, note }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sites_see_their_transfer_and_a_third_one_does_not() {
    let house = House::open().await;
    let mut athlone = At::site(&house, "athlone", "W1", 6).await;
    let galway = At::site(&house, "galway", "04", 5).await;
    let cork = At::site(&house, "cork", "05", 8).await;
    let asked = request(&house, 5);
    let sent = galway.ask(&asked).send().await.expect("central answers");
    assert_eq!(sent.status().as_u16(), 201);
    let first: TransferAnswer = sent.json().await.expect("an answer");
    let by = first.transfer.asked.as_ref().and_then(|asked| asked.device);
    assert_eq!((first.transfer.state.as_str(), by), ("requested", Some(galway.station.device)));
    let again = galway.ask(&asked).send().await.expect("central answers");
    assert_eq!(again.status().as_u16(), 200, "the same id and body are the same transfer");
    assert_eq!(again.json::<TransferAnswer>().await.expect("an answer").transfer, first.transfer);
    let other = TransferRequest { note: "for Sunday".into(), ..asked.clone() };
    let (status, error) = refused(galway.ask(&other)).await;
    assert_eq!((status, error.code.as_str()), (409, code::TRANSFER_TAKEN));

    let path = format!("/api/v1/transfers/{}", asked.id);
    assert_eq!(refused(cork.get(&path)).await.0, 404, "what somebody may not see is not there for them");
    assert_eq!(refused(cork.post(&format!("{path}/cancel"))).await.0, 404);
    assert!(cork.listed("").await.is_empty());
    assert!(cork.listed(&format!("?site={}", asked.to)).await.is_empty(), "a station sees its own site's");
    assert_eq!(athlone.listed("?state=requested").await, [asked.id]);
    assert_eq!(good::<TransferAnswer>(athlone.get(&path)).await.transfer, first.transfer);

    let location = athlone.station.site.locations[0].id;
    let line = TransferLineV1 {
        line: Machine.new_id(),
        product: asked.lines[0].product,
        quantity_thousandths: 5_000,
        location,
        lot: None,
        scanned: None,
    };
    let sent = TransferDispatchedV1 { transfer: asked.id, to_site: asked.to, lines: vec![line], note: String::new() };
    let entry = athlone.station.writes(Fact::TransferDispatched(sent));
    house.upload(&athlone.token, &[entry]).await;
    let mut page: FeedPage = good(galway.get("/api/v1/feed")).await;
    let mut rows = page.rows;
    while page.more {
        page = good(galway.get("/api/v1/feed").query(&FeedQuery::after(&page.next, MAX_PAGE_ROWS))).await;
        rows.append(&mut page.rows);
    }
    let told = rows.iter().find_map(|row| match row.read() {
        Ok(FeedBody::Transfer(transfer)) => Some(transfer),
        Ok(_) | Err(_) => None,
    });
    let told = told.expect("the feed of the site that is to have it says so");
    assert_eq!((told.id, told.state.as_str()), (asked.id, "on-the-way"));
    let (status, error) = refused(galway.post(&format!("{path}/cancel"))).await;
    assert_eq!((status, error.code.as_str()), (409, code::TRANSFER_STATE));
    assert!(error.detail.contains("on-the-way"), "{}", error.detail);

    let later = TransferRequest { id: Machine.new_id(), ..asked };
    let _asked: TransferAnswer = good(galway.ask(&later)).await;
    let cancelled: TransferAnswer = good(athlone.post(&format!("/api/v1/transfers/{}/cancel", later.id))).await;
    assert_eq!(cancelled.transfer.state, "cancelled", "either site may say that nothing will be sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_all_and_a_web_shop_none() {
    let house = House::open().await;
    let galway = At::site(&house, "galway", "04", 5).await;
    let key = house.store.central().await.expect("a store").expect("set up").key();
    let operator = operator_token(&key, "mira", (NOW_MS, NOW_MS + HOUR_MS));
    let asked = request(&house, 1);
    let post = |token: &str| house.http.post(house.url("/api/v1/transfers")).bearer_auth(token).json(&asked);
    let by: TransferAnswer = good(post(&operator)).await;
    assert_eq!(by.transfer.asked.and_then(|asked| asked.device), None);
    assert_eq!(galway.listed("").await, [asked.id]);
    let shop = shop_token(&key, "web", (NOW_MS, NOW_MS + HOUR_MS));
    assert_eq!(refused(post(&shop)).await.1.code, code::TOKEN);
    let list = house.http.get(house.url("/api/v1/transfers")).bearer_auth(&shop);
    assert_eq!(refused(list).await.1.code, code::TOKEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_in_a_transfer_is_named() {
    let house = House::open().await;
    let galway = At::site(&house, "galway", "04", 5).await;
    let right = request(&house, 1);
    let line = right.lines[0];
    let odd = |thousandths| vec![TransferFactLineV1 { quantity_thousandths: thousandths, ..line }];
    let wrong = [
        ("lines", TransferRequest { lines: Vec::new(), ..right.clone() }),
        ("lines", TransferRequest { lines: odd(0), ..right.clone() }),
        ("lines", TransferRequest { lines: odd(-1_000), ..right.clone() }),
        ("lines", TransferRequest { lines: vec![line, line], ..right.clone() }),
        ("from", TransferRequest { from: right.to, ..right.clone() }),
        ("to", TransferRequest { from: right.to, to: right.from, ..right.clone() }),
        ("note", TransferRequest { note: "x".repeat(201), ..right.clone() }),
    ];
    for (field, request) in wrong {
        let (status, error) = refused(galway.ask(&request)).await;
        assert_eq!((status, error.code.as_str()), (400, code::BAD_REQUEST), "{request:?}");
        assert!(error.detail.starts_with(field), "{field}: {}", error.detail);
    }
    let nowhere = TransferRequest { from: Uuid::nil(), ..right.clone() };
    assert_eq!(refused(galway.ask(&nowhere)).await.0, 404);
    let nothing = vec![TransferFactLineV1 { product: Uuid::nil(), ..line }];
    assert_eq!(refused(galway.ask(&TransferRequest { lines: nothing, ..right })).await.0, 404);
    assert_eq!(refused(galway.get("/api/v1/transfers?state=lost")).await.0, 400);
    assert_eq!(refused(galway.get("/api/v1/transfers/none")).await.0, 404);
}
