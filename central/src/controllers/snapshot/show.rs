//! What a station begins with: the whole feed of its site up to a cursor, as one file. A broken download goes on where it
//! broke off.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use selvedge_protocol::v1::ApiError;

use crate::http::{App, Refusal, Station};

/// Bytes that are read at once.
const PIECE_BYTES: u64 = 256 * 1024;

/// The feed of the station's site up to a cursor, as one file.
#[utoipa::path(
    get, path = "/api/v1/snapshot", tag = "stations", operation_id = "snapshot", security(("token" = [])),
    responses(
        (status = 200, content_type = "application/zstd", description = "A SQLite file in zstd, see the protocol"),
        (status = 206, content_type = "application/zstd", description = "The rest of it, from `Range: bytes=N-` on"),
        (status = 401, body = ApiError), (status = 403, body = ApiError),
        (status = 404, body = ApiError, description = "The feed is so short that it is quicker by itself"),
        (status = 503, body = ApiError, description = "It is being made"),
    )
)]
pub async fn show(State(app): State<App>, Station(device): Station, headers: HeaderMap) -> Result<Response, Refusal> {
    let snapshot = app.snapshots.of(&app.store, device.site, app.around.now_ms()).await?;
    let snapshot = snapshot.ok_or_else(Refusal::not_found)?;
    let mut file = File::open(&snapshot.path).map_err(|error| Refusal::internal(error.to_string()))?;
    let from = asked_from(&headers, &snapshot.etag).filter(|from| *from < snapshot.bytes);
    let begin = from.unwrap_or(0);
    file.seek(SeekFrom::Start(begin)).map_err(|error| Refusal::internal(error.to_string()))?;
    let pieces = unfold(Some(file), |file| async move {
        let read = tokio::task::spawn_blocking(move || {
            let mut file = file?;
            let mut piece = Vec::new();
            match file.by_ref().take(PIECE_BYTES).read_to_end(&mut piece) {
                Ok(0) => None,
                Ok(_) => Some((Ok(Bytes::from(piece)), Some(file))),
                Err(error) => Some((Err(error), None)),
            }
        });
        read.await.ok().flatten()
    });
    let mut response = Body::from_stream(pieces).into_response();
    let last = snapshot.bytes.saturating_sub(1);
    let head = [
        (header::CONTENT_TYPE, "application/zstd".to_owned()),
        (header::ETAG, snapshot.etag),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, (snapshot.bytes - begin).to_string()),
        (header::CONTENT_RANGE, format!("bytes {begin}-{last}/{}", snapshot.bytes)),
    ];
    for (name, value) in head {
        let value = value.parse().map_err(|_| Refusal::internal("a header of ours makes no sense"))?;
        response.headers_mut().insert(name, value);
    }
    match from {
        Some(_) => *response.status_mut() = StatusCode::PARTIAL_CONTENT,
        None => drop(response.headers_mut().remove(header::CONTENT_RANGE)),
    }
    Ok(response)
}

/// From where the rest is wanted (RFC 9110, sections 13.1.5 and 14.2); none is all of it, also when what the other side
/// has is of another file.
fn asked_from(headers: &HeaderMap, etag: &str) -> Option<u64> {
    if headers.get(header::IF_RANGE)?.to_str().ok()? != etag {
        return None;
    }
    headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}
