//! A device's key: made on the device, never leaves it; one a generation.

use std::sync::{Arc, PoisonError, RwLock};

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

/// The keys of one device, one for each generation of its journal. Shared: a key that is added is there for all.
#[derive(Clone, Default)]
pub struct KeyRing(Arc<RwLock<Vec<Arc<DeviceKey>>>>);

impl KeyRing {
    /// The key with this public half, hex.
    pub fn of(&self, public_key: &str) -> Option<Arc<DeviceKey>> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.public().to_string() == public_key).cloned()
    }

    /// Adds a key; a second time changes nothing.
    pub fn add(&self, key: DeviceKey) -> Arc<DeviceKey> {
        let key = Arc::new(key);
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match keys.iter().find(|known| known.public() == key.public()) {
            Some(known) => Arc::clone(known),
            None => {
                keys.push(Arc::clone(&key));
                key
            }
        }
    }
}

impl FromIterator<DeviceKey> for KeyRing {
    fn from_iter<I: IntoIterator<Item = DeviceKey>>(keys: I) -> Self {
        let ring = KeyRing::default();
        keys.into_iter().for_each(|key| drop(ring.add(key)));
        ring
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
