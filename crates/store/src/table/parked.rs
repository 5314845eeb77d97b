//! Sales put aside at this till.

use rusqlite::OptionalExtension;
use selvedge_domain::cart::{Cart, CartAction};
use selvedge_domain::ids::ParkedId;
use selvedge_domain::{Amount, Currency, ids::SaleId, tax::PriceMode};
use serde::{Deserialize, Serialize};

use super::{blob, from_json, json, uuid};
use crate::{StoreError, Tx};

/// A sale put aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Parked {
    /// Identity.
    pub id: ParkedId,
    /// What it is called.
    pub name: String,
    /// Since when.
    pub at_ms: i64,
    /// Lines in it.
    pub lines: u32,
    /// Its total.
    pub total: Amount,
}

#[derive(Serialize, Deserialize)]
struct Content {
    id: SaleId,
    currency: Currency,
    mode: PriceMode,
    actions: Vec<CartAction>,
}

/// Puts a cart aside.
///
/// # Errors
/// [`StoreError`].
pub fn insert(tx: &Tx, parked: &Parked, cart: &Cart, actions: Vec<CartAction>) -> Result<(), StoreError> {
    let content = Content { id: cart.id, currency: cart.currency, mode: cart.mode, actions };
    tx.prepare_cached("INSERT INTO parked (id, name, at_ms, lines, total, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute((
            blob(parked.id.0),
            &parked.name,
            parked.at_ms,
            parked.lines,
            parked.total.minor(),
            json("parked", &content)?,
        ))?;
    Ok(())
}

/// Gives one another name.
///
/// # Errors
/// [`StoreError`].
pub fn rename(tx: &Tx, id: ParkedId, name: &str) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE parked SET name = ?2 WHERE id = ?1")?.execute((blob(id.0), name))?;
    Ok(())
}

/// All, newest first.
///
/// # Errors
/// [`StoreError`].
pub fn list(tx: &Tx) -> Result<Vec<Parked>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT id, name, at_ms, lines, total FROM parked ORDER BY at_ms DESC, id DESC")?;
    let mut rows = statement.query([])?;
    let mut parked = Vec::new();
    while let Some(row) = rows.next()? {
        parked.push(Parked {
            id: ParkedId(uuid("parked", &row.get::<_, Vec<u8>>(0)?)?),
            name: row.get(1)?,
            at_ms: row.get(2)?,
            lines: row.get(3)?,
            total: Amount::from_minor(row.get(4)?),
        });
    }
    Ok(parked)
}

/// Takes one out: the empty cart it began with, and what was done to it.
///
/// # Errors
/// [`StoreError`].
pub fn take(tx: &Tx, id: ParkedId) -> Result<Option<(Cart, Vec<CartAction>)>, StoreError> {
    let body: Option<String> = tx
        .prepare_cached("DELETE FROM parked WHERE id = ?1 RETURNING body")?
        .query_row([blob(id.0)], |row| row.get(0))
        .optional()?;
    let Some(body) = body else { return Ok(None) };
    let content: Content = from_json("parked", &body)?;
    Ok(Some((Cart::new(content.id, content.currency, content.mode), content.actions)))
}
