//! Transfers, by site and state.

use axum::Json;
use axum::extract::{Query, State};
use selvedge_domain::stock::transfer::TransferState;
use selvedge_protocol::v1::{ApiError, TransferPage, TransferQuery};

use super::scope;
use crate::http::{App, Asker, Refusal};
use crate::store::TransfersAsked;

const PAGE: u32 = 1_000;

/// Transfers, in the order in which central learnt of them: those of a station's site, all of them for an operator.
#[utoipa::path(
    get, path = "/api/v1/transfers", tag = "transfers", operation_id = "transfers", params(TransferQuery),
    security(("token" = [])),
    responses(
        (status = 200, body = TransferPage), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 403, body = ApiError), (status = 429, body = ApiError),
    )
)]
pub async fn list(
    State(app): State<App>,
    asker: Asker,
    query: Result<Query<TransferQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<TransferPage>, Refusal> {
    let Query(query) = query.map_err(|error| Refusal::bad_request(error.body_text()))?;
    if query.state.as_deref().is_some_and(|state| TransferState::of(state).is_none()) {
        return Err(Refusal::bad_request(
            "state: requested, cancelled, on-the-way, unannounced, received, differing or closed",
        ));
    }
    let asked = TransfersAsked {
        site: scope(&asker)?.or(query.site),
        state: query.state,
        after: i64::try_from(query.after).unwrap_or(i64::MAX),
        limit: query.limit.unwrap_or(PAGE).clamp(1, PAGE),
    };
    let found = app.store.transfers(asked).await?;
    let next = found.next.and_then(|next| u64::try_from(next).ok());
    Ok(Json(TransferPage { transfers: found.transfers, next, now_ms: app.around.now_ms() }))
}
