//! Stock at this station: our own movements, their balances, and what central said.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension;
use selvedge_domain::Quantity;
use selvedge_domain::ids::{GenerationId, ProductId};
use selvedge_domain::stock::ledger::{Account, Movement, Reason, deltas};
use selvedge_domain::stock::sums::Line;

use super::{base, blob, setting, uuid};
use crate::{StoreError, Tx};

const HEARD: &str = "balances-heard";

/// Posts the movements of an entry; one that was posted before is passed over.
///
/// # Errors
/// [`StoreError`].
pub fn post(tx: &Tx, generation: GenerationId, sequence: u64, movements: &[Movement]) -> Result<(), StoreError> {
    for movement in movements {
        let posted = tx
            .prepare_cached(
                "INSERT INTO movement (id, generation, sequence, product, from_account, to_account, lot, quantity,
                                       from_ms, to_ms, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING",
            )?
            .execute((
                blob(movement.id.0),
                blob(generation.0),
                sequence,
                blob(movement.product.0),
                movement.from.key(),
                movement.to.key(),
                &movement.lot,
                movement.quantity.thousandths(),
                movement.interval.from_ms,
                movement.interval.to_ms,
                reason(movement.reason),
            ))?;
        if posted == 1 {
            for (account, delta) in deltas(movement) {
                add(tx, movement.product, account, delta)?;
            }
        }
    }
    Ok(())
}

/// What is on hand, as far as this station knows: what central said, and what we did since.
///
/// # Errors
/// [`StoreError`].
pub fn on_hand(tx: &Tx, product: ProductId, account: Account) -> Result<Quantity, StoreError> {
    let own = own(tx, product, account)?;
    let heard: Option<(i64, i64)> = tx
        .prepare_cached("SELECT quantity, own FROM heard WHERE product = ?1 AND account = ?2")?
        .query_row((blob(product.0), account.key()), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(match heard {
        Some((quantity, contained)) => {
            Quantity::from_thousandths(quantity) + own - Quantity::from_thousandths(contained)
        }
        None => own,
    })
}

/// When central last spoke of the site's stock, all of it, milliseconds since 1970 by central's clock.
///
/// # Errors
/// [`StoreError`].
pub fn heard_ms(tx: &Tx) -> Result<Option<i64>, StoreError> {
    setting::get(tx, HEARD)
}

pub(super) fn set_heard_ms(tx: &Tx, as_of_ms: i64) -> Result<(), StoreError> {
    setting::set(tx, HEARD, &as_of_ms)
}

/// The balance of our own movements.
///
/// # Errors
/// [`StoreError`].
pub fn own(tx: &Tx, product: ProductId, account: Account) -> Result<Quantity, StoreError> {
    let thousandths: Option<i64> = tx
        .prepare_cached("SELECT quantity FROM balance WHERE product = ?1 AND account = ?2")?
        .query_row((blob(product.0), account.key()), |row| row.get(0))
        .optional()?;
    Ok(Quantity::from_thousandths(thousandths.unwrap_or(0)))
}

/// Adds what our movements after an entry changed: what central has not counted yet. False when that is too much: the
/// entry stands in the middle of a base, of which nobody knows here what was before it.
pub(super) fn add_after(
    tx: &Tx,
    generation: GenerationId,
    sequence: u64,
    changes: &mut BTreeMap<(ProductId, String), Quantity>,
) -> Result<bool, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT product, from_account, to_account, quantity FROM movement WHERE generation = ?1 AND sequence > ?2",
    )?;
    let mut rows = statement.query((blob(generation.0), sequence))?;
    let mut add = |product, from, to, thousandths| {
        let (product, quantity) = (ProductId(product), Quantity::from_thousandths(thousandths));
        *changes.entry((product, from)).or_insert(Quantity::ZERO) += -quantity;
        *changes.entry((product, to)).or_insert(Quantity::ZERO) += quantity;
    };
    while let Some(row) = rows.next()? {
        add(uuid("movement", &row.get::<_, Vec<u8>>(0)?)?, row.get(1)?, row.get(2)?, row.get(3)?);
    }
    let (lines, sure) = base::lines_after(tx, generation, sequence)?;
    lines.into_iter().for_each(|(product, from, to, thousandths)| add(product, from, to, thousandths));
    Ok(sure)
}

/// Balances that differ from the sum of their movements and of the bases: none, ever. As (product and account, balance, sum).
///
/// # Errors
/// [`StoreError`].
pub fn audit(tx: &Tx) -> Result<Vec<(String, i64, i64)>, StoreError> {
    let mut statement = tx.prepare(
        "WITH sides AS (
             SELECT product, to_account AS account, quantity FROM movement
             UNION ALL SELECT product, from_account, -quantity FROM movement
             UNION ALL SELECT product, to_account, quantity FROM base_line
             UNION ALL SELECT product, from_account, -quantity FROM base_line
         ), sums AS (SELECT product, account, sum(quantity) AS quantity FROM sides GROUP BY product, account)
         SELECT hex(product) || ' ' || account, coalesce(balance.quantity, 0), coalesce(sums.quantity, 0)
         FROM sums FULL JOIN balance USING (product, account)
         WHERE coalesce(balance.quantity, 0) <> coalesce(sums.quantity, 0)",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Changes the balances of a line of a base.
pub(super) fn shift(tx: &Tx, line: &Line, quantity: Quantity) -> Result<(), StoreError> {
    line.deltas(quantity).into_iter().try_for_each(|(account, delta)| add(tx, line.product, account, delta))
}

fn add(tx: &Tx, product: ProductId, account: Account, delta: Quantity) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO balance (product, account, quantity) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET quantity = quantity + ?3",
    )?
    .execute((blob(product.0), account.key(), delta.thousandths()))?;
    Ok(())
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Sale => "sale",
        Reason::Return => "return",
        Reason::Opening => "opening",
        Reason::Collected => "collected",
        Reason::Dispatched => "dispatched",
        Reason::Received => "received",
        Reason::TransferDifference => "transfer-difference",
    }
}
