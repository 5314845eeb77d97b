//! Time and chance: the one place where central asks the machine for them.

use std::sync::Arc;

use uuid::Uuid;

/// Where time and chance come from.
pub trait Surroundings: Send + Sync {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64;
    /// A new UUIDv7.
    fn new_id(&self) -> Uuid;
    /// Bytes that nobody can guess.
    fn random(&self) -> [u8; 32];
}

/// Shared surroundings.
pub type Around = Arc<dyn Surroundings>;

/// The machine that central runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Surroundings for Machine {
    #[allow(clippy::disallowed_methods)]
    fn now_ms(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    #[allow(clippy::disallowed_methods)]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// # Panics
    /// When the system has no randomness: then no key and no code would be safe.
    fn random(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        bytes
    }
}
