//! Stock that is lent to a station, over the wire: for its own site, once for an id, and not of what is scarce.

use reqwest::RequestBuilder;
use selvedge_central::secret::shop_token;
use selvedge_central::store::suite::{NOW_MS, TestStation};
use selvedge_protocol::v1::*;
use uuid::Uuid;

use crate::house::{House, good, refused};

const DAY_S: u32 = 86_400;

fn asks(house: &House, token: &str, request: &AllotmentsRequest) -> RequestBuilder {
    house.http.post(house.url("/api/v1/allotments")).bearer_auth(token).json(request)
}

fn one(number: u128, product: Uuid) -> AllotmentAskedV1 {
    AllotmentAskedV1 { id: Uuid::from_u128(number), product, ttl_s: DAY_S }
}

fn request(allotments: &[AllotmentAskedV1]) -> AllotmentsRequest {
    AllotmentsRequest { allotments: allotments.to_vec() }
}

/// The product of which there is most in Galway, and of which five were sold there today; and one of which there is one.
async fn sold(house: &House, station: &mut TestStation, token: &str) -> (Uuid, Uuid) {
    let mut stock = house.demo.stock_of(station.site.id);
    stock.sort_by_key(|row| row.quantity_thousandths);
    let product = stock.last().expect("there is some").product;
    let rare = stock.iter().find(|row| row.quantity_thousandths == 1_000).expect("one of something").product;
    let sells = house.demo.products.iter().find(|one| one.id == product).expect("it is known");
    let sales: Vec<_> = (0..5).map(|_| station.sells(sells, 1)).collect();
    let answer = house.upload(token, &sales).await;
    assert!(answer.problems.is_empty(), "{:?}", answer.problems);
    (product, rare)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_is_lent_what_its_site_sells_once_for_an_id_with_centrals_signature() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    let (product, rare) = sold(&house, &mut station, &token).await;
    let unsold = house.demo.stock_of(station.site.id).into_iter();
    let unsold = unsold.filter(|row| row.quantity_thousandths >= 8_000).map(|row| row.product);
    let unsold = unsold.into_iter().find(|other| *other != product).expect("there is more of something else");
    let asked = request(&[one(1, product), one(2, rare), one(3, unsold), one(4, Uuid::nil())]);
    let answer: AllotmentsAnswer = good(asks(&house, &token, &asked)).await;
    let why: Vec<_> = answer.allotments.iter().map(|one| one.why.as_deref()).collect();
    let none = [no_allotment::SCARCE, no_allotment::UNASKED, no_allotment::UNKNOWN];
    assert_eq!(why, [None, Some(none[0]), Some(none[1]), Some(none[2])]);
    let lent = answer.allotments[0].allotment.clone().expect("five were sold");
    assert_eq!((lent.device, lent.site, lent.state.as_str()), (station.device, station.site.id, "open"));
    assert!(lent.quantity_thousandths >= 1_000 && lent.ttl_ms == i64::from(DAY_S) * 1_000, "{lent:?}");
    let row = answer.allotments[0].row.as_ref().expect("central's row");
    row.verify(&house.store.central().await.expect("a store").expect("set up").key().public()).expect("it is signed");
    assert_eq!(row.read().expect("it reads"), FeedBody::Allotment(lent.clone()));

    house.later(60_000);
    let again: AllotmentsAnswer = good(asks(&house, &token, &request(&[one(1, product)]))).await;
    assert_eq!(
        again.allotments[0], answer.allotments[0],
        "the same id is the same allotment, and nothing more is lent"
    );

    // Another station of the site has none of it under that id.
    let mut other = TestStation::new(house.demo.site("galway").expect("Galway").clone(), 6);
    let code = house.code("galway", "03").await;
    let joins = house.http.post(house.url("/api/v1/enrol")).json(&house.enrolment(&other, &code));
    other.device = good::<EnrolAnswer>(joins).await.device;
    let theirs = house.token(&other).await.token;
    let taken: AllotmentsAnswer = good(asks(&house, &theirs, &request(&[one(1, product)]))).await;
    assert_eq!(taken.allotments[0].why.as_deref(), Some(no_allotment::TAKEN));
    assert_eq!(taken.allotments[0].allotment, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_named_and_only_stations_are_lent_to() {
    let house = House::open().await;
    let station = house.station().await;
    let token = house.token(&station).await.token;
    let product = house.demo.products[0].id;
    let too_many: Vec<_> = (0..=MAX_ALLOTMENTS).map(|number| one(number as u128, product)).collect();
    let wrong = [
        ("allotments", request(&[])),
        ("allotments", request(&too_many)),
        ("allotments", request(&[one(1, product), one(1, product)])),
        ("ttl_s", request(&[AllotmentAskedV1 { ttl_s: 0, ..one(1, product) }])),
        ("ttl_s", request(&[AllotmentAskedV1 { ttl_s: MAX_ALLOTMENT_TTL_S + 1, ..one(1, product) }])),
    ];
    for (field, request) in wrong {
        let (status, error) = refused(asks(&house, &token, &request)).await;
        assert_eq!((status, error.code.as_str()), (400, code::BAD_REQUEST), "{field}");
        assert!(error.detail.starts_with(field), "{field}: {}", error.detail);
    }
    let key = house.store.central().await.expect("a store").expect("set up").key();
    let shop = shop_token(&key, "web", (NOW_MS, NOW_MS + 3_600_000));
    let (status, error) = refused(asks(&house, &shop, &request(&[one(1, product)]))).await;
    assert_eq!((status, error.code.as_str()), (401, code::TOKEN), "a web shop holds nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_asks_without_end_is_told_when_to_come_back_and_nothing_is_lent_before_all_have_reported() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    let (product, _) = sold(&house, &mut station, &token).await;
    // A row that this central signed in a life that it lost: until every station has reported, nothing new is lent.
    let lost = House::open().await;
    let shop = shop_token(
        &lost.store.central().await.expect("a store").expect("set up").key(),
        "web",
        (NOW_MS, NOW_MS + 1_000),
    );
    let asked = PromiseRequest {
        site: station.site.id,
        kind: "order".into(),
        lines: vec![PromiseLineV1 { product, quantity_thousandths: 1_000, allotment: None }],
        reference: String::new(),
        expires_in_s: None,
        due_ms: None,
    };
    let reserves = lost.http.post(lost.url("/api/v1/promises")).bearer_auth(&shop).header("idempotency-key", "1");
    let mut row = good::<PromiseAnswer>(reserves.json(&asked)).await.row;
    let key = house.store.central().await.expect("a store").expect("set up").key();
    row.seal(&key).expect("a row");
    let path =
        format!("/api/v1/promises/{}/confirm", promise_id(&ChannelV1 { kind: "shop".into(), who: "web".into() }, "1"));
    let shows = house.http.post(house.url(&path)).bearer_auth(shop_token(&key, "web", (NOW_MS, NOW_MS + 1_000)));
    let _back: PromiseAnswer = good(shows.json(&PromiseChangeRequest { row: Some(row) })).await;
    let (status, error) = refused(asks(&house, &token, &request(&[one(1, product)]))).await;
    assert_eq!((status, error.code.as_str()), (503, code::BUSY));

    let mut answer = None;
    for _ in 0..2_000 {
        let sent = asks(&house, &token, &request(&[])).send().await.expect("central answers");
        if sent.status().as_u16() == 429 {
            answer = Some(sent);
            break;
        }
    }
    assert!(answer.expect("the clock of this house stands still").headers().contains_key("retry-after"));
}
