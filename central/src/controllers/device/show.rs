//! One station.

use axum::Json;
use axum::extract::{Path, State};
use selvedge_protocol::v1::{ApiError, DeviceStateV1};
use uuid::Uuid;

use crate::http::{App, Refusal, Viewer};

/// How a station is.
#[utoipa::path(
    get, path = "/api/v1/devices/{device}", tag = "stations", operation_id = "device", security(("token" = [])),
    params(("device" = Uuid, Path, description = "Its id")),
    responses(
        (status = 200, body = DeviceStateV1), (status = 401, body = ApiError), (status = 403, body = ApiError),
        (status = 404, body = ApiError),
    )
)]
pub async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Path(device): Path<String>,
) -> Result<Json<DeviceStateV1>, Refusal> {
    // What somebody may not see is not there for them, nor is it told that it is.
    let device = Uuid::parse_str(&device).ok().filter(|device| viewer.sees(*device));
    let device = device.ok_or_else(Refusal::not_found)?;
    app.store.device_state(device).await?.map(Json).ok_or_else(Refusal::not_found)
}
