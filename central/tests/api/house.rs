//! A central that serves, and a station that talks to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use reqwest::{Client, RequestBuilder, Response};
use selvedge_central::serve::{Running, serve};
use selvedge_central::store::Store;
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::suite::{NOW_MS, TestStation};
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_domain::ids::GenerationId;
use selvedge_domain::receipt_number::generation_short;
use selvedge_protocol::demo::DemoCompany;
use selvedge_protocol::journal::Entry;
use selvedge_protocol::v1::{
    ApiError, EnrolAnswer, EnrolRequest, EntryV1, JournalAnswer, JournalRequest, REVISION, TokenAnswer, TokenRequest,
};
use serde::de::DeserializeOwned;

/// The machine, with a clock that tests set.
pub struct SetClock(pub AtomicI64);

impl Surroundings for SetClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
    fn new_id(&self) -> uuid::Uuid {
        Machine.new_id()
    }
    fn random(&self) -> [u8; 32] {
        Machine.random()
    }
}

pub struct House {
    pub store: Arc<dyn Store>,
    pub clock: Arc<SetClock>,
    pub demo: DemoCompany,
    pub http: Client,
    pub running: Running,
}

impl House {
    pub async fn open() -> Self {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::memory().expect("a store"));
        let clock = Arc::new(SetClock(AtomicI64::new(NOW_MS)));
        let demo = selvedge_central::demo::set_up(&*store, &*clock, 1).await.expect("a company");
        let address = "127.0.0.1:0".parse().expect("an address");
        let running = serve(Arc::clone(&store), clock.clone(), address, None).await.expect("it serves");
        House { store, clock, demo, http: Client::new(), running }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url)
    }

    pub fn later(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub async fn code(&self, site: &str, till: &str) -> String {
        selvedge_central::make_code(&*self.store, &*self.clock, site, till).await.expect("a code")
    }

    pub fn enrolment(&self, station: &TestStation, code: &str) -> EnrolRequest {
        EnrolRequest {
            code: code.to_owned(),
            public_key: station.key().public().to_string(),
            generation: station.generation,
            short: generation_short(GenerationId(station.generation)),
            app: "0.1.0".to_owned(),
            revision: REVISION,
        }
    }

    /// A station of Galway that joined over the wire.
    pub async fn station(&self) -> TestStation {
        let mut station = TestStation::new(self.demo.site("galway").expect("Galway").clone(), 5);
        let code = self.code("galway", "04").await;
        let request = self.http.post(self.url("/api/v1/enrol")).json(&self.enrolment(&station, &code));
        station.device = good::<EnrolAnswer>(request).await.device;
        station
    }

    pub fn token_request(&self, station: &TestStation, at_ms: i64) -> TokenRequest {
        TokenRequest::sign(&station.key(), station.device, station.generation, at_ms, Machine.new_id())
    }

    pub async fn token(&self, station: &TestStation) -> TokenAnswer {
        let asked = self.token_request(station, self.clock.now_ms());
        good(self.http.post(self.url("/api/v1/token")).json(&asked)).await
    }

    pub async fn upload(&self, token: &str, entries: &[Entry]) -> JournalAnswer {
        let segment =
            JournalRequest { entries: entries.iter().map(EntryV1::from).collect(), ..JournalRequest::default() };
        good(self.http.post(self.url("/api/v1/journal")).bearer_auth(token).json(&segment)).await
    }
}

pub async fn good<T: DeserializeOwned>(request: RequestBuilder) -> T {
    let response = request.send().await.expect("central answers");
    let status = response.status();
    let text = response.text().await.expect("a body");
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).expect("the answer reads")
}

/// Status and code of a no, whose body is always an error of the API.
pub async fn refused(request: RequestBuilder) -> (u16, ApiError) {
    of_refusal(request.send().await.expect("central answers")).await
}

pub async fn of_refusal(response: Response) -> (u16, ApiError) {
    let status = response.status().as_u16();
    let id = response.headers().get("x-request-id").expect("a request id").to_str().expect("text").to_owned();
    let text = response.text().await.expect("a body");
    let error: ApiError = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status} {text:?}: {error}"));
    assert_eq!(error.request_id, id, "the id in the body is the one in the head");
    assert!(!error.detail.is_empty(), "a no says why");
    (status, error)
}
