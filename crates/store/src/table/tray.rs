//! What waits at the foot of the cart until a person takes it out.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{from_json, json};
use crate::{StoreError, Tx};

/// Adds an entry.
///
/// # Errors
/// [`StoreError`].
pub fn insert<T: Serialize>(tx: &Tx, what: &T) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO tray (body) VALUES (?1)")?.execute([json("tray", what)?])?;
    Ok(())
}

/// All, newest first, at most 50.
///
/// # Errors
/// [`StoreError`].
pub fn list<T: DeserializeOwned>(tx: &Tx) -> Result<Vec<(u64, T)>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT number, body FROM tray ORDER BY number DESC LIMIT 50")?;
    let mut rows = statement.query([])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push((row.get(0)?, from_json("tray", &row.get::<_, String>(1)?)?));
    }
    Ok(entries)
}

/// Takes one out.
///
/// # Errors
/// [`StoreError`].
pub fn remove(tx: &Tx, number: u64) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM tray WHERE number = ?1")?.execute([number])?;
    Ok(())
}
