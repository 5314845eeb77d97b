//! A station whose data file was damaged gets its own entries back.

use axum::extract::{Query, State};
use axum::response::Response;
use selvedge_protocol::v1::{ApiError, EntriesPage, EntriesQuery, EntryV1, MAX_SEGMENT_BYTES, MAX_SEGMENT_ENTRIES};

use crate::http::{App, Compressible, JournalStation, Refusal};

/// The station's own entries after a number.
#[utoipa::path(
    get, path = "/api/v1/journal", tag = "stations", operation_id = "ownEntries", params(EntriesQuery),
    security(("token" = [])),
    responses(
        (status = 200, body = EntriesPage), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 503, body = ApiError),
    )
)]
pub async fn list(
    State(app): State<App>,
    JournalStation(device): JournalStation,
    packing: Compressible,
    query: Result<Query<EntriesQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let most = u32::try_from(MAX_SEGMENT_ENTRIES).unwrap_or(u32::MAX);
    let limit = query.limit.unwrap_or(most).clamp(1, most);
    // One more than is asked for says whether there is more.
    let found = app.store.entries(device.id, query.generation, query.after, limit + 1).await?;
    let fitting = fitting(found.iter().map(|entry| entry.body.len()), limit);
    let entries = found[..fitting].iter().map(EntryV1::from).collect();
    packing.answer(&EntriesPage { entries, more: fitting < found.len(), now_ms: app.around.now_ms() })
}

/// How many of these fit into a page: at least one.
fn fitting(bodies: impl Iterator<Item = usize>, limit: u32) -> usize {
    let mut bytes = 0;
    let fits = |body: &usize| {
        bytes += body;
        bytes == *body || bytes <= MAX_SEGMENT_BYTES / 2
    };
    bodies.take(usize::try_from(limit).unwrap_or(usize::MAX)).take_while(fits).count()
}
