//! Around every request: an id, a deadline, room to be at work, and one line in the log.

use std::time::Duration;

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use selvedge_protocol::v1::ApiError;

use super::{App, Refusal, class};
use crate::door::rules::Class;
use crate::door::{Later, Leave};

/// From the first byte of the request's head to the answer.
const DEADLINE: Duration = Duration::from_secs(30);
/// Taken from the station, or made; echoed, and in every line of the log about the request.
const REQUEST_ID: &str = "x-request-id";

pub(super) async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = given_id(request.headers()).unwrap_or_else(|| app.around.new_id().to_string());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    // Paths that nobody serves are one, so that nobody fills the counts with nonsense.
    let route = request.extensions().get::<MatchedPath>().map_or(class::NOT_SERVED, MatchedPath::as_str).to_owned();
    let began_ms = app.around.now_ms();
    let class = class::of(&method, &route, request.headers());
    let response = match enter(&app, class).await {
        Ok(leave) => work(leave, request, next).await,
        Err(Later(after_ms)) => Refusal::later(after_ms).into_response(),
    };
    let mut response = finish(response, &id);
    let status = response.status().as_u16();
    let duration_ms = app.around.now_ms() - began_ms;
    app.metrics.answered(method.as_str(), &route, status, duration_ms);
    let refusal = response.extensions_mut().remove::<Refusal>();
    match refusal {
        Some(Refusal { cause: Some(cause), .. }) => {
            tracing::error!(request.id = id, %method, path, status, duration_ms, cause, "failed");
        }
        Some(refusal) => {
            tracing::info!(request.id = id, %method, path, status, duration_ms, code = refusal.code, "refused")
        }
        None => tracing::info!(request.id = id, %method, path, status, duration_ms, "answered"),
    }
    response
}

/// What is said before the door; no more than what follows from the head of the request.
pub(super) fn later(app: &App, headers: &HeaderMap, after_ms: u64) -> Response {
    let id = given_id(headers).unwrap_or_else(|| app.around.new_id().to_string());
    finish(Refusal::later(after_ms).into_response(), &id)
}

/// The id that the station gave its request, so that one search finds it in both logs. Only what is surely no more than
/// an id is taken over.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    ((8..=64).contains(&given.len()) && given.bytes().all(plain)).then(|| given.to_owned())
}

/// Room for the request, where it needs some.
async fn enter(app: &App, class: Option<Class>) -> Result<Option<Leave>, Later> {
    match class {
        Some(class) => app.door.enter(class).await.map(Some),
        None => Ok(None),
    }
}

/// In a task of its own: who hangs up does not stop work that is half done, and a panic is an answer. The room is taken
/// until the work is over, whoever hung up.
async fn work(leave: Option<Leave>, request: Request, next: Next) -> Response {
    let task = tokio::spawn(async move {
        let _leave = leave;
        tokio::time::timeout(DEADLINE, next.run(request)).await
    });
    match task.await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Refusal::timeout().into_response(),
        Err(error) => Refusal::internal(format!("a handler stopped: {error}")).into_response(),
    }
}

fn finish(response: Response, id: &str) -> Response {
    let mut response = match response.extensions().get::<Refusal>().cloned() {
        None => response,
        Some(refusal) => {
            let error = ApiError {
                code: refusal.code.to_owned(),
                detail: refusal.detail.clone(),
                request_id: id.to_owned(),
                now_ms: refusal.now_ms,
                epoch: refusal.epoch,
            };
            let mut said = (response.status(), Json(error)).into_response();
            if let Some(wait) = response.headers().get(axum::http::header::RETRY_AFTER) {
                said.headers_mut().insert(axum::http::header::RETRY_AFTER, wait.clone());
            }
            said.extensions_mut().insert(refusal);
            said
        }
    };
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
