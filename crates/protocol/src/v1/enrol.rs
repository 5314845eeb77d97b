//! Joining a company, and going on under a new generation.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bodies::LocationV1;
use crate::journal::{DeviceKey, Hex64, PublicKey};

const DOMAIN: &[u8] = b"selvedge.generation.v1\0";

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
    /// What the station speaks, as `GET /health` says it of central; 0: the first protocol, which did not say it.
    #[serde(default, skip_serializing_if = "is_first")]
    pub revision: u32,
}

/// The first protocol had no such field.
pub(super) fn is_first(revision: &u32) -> bool {
    *revision == 0
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
    /// The generation that it follows. Stations of before this field have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Uuid>,
    /// Ed25519 by the key of `after`, over [`GenerationRequest::message`], hex: who has only a token begins no
    /// generation, and a central that lost everything follows the signatures from key to key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

impl GenerationRequest {
    /// Announces a generation after another one of the device, whose key signs.
    pub fn sign(key: &DeviceKey, device: Uuid, after: Uuid, generation: Uuid, short: String, new: PublicKey) -> Self {
        let mut request =
            GenerationRequest { generation, short, public_key: new.to_string(), after: Some(after), signature: None };
        request.signature = Some(key.sign_bytes(&request.message(device)).to_string());
        request
    }

    /// The bytes that are signed: a domain tag, device, the generation before, the new one, its public key as hex and
    /// its short id.
    pub fn message(&self, device: Uuid) -> Vec<u8> {
        let mut message = DOMAIN.to_vec();
        message.extend_from_slice(device.as_bytes());
        message.extend_from_slice(self.after.unwrap_or(Uuid::nil()).as_bytes());
        message.extend_from_slice(self.generation.as_bytes());
        message.extend_from_slice(self.public_key.as_bytes());
        message.extend_from_slice(self.short.as_bytes());
        message
    }

    /// Whether the holder of the key of `after` signed it.
    pub fn is_signed_by(&self, device: Uuid, key: &PublicKey) -> bool {
        let signature = self.signature.clone().and_then(|signature| Hex64::try_from(signature).ok());
        signature.is_some_and(|signature| key.verifies(&self.message(device), &signature))
    }
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
    fn a_generation_is_announced_by_the_key_of_the_one_before() {
        let (old, new) = (DeviceKey::from_seed([7; 32]), DeviceKey::from_seed([8; 32]));
        let (device, after, next) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let signed = GenerationRequest::sign(&old, device, after, next, "2K8".to_owned(), new.public());
        assert!(signed.is_signed_by(device, &old.public()));
        assert!(!signed.is_signed_by(device, &new.public()), "not by its own");
        assert!(!signed.is_signed_by(after, &old.public()), "not of another device");
        for changed in [
            GenerationRequest { generation: device, ..signed.clone() },
            GenerationRequest { after: None, ..signed.clone() },
            GenerationRequest { public_key: old.public().to_string(), ..signed.clone() },
            GenerationRequest { short: "2K9".to_owned(), ..signed.clone() },
            GenerationRequest { signature: None, ..signed },
        ] {
            assert!(!changed.is_signed_by(device, &old.public()), "{changed:?}");
        }
    }

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
