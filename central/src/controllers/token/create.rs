//! A station proves that it holds its key and gets a token for a quarter of an hour.

use axum::Json;
use axum::extract::State;
use selvedge_protocol::v1::{
    ApiError, FeedBody, MAX_CLOCK_SKEW_MS, REVISION, SeenV1, TOKEN_LIFE_MS, TokenAnswer, TokenRequest,
};

use crate::http::{App, Refusal, Sent};
use crate::secret;

/// Get a token for a signature.
#[utoipa::path(
    post, path = "/api/v1/token", tag = "joining", operation_id = "token", request_body = TokenRequest,
    responses((status = 200, body = TokenAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError))
)]
pub async fn create(State(app): State<App>, Sent(asked): Sent<TokenRequest>) -> Result<Json<TokenAnswer>, Refusal> {
    let now_ms = app.around.now_ms();
    let mut generation = app.store.generation(asked.generation).await?;
    if generation.is_none() && meets(&app, &asked).await? {
        generation = app.store.generation(asked.generation).await?;
    }
    let generation = generation.filter(|known| known.device == asked.device);
    // The signature before the clock: only who holds the key hears what else is wrong.
    let Some(generation) = generation.filter(|known| asked.is_signed_by(&known.public_key)) else {
        return Err(Refusal::signature());
    };
    if now_ms.abs_diff(asked.at_ms) > MAX_CLOCK_SKEW_MS.unsigned_abs() {
        return Err(Refusal::clock(now_ms));
    }
    let device = app.store.device(generation.device).await?.ok_or_else(Refusal::signature)?;
    // A nonce can come again as long as its time is near enough, on either side of ours.
    let forget_ms = now_ms - 2 * MAX_CLOCK_SKEW_MS;
    if !app.store.use_nonce(device.id, asked.nonce, now_ms, forget_ms).await? {
        return Err(Refusal::nonce());
    }
    let expires_ms = now_ms + TOKEN_LIFE_MS;
    let token = secret::token(&app.central.key(), device.id, expires_ms);
    let (epoch, revoked, revision) = (app.epoch().await?, device.revoked, REVISION);
    Ok(Json(TokenAnswer { token, expires_ms, now_ms, epoch, revoked, revision }))
}

/// Whether the station shows a row by which central itself once said who it is: central lost it, and takes it back.
async fn meets(app: &App, asked: &TokenRequest) -> Result<bool, Refusal> {
    let key = app.key;
    let Some(row) = asked.device_row.as_ref().filter(|row| row.verify(&key).is_ok()) else { return Ok(false) };
    let Ok(FeedBody::Device(said)) = row.read() else { return Ok(false) };
    let named = said
        .generations
        .iter()
        .any(|one| one.generation == asked.generation && asked.is_signed_by_hex(&one.public_key));
    if said.id != asked.device || !named {
        return Ok(false);
    }
    let seen = SeenV1 { cursor: row.cursor().ok(), ..SeenV1::default() };
    app.notice(said.id, seen).await?;
    app.store.take_back(vec![row.clone()], false, app.around.now_ms()).await?;
    tracing::warn!(device.id = %said.id, till = said.till, "a station is known again by its signed row");
    Ok(true)
}
