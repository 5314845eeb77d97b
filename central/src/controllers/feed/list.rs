//! What central decided, for the station's site.

use axum::extract::{Query, State};
use axum::response::Response;
use selvedge_protocol::v1::{ApiError, Cursor, FeedPage, FeedQuery, MAX_PAGE_ROWS, SeenV1};

use crate::http::{App, Compressible, Refusal, Station};
use crate::store::StoreError;

/// The feed after a cursor.
#[utoipa::path(
    get, path = "/api/v1/feed", tag = "stations", operation_id = "feed", params(FeedQuery), security(("token" = [])),
    responses(
        (status = 200, body = FeedPage), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 403, body = ApiError), (status = 409, body = ApiError),
    )
)]
pub async fn list(
    State(app): State<App>,
    Station(device): Station,
    packing: Compressible,
    query: Result<Query<FeedQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let after = match (query.epoch, query.number, query.row_hash) {
        (None, None, None) => None,
        (Some(epoch), Some(number), Some(row_hash)) => {
            Some(Cursor { epoch, number, row_hash, signature: query.signature.unwrap_or_default() })
        }
        _ => return Err(Refusal::bad_request("a cursor is epoch, number and row_hash, or none of them")),
    };
    let limit = query.limit.unwrap_or(MAX_PAGE_ROWS);
    let page = match app.store.feed(device.site, after.clone(), limit, app.around.now_ms()).await {
        Err(StoreError::UnknownCursor { .. }) => {
            // Where we signed it and do not have it, we lost something: the refusal says the life that begins with that.
            app.notice(device.id, SeenV1 { cursor: after.clone(), ..SeenV1::default() }).await?;
            app.store.feed(device.site, after, limit, app.around.now_ms()).await?
        }
        answered => answered?,
    };
    packing.answer(&page)
}
