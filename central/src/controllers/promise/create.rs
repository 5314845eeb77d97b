//! Stock is set aside for a customer: all lines or none, once for a key.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use selvedge_domain::Quantity;
use selvedge_domain::stock::promise::{Lack, PromiseKind};
use selvedge_protocol::v1::{
    ApiError, MAX_PROMISE_LINES, MAX_PROMISE_TEXT, MAX_RESERVED_FOR_S, PromiseAnswer, PromiseRequest,
};

use crate::http::{App, Asker, Refusal, Sent};
use crate::store::{NewPromise, Reserved, Told};

const KEY: &str = "idempotency-key";

/// Set stock aside. The same `Idempotency-Key` with the same body gets the same promise, as it stands then.
#[utoipa::path(
    post, path = "/api/v1/promises", tag = "promises", operation_id = "reserve", request_body = PromiseRequest,
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "Up to 200 visible characters, for ever the caller's own")),
    responses(
        (status = 200, body = PromiseAnswer, description = "It was promised before"),
        (status = 201, body = PromiseAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 403, body = ApiError), (status = 404, body = ApiError), (status = 409, body = ApiError),
        (status = 429, body = ApiError), (status = 503, body = ApiError),
    )
)]
pub async fn create(
    State(app): State<App>,
    asker: Asker,
    headers: HeaderMap,
    Sent(request): Sent<PromiseRequest>,
) -> Result<(StatusCode, Json<PromiseAnswer>), Refusal> {
    let key = headers.get(KEY).and_then(|key| key.to_str().ok()).map(str::to_owned);
    let key = key.filter(|key| !key.is_empty() && key.len() <= MAX_PROMISE_TEXT);
    let key = key.ok_or_else(|| Refusal::bad_request("the header Idempotency-Key: 1 to 200 visible characters"))?;
    check(&request)?;
    let now_ms = app.around.now_ms();
    let site = request.site;
    let answer = |told: Box<Told>| Json(PromiseAnswer { promise: told.promise, row: told.row, now_ms });
    match app.store.reserve(NewPromise { channel: asker.channel(), key, request }, now_ms).await? {
        Reserved::Promised(told) => Ok((StatusCode::CREATED, answer(told))),
        Reserved::Again(told) => Ok((StatusCode::OK, answer(told))),
        Reserved::OtherRequest => Err(Refusal::idempotency_key()),
        Reserved::SoldOut(lacks) => Err(Refusal::sold_out(lacks.iter().map(words).collect::<Vec<_>>().join("; "))),
        Reserved::UnknownSite => Err(Refusal::unknown(format!("there is no site {site}"))),
        Reserved::UnknownProduct(id) => Err(Refusal::unknown(format!("there is no product {id}, or it is not sold"))),
    }
}

fn words(lack: &Lack) -> String {
    let available = lack.available.max(Quantity::ZERO);
    format!("product {}: {} asked for, {available} available", lack.product, lack.asked)
}

fn check(request: &PromiseRequest) -> Result<(), Refusal> {
    let kind =
        PromiseKind::of(&request.kind).ok_or_else(|| Refusal::bad_request("kind: reservation, order or hold"))?;
    if request.lines.is_empty() || request.lines.len() > MAX_PROMISE_LINES {
        return Err(Refusal::bad_request(format!("lines: 1 to {MAX_PROMISE_LINES}")));
    }
    let possible = |thousandths: i64| (1..=Quantity::LIMIT_THOUSANDTHS).contains(&thousandths);
    if let Some(odd) = request.lines.iter().find(|line| !possible(line.quantity_thousandths)) {
        return Err(Refusal::bad_request(format!(
            "lines: {} thousandths of {}",
            odd.quantity_thousandths, odd.product
        )));
    }
    if request.lines.iter().any(|line| line.allotment.is_some()) {
        return Err(Refusal::bad_request("lines: central draws from no allotment, stations do"));
    }
    if request.reference.chars().count() > MAX_PROMISE_TEXT {
        return Err(Refusal::bad_request(format!("reference: at most {MAX_PROMISE_TEXT} characters")));
    }
    match (kind, request.expires_in_s) {
        (PromiseKind::Order, Some(_)) => Err(Refusal::bad_request("expires_in_s: an order does not end by itself")),
        (_, Some(seconds)) if !(1..=MAX_RESERVED_FOR_S).contains(&seconds) => {
            Err(Refusal::bad_request(format!("expires_in_s: 1 to {MAX_RESERVED_FOR_S}")))
        }
        (PromiseKind::Order | PromiseKind::Reservation | PromiseKind::Hold, _) => Ok(()),
    }
}
