//! Lives of the feed.

use rusqlite::Transaction;
use uuid::Uuid;

use crate::store::StoreError;

/// The first life of a new company: there is nothing to take back.
pub(super) fn begin_first(tx: &Transaction<'_>, epoch: Uuid, now_ms: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO epoch (epoch, own, first, seen, opened_ms, complete_ms, because)
         VALUES (?1, 1, 1, 0, ?2, ?2, 'the company was set up')",
    )?
    .execute((epoch.into_bytes(), now_ms))?;
    Ok(())
}
