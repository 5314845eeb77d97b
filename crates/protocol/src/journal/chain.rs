//! The hash chain: SHA-256 over a domain tag, the format version, the identity, the previous hash and the body's bytes.

use sha2::{Digest, Sha256};

use super::envelope::{Entry, EntryId, GENESIS, Hash, Hex32};
use super::identity::{DeviceKey, PublicKey, verifies};

const DOMAIN: &[u8] = b"selvedge.journal.entry\0";

/// The hash that chains and identifies an entry.
pub fn entry_hash(format: u32, id: &EntryId, previous: &Hash, body: &[u8]) -> Hash {
    let mut sha = Sha256::new();
    sha.update(DOMAIN);
    sha.update(format.to_be_bytes());
    sha.update(id.device.as_bytes());
    sha.update(id.generation.as_bytes());
    sha.update(id.sequence.to_be_bytes());
    sha.update(previous.0);
    sha.update(body);
    Hex32(sha.finalize().into())
}

impl Entry {
    /// Writes the entry after `previous`.
    pub fn seal(key: &DeviceKey, id: EntryId, previous: Hash, body: String) -> Entry {
        let format = super::FORMAT_VERSION;
        let hash = entry_hash(format, &id, &previous, body.as_bytes());
        Entry { id, format, previous, signature: key.sign(&hash), body, hash }
    }

    /// Whether hash and signature are right, whatever stands before it.
    ///
    /// # Errors
    /// [`ChainError::Hash`] or [`ChainError::Signature`].
    pub fn check(&self, key: &PublicKey) -> Result<(), ChainError> {
        if entry_hash(self.format, &self.id, &self.previous, self.body.as_bytes()) != self.hash {
            return Err(ChainError::Hash { sequence: self.id.sequence });
        }
        if !verifies(key, &self.hash.0, &self.signature) {
            return Err(ChainError::Signature { sequence: self.id.sequence });
        }
        Ok(())
    }
}

/// Verifies the entries of one generation in order.
pub struct Verifier {
    key: PublicKey,
    next: u64,
    previous: Hash,
}

impl Verifier {
    /// From the generation's first entry on.
    pub fn new(key: PublicKey) -> Self {
        Verifier { key, next: 1, previous: GENESIS }
    }

    /// From behind an entry that is known to be right.
    pub fn after(key: PublicKey, sequence: u64, hash: Hash) -> Self {
        Verifier { key, next: sequence + 1, previous: hash }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// The first thing that is wrong, with its number; the verifier stays where it was.
    pub fn take(&mut self, entry: &Entry) -> Result<(), ChainError> {
        if entry.id.sequence != self.next {
            return Err(ChainError::Gap { expected: self.next, found: entry.id.sequence });
        }
        if entry.previous != self.previous {
            return Err(ChainError::Link { sequence: self.next });
        }
        entry.check(&self.key)?;
        self.next += 1;
        self.previous = entry.hash;
        Ok(())
    }

    /// The number and hash of the last entry taken; 0 and [`GENESIS`] before the first.
    pub fn head(&self) -> (u64, Hash) {
        (self.next - 1, self.previous)
    }
}

/// What is wrong with a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A number is missing or doubled.
    #[error("entry {expected} is missing, {found} stands in its place")]
    Gap {
        /// The next number.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// It does not follow the entry before it.
    #[error("entry {sequence} does not follow the entry before it")]
    Link {
        /// Its number.
        sequence: u64,
    },
    /// Its bytes were changed.
    #[error("entry {sequence} was changed after it was written")]
    Hash {
        /// Its number.
        sequence: u64,
    },
    /// Somebody else signed it.
    #[error("entry {sequence} is not signed by this device")]
    Signature {
        /// Its number.
        sequence: u64,
    },
}
