//! A station would like to keep what a stretch of its journal did, and not its entries: central signs that, when it has
//! all of them. Signing changes nothing here.

use axum::Json;
use axum::extract::State;
use selvedge_protocol::journal::Hash;
use selvedge_protocol::v1::{ApiError, BaseAnswer, BaseRequest};

use crate::http::{App, Refusal, Sent, Station};
use crate::store::Stretch;

/// Have central sign what entries did.
#[utoipa::path(
    post, path = "/api/v1/bases", tag = "stations", operation_id = "signBase", request_body = BaseRequest,
    security(("token" = [])),
    responses(
        (status = 200, body = BaseAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 403, body = ApiError), (status = 409, body = ApiError), (status = 503, body = ApiError),
    )
)]
pub async fn create(
    State(app): State<App>,
    Station(device): Station,
    Sent(asked): Sent<BaseRequest>,
) -> Result<Json<BaseAnswer>, Refusal> {
    let statement =
        Hash::try_from(asked.statement).map_err(|error| Refusal::bad_request(format!("statement: {error}")))?;
    let stretch = Stretch { generation: asked.generation, first: asked.first, last: asked.last, statement };
    let signature = app.store.sign_base(device.id, stretch).await?.map_err(Refusal::base)?;
    tracing::info!(device.id = %device.id, generation.id = %asked.generation, base.first = asked.first,
        base.last = asked.last, "a base is signed");
    Ok(Json(BaseAnswer { signature: signature.to_string(), now_ms: app.around.now_ms() }))
}
