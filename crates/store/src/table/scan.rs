//! Every scan, stored in the transaction of what it did, before it beeps.

use crate::{StoreError, Tx};

/// Notes a scan and what came of it.
///
/// # Errors
/// [`StoreError`].
pub fn insert(tx: &Tx, text: &str, device: &str, at_ms: i64, outcome: &str) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO scan (text, device, at_ms, outcome) VALUES (?1, ?2, ?3, ?4)")?
        .execute((text, device, at_ms, outcome))?;
    Ok(())
}

/// How many scans were stored.
///
/// # Errors
/// [`StoreError`].
pub fn count(tx: &Tx) -> Result<u64, StoreError> {
    Ok(tx.query_row("SELECT count(*) FROM scan", [], |row| row.get(0))?)
}
