//! Shifts of this till; at most one is open.

use rusqlite::OptionalExtension;
use selvedge_domain::shift::{ClosedShift, Shift};

use super::{blob, from_json, json};
use crate::{StoreError, Tx};

/// The open shift.
///
/// # Errors
/// [`StoreError`].
pub fn open(tx: &Tx) -> Result<Option<Shift>, StoreError> {
    tx.prepare_cached("SELECT body FROM shift WHERE closed = 0")?
        .query_row([], |row| row.get::<_, String>(0))
        .optional()?
        .map(|body| from_json("shift", &body))
        .transpose()
}

/// Opens a shift, or writes its new totals.
///
/// # Errors
/// [`StoreError`].
pub fn save(tx: &Tx, shift: &Shift) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO shift (id, number, closed, body) VALUES (?1, ?2, 0, ?3) ON CONFLICT (id) DO UPDATE SET body = ?3",
    )?
    .execute((blob(shift.id.0), shift.number, json("shift", shift)?))?;
    Ok(())
}

/// Closes the open shift.
///
/// # Errors
/// [`StoreError`].
pub fn close(tx: &Tx, closed: &ClosedShift) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE shift SET closed = 1, body = ?2 WHERE id = ?1")?
        .execute((blob(closed.shift.id.0), json("shift", closed)?))?;
    Ok(())
}

/// Forgets all of them: they are made again from the journal.
///
/// # Errors
/// [`StoreError`].
pub fn forget_all(tx: &Tx) -> Result<(), StoreError> {
    Ok(tx.execute_batch("DELETE FROM shift")?)
}

/// The shift that was closed last.
///
/// # Errors
/// [`StoreError`].
pub fn last_closed(tx: &Tx) -> Result<Option<ClosedShift>, StoreError> {
    tx.prepare_cached("SELECT body FROM shift WHERE closed = 1 ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| row.get::<_, String>(0))
        .optional()?
        .map(|body| from_json("shift", &body))
        .transpose()
}
