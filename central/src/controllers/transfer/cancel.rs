//! A transfer that nobody wants any more: twice is once.

use axum::Json;
use axum::extract::{Path, State};
use selvedge_protocol::v1::{ApiError, TransferAnswer};
use uuid::Uuid;

use super::seen;
use crate::http::{App, Asker, Refusal};
use crate::store::TransferCancelled;

/// Nobody wants it any more, and nothing was sent. Either of its sites may say so.
#[utoipa::path(
    post, path = "/api/v1/transfers/{transfer}/cancel", tag = "transfers", operation_id = "cancel_transfer",
    security(("token" = [])), params(("transfer" = Uuid, Path, description = "Its id")),
    responses(
        (status = 200, body = TransferAnswer), (status = 401, body = ApiError), (status = 403, body = ApiError),
        (status = 404, body = ApiError), (status = 409, body = ApiError), (status = 429, body = ApiError),
        (status = 503, body = ApiError),
    )
)]
pub async fn cancel(
    State(app): State<App>,
    asker: Asker,
    Path(transfer): Path<String>,
) -> Result<Json<TransferAnswer>, Refusal> {
    let id = Uuid::parse_str(&transfer).map_err(|_| Refusal::not_found())?;
    seen(&asker, app.store.transfer(id).await?)?;
    app.note(asker.who(), "cancel", format!("transfer {id}")).await?;
    let now_ms = app.around.now_ms();
    match app.store.cancel_transfer(id, now_ms).await? {
        TransferCancelled::Done(transfer) => Ok(Json(TransferAnswer { transfer: *transfer, now_ms })),
        TransferCancelled::AlreadySent(state) => Err(Refusal::transfer_state(state.to_string())),
        TransferCancelled::Unknown => Err(Refusal::not_found()),
    }
}
