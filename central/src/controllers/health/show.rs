//! Whether central is alive. Says nothing of its store: a program that is restarted does not bring that back.

use axum::Json;
use axum::extract::State;
use selvedge_protocol::v1::{Health, REVISION};

use crate::http::App;

/// Whether central is alive.
#[utoipa::path(get, path = "/health", tag = "joining", operation_id = "health", responses((status = 200, body = Health)))]
pub async fn show(State(app): State<App>) -> Json<Health> {
    Json(health(&app))
}

pub(super) fn health(app: &App) -> Health {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Health { status: "ok".to_owned(), version, now_ms: app.around.now_ms(), revision: REVISION }
}
