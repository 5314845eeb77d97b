//! Stock at the station's site: what changed since it last asked.

use axum::extract::{Query, State};
use axum::response::Response;
use selvedge_protocol::v1::{ApiError, BalancePage, BalanceQuery};

use crate::http::{App, Compressible, Looker, Refusal};

/// The balances that changed after a mark.
#[utoipa::path(
    get, path = "/api/v1/balances", tag = "stations", operation_id = "balances", params(BalanceQuery),
    security(("token" = [])),
    responses(
        (status = 200, body = BalancePage), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 403, body = ApiError),
    )
)]
pub async fn list(
    State(app): State<App>,
    Looker(device): Looker,
    packing: Compressible,
    query: Result<Query<BalanceQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let page = app.store.balances(device.id, device.site, query, app.around.now_ms()).await?;
    packing.answer(&page)
}
