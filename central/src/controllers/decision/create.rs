//! A station hands in rows of the feed that central lost. Each proves itself by central's own signature.

use axum::Json;
use axum::extract::State;
use selvedge_protocol::v1::{ApiError, DecisionsAnswer, DecisionsRequest, MAX_DECISIONS, SeenV1};

use crate::http::{App, JournalStation, Refusal, Sent};
use crate::store::own_rows;

/// Hand in what central once decided, in the order in which it was received.
#[utoipa::path(
    post, path = "/api/v1/decisions", tag = "stations", operation_id = "handInDecisions",
    request_body = DecisionsRequest, security(("token" = [])),
    responses(
        (status = 200, body = DecisionsAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 413, body = ApiError), (status = 415, body = ApiError), (status = 503, body = ApiError),
    )
)]
pub async fn create(
    State(app): State<App>,
    JournalStation(device): JournalStation,
    Sent(asked): Sent<DecisionsRequest>,
) -> Result<Json<DecisionsAnswer>, Refusal> {
    if asked.rows.len() > MAX_DECISIONS {
        return Err(Refusal::too_large(format!("rows: at most {MAX_DECISIONS}")));
    }
    let now_ms = app.around.now_ms();
    let (rows, wrong) = own_rows(asked.rows, &app.key);
    // A row that central signed and does not have: it lost it, and what follows belongs to a new life.
    if let Some(cursor) = rows.iter().max_by_key(|row| row.number).and_then(|row| row.cursor().ok()) {
        app.notice(device.id, SeenV1 { cursor: Some(cursor), ..SeenV1::default() }).await?;
    }
    let done = app.store.take_back(rows, !asked.more, now_ms).await?;
    let problems: Vec<String> = wrong.iter().map(ToString::to_string).chain(done.remarks).collect();
    for problem in &problems {
        tracing::warn!(device.id = %device.id, problem, "a decision that came back needs a look");
    }
    tracing::info!(device.id = %device.id, feed.taken_back = done.taken, "decisions came back");
    Ok(Json(DecisionsAnswer { epoch: app.epoch().await?, taken: done.taken, problems, now_ms }))
}
