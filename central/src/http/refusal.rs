//! How central says no: few codes outside, the whole chain of causes in the log.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use selvedge_protocol::v1::code;
use uuid::Uuid;

use crate::store::{StoreError, chain};

/// A no. The outermost layer gives it its request id and its body.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) detail: String,
    pub(super) now_ms: Option<i64>,
    pub(super) epoch: Option<Uuid>,
    pub(super) retry_after_s: Option<u32>,
    /// For the log only.
    pub(super) cause: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Refusal { status, code, detail: detail.into(), now_ms: None, epoch: None, retry_after_s: None, cause: None }
    }

    /// There is not enough; nothing was set aside.
    pub fn sold_out(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code::SOLD_OUT, detail)
    }

    /// The key was used for something else.
    pub fn idempotency_key() -> Self {
        let detail = "this Idempotency-Key was used with another body: use a new one";
        Self::new(StatusCode::CONFLICT, code::IDEMPOTENCY_KEY, detail)
    }

    /// The promise is not as it must be for that.
    pub fn promise_state(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code::PROMISE_STATE, detail)
    }

    /// The base cannot be signed.
    pub fn base(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code::BASE, detail)
    }

    /// Goods were sent already.
    pub fn transfer_state(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code::TRANSFER_STATE, detail)
    }

    /// The id is another transfer's.
    pub fn transfer_taken() -> Self {
        let detail = "this id is another transfer's: use a new one";
        Self::new(StatusCode::CONFLICT, code::TRANSFER_TAKEN, detail)
    }

    /// What the request names is not here.
    pub fn unknown(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code::NOT_FOUND, detail)
    }

    /// The request makes no sense.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::BAD_REQUEST, detail)
    }

    /// No good token.
    pub fn token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code::TOKEN, "a valid token is needed: ask for one at /api/v1/token")
    }

    /// Not signed by that station.
    pub fn signature() -> Self {
        let detail = "the request is not signed by that generation of that station";
        Self::new(StatusCode::UNAUTHORIZED, code::SIGNATURE, detail)
    }

    /// Too far from central's clock.
    pub fn clock(now_ms: i64) -> Self {
        let detail = "at_ms is too far from central's clock: sign again with now_ms";
        Refusal { now_ms: Some(now_ms), ..Self::new(StatusCode::UNAUTHORIZED, code::CLOCK, detail) }
    }

    /// The nonce was used.
    pub fn nonce() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code::NONCE, "the nonce was used before: sign again with another")
    }

    /// The enrolment code does not work.
    pub fn enrol_code() -> Self {
        let detail = "the code is wrong, used or expired: ask for a new one";
        Self::new(StatusCode::FORBIDDEN, code::ENROL_CODE, detail)
    }

    /// The station was revoked.
    pub fn revoked() -> Self {
        let detail = "the station was revoked: it may hand in its journal, and nothing else";
        Self::new(StatusCode::FORBIDDEN, code::DEVICE_REVOKED, detail)
    }

    /// Nothing is here.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, code::NOT_FOUND, "there is no such path")
    }

    /// Not with this method.
    pub fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, code::METHOD, "this path does not take that method")
    }

    /// Took too long.
    pub fn timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, code::TIMEOUT, "the request took too long")
    }

    /// Larger than allowed.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, code::TOO_LARGE, detail)
    }

    /// Neither JSON nor JSON in zstd.
    pub fn media_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code::MEDIA_TYPE, detail)
    }

    /// Come back later, this was too often.
    pub fn too_often(retry_after_s: u32) -> Self {
        let detail = "too many wrong codes: wait a minute";
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, code::TOO_OFTEN, detail);
        Refusal { retry_after_s: Some(retry_after_s), ..refusal }
    }

    /// Come back later, this client asks too often.
    pub fn too_eager(retry_after_s: u32) -> Self {
        let detail = "this client asks too often";
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, code::TOO_OFTEN, detail);
        Refusal { retry_after_s: Some(retry_after_s), ..refusal }
    }

    /// Come back then, there is too much to do now.
    pub fn later(after_ms: u64) -> Self {
        let seconds = u32::try_from(after_ms.div_ceil(1_000)).unwrap_or(u32::MAX);
        Refusal { retry_after_s: Some(seconds), ..Self::busy() }
    }

    /// Come back later, there is too much to do.
    pub fn busy() -> Self {
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, code::BUSY, "central is busy");
        Refusal { retry_after_s: Some(2), ..refusal }
    }

    /// Come back later, the store is away.
    pub fn away() -> Self {
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, code::BUSY, "central's store is away");
        Refusal { retry_after_s: Some(2), ..refusal }
    }

    /// A fault of ours; the cause goes to the log.
    pub fn internal(cause: impl Into<String>) -> Self {
        let detail = "central failed: the log knows more";
        let refusal = Self::new(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, detail);
        Refusal { cause: Some(cause.into()), ..refusal }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::UnknownCursor { epoch, .. } => Refusal {
                epoch: Some(*epoch),
                ..Self::new(StatusCode::CONFLICT, code::UNKNOWN_CURSOR, error.to_string())
            },
            StoreError::Away { .. } => Refusal { cause: Some(chain(&error)), ..Self::away() },
            StoreError::GenerationTaken(_) => Self::new(StatusCode::CONFLICT, code::GENERATION, error.to_string()),
            StoreError::Recovering => Refusal { detail: error.to_string(), retry_after_s: Some(60), ..Self::busy() },
            StoreError::AlreadySetUp(_)
            | StoreError::NotSetUp
            | StoreError::UnknownTill { .. }
            | StoreError::OldSqlite { .. }
            | StoreError::Newer { .. }
            | StoreError::Foreign
            | StoreError::Address(_)
            | StoreError::Value { .. }
            | StoreError::Sqlite(_)
            | StoreError::Postgres { .. }
            | StoreError::Settings { .. }
            | StoreError::NotDurable
            | StoreError::Io(_)
            | StoreError::Stopped => Self::internal(chain(&error)),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}
