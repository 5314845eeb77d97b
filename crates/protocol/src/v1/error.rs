//! How central says no.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The body of every answer that is not 2xx.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiError {
    /// One of [`code`]; an unknown one is read by the HTTP status.
    pub code: String,
    /// For a person; names the field that is wrong.
    pub detail: String,
    /// Finds it in central's log.
    pub request_id: String,
    /// Central's clock, milliseconds since 1970, where it is the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now_ms: Option<i64>,
    /// The life of central's journal, where it is the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Uuid>,
}

/// The codes of [`ApiError`], each with the status it comes with.
pub mod code {
    /// 400: the request makes no sense.
    pub const BAD_REQUEST: &str = "bad-request";
    /// 401: no token, a forged or an expired one. Ask for a new one.
    pub const TOKEN: &str = "token";
    /// 401: the signature is not by the key of that device and generation, or central knows neither.
    pub const SIGNATURE: &str = "signature";
    /// 401: `at_ms` is too far from `now_ms`. Sign again with central's time.
    pub const CLOCK: &str = "clock";
    /// 401: the nonce was used before. Sign again with another.
    pub const NONCE: &str = "nonce";
    /// 403: the enrolment code is wrong, used or expired.
    pub const ENROL_CODE: &str = "enrol-code";
    /// 403: the station was revoked.
    pub const DEVICE_REVOKED: &str = "device-revoked";
    /// 404: there is no such path.
    pub const NOT_FOUND: &str = "not-found";
    /// 405: not with this method.
    pub const METHOD: &str = "method";
    /// 408: the request took too long to arrive or to be answered.
    pub const TIMEOUT: &str = "timeout";
    /// 409: the generation or key is another station's.
    pub const GENERATION: &str = "generation";
    /// 409: central cannot confirm the cursor; `epoch` is the present one. Begin again from its start.
    pub const UNKNOWN_CURSOR: &str = "unknown-cursor";
    /// 409: there is not enough stock to promise; nothing was set aside.
    pub const SOLD_OUT: &str = "sold-out";
    /// 409: the key was used for something else.
    pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
    /// 409: goods were sent already, so that the transfer cannot be cancelled; `detail` says how it stands.
    pub const TRANSFER_STATE: &str = "transfer-state";
    /// 409: the transfer's id was used for something else.
    pub const TRANSFER_TAKEN: &str = "transfer-taken";
    /// 409: the promise is over, or not as far as that; `detail` says how it stands.
    pub const PROMISE_STATE: &str = "promise-state";
    /// 409: central cannot sign the base; `detail` says why. The entries stay at the station; ask again another day.
    pub const BASE: &str = "base";
    /// 413: more entries or bytes than allowed. Send fewer.
    pub const TOO_LARGE: &str = "too-large";
    /// 415: not JSON, or compressed in a way that central does not read.
    pub const MEDIA_TYPE: &str = "media-type";
    /// 426: the station is too old for this central: update the station.
    pub const OUTDATED: &str = "outdated";
    /// 429: too often. Wait as `Retry-After` says.
    pub const TOO_OFTEN: &str = "too-often";
    /// 500: a fault of central's. Try again later.
    pub const INTERNAL: &str = "internal";
    /// 503: central is busy or its store is away. Wait as `Retry-After` says.
    pub const BUSY: &str = "busy";
}

/// That central is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// Central's version.
    pub version: String,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
    /// Central's [`REVISION`](super::REVISION).
    #[serde(default, skip_serializing_if = "super::is_zero")]
    pub revision: u32,
}
