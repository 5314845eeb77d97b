//! Promises over the wire: a web shop, a station and an operator, each within its bounds.

use reqwest::RequestBuilder;
use selvedge_central::secret::{operator_token, shop_token};
use selvedge_central::store::ExportKind;
use selvedge_central::store::suite::NOW_MS;
use selvedge_protocol::v1::*;
use uuid::Uuid;

use crate::house::{House, good, refused};

const HOUR_MS: i64 = 3_600_000;

struct Shop<'a> {
    house: &'a House,
    token: String,
}

impl<'a> Shop<'a> {
    async fn open(house: &'a House, name: &str) -> Self {
        let key = house.store.central().await.expect("a store").expect("set up").key();
        Shop { house, token: shop_token(&key, name, (NOW_MS, NOW_MS + HOUR_MS)) }
    }

    fn reserve(&self, key: &str, request: &PromiseRequest) -> RequestBuilder {
        let post = self.house.http.post(self.house.url("/api/v1/promises")).bearer_auth(&self.token);
        post.header("idempotency-key", key).json(request)
    }

    fn change(&self, id: Uuid, verb: &str) -> RequestBuilder {
        self.house.http.post(self.house.url(&format!("/api/v1/promises/{id}/{verb}"))).bearer_auth(&self.token)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.house.http.get(self.house.url(path)).bearer_auth(&self.token)
    }

    async fn available(&self, sku: &str, site: Uuid) -> AvailableV1 {
        let asked = self.get("/api/v1/availability").query(&[("sku", sku), ("site", &site.to_string())]);
        let answer: AvailabilityAnswer = good(asked).await;
        assert!(answer.as_of_ms <= answer.now_ms, "a figure is not of tomorrow");
        answer.sites.into_iter().next().expect("the site has some")
    }
}

fn request(house: &House, pieces: i64) -> PromiseRequest {
    let line =
        PromiseLineV1 { product: house.demo.products[0].id, quantity_thousandths: pieces * 1000, allotment: None };
    PromiseRequest {
        site: house.demo.site("galway").expect("Galway").id,
        kind: "reservation".into(),
        lines: vec![line],
        reference: "basket 7".into(),
        expires_in_s: None,
        due_ms: Some(NOW_MS + HOUR_MS / 2),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_shop_reserves_confirms_and_cancels() {
    let house = House::open().await;
    let shop = Shop::open(&house, "web").await;
    let (sku, site) = (house.demo.products[0].sku.clone(), request(&house, 1).site);
    let before = shop.available(&sku, site).await;
    assert!(before.available_thousandths >= 4000, "the demo has some: {before:?}");
    let asked = request(&house, 2);
    let sent = shop.reserve("basket-7", &asked).send().await.expect("central answers");
    assert_eq!(sent.status().as_u16(), 201);
    let first: PromiseAnswer = sent.json().await.expect("an answer");
    let central = house.store.central().await.expect("a store").expect("set up");
    first.row.verify(&central.key().public()).expect("it is signed");
    let again = shop.reserve("basket-7", &asked).send().await.expect("central answers");
    assert_eq!(again.status().as_u16(), 200, "the same key and body are the same promise");
    assert_eq!(again.json::<PromiseAnswer>().await.expect("an answer").promise, first.promise);
    let (status, error) = refused(shop.reserve("basket-7", &request(&house, 3))).await;
    assert_eq!((status, error.code.as_str()), (409, code::IDEMPOTENCY_KEY));
    let (status, error) = refused(shop.reserve("basket-8", &request(&house, 900_000))).await;
    assert_eq!((status, error.code.as_str()), (409, code::SOLD_OUT));

    house.later(1_000);
    let after = shop.available(&sku, site).await;
    assert_eq!(after.available_thousandths, before.available_thousandths - 2000);
    assert_eq!((after.promised_thousandths, after.on_hand_thousandths), (2000, before.on_hand_thousandths));

    let id = first.promise.id;
    let confirmed: PromiseAnswer = good(shop.change(id, "confirm")).await;
    assert_eq!(confirmed.promise.state, "confirmed");
    let (status, error) = refused(shop.change(id, "release")).await;
    assert_eq!((status, error.code.as_str()), (409, code::PROMISE_STATE));
    let late: PromisePage = good(shop.get("/api/v1/promises?late=true")).await;
    assert!(late.promises.is_empty(), "it is due in half an hour");
    house.later(HOUR_MS / 2 + 1);
    let late: PromisePage = good(shop.get("/api/v1/promises?late=true&state=confirmed")).await;
    assert_eq!(late.promises.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
    let cancelled: PromiseAnswer = good(shop.change(id, "cancel").json(&PromiseChangeRequest::default())).await;
    assert_eq!(cancelled.promise.state, "cancelled");
    let shown: PromiseAnswer = good(shop.get(&format!("/api/v1/promises/{id}"))).await;
    assert_eq!(shown.promise, cancelled.promise);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_named() {
    let house = House::open().await;
    let shop = Shop::open(&house, "web").await;
    let good_one = request(&house, 1);
    let line = good_one.lines[0].clone();
    let wrong = [
        ("kind", PromiseRequest { kind: "wish".into(), ..good_one.clone() }),
        ("lines", PromiseRequest { lines: Vec::new(), ..good_one.clone() }),
        (
            "lines",
            PromiseRequest {
                lines: vec![PromiseLineV1 { quantity_thousandths: 0, ..line.clone() }],
                ..good_one.clone()
            },
        ),
        (
            "lines",
            PromiseRequest {
                lines: vec![PromiseLineV1 { allotment: Some(Uuid::nil()), ..line.clone() }],
                ..good_one.clone()
            },
        ),
        ("reference", PromiseRequest { reference: "x".repeat(201), ..good_one.clone() }),
        ("expires_in_s", PromiseRequest { expires_in_s: Some(0), ..good_one.clone() }),
        ("expires_in_s", PromiseRequest { kind: "order".into(), expires_in_s: Some(5), ..good_one.clone() }),
    ];
    for (field, request) in wrong {
        let (status, error) = refused(shop.reserve("key", &request)).await;
        assert_eq!((status, error.code.as_str()), (400, code::BAD_REQUEST), "{request:?}");
        assert!(error.detail.starts_with(field), "{field}: {}", error.detail);
    }
    let without = house.http.post(house.url("/api/v1/promises")).bearer_auth(&shop.token).json(&good_one);
    let (status, error) = refused(without).await;
    assert!(status == 400 && error.detail.contains("Idempotency-Key"), "{}", error.detail);
    let nowhere = PromiseRequest { site: Uuid::nil(), ..good_one.clone() };
    assert_eq!(refused(shop.reserve("key", &nowhere)).await.0, 404);
    let nothing = PromiseLineV1 { product: Uuid::nil(), ..line };
    let nothing = PromiseRequest { lines: vec![nothing], ..good_one };
    assert_eq!(refused(shop.reserve("key", &nothing)).await.0, 404);
    for path in [
        "availability",
        "availability?sku=a&gtin=4006381333931",
        "availability?gtin=4006381333930",
        "promises?state=lost",
    ] {
        assert_eq!(refused(shop.get(&format!("/api/v1/{path}"))).await.0, 400, "{path}");
    }
    assert_eq!(refused(shop.get("/api/v1/availability?sku=nobody-has-this")).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_their_own() {
    let house = House::open().await;
    let (web, other) = (Shop::open(&house, "web").await, Shop::open(&house, "other").await);
    let asked = request(&house, 1);
    let mine: PromiseAnswer = good(web.reserve("1", &asked)).await;
    let theirs: PromiseAnswer = good(other.reserve("1", &asked)).await;
    assert_ne!(mine.promise.id, theirs.promise.id, "a key is its client's own");
    let id = mine.promise.id;
    assert_eq!(refused(other.get(&format!("/api/v1/promises/{id}"))).await.0, 404);
    assert_eq!(refused(other.change(id, "cancel")).await.0, 404);
    let listed: PromisePage = good(other.get("/api/v1/promises")).await;
    assert_eq!(listed.promises, [theirs.promise]);
    for path in ["/api/v1/feed", "/api/v1/balances", "/api/v1/devices"] {
        assert_eq!(refused(web.get(path)).await.1.code, code::TOKEN, "a web shop's token opens no {path}");
    }
    let none = house.http.get(house.url("/api/v1/promises"));
    assert_eq!(refused(none).await.1.code, code::TOKEN);

    let station = house.station().await;
    let token = house.token(&station).await.token;
    let at_site: PromisePage = good(house.http.get(house.url("/api/v1/promises")).bearer_auth(&token)).await;
    assert_eq!(at_site.promises.len(), 2, "a station sees what its site must deliver");
    let central = house.store.central().await.expect("a store").expect("set up");
    let operator = operator_token(&central.key(), "mira", (NOW_MS, NOW_MS + HOUR_MS));
    let release = house.http.post(house.url(&format!("/api/v1/promises/{id}/release"))).bearer_auth(&operator);
    assert_eq!(good::<PromiseAnswer>(release).await.promise.state, "cancelled", "an operator may release");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_without_end_is_told_when_to_come_back() {
    let house = House::open().await;
    let (mad, calm) = (Shop::open(&house, "mad").await, Shop::open(&house, "calm").await);
    let mut answer = None;
    for _ in 0..1_000 {
        let asked = mad.get("/api/v1/promises?limit=1").send().await.expect("central answers");
        if asked.status().as_u16() == 429 {
            answer = Some(asked);
            break;
        }
    }
    let answer = answer.expect("the clock of this house stands still, so the bucket runs dry");
    assert!(answer.headers().contains_key("retry-after"));
    let _others_are_served: PromisePage = good(calm.get("/api/v1/promises")).await;
    house.later(1_000);
    let _again: PromisePage = good(mad.get("/api/v1/promises")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_central_that_lost_a_promise_takes_it_back_from_who_was_told() {
    let (house, lost) = (House::open().await, House::open().await);
    let (shop, before) = (Shop::open(&house, "web").await, Shop::open(&lost, "web").await);
    let told: PromiseAnswer = good(before.reserve("1", &request(&lost, 1))).await;
    let id = told.promise.id;
    assert_eq!(refused(shop.change(id, "confirm")).await.0, 404);
    let forged = PromiseChangeRequest { row: Some(told.row.clone()) };
    assert_eq!(refused(shop.change(id, "confirm").json(&forged)).await.0, 404, "another central's row proves nothing");
    // The same row as this central would have signed it in a life that it lost.
    let key = house.store.central().await.expect("a store").expect("set up").key();
    let mut row = told.row;
    row.seal(&key).expect("a row");
    let shown = PromiseChangeRequest { row: Some(row) };
    let back: PromiseAnswer = good(shop.change(id, "confirm").json(&shown)).await;
    assert_eq!(back.promise, PromiseV1 { state: "confirmed".into(), ..told.promise });
    let (status, error) = refused(shop.reserve("2", &request(&house, 1))).await;
    assert_eq!((status, error.code.as_str()), (503, code::BUSY), "until all stations reported nothing new is promised");
}

/// A token that leaked is worth nothing within seconds, at every replica; a new one for the same shop is good.
#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_revoked_before_its_token_ends() {
    let house = House::open().await;
    let shop = Shop::open(&house, "web").await;
    let other = Shop::open(&house, "app").await;
    let asked = shop.reserve("basket-7", &request(&house, 1));
    let made = good::<PromiseAnswer>(asked).await.promise;
    house.later(500);
    house.store.revoke_shop("web", NOW_MS + 500).await.expect("a store");
    house.later(2_000);
    let path = format!("/api/v1/promises/{}", made.id);
    assert_eq!(refused(shop.get(&path)).await.0, 401, "what was believed is asked anew");
    assert_eq!(refused(shop.reserve("basket-8", &request(&house, 1))).await.0, 401);
    assert_eq!(refused(other.get(&path)).await.0, 404, "another shop is not concerned");
    let key = house.store.central().await.expect("a store").expect("set up").key();
    let token = shop_token(&key, "web", (NOW_MS + 501, NOW_MS + HOUR_MS));
    let again = Shop { house: &house, token };
    let there: PromiseAnswer = good(again.get(&path)).await;
    assert_eq!(there.promise, made, "its promises are its own still");
    let old = Shop { house: &house, token: shop_token(&key, "web", (0, NOW_MS + HOUR_MS)) };
    assert_eq!(refused(old.get(&path)).await.0, 401, "one of before tokens said when they were made");
}

/// Whose a promise is stands in it; who else had it changed stands in the list of commands.
#[tokio::test(flavor = "multi_thread")]
async fn who_changes_anothers_promise_is_written_down() {
    let house = House::open().await;
    let shop = Shop::open(&house, "web").await;
    let made = good::<PromiseAnswer>(shop.reserve("basket-7", &request(&house, 1))).await.promise;
    good::<PromiseAnswer>(shop.change(made.id, "confirm")).await;
    let commands = async || house.store.export(ExportKind::Commands, 0, 100).await.expect("an export").lines;
    assert_eq!(commands().await.len(), 0, "it is its own");
    let central = house.store.central().await.expect("a store").expect("set up");
    let token = operator_token(&central.key(), "mira", (NOW_MS, NOW_MS + HOUR_MS));
    good::<PromiseAnswer>(Shop { house: &house, token }.change(made.id, "cancel")).await;
    let [line] = &commands().await[..] else { panic!("one command") };
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    let expected = serde_json::json!({
        "at_ms": NOW_MS, "who": "operator mira", "what": "cancel", "about": format!("promise {}", made.id),
    });
    assert_eq!(line, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_back_and_cannot_be_kept_any_more_is_not_confirmed() {
    let (house, lost) = (House::open().await, House::open().await);
    let (shop, before) = (Shop::open(&house, "web").await, Shop::open(&lost, "web").await);
    let station = house.station().await;
    let first: PromiseAnswer = good(before.reserve("1", &request(&lost, 1))).await;
    lost.later(60_000);
    let second: PromiseAnswer = good(before.reserve("2", &request(&lost, 1))).await;
    let key = house.store.central().await.expect("a store").expect("set up").key();
    let signed = |told: &PromiseAnswer| {
        let mut row = told.row.clone();
        row.seal(&key).expect("a row");
        PromiseChangeRequest { row: Some(row) }
    };
    let _back: PromiseAnswer = good(shop.change(first.promise.id, "confirm").json(&signed(&first))).await;
    // Nobody is waited for any more, and somebody else gets all that is left.
    assert!(house.store.declare_dead(station.device, NOW_MS).await.expect("a store"));
    house.later(1_000);
    let (sku, site) = (house.demo.products[0].sku.clone(), request(&house, 1).site);
    let left = shop.available(&sku, site).await.available_thousandths / 1_000;
    let _all: PromiseAnswer = good(shop.reserve("3", &request(&house, left))).await;
    let (status, error) = refused(shop.change(second.promise.id, "confirm").json(&signed(&second))).await;
    assert_eq!((status, error.code.as_str()), (409, code::PROMISE_STATE));
    let shown: PromiseAnswer = good(shop.get(&format!("/api/v1/promises/{}", second.promise.id))).await;
    assert_eq!(shown.promise.state, "broken");
    assert_eq!(shown.promise.cause.expect("a cause").kind, "restore");
}
