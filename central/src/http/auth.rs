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

/// An enrolled station that was not revoked, and when its token ends.
pub struct Listening {
    /// Who.
    pub device: Device,
    /// Milliseconds since 1970.
    pub until_ms: i64,
}

impl FromRequestParts<App> for Station {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let Listening { device, .. } = Listening::from_request_parts(parts, app).await?;
        Ok(Station(device))
    }
}

impl FromRequestParts<App> for Listening {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let holder = holder(parts, app).await?;
        if holder.device.revoked { Err(Refusal::revoked()) } else { Ok(holder) }
    }
}

impl FromRequestParts<App> for JournalStation {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Ok(JournalStation(holder(parts, app).await?.device))
    }
}

async fn holder(parts: &Parts, app: &App) -> Result<Listening, Refusal> {
    let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(Refusal::token)?;
    let key = app.central.key().public();
    let now_ms = app.around.now_ms();
    let (device, until_ms) = secret::token_holder(&key, token.trim(), now_ms).ok_or_else(Refusal::token)?;
    let device = app.store.device(device).await?.ok_or_else(Refusal::token)?;
    Ok(Listening { device, until_ms })
}
