//! A station joins with a one-time code and the key that it made.

use std::sync::PoisonError;

use axum::Json;
use axum::extract::State;
use selvedge_domain::ids::GenerationId;
use selvedge_domain::receipt_number::generation_short;
use selvedge_protocol::journal::Hex32;
use selvedge_protocol::v1::{ApiError, EnrolAnswer, EnrolRequest, normal_code};
use uuid::Uuid;

use crate::http::{App, Refusal, Sent};
use crate::secret::code_hash;
use crate::store::{Command, Joined, NewStation};

/// Wrong codes in a minute before central stops listening.
const WRONG_A_MINUTE: usize = 20;
const MINUTE_MS: i64 = 60_000;

/// Join the company with a one-time code.
#[utoipa::path(
    post, path = "/api/v1/enrol", tag = "joining", operation_id = "enrol", request_body = EnrolRequest,
    responses(
        (status = 200, body = EnrolAnswer), (status = 400, body = ApiError), (status = 403, body = ApiError),
        (status = 409, body = ApiError), (status = 429, body = ApiError),
    )
)]
pub async fn create(State(app): State<App>, Sent(asked): Sent<EnrolRequest>) -> Result<Json<EnrolAnswer>, Refusal> {
    let now_ms = app.around.now_ms();
    if wrong_codes(&app, now_ms, false) >= WRONG_A_MINUTE {
        return Err(Refusal::too_often(60));
    }
    let public_key =
        Hex32::try_from(asked.public_key).map_err(|error| Refusal::bad_request(format!("public_key: {error}")))?;
    if asked.short != generation_short(GenerationId(asked.generation)) {
        return Err(Refusal::bad_request("short: it does not belong to the generation"));
    }
    let Some(code) = normal_code(&asked.code) else {
        return Err(Refusal::bad_request("code: it has eight letters and digits"));
    };
    let station = NewStation {
        code_hash: code_hash(&code),
        device: app.around.new_id(),
        generation: asked.generation,
        short: asked.short,
        public_key,
        app: asked.app.chars().take(64).collect(),
        revision: asked.revision,
    };
    let Some(joined) = app.store.enrol(station, now_ms).await? else {
        wrong_codes(&app, now_ms, true);
        return Err(Refusal::enrol_code());
    };
    let about = format!("till {} at {}", joined.till.code, joined.site.code);
    let command = Command { at_ms: now_ms, who: joined.device.to_string(), what: "join", about };
    app.store.note(command).await?;
    tracing::info!(device.id = %joined.device, site = joined.site.code, till = joined.till.code, "a station joined");
    let epoch = app.epoch().await?;
    Ok(Json(answer(&app, joined, epoch, now_ms)))
}

fn answer(app: &App, joined: Joined, epoch: Uuid, now_ms: i64) -> EnrolAnswer {
    EnrolAnswer {
        device: joined.device,
        company: app.central.company.id,
        company_name: app.central.company.name.clone(),
        site: joined.site.id,
        site_name: joined.site.name,
        till: joined.till.code,
        station_name: joined.till.name,
        locations: joined.site.locations,
        currency: joined.site.currency,
        price_mode: joined.site.price_mode,
        time_zone: joined.site.time_zone,
        central: app.central.id,
        central_key: app.key.to_string(),
        epoch,
        now_ms,
    }
}

/// Wrong codes of the last minute, with this one when it is.
fn wrong_codes(app: &App, now_ms: i64, wrong: bool) -> usize {
    let mut times = app.wrong_codes.lock().unwrap_or_else(PoisonError::into_inner);
    times.retain(|at_ms| now_ms - at_ms < MINUTE_MS);
    if wrong {
        times.push(now_ms);
    }
    times.len()
}
