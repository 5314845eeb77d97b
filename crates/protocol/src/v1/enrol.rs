//! Joining a company, and going on under a new generation.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bodies::LocationV1;

/// Characters of an enrolment code, without the dash between its two groups of four.
pub const CODE_CHARS: usize = 8;

/// Asks to become a station of the company, with a code that a manager was given. A code works once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolRequest {
    /// `K7QM-2D9F`; dashes, spaces and small letters are passed over.
    pub code: String,
    /// Ed25519 public key of the generation, hex. The secret half never leaves the station.
    pub public_key: String,
    /// The life of the journal that begins now; made by the station.
    pub generation: Uuid,
    /// Its short id, on receipts.
    pub short: String,
    /// Version of the app.
    pub app: String,
}

/// Who the station is from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolAnswer {
    /// Its identity, as long as it is enrolled.
    pub device: Uuid,
    /// The company.
    pub company: Uuid,
    /// As on receipts.
    pub company_name: String,
    /// Where the station stands.
    pub site: Uuid,
    /// `Galway`.
    pub site_name: String,
    /// The till's code, on receipts.
    pub till: String,
    /// What people call the station: `Till 2`.
    pub station_name: String,
    /// The site's locations; exactly one each of `sales-floor` and `counter`.
    pub locations: Vec<LocationV1>,
    /// ISO 4217.
    pub currency: String,
    /// `inclusive` or `exclusive`.
    pub price_mode: String,
    /// IANA name: `Europe/Dublin`.
    pub time_zone: String,
    /// Central's identity: another one is another central.
    pub central: Uuid,
    /// Central's public key, hex: with it central signs.
    pub central_key: String,
    /// The life of central's journal.
    pub epoch: Uuid,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}

/// Announces a new generation of the station's own journal, with a new key: after a fork or a recovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GenerationRequest {
    /// The new life; made by the station.
    pub generation: Uuid,
    /// Its short id, on receipts.
    pub short: String,
    /// Its public key, hex.
    pub public_key: String,
}

/// The generation is known, now or since before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GenerationAnswer {
    /// The new life.
    pub generation: Uuid,
}

/// An enrolment code as it is compared: capital letters, Crockford's look-alikes read as digits, no dashes and spaces.
/// None when it cannot be one.
pub fn normal_code(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|character| !matches!(character, '-' | ' '))
        .map(|character| match character.to_ascii_uppercase() {
            'O' => Some('0'),
            'I' | 'L' => Some('1'),
            'U' => None,
            other => other.is_ascii_alphanumeric().then_some(other),
        })
        .collect::<Option<String>>()?;
    (code.len() == CODE_CHARS).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(normal_code("k7qm-2d9f").as_deref(), Some("K7QM2D9F"));
        assert_eq!(normal_code(" K7QM 2D9F ").as_deref(), Some("K7QM2D9F"));
        assert_eq!(normal_code("oOiL-0011").as_deref(), Some("00110011"));
        for wrong in ["", "K7QM-2D9", "K7QM-2D9FF", "K7QM-2DU9", "K7QM-2D9é"] {
            assert_eq!(normal_code(wrong), None, "{wrong:?}");
        }
    }
}
