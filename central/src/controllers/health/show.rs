//! Whether central is there and its store answers.

use axum::Json;
use axum::extract::State;
use selvedge_protocol::v1::{ApiError, Health};

use crate::http::{App, Refusal};

/// Whether central is well.
#[utoipa::path(
    get, path = "/health", tag = "joining", operation_id = "health",
    responses((status = 200, body = Health), (status = 500, body = ApiError))
)]
pub async fn show(State(app): State<App>) -> Result<Json<Health>, Refusal> {
    app.store.central().await?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Ok(Json(Health { status: "ok".to_owned(), version, now_ms: app.around.now_ms() }))
}
