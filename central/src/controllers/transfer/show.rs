//! One transfer.

use axum::Json;
use axum::extract::{Path, State};
use selvedge_protocol::v1::{ApiError, TransferAnswer};
use uuid::Uuid;

use super::seen;
use crate::http::{App, Asker, Refusal};

/// A transfer as it stands.
#[utoipa::path(
    get, path = "/api/v1/transfers/{transfer}", tag = "transfers", operation_id = "transfer", security(("token" = [])),
    params(("transfer" = Uuid, Path, description = "Its id")),
    responses(
        (status = 200, body = TransferAnswer), (status = 401, body = ApiError), (status = 403, body = ApiError),
        (status = 404, body = ApiError), (status = 429, body = ApiError),
    )
)]
pub async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(transfer): Path<String>,
) -> Result<Json<TransferAnswer>, Refusal> {
    let id = Uuid::parse_str(&transfer).map_err(|_| Refusal::not_found())?;
    let transfer = seen(&asker, app.store.transfer(id).await?)?;
    Ok(Json(TransferAnswer { transfer, now_ms: app.around.now_ms() }))
}
