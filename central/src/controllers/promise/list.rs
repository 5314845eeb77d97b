//! Promises, by site, state and lateness.

use axum::Json;
use axum::extract::{Query, State};
use selvedge_domain::stock::promise::PromiseState;
use selvedge_protocol::v1::{ApiError, PromisePage, PromiseQuery};

use crate::http::{App, Asker, Refusal};
use crate::store::PromisesAsked;

const PAGE: u32 = 1_000;

/// Promises, oldest first: a client's own, those of a station's site, all of them for an operator.
#[utoipa::path(
    get, path = "/api/v1/promises", tag = "promises", operation_id = "promises", params(PromiseQuery),
    security(("token" = [])),
    responses(
        (status = 200, body = PromisePage), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 403, body = ApiError), (status = 429, body = ApiError),
    )
)]
pub async fn list(
    State(app): State<App>,
    asker: Asker,
    query: Result<Query<PromiseQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<PromisePage>, Refusal> {
    let Query(query) = query.map_err(|error| Refusal::bad_request(error.body_text()))?;
    if query.state.as_deref().is_some_and(|state| PromiseState::of(state).is_none()) {
        return Err(Refusal::bad_request("state: reserved, confirmed, fulfilled, cancelled, expired or broken"));
    }
    let now_ms = app.around.now_ms();
    let (site, channel) = match &asker {
        Asker::Shop(_) => (query.site, Some(asker.channel())),
        Asker::Station(device) => (Some(device.site), None),
        Asker::Operator(_) => (query.site, None),
    };
    let asked = PromisesAsked {
        site,
        channel,
        state: query.state,
        due_before_ms: query.late.then_some(now_ms),
        after: i64::try_from(query.after).unwrap_or(i64::MAX),
        limit: query.limit.unwrap_or(PAGE).clamp(1, PAGE),
    };
    let found = app.store.promises(asked).await?;
    let next = found.next.and_then(|next| u64::try_from(next).ok());
    Ok(Json(PromisePage { promises: found.promises, next, now_ms }))
}
