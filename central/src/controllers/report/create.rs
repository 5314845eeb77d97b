//! A station says how it is.

use axum::Json;
use axum::extract::State;
use selvedge_protocol::v1::{ApiError, MAX_REPORTED_ERRORS, ReportAnswer, StationReportV1};

use crate::http::{App, JournalStation, Refusal, Sent};

/// Longest text of a report, characters.
const LONGEST: usize = 64;

/// Say how the station is.
#[utoipa::path(
    post, path = "/api/v1/report", tag = "stations", operation_id = "report", request_body = StationReportV1,
    security(("token" = [])),
    responses((status = 200, body = ReportAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError))
)]
pub async fn create(
    State(app): State<App>,
    JournalStation(device): JournalStation,
    Sent(mut report): Sent<StationReportV1>,
) -> Result<Json<ReportAnswer>, Refusal> {
    report.errors.truncate(MAX_REPORTED_ERRORS);
    let shorten =
        |text: &mut String| *text = text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    report.errors.iter_mut().chain([&mut report.app]).for_each(shorten);
    let now_ms = app.around.now_ms();
    app.store.report(device.id, report, now_ms).await?;
    Ok(Json(ReportAnswer { now_ms }))
}
