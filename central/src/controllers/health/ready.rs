//! Whether requests may come here: the store answers, and central is not about to end.

use axum::Json;
use axum::extract::State;
use selvedge_protocol::v1::{ApiError, Health};

use super::show::health;
use crate::http::{App, Refusal};

/// Whether central can work.
#[utoipa::path(
    get, path = "/ready", tag = "joining", operation_id = "ready",
    responses((status = 200, body = Health), (status = 500, body = ApiError), (status = 503, body = ApiError))
)]
pub async fn ready(State(app): State<App>) -> Result<Json<Health>, Refusal> {
    if app.streams.are_ending() {
        return Err(Refusal::busy());
    }
    app.store.central().await?;
    Ok(Json(health(&app)))
}
