//! Small things that are one of a kind: language, who is signed in, what is on screen, configuration from central.

use rusqlite::OptionalExtension;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{from_json, json};
use crate::{StoreError, Tx};

/// The value of a name, if there is one.
///
/// # Errors
/// [`StoreError`].
pub fn get<T: DeserializeOwned>(tx: &Tx, name: &str) -> Result<Option<T>, StoreError> {
    tx.prepare_cached("SELECT value FROM setting WHERE name = ?1")?
        .query_row([name], |row| row.get::<_, String>(0))
        .optional()?
        .map(|value| from_json("setting", &value))
        .transpose()
}

/// Sets the value of a name.
///
/// # Errors
/// [`StoreError`].
pub fn set<T: Serialize>(tx: &Tx, name: &str, value: &T) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2")?
        .execute((name, json("setting", value)?))?;
    Ok(())
}

/// Forgets a name.
///
/// # Errors
/// [`StoreError`].
pub fn clear(tx: &Tx, name: &str) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM setting WHERE name = ?1")?.execute([name])?;
    Ok(())
}
