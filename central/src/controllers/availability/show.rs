//! What may be promised of a product, and how old that figure is.

use axum::Json;
use axum::extract::{Query, State};
use selvedge_domain::Gtin;
use selvedge_protocol::v1::{ApiError, AvailabilityAnswer, AvailabilityQuery, AvailableV1};

use crate::http::{App, Onlooker, Refusal};
use crate::store::{LookUp, Standing};

/// How a product stands at all sites or at one.
#[utoipa::path(
    get, path = "/api/v1/availability", tag = "promises", operation_id = "availability", params(AvailabilityQuery),
    security(("token" = [])),
    responses(
        (status = 200, body = AvailabilityAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 403, body = ApiError), (status = 404, body = ApiError), (status = 429, body = ApiError),
        (status = 503, body = ApiError),
    )
)]
pub async fn show(
    State(app): State<App>,
    _: Onlooker,
    query: Result<Query<AvailabilityQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<AvailabilityAnswer>, Refusal> {
    let Query(query) = query.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let look = match (&query.gtin, &query.sku, query.product) {
        (Some(gtin), None, None) => {
            LookUp::Gtin(Gtin::parse(gtin).map_err(|error| Refusal::bad_request(format!("gtin: {error}")))?.key())
        }
        (None, Some(sku), None) => LookUp::Sku(sku.clone()),
        (None, None, Some(product)) => LookUp::Product(product),
        _ => return Err(Refusal::bad_request("one of gtin, sku and product")),
    };
    let found = app.availability.ask(look).await?;
    let found = found.ok_or_else(|| Refusal::unknown("there is no such product".to_owned()))?;
    let here = |one: &&Standing| query.site.is_none_or(|site| site == one.site);
    Ok(Json(AvailabilityAnswer {
        product: found.product,
        sku: found.sku,
        sites: found.sites.iter().filter(here).map(available).collect(),
        as_of_ms: found.as_of_ms,
        now_ms: app.around.now_ms(),
    }))
}

fn available(one: &Standing) -> AvailableV1 {
    AvailableV1 {
        site: one.site,
        name: one.name.clone(),
        available_thousandths: one.on_hand - one.promised - one.lent,
        on_hand_thousandths: one.on_hand,
        promised_thousandths: one.promised,
        lent_thousandths: one.lent,
    }
}
