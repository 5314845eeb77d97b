//! The envelope: who wrote which entry, what came before it, and the proof.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where an entry stands: never used twice, by anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntryId {
    /// The device.
    pub device: Uuid,
    /// The life of its journal.
    pub generation: Uuid,
    /// From 1, without gaps.
    pub sequence: u64,
}

/// An entry as it is stored and sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it stands.
    #[serde(flatten)]
    pub id: EntryId,
    /// [`FORMAT_VERSION`](super::FORMAT_VERSION) when it was written.
    pub format: u32,
    /// Hash of the entry before it; [`GENESIS`] for the first.
    pub previous: Hash,
    /// The body's bytes, JSON in UTF-8.
    pub body: String,
    /// See [`entry_hash`](super::entry_hash).
    pub hash: Hash,
    /// Ed25519 (RFC 8032) by the generation's key over the hash.
    pub signature: Signature,
}

/// What the first entry of a generation has before it.
pub const GENESIS: Hash = Hex32([0; 32]);

/// SHA-256.
pub type Hash = Hex32;
/// Ed25519 signature.
pub type Signature = Hex64;

macro_rules! hex_bytes {
    ($($(#[$doc:meta])* $name:ident($length:literal))*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub [u8; $length]);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl TryFrom<String> for $name {
            type Error = HexError;
            fn try_from(text: String) -> Result<Self, HexError> {
                let mut bytes = [0; $length];
                hex::decode_to_slice(&text, &mut bytes).map_err(|_| HexError { bytes: $length })?;
                Ok($name(bytes))
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }

        impl $name {
            /// From raw bytes.
            ///
            /// # Errors
            /// When there are more or fewer.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, HexError> {
                bytes.try_into().map($name).map_err(|_| HexError { bytes: $length })
            }
        }
    )*};
}

hex_bytes! {
    /// 32 bytes, written as lower-case hex.
    Hex32(32)
    /// 64 bytes, written as lower-case hex.
    Hex64(64)
}

/// Not hex, or of another length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {bytes} bytes of hex")]
pub struct HexError {
    /// How many it should be.
    pub bytes: usize,
}
