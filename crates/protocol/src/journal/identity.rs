//! A device's key: made on the device, never leaves it; one a generation.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

use super::envelope::{Hash, Hex32, Signature};

/// The secret half. It has no `Debug` and is never logged.
pub struct DeviceKey(SigningKey);

/// The public half, known to central.
pub type PublicKey = Hex32;

impl DeviceKey {
    /// From 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        DeviceKey(SigningKey::from_bytes(&seed))
    }

    /// The 32 bytes, for the key store only.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        Hex32(self.0.verifying_key().to_bytes())
    }

    /// Signs an entry's hash.
    pub fn sign(&self, hash: &Hash) -> Signature {
        self.sign_bytes(&hash.0)
    }

    /// Signs any message; the caller puts a domain tag in front of it.
    pub fn sign_bytes(&self, message: &[u8]) -> Signature {
        super::Hex64(self.0.sign(message).to_bytes())
    }
}

/// Whether `signature` is by the holder of `key` over `message`; strict (RFC 8032 without malleability).
pub(super) fn verifies(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    VerifyingKey::from_bytes(&key.0)
        .is_ok_and(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok())
}

impl Hex32 {
    /// As a public key: whether `signature` is by its holder over `message`.
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        verifies(self, message, signature)
    }
}
