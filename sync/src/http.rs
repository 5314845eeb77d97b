//! Central over HTTPS: the only place that speaks HTTP. Whatever answers there, a call ends within its time and with a
//! bounded amount of memory. What carries the messages is a [`Wire`]: sockets in a shop, a made-up network in the
//! simulation.

use std::io::Read;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, IF_RANGE,
    RANGE, RETRY_AFTER,
};
use http::{Method, Request, Response};
use reqwest::{Client, Url, redirect};
use selvedge_domain::ids::{PromiseId, TransferId};
use selvedge_protocol::v1::{
    AllotmentsAnswer, AllotmentsRequest, ApiError, AvailabilityAnswer, AvailabilityQuery, BalancePage, BalanceQuery,
    BaseAnswer, BaseRequest, DecisionsAnswer, DecisionsRequest, EnrolAnswer, EnrolRequest, EntriesPage, EntriesQuery,
    FeedPage, FeedQuery, GenerationAnswer, GenerationRequest, Health, JournalAnswer, JournalRequest, PromiseAnswer,
    PromiseChangeRequest, PromiseRequest, ReportAnswer, StationReportV1, TokenAnswer, TokenRequest, TransferAnswer,
    TransferRequest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::events::EventStream;
use crate::{Answer, CallError, CentralApi, Download, Have, Pokes};

const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Between two pieces of an answer.
const READ_TIME: Duration = Duration::from_secs(15);
/// A whole call.
const CALL_TIME: Duration = Duration::from_secs(60);
/// An answer at most, unpacked: the largest page is a fraction of it.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// Central takes it over into its log.
const REQUEST_ID: &str = "x-request-id";
/// The same promise for the same key.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Smaller bodies are not worth packing.
const WORTH_PACKING_BYTES: usize = 1024;
const PACKING_LEVEL: i32 = 3;

/// Carries one HTTP message there and its answer back, bodies as they are on the wire.
pub trait Wire: Send + std::marker::Sync {
    /// Sends; an answer with whatever status is an answer.
    fn send<'a>(&'a self, request: Request<Vec<u8>>) -> Answer<'a, Response<Vec<u8>>>;

    /// Sends, and hands the answer's body over piece by piece as it comes, without a bound on its time: for what is long
    /// or never ends. A wire that cannot do it stands before a central that has neither stream nor snapshot.
    fn open<'a>(&'a self, request: Request<Vec<u8>>) -> Answer<'a, Response<Box<dyn Pieces>>> {
        drop(request);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
}

/// A body that comes in pieces.
pub trait Pieces: Send {
    /// The next one; none at the end.
    fn next(&mut self) -> Answer<'_, Option<Vec<u8>>>;
}

/// Central at an address.
pub struct HttpCentral {
    wire: Arc<dyn Wire>,
    base: Url,
}

/// An address that cannot be central's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not an address at all.
    #[error("{0:?} is not an address like https://central.example")]
    NotAnAddress(String),
    /// PINs' verifiers and tokens would be read by others.
    #[error("{0:?} is not encrypted: plain http is for this machine only, use https")]
    PlainOutside(String),
    /// The system's certificates cannot be used.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

impl HttpCentral {
    /// At `https://…`, or `http://…` on this machine.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn new(address: &str) -> Result<Self, UrlError> {
        let (base, local) = base_url(address)?;
        Ok(HttpCentral { wire: Arc::new(Sockets::new(local)?), base })
    }

    /// At such an address, over a wire of choice.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn over(wire: Arc<dyn Wire>, address: &str) -> Result<Self, UrlError> {
        Ok(HttpCentral { wire, base: base_url(address)?.0 })
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let below = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{below}/api/v1/{path}"));
        url.set_query(None);
        url
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        self.post_with(Request::builder(), path, token, body).await
    }

    async fn post_with<T: DeserializeOwned>(
        &self,
        request: http::request::Builder,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        let nonsense = |error: String| CallError::Nonsense(format!("our own request: {error}"));
        let mut bytes = serde_json::to_vec(body).map_err(|error| nonsense(error.to_string()))?;
        let mut request = request.header(CONTENT_TYPE, "application/json");
        if bytes.len() >= WORTH_PACKING_BYTES {
            bytes = zstd::encode_all(bytes.as_slice(), PACKING_LEVEL).map_err(|error| nonsense(error.to_string()))?;
            request = request.header(CONTENT_ENCODING, "zstd");
        }
        self.call(request.method(Method::POST).uri(self.url(path).as_str()), token, bytes).await
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        token: &str,
        query: &[(&str, Option<String>)],
    ) -> Result<T, CallError> {
        let mut url = self.url(path);
        for (name, value) in query {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        self.call(Request::get(url.as_str()), Some(token), Vec::new()).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        request: http::request::Builder,
        token: Option<&str>,
        body: Vec<u8>,
    ) -> Result<T, CallError> {
        let (request, told) = signed(request, token, body)?;
        let answer = self.wire.send(request).await;
        told.answered(answer.as_ref().map(Response::status));
        read(answer?)
    }

    /// An answer whose body comes in pieces; no answer but a good one.
    async fn open(&self, request: http::request::Builder, token: &str) -> Result<Response<Box<dyn Pieces>>, CallError> {
        let (request, told) = signed(request, Some(token), Vec::new())?;
        let answer = self.wire.open(request).await;
        told.answered(answer.as_ref().map(Response::status));
        let answer = answer?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let (head, mut pieces) = answer.into_parts();
        let mut body = Vec::new();
        while let Some(piece) = pieces.next().await? {
            body.extend_from_slice(&piece);
            if body.len() > MOST_BYTES {
                return Err(too_large());
            }
        }
        read::<serde_json::Value>(Response::from_parts(head, body))?;
        Err(CallError::Nonsense("neither a good answer nor a refusal".to_owned()))
    }
}

impl CentralApi for HttpCentral {
    fn enrol<'a>(&'a self, request: &'a EnrolRequest) -> Answer<'a, EnrolAnswer> {
        Box::pin(self.post("enrol", None, request))
    }

    fn health(&self) -> Answer<'_, Health> {
        Box::pin(async move {
            let mut url = self.url("");
            url.set_path(&format!("{}/health", self.base.path().trim_end_matches('/')));
            self.call(Request::get(url.as_str()), None, Vec::new()).await
        })
    }

    fn token<'a>(&'a self, request: &'a TokenRequest) -> Answer<'a, TokenAnswer> {
        Box::pin(self.post("token", None, request))
    }

    fn generation<'a>(&'a self, token: &'a str, request: &'a GenerationRequest) -> Answer<'a, GenerationAnswer> {
        Box::pin(self.post("generations", Some(token), request))
    }

    fn journal<'a>(&'a self, token: &'a str, request: &'a JournalRequest) -> Answer<'a, JournalAnswer> {
        Box::pin(self.post("journal", Some(token), request))
    }

    fn entries<'a>(&'a self, token: &'a str, query: &'a EntriesQuery) -> Answer<'a, EntriesPage> {
        Box::pin(async move {
            let pairs = [
                ("generation", Some(query.generation.to_string())),
                ("after", Some(query.after.to_string())),
                ("limit", query.limit.map(|limit| limit.to_string())),
            ];
            self.get("journal", token, &pairs).await
        })
    }

    fn decisions<'a>(&'a self, token: &'a str, request: &'a DecisionsRequest) -> Answer<'a, DecisionsAnswer> {
        Box::pin(self.post("decisions", Some(token), request))
    }

    fn base<'a>(&'a self, token: &'a str, request: &'a BaseRequest) -> Answer<'a, BaseAnswer> {
        Box::pin(self.post("bases", Some(token), request))
    }

    fn availability<'a>(&'a self, token: &'a str, query: &'a AvailabilityQuery) -> Answer<'a, AvailabilityAnswer> {
        Box::pin(async move {
            let pairs = [
                ("gtin", query.gtin.clone()),
                ("sku", query.sku.clone()),
                ("product", query.product.map(|product| product.to_string())),
                ("site", query.site.map(|site| site.to_string())),
            ];
            self.get("availability", token, &pairs).await
        })
    }

    fn reserve<'a>(&'a self, token: &'a str, key: &'a str, request: &'a PromiseRequest) -> Answer<'a, PromiseAnswer> {
        let keyed = Request::builder().header(IDEMPOTENCY_KEY, key);
        Box::pin(self.post_with(keyed, "promises", Some(token), request))
    }

    fn promise<'a>(&'a self, token: &'a str, promise: PromiseId) -> Answer<'a, PromiseAnswer> {
        Box::pin(async move { self.get(&format!("promises/{promise}"), token, &[]).await })
    }

    fn cancel<'a>(
        &'a self,
        token: &'a str,
        promise: PromiseId,
        request: &'a PromiseChangeRequest,
    ) -> Answer<'a, PromiseAnswer> {
        Box::pin(async move { self.post(&format!("promises/{promise}/cancel"), Some(token), request).await })
    }

    fn allot<'a>(&'a self, token: &'a str, request: &'a AllotmentsRequest) -> Answer<'a, AllotmentsAnswer> {
        Box::pin(self.post("allotments", Some(token), request))
    }

    fn ask_transfer<'a>(&'a self, token: &'a str, request: &'a TransferRequest) -> Answer<'a, TransferAnswer> {
        Box::pin(self.post("transfers", Some(token), request))
    }

    fn cancel_transfer<'a>(&'a self, token: &'a str, transfer: TransferId) -> Answer<'a, TransferAnswer> {
        Box::pin(async move { self.post(&format!("transfers/{transfer}/cancel"), Some(token), &()).await })
    }

    fn report<'a>(&'a self, token: &'a str, report: &'a StationReportV1) -> Answer<'a, ReportAnswer> {
        Box::pin(self.post("report", Some(token), report))
    }

    fn feed<'a>(&'a self, token: &'a str, query: &'a FeedQuery) -> Answer<'a, FeedPage> {
        Box::pin(async move {
            let pairs = [
                ("epoch", query.epoch.map(|epoch| epoch.to_string())),
                ("number", query.number.map(|number| number.to_string())),
                ("row_hash", query.row_hash.clone()),
                ("signature", query.signature.clone()),
                ("limit", query.limit.map(|limit| limit.to_string())),
            ];
            self.get("feed", token, &pairs).await
        })
    }

    fn balances<'a>(&'a self, token: &'a str, query: &'a BalanceQuery) -> Answer<'a, BalancePage> {
        Box::pin(async move {
            let pairs = [
                ("epoch", query.epoch.map(|epoch| epoch.to_string())),
                ("after", query.after.map(|after| after.to_string())),
                ("limit", query.limit.map(|limit| limit.to_string())),
            ];
            self.get("balances", token, &pairs).await
        })
    }

    fn snapshot<'a>(&'a self, token: &'a str, have: Option<&'a Have>) -> Answer<'a, Download> {
        Box::pin(async move {
            let mut request = Request::get(self.url("snapshot").as_str());
            if let Some(Have { etag, bytes }) = have {
                request = request.header(RANGE, format!("bytes={bytes}-")).header(IF_RANGE, etag);
            }
            let answer = self.open(request, token).await?;
            let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
            let etag = text(ETAG).map(str::to_owned);
            let etag = etag.ok_or_else(|| CallError::Nonsense("the snapshot has no etag".to_owned()))?;
            let from = match answer.status() {
                http::StatusCode::PARTIAL_CONTENT => text(CONTENT_RANGE)
                    .and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok())
                    .ok_or_else(|| CallError::Nonsense("a part of the snapshot does not say which".to_owned()))?,
                _ => 0,
            };
            Ok(Download { etag, from, pieces: answer.into_body() })
        })
    }

    fn listen<'a>(&'a self, token: &'a str) -> Answer<'a, Box<dyn Pokes>> {
        Box::pin(async move {
            let request = Request::get(self.url("stream").as_str()).header(ACCEPT, "text/event-stream");
            let pieces = self.open(request, token).await?.into_body();
            Ok(Box::new(EventStream::new(pieces)) as Box<dyn Pokes>)
        })
    }
}

/// A request with what every one carries: the token, and an id by which both logs find it.
fn signed(
    mut request: http::request::Builder,
    token: Option<&str>,
    body: Vec<u8>,
) -> Result<(Request<Vec<u8>>, Told), CallError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| CallError::Away(format!("this machine gives no chance: {error}")))?;
    let id = uuid::Builder::from_random_bytes(random).into_uuid().to_string();
    request = request.header(ACCEPT_ENCODING, "zstd").header(REQUEST_ID, &id);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(body).map_err(|error| CallError::Nonsense(format!("our own request: {error}")))?;
    let told = Told { id, method: request.method().clone(), path: request.uri().path().to_owned() };
    Ok((request, told))
}

/// A request for the log.
struct Told {
    id: String,
    method: Method,
    path: String,
}

impl Told {
    fn answered(&self, how: Result<http::StatusCode, &CallError>) {
        let Told { id, method, path } = self;
        match how {
            Ok(status) if status.is_success() => {
                tracing::debug!(request.id = id, %method, path, status = status.as_u16(), "central answered");
            }
            Ok(status) => tracing::info!(request.id = id, %method, path, status = status.as_u16(), "central refused"),
            Err(error) => tracing::info!(request.id = id, %method, path, %error, "central did not answer"),
        }
    }
}

/// The address, and whether it is on this machine.
fn base_url(address: &str) -> Result<(Url, bool), UrlError> {
    let not_an_address = || UrlError::NotAnAddress(address.to_owned());
    let base = Url::parse(address.trim()).map_err(|_| not_an_address())?;
    let local = is_this_machine(base.host_str().ok_or_else(not_an_address)?);
    match base.scheme() {
        "https" => Ok((base, local)),
        "http" if local => Ok((base, local)),
        "http" => Err(UrlError::PlainOutside(address.to_owned())),
        _ => Err(not_an_address()),
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn read<T: DeserializeOwned>(response: Response<Vec<u8>>) -> Result<T, CallError> {
    let status = response.status();
    let retry_after_ms = retry_after_ms(response.headers());
    let body = plain(response)?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|error| CallError::Nonsense(error.to_string()));
    }
    let status = status.as_u16();
    match serde_json::from_slice::<ApiError>(&body) {
        Ok(error) => Err(CallError::Refused { status, error: Box::new(error), retry_after_ms }),
        // What stands before central says it in its own way: a gateway that does not reach it, a limit.
        Err(_) if status >= 500 || status == 429 || status == 408 => {
            let error = ApiError {
                code: format!("http-{status}"),
                detail: "what stands before central does not reach it".to_owned(),
                request_id: String::new(),
                now_ms: None,
                epoch: None,
            };
            Err(CallError::Refused { status, error: Box::new(error), retry_after_ms })
        }
        Err(_) => Err(CallError::Nonsense(format!("HTTP {status}, not in central's words"))),
    }
}

fn too_large() -> CallError {
    CallError::Nonsense(format!("it has more than {MOST_BYTES} bytes"))
}

/// The body of an answer, unpacked.
fn plain(response: Response<Vec<u8>>) -> Result<Vec<u8>, CallError> {
    match response.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?")) {
        None | Some("identity") => return Ok(response.into_body()),
        Some("zstd") => {}
        Some(other) => return Err(CallError::Nonsense(format!("it is packed as {other}"))),
    }
    // A small bomb is stopped while it unfolds.
    let mut plain = Vec::new();
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    let wrong = |error: std::io::Error| CallError::Nonsense(format!("it is not zstd: {error}"));
    let bytes = response.into_body();
    zstd::Decoder::new(bytes.as_slice()).map_err(wrong)?.take(most + 1).read_to_end(&mut plain).map_err(wrong)?;
    if plain.len() > MOST_BYTES { Err(too_large()) } else { Ok(plain) }
}

fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    seconds.checked_mul(1000)
}

fn away(error: reqwest::Error) -> CallError {
    CallError::Away(chain(&error.without_url()))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// The wire of a shop.
struct Sockets {
    calls: Client,
    /// Without bounds on time: who reads piece by piece has bounds of its own.
    long: Client,
}

impl Sockets {
    fn new(local: bool) -> Result<Self, UrlError> {
        // One cipher library for the whole process; whoever came first chose the same.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = || {
            let client = Client::builder()
                .user_agent(concat!("selvedge/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT_TIME)
                .redirect(redirect::Policy::none());
            if local { client.no_proxy() } else { client }
        };
        let tls = |error: reqwest::Error| UrlError::Tls(chain(&error));
        let calls = client().read_timeout(READ_TIME).timeout(CALL_TIME).build().map_err(tls)?;
        Ok(Sockets { calls, long: client().build().map_err(tls)? })
    }
}

impl Wire for Sockets {
    fn send<'a>(&'a self, request: Request<Vec<u8>>) -> Answer<'a, Response<Vec<u8>>> {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(away)?;
            let mut response = self.calls.execute(request).await.map_err(away)?;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let mut bytes = Vec::new();
            while let Some(piece) = response.chunk().await.map_err(away)? {
                if bytes.len() + piece.len() > MOST_BYTES {
                    return Err(too_large());
                }
                bytes.extend_from_slice(&piece);
            }
            let mut answer = Response::new(bytes);
            (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
            Ok(answer)
        })
    }

    fn open<'a>(&'a self, request: Request<Vec<u8>>) -> Answer<'a, Response<Box<dyn Pieces>>> {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(away)?;
            let answer = tokio::time::timeout(CALL_TIME, self.long.execute(request)).await;
            let answer = answer.map_err(|_| CallError::Away("it did not answer in time".to_owned()))?;
            let mut response = answer.map_err(away)?;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let mut answer = Response::new(Box::new(response) as Box<dyn Pieces>);
            (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
            Ok(answer)
        })
    }
}

impl Pieces for reqwest::Response {
    fn next(&mut self) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(async move { Ok(self.chunk().await.map_err(away)?.map(Vec::from)) })
    }
}
