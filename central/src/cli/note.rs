//! Who has central do what.

use crate::store::{Command, Store, StoreError};
use crate::surroundings::Surroundings;

/// Writes down who has central do what, before it is done.
pub(super) async fn note(
    store: &dyn Store,
    around: &dyn Surroundings,
    what: &'static str,
    about: String,
) -> Result<(), StoreError> {
    let name = |key: &str| std::env::var(key).ok().filter(|name| !name.is_empty());
    // Behind `sudo` it is the person who is asked for, not root.
    let who = name("SUDO_USER").or_else(|| name("USER")).or_else(|| name("LOGNAME"));
    let who = who.unwrap_or_else(|| "somebody without a name".to_owned());
    store.note(Command { at_ms: around.now_ms(), who, what, about }).await
}
