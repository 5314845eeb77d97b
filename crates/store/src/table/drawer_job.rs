//! Pulses of the drawer: recorded before they are sent, at most once, dead after a few seconds.

use rusqlite::OptionalExtension;
use selvedge_domain::ids::{JobId, SaleId};
use selvedge_domain::time::Stamp;

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

/// Adds a pulse that is dead `life_ms` after `now`, by the machine's ticks.
///
/// # Errors
/// [`StoreError`].
pub fn insert(tx: &Tx, id: JobId, sale: Option<SaleId>, now: Stamp, life_ms: u64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO drawer_job (id, sale, state, boot, expires_ticks_ms) VALUES (?1, ?2, 'waiting', ?3, ?4)",
    )?
    .execute((
        blob(id.0),
        sale.map(|sale| blob(sale.0)),
        blob(now.boot.0),
        now.ticks_ms.saturating_add(life_ms),
    ))?;
    Ok(())
}

/// The oldest pulse that is neither sent nor too late, and for how many milliseconds it may still be sent.
///
/// # Errors
/// [`StoreError`].
pub fn next(tx: &Tx, now: Stamp) -> Result<Option<(JobId, u64)>, StoreError> {
    let found: Option<(Vec<u8>, u64)> = tx
        .prepare_cached(
            "SELECT id, expires_ticks_ms FROM drawer_job
             WHERE state = 'waiting' AND boot = ?1 AND expires_ticks_ms > ?2 ORDER BY number LIMIT 1",
        )?
        .query_row((blob(now.boot.0), now.ticks_ms), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(id, expires)| Ok((JobId(uuid("drawer_job", &id)?), expires.saturating_sub(now.ticks_ms)))).transpose()
}

/// Counts a pulse as sent, before its bytes go out. Says whether it was still to be sent.
///
/// # Errors
/// [`StoreError`].
pub fn mark_sent(tx: &Tx, id: JobId, now: Stamp) -> Result<bool, StoreError> {
    let changed = tx
        .prepare_cached(
            "UPDATE drawer_job SET state = 'sent'
             WHERE id = ?1 AND state = 'waiting' AND boot = ?2 AND expires_ticks_ms > ?3",
        )?
        .execute((blob(id.0), blob(now.boot.0), now.ticks_ms))?;
    Ok(changed == 1)
}

/// Ends the pulses whose time is over, and those of another run of the machine. Says how many.
///
/// # Errors
/// [`StoreError`].
pub fn expire(tx: &Tx, now: Stamp) -> Result<usize, StoreError> {
    Ok(tx
        .prepare_cached(
            "UPDATE drawer_job SET state = 'expired'
             WHERE state = 'waiting' AND (boot <> ?1 OR expires_ticks_ms <= ?2)",
        )?
        .execute((blob(now.boot.0), now.ticks_ms))?)
}

/// Whether any pulse waits, dead or not.
///
/// # Errors
/// [`StoreError`].
pub fn any_waiting(tx: &Tx) -> Result<bool, StoreError> {
    Ok(tx.prepare_cached("SELECT 1 FROM drawer_job WHERE state = 'waiting'")?.exists([])?)
}

/// Ends every pulse that waits: the app that made it is gone.
///
/// # Errors
/// [`StoreError`].
pub fn expire_all(tx: &Tx) -> Result<usize, StoreError> {
    Ok(tx.prepare_cached("UPDATE drawer_job SET state = 'expired' WHERE state = 'waiting'")?.execute([])?)
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
