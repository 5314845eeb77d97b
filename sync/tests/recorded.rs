//! What central once answered is read for ever: the exchanges were recorded from version 0.1.0 and from revision 2, and
//! central's own tests answer their requests.

#![allow(missing_docs)]

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use selvedge_domain::ids::PromiseId;
use selvedge_protocol::v1::*;
use selvedge_sync::{Answer, CallError, CentralApi, HttpCentral, Wire};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

#[derive(Debug, Deserialize)]
struct Exchange {
    name: String,
    method: String,
    path: String,
    #[serde(default)]
    key: Option<String>,
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
    let read = reads(include_str!("../../crates/protocol/tests/recorded/0.1.0.json")).await;
    assert!(read >= 14, "only {read} of them were read");
}

#[tokio::test]
async fn what_central_answered_in_revision_2_is_read_for_ever() {
    let read = reads(include_str!("../../crates/protocol/tests/recorded/revision-2.json")).await;
    assert!(read >= 22, "only {read} of them were read");
}

/// How many of the exchanges a station of today makes; what it hears of each is what was answered then.
async fn reads(text: &str) -> usize {
    let exchanges: Vec<Exchange> = serde_json::from_str(text).expect("exchanges");
    let mut read = 0;
    for one in exchanges {
        let (name, status) = (one.name.clone(), one.status);
        let code = one.answer.get("code").and_then(Value::as_str).map(str::to_owned);
        let Some(heard) = ask(one).await else { continue };
        read += 1;
        match heard {
            Ok(()) => assert!((200..300).contains(&status), "{name}: {status}"),
            Err(CallError::Refused { status: heard, error, .. }) => {
                assert_eq!((heard, Some(error.code)), (status, code), "{name}");
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
    read
}

/// Makes the call, where stations make such a call.
async fn ask(one: Exchange) -> Option<Result<(), CallError>> {
    let (to, method, request) = (path(&one).to_owned(), one.method.clone(), one.request.clone());
    let (name, key) = (one.name.clone(), one.key.clone());
    let central = HttpCentral::over(Arc::new(Then(Mutex::new(Some(one)))), "http://localhost").expect("an address");
    let cancelled = to.strip_prefix("/api/v1/promises/").and_then(|rest| rest.strip_suffix("/cancel"));
    if let Some(promise) = cancelled.and_then(|id| Uuid::parse_str(id).ok()) {
        return Some(central.cancel("t", PromiseId(promise), &sent(&request)).await.map(drop));
    }
    Some(match (method.as_str(), to.as_str()) {
        // Half a request can only be sent by hand.
        _ if name == "half a request" => return None,
        ("POST", "/api/v1/enrol") => central.enrol(&sent(&request)).await.map(drop),
        ("POST", "/api/v1/token") => central.token(&sent(&request)).await.map(drop),
        ("POST", "/api/v1/generations") => central.generation("t", &sent(&request)).await.map(drop),
        ("POST", "/api/v1/journal") => central.journal("t", &sent(&request)).await.map(drop),
        ("GET", "/api/v1/journal") => {
            let query = EntriesQuery { generation: Uuid::nil(), after: 0, limit: None };
            central.entries("t", &query).await.map(drop)
        }
        ("POST", "/api/v1/bases") => central.base("t", &sent(&request)).await.map(drop),
        ("POST", "/api/v1/decisions") => central.decisions("t", &sent(&request)).await.map(drop),
        ("POST", "/api/v1/report") => central.report("t", &sent(&request)).await.map(drop),
        ("GET", "/api/v1/feed") => central.feed("t", &FeedQuery::default()).await.map(drop),
        ("GET", "/api/v1/balances") => central.balances("t", &BalanceQuery::default()).await.map(drop),
        ("GET", "/api/v1/availability") => central.availability("t", &AvailabilityQuery::default()).await.map(drop),
        ("POST", "/api/v1/promises") => {
            let key = key?;
            central.reserve("t", &key, &sent(&request)).await.map(drop)
        }
        ("GET", "/health") => central.health().await.map(drop),
        _ => return None,
    })
}
