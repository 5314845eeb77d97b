//! A site asks another one for goods: once for an id.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use selvedge_domain::Quantity;
use selvedge_protocol::v1::{
    ApiError, MAX_TRANSFER_LINES, MAX_TRANSFER_TEXT, TransferAnswer, TransferRequest, TransferV1,
};

use super::scope;
use crate::http::{App, Asker, Refusal, Sent};
use crate::store::{NewTransfer, TransferAsked};

/// Ask for goods of another site. The same id with the same body is the same transfer, as it stands then.
#[utoipa::path(
    post, path = "/api/v1/transfers", tag = "transfers", operation_id = "ask_transfer", request_body = TransferRequest,
    security(("token" = [])),
    responses(
        (status = 200, body = TransferAnswer, description = "It was asked for before"),
        (status = 201, body = TransferAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 403, body = ApiError), (status = 404, body = ApiError), (status = 409, body = ApiError),
        (status = 429, body = ApiError), (status = 503, body = ApiError),
    )
)]
pub async fn create(
    State(app): State<App>,
    asker: Asker,
    Sent(request): Sent<TransferRequest>,
) -> Result<(StatusCode, Json<TransferAnswer>), Refusal> {
    let site = scope(&asker)?;
    check(&request)?;
    if site.is_some_and(|site| site != request.to) {
        return Err(Refusal::bad_request("to: a station asks for its own site"));
    }
    let device = match &asker {
        Asker::Station(device) => Some(device.id),
        Asker::Shop(_) | Asker::Operator(_) => None,
    };
    let now_ms = app.around.now_ms();
    let answer = |transfer: Box<TransferV1>| Json(TransferAnswer { transfer: *transfer, now_ms });
    match app.store.ask_transfer(NewTransfer { device, request }, now_ms).await? {
        TransferAsked::Asked(transfer) => Ok((StatusCode::CREATED, answer(transfer))),
        TransferAsked::Again(transfer) => Ok((StatusCode::OK, answer(transfer))),
        TransferAsked::Taken => Err(Refusal::transfer_taken()),
        TransferAsked::UnknownSite(id) => Err(Refusal::unknown(format!("there is no site {id}"))),
        TransferAsked::UnknownProduct(id) => Err(Refusal::unknown(format!("there is no product {id}"))),
    }
}

fn check(request: &TransferRequest) -> Result<(), Refusal> {
    if request.from == request.to {
        return Err(Refusal::bad_request("from: a site sends nothing to itself"));
    }
    if request.lines.is_empty() || request.lines.len() > MAX_TRANSFER_LINES {
        return Err(Refusal::bad_request(format!("lines: 1 to {MAX_TRANSFER_LINES}")));
    }
    let possible = |thousandths: i64| (1..=Quantity::LIMIT_THOUSANDTHS).contains(&thousandths);
    if let Some(odd) = request.lines.iter().find(|line| !possible(line.quantity_thousandths)) {
        let detail = format!("lines: {} thousandths of {}", odd.quantity_thousandths, odd.product);
        return Err(Refusal::bad_request(detail));
    }
    let products: BTreeSet<_> = request.lines.iter().map(|line| line.product).collect();
    if products.len() < request.lines.len() {
        return Err(Refusal::bad_request("lines: each product once"));
    }
    if request.note.chars().count() > MAX_TRANSFER_TEXT {
        return Err(Refusal::bad_request(format!("note: at most {MAX_TRANSFER_TEXT} characters")));
    }
    Ok(())
}
