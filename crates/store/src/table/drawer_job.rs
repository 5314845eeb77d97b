//! Pulses of the drawer: recorded before they are sent, at most once, dead after a few seconds.

use rusqlite::OptionalExtension;
use selvedge_domain::ids::{JobId, SaleId};

use super::{blob, uuid};
use crate::{StoreError, Tx};

/// Where a pulse is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// To be sent.
    Waiting,
    /// Was, or may have been, sent. Never sent again.
    Sent,
    /// Came too late.
    Expired,
}

/// Adds a pulse.
///
/// # Errors
/// [`StoreError`].
pub fn insert(tx: &Tx, id: JobId, sale: Option<SaleId>, expires_ms: i64) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO drawer_job (id, sale, state, expires_ms) VALUES (?1, ?2, 'waiting', ?3)")?
        .execute((blob(id.0), sale.map(|sale| blob(sale.0)), expires_ms))?;
    Ok(())
}

/// The oldest pulse that is neither sent nor too late, and when it will be too late.
///
/// # Errors
/// [`StoreError`].
pub fn next(tx: &Tx, now_ms: i64) -> Result<Option<(JobId, i64)>, StoreError> {
    let found: Option<(Vec<u8>, i64)> = tx
        .prepare_cached(
            "SELECT id, expires_ms FROM drawer_job WHERE state = 'waiting' AND expires_ms > ?1 ORDER BY number LIMIT 1",
        )?
        .query_row([now_ms], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(id, expires_ms)| Ok((JobId(uuid("drawer_job", &id)?), expires_ms))).transpose()
}

/// Counts a pulse as sent, before its bytes go out. Says whether it was still to be sent.
///
/// # Errors
/// [`StoreError`].
pub fn mark_sent(tx: &Tx, id: JobId, now_ms: i64) -> Result<bool, StoreError> {
    let changed = tx
        .prepare_cached("UPDATE drawer_job SET state = 'sent' WHERE id = ?1 AND state = 'waiting' AND expires_ms > ?2")?
        .execute((blob(id.0), now_ms))?;
    Ok(changed == 1)
}

/// Ends the pulses whose time is over. Says how many.
///
/// # Errors
/// [`StoreError`].
pub fn expire(tx: &Tx, now_ms: i64) -> Result<usize, StoreError> {
    Ok(tx
        .prepare_cached("UPDATE drawer_job SET state = 'expired' WHERE state = 'waiting' AND expires_ms <= ?1")?
        .execute([now_ms])?)
}

/// The pulse of a sale; none when it needed none.
///
/// # Errors
/// [`StoreError`].
pub fn of_sale(tx: &Tx, sale: SaleId) -> Result<Option<State>, StoreError> {
    let state: Option<String> = tx
        .prepare_cached("SELECT state FROM drawer_job WHERE sale = ?1 ORDER BY number DESC LIMIT 1")?
        .query_row([blob(sale.0)], |row| row.get(0))
        .optional()?;
    state
        .map(|state| match state.as_str() {
            "waiting" => Ok(State::Waiting),
            "sent" => Ok(State::Sent),
            "expired" => Ok(State::Expired),
            other => Err(StoreError::value("drawer_job", format!("state {other:?}"))),
        })
        .transpose()
}
