//! A station goes on under a new generation with a new key, after a fork or a recovery. A revoked one may as well: what
//! it hands in under it is kept, and held.

use axum::Json;
use axum::extract::State;
use selvedge_domain::ids::GenerationId;
use selvedge_domain::receipt_number::generation_short;
use selvedge_protocol::journal::Hex32;
use selvedge_protocol::v1::{ApiError, GenerationAnswer, GenerationRequest};

use crate::http::{App, JournalStation, Refusal, Sent};
use crate::store::Generation;

/// Announce a new generation of the station's own journal.
#[utoipa::path(
    post, path = "/api/v1/generations", tag = "stations", operation_id = "announceGeneration",
    request_body = GenerationRequest, security(("token" = [])),
    responses(
        (status = 200, body = GenerationAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 403, body = ApiError), (status = 409, body = ApiError),
    )
)]
pub async fn create(
    State(app): State<App>,
    JournalStation(device): JournalStation,
    Sent(asked): Sent<GenerationRequest>,
) -> Result<Json<GenerationAnswer>, Refusal> {
    if asked.short != generation_short(GenerationId(asked.generation)) {
        return Err(Refusal::bad_request("short: it does not belong to the generation"));
    }
    // Stations of the first protocol do not sign.
    if asked.signature.is_some() || device.revision > 0 {
        let after = match asked.after {
            Some(after) => app.store.generation(after).await?.filter(|known| known.device == device.id),
            None => None,
        };
        if !after.is_some_and(|known| asked.is_signed_by(device.id, &known.public_key)) {
            return Err(Refusal::signature());
        }
    }
    let public_key =
        Hex32::try_from(asked.public_key).map_err(|error| Refusal::bad_request(format!("public_key: {error}")))?;
    let generation = Generation { generation: asked.generation, device: device.id, short: asked.short, public_key };
    app.store.add_generation(generation, app.around.now_ms()).await?;
    tracing::info!(device.id = %device.id, generation.id = %asked.generation, "a new generation");
    Ok(Json(GenerationAnswer { generation: asked.generation }))
}
