//! What people here ask of other sites, until central has answered.

use rusqlite::{Params, Row};
use selvedge_domain::ids::TransferId;
use selvedge_domain::stock::transfer::TransferAsking;
use selvedge_protocol::v1::TransferRequest;
use serde::{Deserialize, Serialize};

use super::{blob, from_json, json, uuid};
use crate::{StoreError, Tx};

/// What is asked, and what central said to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// As it is sent, the same for every attempt; none where somebody else asked and it is only to be cancelled.
    pub request: Option<TransferRequest>,
    /// Central's words where it refused; empty where it did not.
    #[serde(default)]
    pub refusal: String,
}

/// A request and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Of which transfer.
    pub transfer: TransferId,
    /// How far it is.
    pub state: TransferAsking,
    /// What was asked.
    pub asked: Asked,
}

/// Keeps what is to be asked, or another state of it.
///
/// # Errors
/// [`StoreError`].
pub fn put(tx: &Tx, waiting: &Waiting) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO transfer_request (transfer, state, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (transfer) DO UPDATE SET state = ?2, body = ?3",
    )?
    .execute((blob(waiting.transfer.0), waiting.state.word(), json("transfer_request", &waiting.asked)?))?;
    Ok(())
}

/// Central has answered, or somebody has read what it said: it is a request no more.
///
/// # Errors
/// [`StoreError`].
pub fn remove(tx: &Tx, transfer: TransferId) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM transfer_request WHERE transfer = ?1")?.execute([blob(transfer.0)])?;
    Ok(())
}

/// The request of a transfer; none where nothing waits.
///
/// # Errors
/// [`StoreError`].
pub fn by_transfer(tx: &Tx, transfer: TransferId) -> Result<Option<Waiting>, StoreError> {
    Ok(found(tx, "transfer = ?1", [blob(transfer.0)])?.pop())
}

/// All of them, the newest first, at most so many.
///
/// # Errors
/// [`StoreError`].
pub fn list(tx: &Tx, limit: u32) -> Result<Vec<Waiting>, StoreError> {
    found(tx, "true ORDER BY number DESC LIMIT ?1", [limit])
}

/// What central is still to be asked, oldest first, at most so many.
///
/// # Errors
/// [`StoreError`].
pub fn due(tx: &Tx, limit: u32) -> Result<Vec<Waiting>, StoreError> {
    found(tx, "state IN ('asking', 'cancelling') ORDER BY number LIMIT ?1", [limit])
}

fn found(tx: &Tx, some: &str, values: impl Params) -> Result<Vec<Waiting>, StoreError> {
    let sql = format!("SELECT transfer, state, body FROM transfer_request WHERE {some}");
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Waiting, StoreError> {
    let state: String = row.get(1)?;
    let unknown = || StoreError::value("transfer_request", format!("no state {state:?}"));
    Ok(Waiting {
        transfer: TransferId(uuid("transfer_request", &row.get::<_, Vec<u8>>(0)?)?),
        state: TransferAsking::of(&state).ok_or_else(unknown)?,
        asked: from_json("transfer_request", &row.get::<_, String>(2)?)?,
    })
}
