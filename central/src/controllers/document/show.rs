//! The document that tells what every call takes and gives.

use axum::Json;
use serde_json::Value;

use crate::http;

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "joining", operation_id = "document",
    responses((status = 200, content_type = "application/json", body = Object, description = "OpenAPI 3.1"))
)]
pub async fn show() -> Json<&'static Value> {
    Json(http::document())
}
