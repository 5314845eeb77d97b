//! Who asks: a station with a token. A revoked one may hand in its journal, and nothing else.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use selvedge_domain::ids::DeviceId;
use selvedge_protocol::v1::{ChannelV1, PromiseV1};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{App, Refusal};
use crate::secret;
use crate::store::Device;

/// An enrolled station that was not revoked.
pub struct Station(pub Device);

/// An enrolled station that only looks; that it was revoked is known within a second.
pub struct Looker(pub Device);

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

impl FromRequestParts<App> for Looker {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Ok(Looker(looker(parts, app).await?))
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

/// Who looks after stations.
pub enum Viewer {
    /// A station sees itself.
    Station(Uuid),
    /// An operator sees all of them.
    Operator,
}

impl Viewer {
    /// Whether a station may be shown.
    pub fn sees(&self, device: Uuid) -> bool {
        match self {
            Viewer::Station(own) => *own == device,
            Viewer::Operator => true,
        }
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        if operator(app, bearer(parts)).await?.is_some() {
            return Ok(Viewer::Operator);
        }
        Ok(Viewer::Station(Listening::from_request_parts(parts, app).await?.device.id))
    }
}

/// Who asks for promises.
pub enum Asker {
    /// A web shop, by its name: sees its own promises.
    Shop(String),
    /// A station: sees those of its site, and those that it made.
    Station(Device),
    /// An operator, by name: sees all of them.
    Operator(String),
}

impl Asker {
    /// As it stands in a promise.
    pub fn channel(&self) -> ChannelV1 {
        let named = |kind: &str, name: &String| ChannelV1 { kind: kind.to_owned(), who: name.clone() };
        match self {
            Asker::Shop(name) => named("shop", name),
            Asker::Station(device) => ChannelV1::device(DeviceId(device.id)),
            Asker::Operator(name) => named("operator", name),
        }
    }

    /// As it stands in the list of commands.
    pub fn who(&self) -> String {
        match self {
            Asker::Shop(name) => format!("shop {name}"),
            Asker::Station(device) => format!("station {}", device.id),
            Asker::Operator(name) => format!("operator {name}"),
        }
    }

    /// Whether a promise may be shown, and changed.
    pub fn sees(&self, promise: &PromiseV1) -> bool {
        match self {
            Asker::Shop(_) => promise.channel == self.channel(),
            Asker::Station(device) => promise.site == device.site || promise.channel == self.channel(),
            Asker::Operator(_) => true,
        }
    }
}

impl FromRequestParts<App> for Asker {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        match named(parts, app).await? {
            Some(asker) => Ok(asker),
            None => Ok(Asker::Station(Listening::from_request_parts(parts, app).await?.device)),
        }
    }
}

/// Who may look what is available: a web shop, a station or an operator.
pub struct Onlooker;

impl FromRequestParts<App> for Onlooker {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        if named(parts, app).await?.is_none() {
            looker(parts, app).await?;
        }
        Ok(Onlooker)
    }
}

/// A web shop or an operator, by the token; none for a station.
async fn named(parts: &Parts, app: &App) -> Result<Option<Asker>, Refusal> {
    let (key, now_ms) = (app.key, app.around.now_ms());
    let token = bearer(parts).ok_or_else(Refusal::token)?;
    let signed = |verifies: &dyn Fn() -> bool| app.seen.is_signed(token, verifies);
    if let Some((name, made_ms)) = secret::shop(&key, token, now_ms, &signed) {
        if app.revoked_shops.is_revoked(app, &name, made_ms).await? {
            return Err(Refusal::token());
        }
        app.buckets.take(secret::shop_id(&name), now_ms).map_err(Refusal::too_eager)?;
        return Ok(Some(Asker::Shop(name)));
    }
    Ok(operator(app, Some(token)).await?.map(Asker::Operator))
}

/// Who may read what central counts.
pub struct Scraper;

impl FromRequestParts<App> for Scraper {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let shown = bearer(parts);
        let known = match &app.metrics_token {
            // Hashes are compared, so that the time that it takes says nothing.
            Some(token) => shown.is_some_and(|shown| Sha256::digest(shown) == Sha256::digest(&**token)),
            None => app.at_home,
        };
        if known || operator(app, shown).await?.is_some() { Ok(Scraper) } else { Err(Refusal::token()) }
    }
}

/// Whose operator's token it is, unless she was revoked since it was made, on whatever replica.
async fn operator(app: &App, token: Option<&str>) -> Result<Option<String>, Refusal> {
    let key = app.key;
    let Some((name, made_ms)) = token.and_then(|token| secret::operator(&key, token, app.around.now_ms())) else {
        return Ok(None);
    };
    let revoked_ms = app.store.operator_revoked(&name).await?;
    Ok(revoked_ms.is_none_or(|revoked_ms| revoked_ms < made_ms).then_some(name))
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim)
}

/// Whose token it is and when it ends; takes one out of the station's bucket.
fn token_holder(parts: &Parts, app: &App) -> Result<(Uuid, i64), Refusal> {
    let token = bearer(parts).ok_or_else(Refusal::token)?;
    let (key, now_ms) = (app.key, app.around.now_ms());
    let signed = |verifies: &dyn Fn() -> bool| app.seen.is_signed(token, verifies);
    let (device, until_ms) = secret::token_holder(&key, token, now_ms, &signed).ok_or_else(Refusal::token)?;
    app.buckets.take(device, now_ms).map_err(Refusal::too_eager)?;
    Ok((device, until_ms))
}

async fn holder(parts: &Parts, app: &App) -> Result<Listening, Refusal> {
    let (device, until_ms) = token_holder(parts, app)?;
    let device = app.store.device(device).await?.ok_or_else(Refusal::token)?;
    Ok(Listening { device, until_ms })
}

/// The same for a look: a station that was looked at within the last second is not looked at again, unless central heard
/// of a revocation.
async fn looker(parts: &Parts, app: &App) -> Result<Device, Refusal> {
    let (device, _) = token_holder(parts, app)?;
    let now_ms = app.around.now_ms();
    let device = match app.seen.station(device, now_ms) {
        Some(device) => device,
        None => {
            let revoked = app.seen.revocations();
            let device = app.store.device(device).await?.ok_or_else(Refusal::token)?;
            app.seen.keep(&device, revoked, now_ms);
            device
        }
    };
    if device.revoked { Err(Refusal::revoked()) } else { Ok(device) }
}
