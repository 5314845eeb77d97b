//! The journal and what central has acknowledged of it.

use rusqlite::{OptionalExtension, Row};
use selvedge_domain::ids::{DeviceId, GenerationId};
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::{self, Body, DeviceKey, Entry, EntryId, GENESIS, Hash, Hex32, Hex64, NewBody};

use super::{base, blob, stock, uuid};
use crate::{StoreError, Tx};

/// The last entry of a generation: number and hash; 0 and [`GENESIS`] before the first.
///
/// # Errors
/// [`StoreError`].
pub fn head(tx: &Tx, generation: GenerationId) -> Result<(u64, Hash), StoreError> {
    tx.prepare_cached("SELECT sequence, hash FROM entry WHERE generation = ?1 ORDER BY sequence DESC LIMIT 1")?
        .query_row([blob(generation.0)], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()?
        .map_or(Ok((0, GENESIS)), |(sequence, hash)| Ok((sequence, bytes32(&hash)?)))
}

/// The clocks at the last entry; none before the first, or where it cannot be read.
///
/// # Errors
/// [`StoreError`].
pub fn last_stamp(tx: &Tx) -> Result<Option<Stamp>, StoreError> {
    let body: Option<String> = tx
        .prepare_cached("SELECT body FROM entry ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(body.and_then(|body| Body::decode(&body).ok()).map(|body| body.at.into()))
}

/// Writes the next entry and the stock that follows from it.
///
/// # Errors
/// [`StoreError`].
pub fn append(
    tx: &Tx,
    device: DeviceId,
    generation: GenerationId,
    key: &DeviceKey,
    new: &NewBody,
) -> Result<Entry, StoreError> {
    let (last, previous) = head(tx, generation)?;
    let id = EntryId { device: device.0, generation: generation.0, sequence: last + 1 };
    let body = new.encode().map_err(|error| StoreError::value("entry", error))?;
    let entry = Entry::seal(key, id, previous, body);
    tx.prepare_cached(
        "INSERT INTO entry (generation, sequence, format, previous, body, hash, signature)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((
        blob(generation.0),
        id.sequence,
        entry.format,
        entry.previous.0,
        &entry.body,
        entry.hash.0,
        entry.signature.0,
    ))?;
    stock::post(tx, generation, id.sequence, &journal::movements_of(new.id, new.at, &new.fact))?;
    Ok(entry)
}

/// Between the rows of two generations after a damage, so that the end of each can come back later and has its place.
pub const ROOM: i64 = 1_000_000_000;

/// Leaves room before the first entry of a generation for what comes back of those before it, see [`restore`].
///
/// # Errors
/// [`StoreError`].
pub fn leave_room(tx: &Tx, generation: GenerationId) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE entry SET number = number + ?2 WHERE generation = ?1 AND sequence = 1")?
        .execute((blob(generation.0), ROOM))?;
    Ok(())
}

/// Takes back an entry of ours that a damaged file or central still had, with the stock that follows from it; says
/// whether it was not there. Where a base stands for it, it is there. `row` is the one that it had.
///
/// # Errors
/// [`StoreError`].
pub fn restore(tx: &Tx, row: Option<i64>, entry: &Entry) -> Result<bool, StoreError> {
    let generation = GenerationId(entry.id.generation);
    let in_base = base::stands_for(tx, generation, entry.id.sequence, &entry.hash)? == Some(true);
    if in_base && !base::is_whole(&entry.body) {
        return Ok(false);
    }
    let new = tx
        .prepare_cached(
            // Without a row of its own it stands as far from its next neighbour as its number does; before all others
            // where it has none: whoever gives back several generations gives the last one back first.
            "INSERT INTO entry (number, generation, sequence, format, previous, body, hash, signature)
             VALUES (coalesce(?1, (SELECT number + ?3 - sequence FROM entry WHERE generation = ?2
                                   ORDER BY abs(sequence - ?3) LIMIT 1),
                              (SELECT coalesce(min(number), 0) FROM entry) - ?9 + ?3),
                     ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (generation, sequence) DO NOTHING",
        )?
        .execute((
            row,
            blob(entry.id.generation),
            entry.id.sequence,
            entry.format,
            entry.previous.0,
            &entry.body,
            entry.hash.0,
            entry.signature.0,
            ROOM,
        ))?;
    if new == 1
        && let Ok(body) = Body::decode(&entry.body)
        && let Ok(movements) = journal::movements(&body)
    {
        stock::post(tx, generation, entry.id.sequence, &movements)?;
        if in_base {
            movements.iter().try_for_each(|one| base::make_room(tx, generation, entry.id.sequence, one))?;
        }
    }
    Ok(new == 1)
}

/// Every entry that is kept, in the order of writing: where it stands, and its body.
///
/// # Errors
/// [`StoreError`].
pub fn all(tx: &Tx, device: DeviceId) -> Result<Vec<(EntryId, String)>, StoreError> {
    let mut statement = tx.prepare("SELECT generation, sequence, body FROM entry ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let generation = uuid("entry", &row.get::<_, Vec<u8>>(0)?)?;
        all.push((EntryId { device: device.0, generation, sequence: row.get(1)? }, row.get(2)?));
    }
    Ok(all)
}

/// Entries after a number, in order, at most `limit`. Those for which a base stands are left out, but for the few that
/// are kept whole.
///
/// # Errors
/// [`StoreError`].
pub fn after(
    tx: &Tx,
    device: DeviceId,
    generation: GenerationId,
    sequence: u64,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT sequence, format, previous, body, hash, signature FROM entry
         WHERE generation = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
    )?;
    let mut rows = statement.query((blob(generation.0), sequence, limit))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry(row, device, generation)?);
    }
    Ok(entries)
}

/// Every generation that has entries, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn generations(tx: &Tx) -> Result<Vec<GenerationId>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "{OWN} SELECT generation FROM own WHERE generation IS NOT NULL
         ORDER BY (SELECT number FROM entry WHERE entry.generation = own.generation ORDER BY sequence LIMIT 1)"
    ))?;
    let mut rows = statement.query([])?;
    let mut generations = Vec::new();
    while let Some(row) = rows.next()? {
        generations.push(GenerationId(uuid("entry", &row.get::<_, Vec<u8>>(0)?)?));
    }
    Ok(generations)
}

/// Whether an entry with this number and hash (hex) is ours.
pub(super) fn has(tx: &Tx, generation: GenerationId, sequence: u64, hash: &str) -> Result<bool, StoreError> {
    let Ok(hash) = Hash::try_from(hash.to_owned()) else { return Ok(false) };
    is_ours(tx, generation, sequence, &hash)
}

/// Whether an entry with this number and hash is ours, by itself or in a base.
///
/// # Errors
/// [`StoreError`].
pub fn is_ours(tx: &Tx, generation: GenerationId, sequence: u64, hash: &Hash) -> Result<bool, StoreError> {
    let there = tx
        .prepare_cached("SELECT 1 FROM entry WHERE generation = ?1 AND sequence = ?2 AND hash = ?3")?
        .exists((blob(generation.0), sequence, hash.0))?;
    Ok(there || base::stands_for(tx, generation, sequence, hash)? == Some(true))
}

/// What central says it has of a generation; 0 and [`GENESIS`] when it has none.
///
/// # Errors
/// [`StoreError`].
pub fn acknowledged(tx: &Tx, generation: GenerationId) -> Result<(u64, Hash), StoreError> {
    tx.prepare_cached("SELECT sequence, hash FROM acknowledged WHERE generation = ?1")?
        .query_row([blob(generation.0)], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()?
        .map_or(Ok((0, GENESIS)), |(sequence, hash)| Ok((sequence, bytes32(&hash)?)))
}

/// Notes what central says now, even when it is less than yesterday.
///
/// # Errors
/// [`StoreError`].
pub fn set_acknowledged(tx: &Tx, generation: GenerationId, sequence: u64, hash: &Hash) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO acknowledged (generation, sequence, hash) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET sequence = ?2, hash = ?3",
    )?
    .execute((blob(generation.0), sequence, hash.0))?;
    Ok(())
}

/// Entries that central has not acknowledged, of all generations.
///
/// # Errors
/// [`StoreError`].
pub fn unsent(tx: &Tx) -> Result<u64, StoreError> {
    Ok(tx.prepare_cached(&format!("{OWN} {UNSENT}"))?.query_row([], |row| row.get(0))?)
}

/// Generations are few: from each one look into the index to the next, however long the journal is. Not by their first
/// entries, which a damaged file may have lost.
const OWN: &str = "
    WITH RECURSIVE own (generation) AS (
        SELECT min(generation) FROM entry
        UNION ALL
        SELECT (SELECT min(generation) FROM entry WHERE generation > own.generation) FROM own
        WHERE own.generation IS NOT NULL)";

/// The last entry of each is one look more.
const UNSENT: &str = "
    SELECT coalesce(sum(max(0, (SELECT max(sequence) FROM entry WHERE entry.generation = own.generation)
                               - coalesce(acknowledged.sequence, 0))), 0)
    FROM own LEFT JOIN acknowledged USING (generation) WHERE own.generation IS NOT NULL";

/// When the oldest entry that central has not acknowledged was written, in milliseconds since 1970 as central sees them.
///
/// # Errors
/// [`StoreError`].
pub fn oldest_unsent_ms(tx: &Tx) -> Result<Option<i64>, StoreError> {
    let mut oldest: Option<i64> = None;
    for generation in generations(tx)? {
        let (acknowledged, _) = acknowledged(tx, generation)?;
        let body: Option<String> = tx
            .prepare_cached("SELECT body FROM entry WHERE generation = ?1 AND sequence = ?2")?
            .query_row((blob(generation.0), acknowledged + 1), |row| row.get(0))
            .optional()?;
        let Some(body) = body else { continue };
        let at = Body::decode(&body).map_err(|error| StoreError::value("entry", error))?.at;
        let at_ms = at.clock_ms.saturating_add(at.offset_ms.unwrap_or(0));
        oldest = Some(oldest.map_or(at_ms, |oldest| oldest.min(at_ms)));
    }
    Ok(oldest)
}

fn entry(row: &Row, device: DeviceId, generation: GenerationId) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: EntryId { device: device.0, generation: generation.0, sequence: row.get(0)? },
        format: row.get(1)?,
        previous: bytes32(&row.get::<_, Vec<u8>>(2)?)?,
        body: row.get(3)?,
        hash: bytes32(&row.get::<_, Vec<u8>>(4)?)?,
        signature: Hex64::from_slice(&row.get::<_, Vec<u8>>(5)?).map_err(|error| StoreError::value("entry", error))?,
    })
}

fn bytes32(bytes: &[u8]) -> Result<Hash, StoreError> {
    Hex32::from_slice(bytes).map_err(|error| StoreError::value("entry", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[test]
    fn the_unsent_are_counted_without_reading_the_journal() {
        let store = Store::in_memory().expect("a store");
        let plan = store.read::<_, StoreError>(|tx| {
            let mut statement = tx.prepare(&format!("EXPLAIN QUERY PLAN {OWN} {UNSENT}"))?;
            let steps = statement.query_map([], |row| row.get::<_, String>(3))?;
            Ok(steps.collect::<Result<Vec<_>, _>>()?)
        });
        let plan = plan.expect("a plan");
        let scans: Vec<_> = plan.iter().filter(|step| step.starts_with("SCAN") && step.contains("entry")).collect();
        assert!(
            scans.is_empty() && plan.iter().any(|step| step.contains("entry")),
            "no entry is gone through: {plan:?}"
        );
    }
}
