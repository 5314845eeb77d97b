//! The present sale: a head and the actions that were done to it. A crash loses nothing that was answered.

use rusqlite::OptionalExtension;
use selvedge_domain::Currency;
use selvedge_domain::cart::{Cart, CartAction};
use selvedge_domain::ids::SaleId;
use selvedge_domain::tax::PriceMode;

use super::{blob, from_json, json, uuid};
use crate::{StoreError, Tx};

/// The present cart; none when nothing was begun.
///
/// # Errors
/// [`StoreError`].
pub fn load(tx: &Tx) -> Result<Option<Cart>, StoreError> {
    Ok(load_with_actions(tx)?.map(|(cart, _)| cart))
}

/// The present cart, and what was done to it, in order.
///
/// # Errors
/// [`StoreError`].
pub fn load_with_actions(tx: &Tx) -> Result<Option<(Cart, Vec<CartAction>)>, StoreError> {
    let head: Option<(Vec<u8>, String, String)> = tx
        .prepare_cached("SELECT id, currency, mode FROM cart")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((id, currency, mode)) = head else { return Ok(None) };
    let currency = Currency::parse(&currency).map_err(|error| StoreError::value("cart", error))?;
    let mode: PriceMode = from_json("cart", &mode)?;
    let cart = Cart::new(SaleId(uuid("cart", &id)?), currency, mode);
    let actions = actions(tx)?;
    let cart = cart.fold(&actions).map_err(|error| StoreError::value("cart_action", error))?;
    Ok(Some((cart, actions)))
}

/// Begins a cart.
///
/// # Errors
/// [`StoreError`].
pub fn begin(tx: &Tx, cart: &Cart) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO cart (only, id, currency, mode) VALUES (1, ?1, ?2, ?3)")?.execute((
        blob(cart.id.0),
        cart.currency.code(),
        json("cart", &cart.mode)?,
    ))?;
    Ok(())
}

/// What was done, in order.
///
/// # Errors
/// [`StoreError`].
pub fn actions(tx: &Tx) -> Result<Vec<CartAction>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT body FROM cart_action ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut actions = Vec::new();
    while let Some(row) = rows.next()? {
        actions.push(from_json("cart_action", &row.get::<_, String>(0)?)?);
    }
    Ok(actions)
}

/// Notes one more action.
///
/// # Errors
/// [`StoreError`].
pub fn append(tx: &Tx, action: &CartAction) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO cart_action (body) VALUES (?1)")?.execute([json("cart_action", action)?])?;
    Ok(())
}

/// Forgets the cart: it became a sale, was parked or thrown away.
///
/// # Errors
/// [`StoreError`].
pub fn clear(tx: &Tx) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM cart_action")?.execute([])?;
    tx.prepare_cached("DELETE FROM cart")?.execute([])?;
    Ok(())
}

/// Puts other actions in place of all: undo, and bringing back a parked sale.
///
/// # Errors
/// [`StoreError`].
pub fn replace(tx: &Tx, actions: &[CartAction]) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM cart_action")?.execute([])?;
    actions.iter().try_for_each(|action| append(tx, action))
}
