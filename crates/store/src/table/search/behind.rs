//! After a first sync the search knows nothing yet: it is told of the products bit by bit, while the till sells them by
//! barcode.

use super::due::{Entry, add};
use crate::table::setting;
use crate::{StoreError, Tx};

/// The number of the last product that the search knows; none when it knows all.
const UP_TO: &str = "search-up-to";

/// From now on the search is told of products by [`catch_up`] only. For a catalogue that is empty.
///
/// # Errors
/// [`StoreError`].
pub fn fall_behind(tx: &Tx) -> Result<(), StoreError> {
    setting::set(tx, UP_TO, &0_i64)
}

/// Whether there are products that the search does not know yet.
///
/// # Errors
/// [`StoreError`].
pub fn is_behind(tx: &Tx) -> Result<bool, StoreError> {
    Ok(up_to(tx)?.is_some())
}

pub(super) fn up_to(tx: &Tx) -> Result<Option<i64>, StoreError> {
    setting::get(tx, UP_TO)
}

/// Tells the search of the next products; whether there may be more.
///
/// # Errors
/// [`StoreError`].
pub fn catch_up(tx: &Tx, limit: u32) -> Result<bool, StoreError> {
    let Some(known) = up_to(tx)? else { return Ok(false) };
    let mut entries = Vec::new();
    let mut last = None;
    {
        let mut statement = tx.prepare_cached(
            "SELECT number, active, popularity, name, variant, colour, size, sku, brand FROM product
             WHERE number > ?1 ORDER BY number LIMIT ?2",
        )?;
        let mut rows = statement.query((known, limit))?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            if row.get(1)? {
                let parts = (3..9).map(|column| row.get(column)).collect::<Result<Vec<String>, _>>()?;
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                entries.push(Entry::new(number, row.get(2)?, &parts));
            }
            last = Some(number);
        }
    }
    add(tx, entries)?;
    match last {
        Some(last) => setting::set(tx, UP_TO, &last)?,
        None => setting::clear(tx, UP_TO)?,
    }
    Ok(last.is_some())
}
