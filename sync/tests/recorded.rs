//! What central answered to the first stations is read for ever: the exchanges were recorded from version 0.1.0, and
//! central's own tests answer their requests.

#![allow(missing_docs)]

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use selvedge_protocol::v1::*;
use selvedge_sync::{Answer, CallError, CentralApi, HttpCentral, Wire};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[derive(Debug, Deserialize)]
struct Exchange {
    name: String,
    method: String,
    path: String,
    request: Value,
    status: u16,
    answer: Value,
}

/// Answers the one call that is made as it was answered then.
struct Then(Mutex<Option<Exchange>>);

impl Wire for Then {
    fn send<'a>(&'a self, request: Request<Vec<u8>>) -> Answer<'a, Response<Vec<u8>>> {
        let one = self.0.lock().expect("the exchange").take().expect("one call");
        assert_eq!(
            (request.method().as_str(), request.uri().path()),
            (one.method.as_str(), path(&one)),
            "{}",
            one.name
        );
        assert!(request.headers().contains_key("x-request-id"), "every request has an id");
        let response = Response::builder().status(one.status).body(one.answer.to_string().into_bytes());
        Box::pin(std::future::ready(Ok(response.expect("a response"))))
    }
}

fn path(one: &Exchange) -> &str {
    one.path.split('?').next().unwrap_or_default()
}

fn sent<T: DeserializeOwned>(request: &Value) -> T {
    serde_json::from_value(request.clone()).expect("a request of then is a request of now")
}

#[tokio::test]
async fn what_central_answered_to_the_first_stations_is_read_for_ever() {
    let text = include_str!("../../crates/protocol/tests/recorded/0.1.0.json");
    let exchanges: Vec<Exchange> = serde_json::from_str(text).expect("exchanges");
    let mut read = 0;
    for one in exchanges {
        let (name, status, request) = (one.name.clone(), one.status, one.request.clone());
        let code = one.answer.get("code").and_then(Value::as_str).map(str::to_owned);
        let to = path(&one).to_owned();
        let central = HttpCentral::over(Arc::new(Then(Mutex::new(Some(one)))), "http://localhost").expect("an address");
        // Half a request can only be sent by hand.
        let heard: Result<(), CallError> = match to.as_str() {
            _ if name == "half a request" => continue,
            "/api/v1/enrol" => central.enrol(&sent(&request)).await.map(drop),
            "/api/v1/token" => central.token(&sent(&request)).await.map(drop),
            "/api/v1/generations" => central.generation("t", &sent(&request)).await.map(drop),
            "/api/v1/journal" => central.journal("t", &sent(&request)).await.map(drop),
            "/api/v1/feed" => central.feed("t", &FeedQuery::default()).await.map(drop),
            "/api/v1/balances" => central.balances("t", &BalanceQuery::default()).await.map(drop),
            _ => continue,
        };
        read += 1;
        match heard {
            Ok(()) => assert_eq!(status, 200, "{name}"),
            Err(CallError::Refused { status: heard, error, .. }) => {
                assert_eq!((heard, Some(error.code)), (status, code), "{name}");
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
    assert!(read >= 14, "only {read} of them were read");
}
