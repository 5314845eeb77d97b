//! The journal: append-only, one a device and generation, every entry signed and chained to the one before.
//!
//! An entry's body is encoded once as JSON; those bytes are stored, hashed, signed and uploaded, and never encoded
//! again. Identity is (device, generation, sequence), the sequence without gaps, beginning with 1.

mod base;
mod bodies;
mod body;
mod chain;
mod envelope;
mod identity;
mod movements;

pub use base::{
    Base, BaseError, BaseStatement, BaseSumV1, MAX_BASE_BYTES, ReadBase, STRETCH, add_up, digest_of, is_kept_whole,
    statement_hash, statement_message,
};
pub use bodies::*;
pub use body::{Body, BodyError, Fact, NewBody, StampV1};
pub use chain::{ChainError, Verifier, entry_hash};
pub use envelope::{Entry, EntryId, GENESIS, Hash, Hex32, Hex64, HexError, Signature};
pub use identity::{DeviceKey, KeyRing, PublicKey};
pub use movements::{MovementError, movements, movements_of, quantity_sold};

/// The version of everything in this module. 0 until counting works, then 1 for ever.
pub const FORMAT_VERSION: u32 = 0;
