//! All stations for an operator, itself for a station.

use axum::Json;
use axum::extract::State;
use selvedge_protocol::v1::{ApiError, DeviceListV1};

use crate::http::{App, Refusal, Viewer};

/// How stations are.
#[utoipa::path(
    get, path = "/api/v1/devices", tag = "stations", operation_id = "devices", security(("token" = [])),
    responses(
        (status = 200, body = DeviceListV1), (status = 401, body = ApiError), (status = 403, body = ApiError),
    )
)]
pub async fn list(State(app): State<App>, viewer: Viewer) -> Result<Json<DeviceListV1>, Refusal> {
    let devices = match viewer {
        Viewer::Station(own) => app.store.device_state(own).await?.into_iter().collect(),
        Viewer::Operator => app.store.state().await?.devices,
    };
    Ok(Json(DeviceListV1 { devices, now_ms: app.around.now_ms() }))
}
