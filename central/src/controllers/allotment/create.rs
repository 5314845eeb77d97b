//! A station asks for stock of its own site, many products at once.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use selvedge_protocol::v1::{
    AllotmentAnswer, AllotmentsAnswer, AllotmentsRequest, ApiError, MAX_ALLOTMENT_TTL_S, MAX_ALLOTMENTS, no_allotment,
};
use uuid::Uuid;

use crate::http::{App, Refusal, Sent, Station};
use crate::store::{Allotted, NewAllotment};

/// Ask for stock to promise from while central is away. Of each product it is lent or not; the same id is the same
/// allotment, as it stands then.
#[utoipa::path(
    post, path = "/api/v1/allotments", tag = "stations", operation_id = "allot", request_body = AllotmentsRequest,
    security(("token" = [])),
    responses(
        (status = 200, body = AllotmentsAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 403, body = ApiError), (status = 429, body = ApiError), (status = 503, body = ApiError),
    )
)]
pub async fn create(
    State(app): State<App>,
    Station(device): Station,
    Sent(request): Sent<AllotmentsRequest>,
) -> Result<Json<AllotmentsAnswer>, Refusal> {
    check(&request)?;
    let now_ms = app.around.now_ms();
    let asked = request.allotments.iter().map(|one| NewAllotment {
        id: one.id,
        device: device.id,
        product: one.product,
        ttl_ms: i64::from(one.ttl_s) * 1000,
    });
    let done = app.store.allot_all(asked.collect(), now_ms).await?;
    let allotments = request.allotments.iter().zip(done).map(|(one, done)| answer(one.id, done)).collect();
    Ok(Json(AllotmentsAnswer { allotments, now_ms }))
}

fn answer(id: Uuid, done: Allotted) -> AllotmentAnswer {
    let none = |why: &str| AllotmentAnswer { id, allotment: None, row: None, why: Some(why.to_owned()) };
    match done {
        Allotted::Lent(lent) => AllotmentAnswer { id, allotment: Some(lent.allotment), row: Some(lent.row), why: None },
        Allotted::Scarce => none(no_allotment::SCARCE),
        Allotted::Unasked => none(no_allotment::UNASKED),
        Allotted::Held => none(no_allotment::HELD),
        Allotted::Unknown => none(no_allotment::UNKNOWN),
        Allotted::Taken => none(no_allotment::TAKEN),
    }
}

fn check(request: &AllotmentsRequest) -> Result<(), Refusal> {
    if request.allotments.is_empty() || request.allotments.len() > MAX_ALLOTMENTS {
        return Err(Refusal::bad_request(format!("allotments: 1 to {MAX_ALLOTMENTS}")));
    }
    if request.allotments.iter().any(|one| !(1..=MAX_ALLOTMENT_TTL_S).contains(&one.ttl_s)) {
        return Err(Refusal::bad_request(format!("ttl_s: 1 to {MAX_ALLOTMENT_TTL_S}")));
    }
    let ids: BTreeSet<Uuid> = request.allotments.iter().map(|one| one.id).collect();
    if ids.len() < request.allotments.len() {
        return Err(Refusal::bad_request("allotments: each id once"));
    }
    Ok(())
}
