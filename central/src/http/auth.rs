//! Who asks: a station with a token. A revoked one may hand in its journal, and nothing else.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::{App, Refusal};
use crate::secret;
use crate::store::Device;

/// An enrolled station that was not revoked.
pub struct Station(pub Device);

/// An enrolled station, revoked or not.
pub struct JournalStation(pub Device);

impl FromRequestParts<App> for Station {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let device = device(parts, app).await?;
        if device.revoked { Err(Refusal::revoked()) } else { Ok(Station(device)) }
    }
}

impl FromRequestParts<App> for JournalStation {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        device(parts, app).await.map(JournalStation)
    }
}

async fn device(parts: &Parts, app: &App) -> Result<Device, Refusal> {
    let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(Refusal::token)?;
    let key = app.central.key().public();
    let device = secret::token_device(&key, token.trim(), app.around.now_ms()).ok_or_else(Refusal::token)?;
    app.store.device(device).await?.ok_or_else(Refusal::token)
}
