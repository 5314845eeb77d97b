//! Bodies: JSON, as it is or in zstd, never larger than allowed however small it was packed.

use std::io::Read;

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use selvedge_protocol::v1::MAX_SEGMENT_BYTES;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Refusal;

/// Bytes of a body at most, unpacked: a segment and its envelope's JSON escapes.
const MOST_BYTES: usize = 2 * MAX_SEGMENT_BYTES;
/// Smaller answers are not worth packing.
const WORTH_PACKING_BYTES: usize = 1024;
/// Fast enough to keep up with a line, and most of what there is to gain.
const LEVEL: i32 = 3;

/// A body that was sent to central.
pub struct Sent<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let packed = coding(request.headers())?;
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !kind.to_ascii_lowercase().starts_with("application/json") {
            return Err(Refusal::media_type("send application/json"));
        }
        let too_large = || Refusal::too_large(format!("a body has at most {MOST_BYTES} bytes"));
        let bytes = to_bytes(request.into_body(), MOST_BYTES).await.map_err(|error| {
            // The stream ended early, or was longer than it may be.
            let long = std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("limit"));
            if long { too_large() } else { Refusal::bad_request("the body ended too early") }
        })?;
        let bytes = if packed { unpack(&bytes)?.ok_or_else(too_large)? } else { bytes.to_vec() };
        // serde names the field, the line and the column.
        serde_json::from_slice(&bytes).map(Sent).map_err(|error| Refusal::bad_request(format!("the body: {error}")))
    }
}

fn coding(headers: &HeaderMap) -> Result<bool, Refusal> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?")) {
        None | Some("identity") => Ok(false),
        Some("zstd") => Ok(true),
        Some(_) => Err(Refusal::media_type("a body is plain or zstd")),
    }
}

/// None when it is larger than allowed: a small bomb is stopped while it unfolds.
fn unpack(bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let wrong = |_| Refusal::bad_request("the body is not zstd");
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    let mut unpacked = Vec::new();
    zstd::Decoder::new(bytes).map_err(wrong)?.take(most + 1).read_to_end(&mut unpacked).map_err(wrong)?;
    Ok((unpacked.len() <= MOST_BYTES).then_some(unpacked))
}

/// Whether the other side reads zstd.
#[derive(Clone, Copy, Debug)]
pub struct Compressible(bool);

impl<S: Send + Sync> FromRequestParts<S> for Compressible {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let accepts = parts.headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let zstd = |offer: &str| {
            let mut words = offer.split(';').map(str::trim);
            words.next() == Some("zstd") && !words.any(|word| word == "q=0")
        };
        Ok(Compressible(accepts.flat_map(|line| line.split(',')).any(zstd)))
    }
}

impl Compressible {
    /// The answer, packed when the other side reads that and it is worth it.
    ///
    /// # Errors
    /// [`Refusal::internal`]; no answer of ours gives it.
    pub fn answer<T: Serialize>(self, body: &T) -> Result<Response, Refusal> {
        let plain = serde_json::to_vec(body).map_err(|error| Refusal::internal(error.to_string()))?;
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
        if !self.0 || plain.len() < WORTH_PACKING_BYTES {
            return Ok(([kind, vary], plain).into_response());
        }
        let packed = zstd::encode_all(plain.as_slice(), LEVEL).map_err(|error| Refusal::internal(error.to_string()))?;
        let coding = (header::CONTENT_ENCODING, HeaderValue::from_static("zstd"));
        Ok(([kind, vary, coding], packed).into_response())
    }
}
