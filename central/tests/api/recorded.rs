//! What stations once said is answered for ever. The requests of the first ones were recorded from version 0.1.0, those of
//! [`later`] from revision 2, with what central answered then; today's central must answer the same, and may say more.
//!
//! A set is recorded with `GOLDEN_WRITE=1`, once: a file that is there is never changed.

mod later;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use reqwest::Client;
use selvedge_central::secret::code_hash;
use selvedge_central::serve::serve;
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::suite::{NOW_MS, TestStation};
use selvedge_central::store::{NewCode, NewStation, Store};
use selvedge_domain::ids::GenerationId;
use selvedge_domain::receipt_number::generation_short;
use selvedge_protocol::demo::DemoCompany;
use selvedge_protocol::v1::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::SetClock;

/// One call, as it went over the wire.
#[derive(Debug, Serialize, Deserialize)]
struct Exchange {
    name: String,
    method: String,
    path: String,
    /// Whether it was made under a token.
    token: bool,
    /// The `Idempotency-Key`, of calls that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    request: Value,
    status: u16,
    answer: Value,
}

/// What differs from central to central and from call to call: it must be there, and of the same sort.
const VOLATILE: &[&str] = &[
    "token",
    "epoch",
    "central",
    "central_key",
    "request_id",
    "row_hash",
    "device",
    "detail",
    "previous",
    "signature",
    "at_ms",
    "body",
    "number",
];

fn file(set: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../crates/protocol/tests/recorded/{set}.json"))
}

/// A station with the identity that it had when it was recorded.
fn recorded_station(demo: &DemoCompany) -> TestStation {
    let mut station = TestStation::new(demo.site("galway").expect("Galway").clone(), 5);
    station.device = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00d1);
    station.generation = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00a1);
    station
}

/// A central with the demo company, that station, and an unused code.
async fn central() -> (selvedge_central::serve::Running, TestStation, DemoCompany) {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::memory().expect("a store"));
    let clock = Arc::new(SetClock(AtomicI64::new(NOW_MS)));
    let demo = selvedge_central::demo::set_up(&*store, &*clock, 1).await.expect("a company");
    let station = recorded_station(&demo);
    let site = demo.site("galway").expect("Galway").id;
    let other = demo.tills.iter().find(|till| till.site == site && till.code != "04").expect("another till");
    for (code, till) in [("USEDUSED", "04"), ("K7QM2D9F", other.code.as_str())] {
        let (site, till) = ("galway".to_owned(), till.to_owned());
        let code = NewCode { hash: code_hash(code), site, till, expires_ms: NOW_MS + 1_000_000 };
        store.add_code(code).await.expect("a till of the demo");
    }
    let asks = NewStation { device: station.device, revision: 0, ..station.asks(code_hash("USEDUSED")) };
    store.enrol(asks, NOW_MS).await.expect("a store").expect("it joins");
    let running = serve(store, clock, "127.0.0.1:0".parse().expect("an address"), None).await.expect("it serves");
    (running, station, demo)
}

async fn call(http: &Client, url: &str, token: &str, one: &Exchange) -> (u16, Value) {
    let request = match one.method.as_str() {
        "POST" => http.post(format!("{url}{}", one.path)).json(&one.request),
        _ => http.get(format!("{url}{}", one.path)),
    };
    let request = if one.token { request.bearer_auth(token) } else { request };
    let request = one.key.iter().fold(request, |request, key| request.header("idempotency-key", key));
    let response = request.send().await.expect("central answers");
    (response.status().as_u16(), response.json().await.expect("JSON"))
}

/// A call that is made, without its answer.
fn say(name: &str, path: &str, token: bool, request: Value) -> Exchange {
    Exchange {
        name: name.to_owned(),
        method: if request.is_null() { "GET" } else { "POST" }.to_owned(),
        path: path.to_owned(),
        token,
        key: None,
        request,
        status: 0,
        answer: Value::Null,
    }
}

/// What the first station said in its first minutes.
fn script(mut station: TestStation, demo: &DemoCompany) -> Vec<Exchange> {
    let value = |value: &dyn erased::Json| value.json();
    let joins = |code: &str| EnrolRequest {
        code: code.to_owned(),
        public_key: selvedge_protocol::journal::DeviceKey::from_seed([6; 32]).public().to_string(),
        generation: Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00a2),
        short: generation_short(GenerationId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00a2))),
        app: "0.1.0".to_owned(),
        revision: 0,
    };
    let next = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00a3);
    let signs = |at_ms, nonce| {
        TokenRequest::sign(&station.key(), station.device, station.generation, at_ms, Uuid::from_u128(nonce))
    };
    let (good, late) = (signs(NOW_MS, 1), signs(0, 2));
    let sold = station.sells(&demo.products[0], 2);
    let drawer = station.opens_the_drawer();
    let odd = station.seals(r#"{"kind":"weather","version":1,"rain":true}"#.to_owned());
    let _missing = station.opens_the_drawer();
    let after_a_gap = station.opens_the_drawer();
    let segment = |entries: &[&selvedge_protocol::journal::Entry]| JournalRequest {
        entries: entries.iter().map(|entry| EntryV1::from(*entry)).collect(),
        ..JournalRequest::default()
    };
    let generation = GenerationRequest {
        generation: next,
        short: generation_short(GenerationId(next)),
        public_key: selvedge_protocol::journal::DeviceKey::from_seed([8; 32]).public().to_string(),
        after: None,
        signature: None,
    };
    vec![
        say("a wrong code", "/api/v1/enrol", false, value(&joins("AAAA-AAAA"))),
        say("joining", "/api/v1/enrol", false, value(&joins("K7QM-2D9F"))),
        say("a clock of 1970", "/api/v1/token", false, value(&late)),
        say("a token", "/api/v1/token", false, value(&good)),
        say("the same nonce", "/api/v1/token", false, value(&good)),
        say("no token", "/api/v1/feed", false, Value::Null),
        say("the heads", "/api/v1/journal", true, value(&segment(&[]))),
        say("a segment", "/api/v1/journal", true, value(&segment(&[&sold, &drawer]))),
        say("the segment again", "/api/v1/journal", true, value(&segment(&[&sold, &drawer]))),
        say("an unknown kind", "/api/v1/journal", true, value(&segment(&[&odd]))),
        say("a gap", "/api/v1/journal", true, value(&segment(&[&after_a_gap]))),
        say("a new generation", "/api/v1/generations", true, value(&generation)),
        say("the feed's first rows", "/api/v1/feed?limit=2", true, Value::Null),
        say(
            "a strange cursor",
            "/api/v1/feed?epoch=01930000-0000-7000-8000-0000000000e1&number=7&row_hash=ab",
            true,
            Value::Null,
        ),
        say("balances", "/api/v1/balances?limit=3", true, Value::Null),
        say("a path of tomorrow", "/api/v1/weather", true, Value::Null),
        say("health", "/health", false, Value::Null),
        say("half a request", "/api/v1/token", false, json!({"device": 4})),
    ]
}

mod erased {
    //! JSON of whatever is said.
    pub trait Json {
        fn json(&self) -> serde_json::Value;
    }
    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> serde_json::Value {
            serde_json::to_value(self).expect("JSON")
        }
    }
}

/// Everything that was said then is said now.
fn says_as_much(then: &Value, now: &Value, at: &str) {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            for (key, value) in then {
                let at = format!("{at}.{key}");
                let now = now.get(key).unwrap_or_else(|| panic!("{at} is missing"));
                let volatile = VOLATILE.contains(&key.as_str());
                if key == "revision" {
                    assert!(now.as_u64() >= value.as_u64(), "{at}: {now} after {value}: it only grows");
                } else if volatile {
                    assert_eq!(std::mem::discriminant(value), std::mem::discriminant(now), "{at} is of another sort");
                } else {
                    says_as_much(value, now, &at);
                }
            }
        }
        (Value::Array(then), Value::Array(now)) => {
            assert_eq!(then.len(), now.len(), "{at}");
            then.iter().zip(now).enumerate().for_each(|(number, (then, now))| {
                says_as_much(then, now, &format!("{at}[{number}]"));
            });
        }
        (then, now) => assert_eq!(then, now, "{at}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_stations_said_is_answered_for_ever() {
    is_answered_as_then("0.1.0", 18, script).await;
}

/// Plays a set to a central that has just the demo company and that station. What is volatile may differ.
async fn is_answered_as_then(set: &str, least: usize, script: fn(TestStation, &DemoCompany) -> Vec<Exchange>) {
    let (running, station, demo) = central().await;
    if std::env::var_os("GOLDEN_WRITE").is_some() && !file(set).exists() {
        record(set, &running.url, script(station, &demo)).await;
        return;
    }
    let text = std::fs::read_to_string(file(set)).expect("the recorded exchanges");
    let exchanges: Vec<Exchange> = serde_json::from_str(&text).expect("exchanges");
    assert!(exchanges.len() >= least, "none was taken out");
    let http = Client::new();
    let mut token = String::new();
    for one in &exchanges {
        let (status, answer) = call(&http, &running.url, &token, one).await;
        assert_eq!(status, one.status, "{}: {answer}", one.name);
        says_as_much(&one.answer, &answer, &one.name);
        if let Some(heard) = answer.get("token").and_then(Value::as_str) {
            heard.clone_into(&mut token);
        }
    }
}

async fn record(set: &str, url: &str, mut exchanges: Vec<Exchange>) {
    let http = Client::new();
    let mut token = String::new();
    for one in &mut exchanges {
        (one.status, one.answer) = call(&http, url, &token, one).await;
        if let Some(heard) = one.answer.get("token").and_then(Value::as_str) {
            heard.clone_into(&mut token);
        }
    }
    std::fs::create_dir_all(file(set).parent().expect("a folder")).expect("a folder");
    let text = serde_json::to_string_pretty(&exchanges).expect("JSON");
    std::fs::write(file(set), format!("{text}\n")).expect("the folder can be written");
}
