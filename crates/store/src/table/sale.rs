//! Finished sales of this till, and what was taken back of them.

use rusqlite::{OptionalExtension, Params};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{LineId, SaleId};
use selvedge_domain::sale::Sale;
use selvedge_protocol::journal::EntryId;

use super::{blob, from_json, json, uuid};
use crate::{StoreError, Tx};

/// A finished sale and the entry that says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The sale.
    pub sale: Sale,
    /// Generation of its entry.
    pub generation: uuid::Uuid,
    /// Number of its entry.
    pub sequence: u64,
}

/// Notes a finished sale and what it takes back.
///
/// # Errors
/// [`StoreError`].
pub fn insert(tx: &Tx, sale: &Sale, entry: &EntryId) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO sale (id, number, receipt, generation, sequence, body)
         VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM sale), ?2, ?3, ?4, ?5)",
    )?
    .execute((
        blob(sale.cart.id.0),
        &sale.receipt,
        blob(entry.generation),
        entry.sequence,
        json("sale", sale)?,
    ))?;
    for line in &sale.cart.lines {
        if let Some(refund) = &line.refund {
            tx.prepare_cached(
                "INSERT INTO refund (sale, line, by_sale, by_line, quantity) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                blob(refund.sale.0),
                blob(refund.line.0),
                blob(sale.cart.id.0),
                blob(line.id.0),
                line.quantity.abs().thousandths(),
            ))?;
        }
    }
    Ok(())
}

/// Forgets all of them: they are made again from the journal.
///
/// # Errors
/// [`StoreError`].
pub fn forget_all(tx: &Tx) -> Result<(), StoreError> {
    Ok(tx.execute_batch("DELETE FROM sale; DELETE FROM refund")?)
}

/// A sale by the number on its receipt.
///
/// # Errors
/// [`StoreError`].
pub fn by_receipt(tx: &Tx, receipt: &str) -> Result<Option<Finished>, StoreError> {
    one(tx, "SELECT body, generation, sequence FROM sale WHERE receipt = ?1", [receipt])
}

/// A sale by its identity.
///
/// # Errors
/// [`StoreError`].
pub fn by_id(tx: &Tx, sale: SaleId) -> Result<Option<Finished>, StoreError> {
    one(tx, "SELECT body, generation, sequence FROM sale WHERE id = ?1", [blob(sale.0)])
}

/// The sale that was finished last.
///
/// # Errors
/// [`StoreError`].
pub fn last(tx: &Tx) -> Result<Option<Finished>, StoreError> {
    one(tx, "SELECT body, generation, sequence FROM sale ORDER BY number DESC LIMIT 1", [])
}

/// Finished sales with their places, newest first: those before a place, or the newest.
///
/// # Errors
/// [`StoreError`].
pub fn page(tx: &Tx, before: Option<u32>, limit: u32) -> Result<Vec<(u32, Finished)>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT body, generation, sequence, number FROM sale WHERE number < ?1 ORDER BY number DESC LIMIT ?2",
    )?;
    let mut rows = statement.query((before.map_or(i64::MAX, i64::from), limit))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get(3)?, finished(&row.get::<_, String>(0)?, &row.get::<_, Vec<u8>>(1)?, row.get(2)?)?));
    }
    Ok(found)
}

/// The place of a sale among those of this till, from 1.
///
/// # Errors
/// [`StoreError`].
pub fn number_of(tx: &Tx, sale: SaleId) -> Result<Option<u32>, StoreError> {
    Ok(tx
        .prepare_cached("SELECT number FROM sale WHERE id = ?1")?
        .query_row([blob(sale.0)], |row| row.get(0))
        .optional()?)
}

/// Number of the receipt of the last sale.
///
/// # Errors
/// [`StoreError`].
pub fn last_receipt(tx: &Tx) -> Result<Option<String>, StoreError> {
    Ok(tx
        .prepare_cached("SELECT receipt FROM sale ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?)
}

/// How much of a line was taken back by finished sales.
///
/// # Errors
/// [`StoreError`].
pub fn returned(tx: &Tx, sale: SaleId, line: LineId) -> Result<Quantity, StoreError> {
    Ok(Quantity::from_thousandths(
        tx.prepare_cached("SELECT coalesce(sum(quantity), 0) FROM refund WHERE sale = ?1 AND line = ?2")?
            .query_row((blob(sale.0), blob(line.0)), |row| row.get(0))?,
    ))
}

/// Finished sales that took some of a line back.
///
/// # Errors
/// [`StoreError`].
pub fn takers(tx: &Tx, sale: SaleId, line: LineId) -> Result<Vec<SaleId>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT DISTINCT by_sale FROM refund WHERE sale = ?1 AND line = ?2")?;
    let mut rows = statement.query((blob(sale.0), blob(line.0)))?;
    let mut takers = Vec::new();
    while let Some(row) = rows.next()? {
        takers.push(SaleId(uuid("refund", &row.get::<_, Vec<u8>>(0)?)?));
    }
    Ok(takers)
}

fn one(tx: &Tx, sql: &str, params: impl Params) -> Result<Option<Finished>, StoreError> {
    let found: Option<(String, Vec<u8>, u64)> =
        tx.prepare_cached(sql)?.query_row(params, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    found.map(|(body, generation, sequence)| finished(&body, &generation, sequence)).transpose()
}

fn finished(body: &str, generation: &[u8], sequence: u64) -> Result<Finished, StoreError> {
    Ok(Finished { sale: from_json("sale", body)?, generation: uuid("sale", generation)?, sequence })
}
