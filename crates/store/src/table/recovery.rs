//! A recovery that is under way after a damaged file: until central gave back what it has of the journal.

use std::collections::BTreeMap;

use selvedge_domain::ids::GenerationId;
use serde::{Deserialize, Serialize};

use super::{blob, setting};
use crate::{StoreError, Tx};

const NAME: &str = "recovery";

/// Where a recovery stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// Where the damaged file is kept.
    pub aside: String,
    /// The generation that was in it, and is left.
    pub generation: GenerationId,
    /// The furthest number that is known of each generation in it.
    pub last: BTreeMap<GenerationId, u64>,
    /// Central gave what it has.
    pub fetched: bool,
}

/// The recovery that is under way; none in ordinary times.
///
/// # Errors
/// [`StoreError`].
pub fn get(tx: &Tx) -> Result<Option<Recovery>, StoreError> {
    setting::get(tx, NAME)
}

/// Notes where it stands.
///
/// # Errors
/// [`StoreError`].
pub fn set(tx: &Tx, recovery: &Recovery) -> Result<(), StoreError> {
    setting::set(tx, NAME, recovery)
}

/// It is over.
///
/// # Errors
/// [`StoreError`].
pub fn clear(tx: &Tx) -> Result<(), StoreError> {
    setting::clear(tx, NAME)
}

/// How many entries of a generation there are, by themselves or in a base, and which numbers are missing up to `last` or the last one there is, as
/// first and last of each stretch.
///
/// # Errors
/// [`StoreError`].
pub fn gaps(tx: &Tx, generation: GenerationId, last: u64) -> Result<(u64, Vec<(u64, u64)>), StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT sequence, sequence FROM entry WHERE generation = ?1
             AND NOT EXISTS (SELECT 1 FROM base WHERE base.generation = ?1 AND first <= sequence AND last >= sequence)
         UNION ALL SELECT first, last FROM base WHERE generation = ?1 ORDER BY 1",
    )?;
    let mut rows = statement.query([blob(generation.0)])?;
    let (mut there, mut next, mut gaps) = (0, 1_u64, Vec::new());
    while let Some(row) = rows.next()? {
        let (first, last): (u64, u64) = (row.get(0)?, row.get(1)?);
        if first > next {
            gaps.push((next, first - 1));
        }
        there += last - first + 1;
        next = last + 1;
    }
    if last >= next {
        gaps.push((next, last));
    }
    Ok((there, gaps))
}
