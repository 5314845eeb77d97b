//! Entries of ours that central holds for a manager. It says so when they arrive, and again whenever they are sent again.

use selvedge_domain::ids::GenerationId;

use super::{blob, uuid};
use crate::{StoreError, Tx};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Of which life of the journal.
    pub generation: GenerationId,
    /// Its number.
    pub sequence: u64,
    /// One of `v1::problem`.
    pub code: String,
    /// For a person.
    pub detail: String,
}

/// Central holds it.
///
/// # Errors
/// [`StoreError`].
pub fn set(tx: &Tx, held: &Held) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO held (generation, sequence, code, detail) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET code = ?3, detail = ?4",
    )?
    .execute((blob(held.generation.0), held.sequence, &held.code, &held.detail))?;
    Ok(())
}

/// Central does not hold it any more.
///
/// # Errors
/// [`StoreError`].
pub fn clear(tx: &Tx, generation: GenerationId, sequence: u64) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM held WHERE generation = ?1 AND sequence = ?2")?
        .execute((blob(generation.0), sequence))?;
    Ok(())
}

/// How many there are, by reason.
///
/// # Errors
/// [`StoreError`].
pub fn reasons(tx: &Tx) -> Result<Vec<(String, u64)>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT code, count(*) FROM held GROUP BY code ORDER BY 2 DESC, 1")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Some of them, after one of them; from the start without, in the order of their numbers.
///
/// # Errors
/// [`StoreError`].
pub fn after(tx: &Tx, last: Option<(GenerationId, u64)>, limit: u32) -> Result<Vec<Held>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT generation, sequence, code, detail FROM held WHERE (generation, sequence) > (?1, ?2)
         ORDER BY generation, sequence LIMIT ?3",
    )?;
    let (generation, sequence) = last.map_or(([0; 16], 0), |(generation, sequence)| (blob(generation.0), sequence));
    let mut rows = statement.query((generation, sequence, limit))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Held {
            generation: GenerationId(uuid("held", &row.get::<_, Vec<u8>>(0)?)?),
            sequence: row.get(1)?,
            code: row.get(2)?,
            detail: row.get(3)?,
        });
    }
    Ok(found)
}
