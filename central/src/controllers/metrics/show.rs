//! What central counts, in OpenMetrics text, as Prometheus reads it. Stations are named by id, site and till; there is
//! nothing about people in it.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::http::{App, Refusal, Scraper};

const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is counted. Without a token only where central listens on loopback and has no token for it.
#[utoipa::path(
    get, path = "/metrics", tag = "operators", operation_id = "metrics", security((), ("token" = [])),
    responses(
        (status = 200, content_type = "application/openmetrics-text", body = String,
            description = "OpenMetrics text, as Prometheus reads it"),
    )
)]
pub async fn show(State(app): State<App>, _: Scraper) -> Result<Response, Refusal> {
    let state = app.store.state().await?;
    let text = app.metrics.text(&state, app.streams.count(), &app.door.crowd(), app.around.now_ms());
    let text = text.map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, TEXT)], text).into_response())
}
