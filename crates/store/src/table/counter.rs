//! Gapless numbers. Given out in the transaction that uses them, so that a number is used or never was given.

use rusqlite::OptionalExtension;

use crate::{StoreError, Tx};

/// The next number of a series, from 1.
///
/// # Errors
/// [`StoreError`].
pub fn next(tx: &Tx, name: &str) -> Result<u32, StoreError> {
    Ok(tx
        .prepare_cached(
            "INSERT INTO counter (name, last) VALUES (?1, 1) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last",
        )?
        .query_row([name], |row| row.get(0))?)
}

/// The last number given out; 0 before the first.
///
/// # Errors
/// [`StoreError`].
pub fn last(tx: &Tx, name: &str) -> Result<u32, StoreError> {
    Ok(tx
        .prepare_cached("SELECT last FROM counter WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?
        .unwrap_or(0))
}

/// Goes on behind a number that was given out in a life that is only known from the journal.
///
/// # Errors
/// [`StoreError`].
pub fn at_least(tx: &Tx, name: &str, last: u32) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO counter (name, last) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET last = max(last, ?2)",
    )?
    .execute((name, last))?;
    Ok(())
}
