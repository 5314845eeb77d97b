//! A station proves that it holds its key, and gets a token that lives for minutes.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::row::FeedRow;
use crate::journal::{DeviceKey, Hex32, Hex64, PublicKey};

/// How long a token is good.
pub const TOKEN_LIFE_MS: i64 = 15 * 60 * 1000;
/// How far `at_ms` may be from central's clock. Beyond it central answers [`code::CLOCK`](super::code::CLOCK) with its
/// own time, and the station signs again with that.
pub const MAX_CLOCK_SKEW_MS: i64 = 5 * 60 * 1000;

const DOMAIN: &[u8] = b"selvedge.token.v1\0";

/// Asks for a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRequest {
    /// Who asks.
    pub device: Uuid,
    /// Whose key signs.
    pub generation: Uuid,
    /// The station's clock corrected by what it knows of central's, milliseconds since 1970.
    pub at_ms: i64,
    /// Random, never used twice.
    pub nonce: Uuid,
    /// Ed25519 over [`TokenRequest::message`], hex.
    pub signature: String,
    /// The station's own row of the feed, signed by central. Sent after a refusal: a central that was started with
    /// nothing but its key knows the station by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_row: Option<FeedRow>,
}

impl TokenRequest {
    /// Signs a request.
    pub fn sign(key: &DeviceKey, device: Uuid, generation: Uuid, at_ms: i64, nonce: Uuid) -> Self {
        let mut request = TokenRequest { device, generation, at_ms, nonce, signature: String::new(), device_row: None };
        request.signature = key.sign_bytes(&request.message()).to_string();
        request
    }

    /// The bytes that are signed: a domain tag, device, generation, time (big endian) and nonce.
    pub fn message(&self) -> Vec<u8> {
        let mut message = DOMAIN.to_vec();
        message.extend_from_slice(self.device.as_bytes());
        message.extend_from_slice(self.generation.as_bytes());
        message.extend_from_slice(&self.at_ms.to_be_bytes());
        message.extend_from_slice(self.nonce.as_bytes());
        message
    }

    /// Whether the holder of `key` signed it.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        Hex64::try_from(self.signature.clone()).is_ok_and(|signature| key.verifies(&self.message(), &signature))
    }

    /// Whether the holder of a key written as hex signed it.
    pub fn is_signed_by_hex(&self, key: &str) -> bool {
        Hex32::try_from(key.to_owned()).is_ok_and(|key| self.is_signed_by(&key))
    }
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenAnswer {
    /// Opaque.
    pub token: String,
    /// By central's clock, milliseconds since 1970.
    pub expires_ms: i64,
    /// Central's clock when it answered: minus the station's own it is the offset that entries record.
    pub now_ms: i64,
    /// The life of central's journal.
    pub epoch: Uuid,
    /// The station was revoked: the token opens the journal's upload and nothing else, since facts are never refused.
    #[serde(default)]
    pub revoked: bool,
    /// Central's [`REVISION`](super::REVISION).
    #[serde(default, skip_serializing_if = "super::is_zero")]
    pub revision: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signed_request_verifies() {
        let key = DeviceKey::from_seed([7; 32]);
        let signed = TokenRequest::sign(&key, Uuid::from_u128(1), Uuid::from_u128(2), 3, Uuid::from_u128(4));
        assert!(signed.is_signed_by(&key.public()));
        assert!(signed.is_signed_by_hex(&key.public().to_string()));
        assert!(!signed.is_signed_by(&DeviceKey::from_seed([8; 32]).public()));
        for changed in [
            TokenRequest { device: Uuid::from_u128(9), ..signed.clone() },
            TokenRequest { generation: Uuid::from_u128(9), ..signed.clone() },
            TokenRequest { at_ms: 4, ..signed.clone() },
            TokenRequest { nonce: Uuid::from_u128(9), ..signed.clone() },
            TokenRequest { signature: "00".repeat(64), ..signed.clone() },
            TokenRequest { signature: "nonsense".to_owned(), ..signed },
        ] {
            assert!(!changed.is_signed_by(&key.public()), "{changed:?}");
        }
    }
}
