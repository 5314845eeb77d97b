//! A promise is confirmed, released or cancelled: twice is once.

use axum::Json;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::header;
use selvedge_domain::stock::promise::{NotNow, PromiseState};
use selvedge_protocol::v1::{ApiError, FeedBody, FeedRow, PromiseAnswer, PromiseChangeRequest, SeenV1};
use uuid::Uuid;

use crate::http::{App, Asker, Refusal, Sent};
use crate::store::{Change, Changed, Told, own_rows};

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident, $path:literal, $operation:literal, $change:expr;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(
            post, path = $path, tag = "promises", operation_id = $operation, request_body = PromiseChangeRequest,
            security(("token" = [])), params(("promise" = Uuid, Path, description = "Its id")),
            responses(
                (status = 200, body = PromiseAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError),
                (status = 403, body = ApiError), (status = 404, body = ApiError), (status = 409, body = ApiError),
                (status = 429, body = ApiError), (status = 503, body = ApiError),
            )
        )]
        pub async fn $verb(
            State(app): State<App>,
            asker: Asker,
            Path(promise): Path<String>,
            request: Request,
        ) -> Result<Json<PromiseAnswer>, Refusal> {
            change(&app, &asker, &promise, request, $change).await
        }
    )*};
}

verbs! {
    /// The customer wants it: it stands until it is fulfilled or cancelled.
    confirm, "/api/v1/promises/{promise}/confirm", "confirm", Change::Confirm;
    /// The customer decided against what was only set aside.
    release, "/api/v1/promises/{promise}/release", "release", Change::Release;
    /// The customer does not want it any more.
    cancel, "/api/v1/promises/{promise}/cancel", "cancel", Change::Cancel;
}

async fn change(
    app: &App,
    asker: &Asker,
    promise: &str,
    request: Request,
    change: Change,
) -> Result<Json<PromiseAnswer>, Refusal> {
    // The body may be left out.
    let asked = if request.headers().contains_key(header::CONTENT_TYPE) {
        Sent::<PromiseChangeRequest>::from_request(request, &()).await?.0
    } else {
        PromiseChangeRequest::default()
    };
    let id = Uuid::parse_str(promise).map_err(|_| Refusal::not_found())?;
    let now_ms = app.around.now_ms();
    let mut there = app.store.promise(id).await?;
    if let (None, Some(row)) = (&there, asked.row) {
        take_back(app, id, row, now_ms).await?;
        there = app.store.promise(id).await?;
    }
    // What somebody may not see is not there for them.
    let Some(Told { promise, .. }) = there.filter(|told| asker.sees(&told.promise)) else {
        return Err(Refusal::not_found());
    };
    // Whose it is stands in the promise; who else had it changed is written down.
    if promise.channel != asker.channel() {
        app.note(asker.who(), change.word(), format!("promise {id}")).await?;
    }
    match app.store.change_promise(id, change, now_ms).await? {
        // It came back from who was told, and there is not enough any more.
        Changed::Done(told) if change == Change::Confirm && told.promise.state == PromiseState::Broken.word() => {
            Err(Refusal::promise_state(NotNow(PromiseState::Broken).to_string()))
        }
        Changed::Done(told) => Ok(Json(PromiseAnswer { promise: told.promise, row: told.row, now_ms })),
        Changed::NotNow(state) => Err(Refusal::promise_state(state.to_string())),
        Changed::Unknown => Err(Refusal::not_found()),
    }
}

/// Central signed it and does not have it: it lost it, and takes it back from whoever kept it.
async fn take_back(app: &App, id: Uuid, row: FeedRow, now_ms: i64) -> Result<(), Refusal> {
    let (rows, _) = own_rows(vec![row], &app.key);
    let about = |row: &FeedRow| matches!(row.read(), Ok(FeedBody::Promise(promise)) if promise.id == id);
    if let Some(row) = rows.into_iter().find(about) {
        let cursor = row.cursor().ok();
        app.notice(Uuid::nil(), SeenV1 { cursor, ..SeenV1::default() }).await?;
        app.store.take_back(vec![row], false, now_ms).await?;
        tracing::warn!(promise.id = %id, "a promise came back from the one who was told");
    }
    Ok(())
}
