//! Digits typed by hand: the beginning or the end of a number that is printed on a product.

use crate::{StoreError, Tx};

/// Fewer digits are a size or a year.
const FEWEST: usize = 4;
/// How numbers are printed.
const LENGTHS: [usize; 4] = [13, 12, 8, 14];

/// Products whose number begins or ends like this: beginnings first, at most `limit` of each.
pub(super) fn numbers(tx: &Tx, digits: &str, limit: u32) -> Result<Vec<i64>, StoreError> {
    let mut found = Vec::new();
    let Some(value) = digits.parse::<u64>().ok().filter(|_| digits.len() >= FEWEST) else { return Ok(found) };
    let mut beginning = tx.prepare_cached(
        "SELECT product FROM barcode WHERE gtin >= ?1 AND gtin < ?2 AND digits = ?3 ORDER BY gtin LIMIT ?4",
    )?;
    for length in LENGTHS.into_iter().filter(|length| *length >= digits.len()) {
        let scale = ten_to(length - digits.len());
        let rows = beginning.query_map((value * scale, (value + 1) * scale, length, limit), |row| row.get(0))?;
        collect(rows, &mut found)?;
    }
    let mut end = tx.prepare_cached(
        "SELECT product FROM barcode WHERE gtin % 10000 = ?1 AND gtin % ?2 = ?3 AND digits > ?4 ORDER BY gtin LIMIT ?5",
    )?;
    if digits.len() < LENGTHS[0] {
        let modulus = ten_to(digits.len());
        let rows = end.query_map((value % 10_000, modulus, value, digits.len(), limit), |row| row.get(0))?;
        collect(rows, &mut found)?;
    }
    Ok(found)
}

fn collect(rows: impl Iterator<Item = rusqlite::Result<i64>>, found: &mut Vec<i64>) -> Result<(), StoreError> {
    for product in rows {
        let product = product?;
        if !found.contains(&product) {
            found.push(product);
        }
    }
    Ok(())
}

/// At most 10 to the 13th: a number has 14 digits at most.
fn ten_to(digits: usize) -> u64 {
    (0..digits).fold(1, |value, _| value * 10)
}
