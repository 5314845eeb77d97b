//! Transfers as far as this station knows them, and what is being scanned for one. What its own journal says and what
//! central says are sets that are joined, so it does not matter which comes first.

use rusqlite::{OptionalExtension, Row};
use selvedge_domain::ids::{DeviceId, EntryUuid, ProductId, SiteId, TransferId};
use selvedge_domain::stock::tally::{Tally, WrongPiece};
use selvedge_domain::stock::transfer::{Transfer, TransferTask};
use selvedge_protocol::journal::Body;
use selvedge_protocol::v1::{TransferFactV1, TransferV1};
use serde::{Deserialize, Serialize};

use super::{blob, from_json, json};
use crate::{StoreError, Tx};

/// What is being asked for, sent or received, scan by scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Which.
    pub transfer: TransferId,
    /// What the scanned goods are.
    pub step: TransferTask,
    /// Who sends, as far as it is known here.
    pub from: Option<SiteId>,
    /// Who is to have it.
    pub to: SiteId,
    /// What was scanned.
    pub tally: Tally,
    /// The last scan, when it counts for nothing.
    pub wrong: Option<WrongScan>,
}

/// A scan that counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongScan {
    /// What it was.
    pub product: ProductId,
    /// As the scanner read it.
    pub scanned: String,
    /// Why it does not count.
    pub why: WrongPiece,
}

/// Hears what an entry of our own says, in the transaction that writes it. Nothing where it is about something else.
///
/// # Errors
/// [`StoreError`].
pub fn hear(tx: &Tx, device: DeviceId, body: &Body) -> Result<(), StoreError> {
    let Some((id, said)) = TransferFactV1::said(device, body) else { return Ok(()) };
    let mut transfer = by_id(tx, id)?.unwrap_or_else(|| Transfer::new(id));
    transfer.hear(EntryUuid(body.id), said);
    save(tx, &transfer)
}

/// Takes central's view; the inner error is what nobody knows in it.
///
/// # Errors
/// [`StoreError`].
pub fn take(tx: &Tx, told: &TransferV1) -> Result<Result<(), String>, StoreError> {
    let came = match Transfer::try_from(told) {
        Ok(came) => came,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut transfer = by_id(tx, came.id)?.unwrap_or_else(|| Transfer::new(came.id));
    transfer.merge(&came);
    save(tx, &transfer)?;
    Ok(Ok(()))
}

fn save(tx: &Tx, transfer: &Transfer) -> Result<(), StoreError> {
    let Some(body) = TransferV1::of(transfer) else { return Ok(()) };
    tx.prepare_cached(
        "INSERT INTO transfer (id, state, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET state = ?2, body = ?3",
    )?
    .execute((blob(transfer.id.0), &body.state, json("transfer", &body)?))?;
    Ok(())
}

/// A transfer.
///
/// # Errors
/// [`StoreError`].
pub fn by_id(tx: &Tx, id: TransferId) -> Result<Option<Transfer>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT body FROM transfer WHERE id = ?1")?;
    let mut rows = statement.query([blob(id.0)])?;
    rows.next()?.map(read).transpose()
}

/// Those that somebody has to do something about, then those that are over, each newest first; at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub fn list(tx: &Tx, limit: u32) -> Result<Vec<Transfer>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT body FROM transfer ORDER BY state IN ('received', 'closed', 'cancelled'), number DESC LIMIT ?1",
    )?;
    let mut rows = statement.query([limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Transfer, StoreError> {
    let told: TransferV1 = from_json("transfer", &row.get::<_, String>(0)?)?;
    Transfer::try_from(&told).map_err(|error| StoreError::value("transfer", error))
}

/// What is being scanned; none where nothing is.
///
/// # Errors
/// [`StoreError`].
pub fn draft(tx: &Tx) -> Result<Option<Draft>, StoreError> {
    let body: Option<String> =
        tx.prepare_cached("SELECT body FROM transfer_draft")?.query_row([], |row| row.get(0)).optional()?;
    body.map(|body| from_json("transfer_draft", &body)).transpose()
}

/// Keeps what is being scanned.
///
/// # Errors
/// [`StoreError`].
pub fn set_draft(tx: &Tx, draft: &Draft) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO transfer_draft (only, body) VALUES (1, ?1) ON CONFLICT DO UPDATE SET body = ?1")?
        .execute([json("transfer_draft", draft)?])?;
    Ok(())
}

/// Nothing is being scanned any more.
///
/// # Errors
/// [`StoreError`].
pub fn clear_draft(tx: &Tx) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM transfer_draft")?.execute([])?;
    Ok(())
}
