//! One promise.

use axum::Json;
use axum::extract::{Path, State};
use selvedge_protocol::v1::{ApiError, PromiseAnswer};
use uuid::Uuid;

use crate::http::{App, Asker, Refusal};

/// A promise as it stands.
#[utoipa::path(
    get, path = "/api/v1/promises/{promise}", tag = "promises", operation_id = "promise", security(("token" = [])),
    params(("promise" = Uuid, Path, description = "Its id")),
    responses(
        (status = 200, body = PromiseAnswer), (status = 401, body = ApiError), (status = 403, body = ApiError),
        (status = 404, body = ApiError), (status = 429, body = ApiError),
    )
)]
pub async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(promise): Path<String>,
) -> Result<Json<PromiseAnswer>, Refusal> {
    let id = Uuid::parse_str(&promise).map_err(|_| Refusal::not_found())?;
    let told = app.store.promise(id).await?.filter(|told| asker.sees(&told.promise)).ok_or_else(Refusal::not_found)?;
    Ok(Json(PromiseAnswer { promise: told.promise, row: told.row, now_ms: app.around.now_ms() }))
}
