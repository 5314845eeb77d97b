//! The auditor's look at the file, each step of one moment.

use rusqlite::{OptionalExtension, Transaction};
use uuid::Uuid;

use super::{base, feed, hash, intake, promise, setup, uuid};
use crate::store::audit::{Stored, entry_findings, feed_findings};
use crate::store::{AuditPlace, AuditStep, StoreError};

pub(super) fn step(tx: &Transaction<'_>, from: &AuditPlace, limit: u32) -> Result<AuditStep, StoreError> {
    match from {
        AuditPlace::Products { after } => products(tx, *after, limit),
        AuditPlace::Feed { after } => rows(tx, *after, limit),
        AuditPlace::Entries { after } => entries(tx, *after, limit),
        AuditPlace::Bases { after } => base::audit(tx, *after, limit),
    }
}

/// What is wrong with any balance.
pub(super) fn balances(tx: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
    let mut wrong = between(tx, &[], &[0xff; 17])?;
    wrong.extend(promise::audit(tx)?);
    let mut after = Some(AuditPlace::Bases { after: 0 });
    while let Some(AuditPlace::Bases { after: from }) = after {
        let step = base::audit(tx, from, 1_000)?;
        wrong.extend(step.wrong);
        after = step.next;
    }
    Ok(wrong)
}

fn products(tx: &Transaction<'_>, after: Option<Uuid>, limit: u32) -> Result<AuditStep, StoreError> {
    let after = after.map(|after| after.into_bytes().to_vec()).unwrap_or_default();
    let mut statement = tx.prepare_cached(
        "SELECT product FROM (SELECT DISTINCT product FROM movement WHERE product > ?1 ORDER BY product LIMIT ?2)
         UNION
         SELECT product FROM (SELECT DISTINCT product FROM balance WHERE product > ?1 ORDER BY product LIMIT ?2)
         ORDER BY product LIMIT ?2",
    )?;
    let found: Vec<Vec<u8>> =
        statement.query_map((&after, limit), |row| row.get(0))?.collect::<Result<_, rusqlite::Error>>()?;
    let Some(last) = found.last() else {
        // The end of all products: what is promised of them is little, and looked at once.
        return Ok(AuditStep { wrong: promise::audit(tx)?, checked: 0, next: Some(AuditPlace::Feed { after: 0 }) });
    };
    let wrong = between(tx, &after, last)?;
    let next = Some(AuditPlace::Products { after: Some(uuid("movement", last)?) });
    Ok(AuditStep { wrong, checked: u64::try_from(found.len()).unwrap_or(0), next })
}

/// Of products after one, up to another.
fn between(tx: &Transaction<'_>, after: &[u8], last: &[u8]) -> Result<Vec<String>, StoreError> {
    let mut statement = tx.prepare_cached(
        // Without a join: there is no index on sums, and two of a hundred thousand rows would be compared each with each.
        "WITH sides AS (
             SELECT product, to_account AS account, 0 AS held, quantity AS moved FROM movement
             WHERE product > ?1 AND product <= ?2
             UNION ALL SELECT product, from_account, 0, -quantity FROM movement WHERE product > ?1 AND product <= ?2
             UNION ALL SELECT product, to_account, 0, posted FROM base_line WHERE product > ?1 AND product <= ?2
             UNION ALL SELECT product, from_account, 0, -posted FROM base_line WHERE product > ?1 AND product <= ?2
             UNION ALL SELECT product, account, quantity, 0 FROM balance WHERE product > ?1 AND product <= ?2
         )
         SELECT 'product ' || lower(hex(product)) || ' in ' || account || ': balance ' || sum(held)
             || ', movements ' || sum(moved)
         FROM sides GROUP BY product, account HAVING sum(held) <> sum(moved)
         UNION ALL
         SELECT 'product ' || lower(hex(product)) || ': all accounts together ' || sum(quantity)
         FROM balance WHERE product > ?1 AND product <= ?2 GROUP BY product HAVING sum(quantity) <> 0",
    )?;
    let lines = statement.query_map((after, last), |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(lines)
}

fn rows(tx: &Transaction<'_>, after: i64, limit: u32) -> Result<AuditStep, StoreError> {
    let key = setup::central(tx)?.ok_or(StoreError::NotSetUp)?.key().public();
    let mut statement = tx.prepare_cached("SELECT * FROM feed WHERE number >= ?1 ORDER BY number LIMIT ?2")?;
    let mut found = statement.query((after, i64::from(limit) + 1))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let (read, hash) = feed::read(row)?;
        let erased: Option<Vec<u8>> = row.get("body_hash")?;
        let erased =
            erased.map(|digest| digest.try_into().map_err(|_| StoreError::value("feed row", "a digest's length")));
        rows.push(Stored { row: read, hash, erased: erased.transpose()? });
    }
    let last = rows.last().and_then(|last| i64::try_from(last.row.number).ok()).filter(|last| *last > after);
    let next = last.map_or(AuditPlace::Entries { after: 0 }, |after| AuditPlace::Feed { after });
    let checked = u64::try_from(rows.len()).unwrap_or(0);
    Ok(AuditStep { wrong: feed_findings(&rows, &key), checked, next: Some(next) })
}

fn entries(tx: &Transaction<'_>, after: i64, limit: u32) -> Result<AuditStep, StoreError> {
    let mut statement = tx.prepare_cached("SELECT * FROM entry WHERE number > ?1 ORDER BY number LIMIT ?2")?;
    let mut found = statement.query((after, limit))?;
    let mut wrong = Vec::new();
    let mut checked = 0;
    let mut next = Some(AuditPlace::Bases { after: 0 });
    while let Some(row) = found.next()? {
        let entry = intake::entry_of(row)?;
        let generation = entry.id.generation.into_bytes();
        let key: Option<Vec<u8>> = tx
            .prepare_cached("SELECT public_key FROM generation WHERE generation = ?1")?
            .query_row([generation], |row| row.get(0))
            .optional()?;
        let key = key.map(|bytes| hash("generation", &bytes)).transpose()?;
        let follows = tx
            .prepare_cached("SELECT 1 FROM entry WHERE generation = ?1 AND sequence = ?2 AND hash = ?3")?
            .exists((generation, entry.id.sequence.saturating_sub(1), entry.previous.0))?
            || base::of_entry(tx, entry.id.generation, entry.id.sequence, &entry.hash)?.is_some()
            || base::of_entry(tx, entry.id.generation, entry.id.sequence.saturating_sub(1), &entry.previous)?.is_some();
        wrong.extend(entry_findings(&entry, key.as_ref(), follows));
        checked += 1;
        next = Some(AuditPlace::Entries { after: row.get("number")? });
    }
    Ok(AuditStep { wrong, checked, next })
}
