//! How stations are, as seen from central: what each last said of itself, and what central has of it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::journal::HeadV1;

/// Errors of one [`StationReportV1`] at most.
pub const MAX_REPORTED_ERRORS: usize = 20;

/// A station says how it is: when it signed on, soon after that changed, and every few minutes. Holds nothing about
/// people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StationReportV1 {
    /// Version of the app that runs now.
    pub app: String,
    /// The life of its journal.
    pub generation: Uuid,
    /// Entries that central has not acknowledged.
    pub unsent: u64,
    /// When the oldest of them was written, by the station's corrected clock, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_unsent_ms: Option<i64>,
    /// Central's clock minus the station's, milliseconds, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_ms: Option<i64>,
    /// What needs a look at the station, in short codes like `printer` or `clock-slow`; at most [`MAX_REPORTED_ERRORS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

/// A station as central sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceStateV1 {
    /// Identity.
    pub device: Uuid,
    /// Where it stands.
    pub site: Uuid,
    /// `galway`.
    pub site_code: String,
    /// The till's code.
    pub till: String,
    /// Version of the app when it joined; [`StationReportV1::app`] is the one that runs.
    pub app: String,
    /// Milliseconds since 1970.
    pub enrolled_ms: i64,
    /// It may hand in its journal and nothing else; milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_ms: Option<i64>,
    /// When central last heard of it, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_ms: Option<i64>,
    /// What central has of its journals.
    pub heads: Vec<HeadV1>,
    /// Entries of it that wait for a manager.
    pub held: u64,
    /// Entries of it by somebody who may not do that, as far as central knew: `export --kind audit` has them.
    #[serde(default, skip_serializing_if = "super::is_none_of")]
    pub doubts: u64,
    /// When it last said how it is, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_ms: Option<i64>,
    /// What it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<StationReportV1>,
}

/// Stations. A station sees itself only, an operator all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceListV1 {
    /// By site and till.
    pub devices: Vec<DeviceStateV1>,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}

/// The report is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportAnswer {
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}
