//! Checkpoints: what central had at a moment, signed as a row of the feed. All stations keep the last one, so a central
//! that lost everything knows up to where it once had each journal, and which rows nobody needs.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction};
use selvedge_protocol::v1::{CheckpointV1, DeviceHeadV1, FeedBody, NumbersV1};

use uuid::Uuid;

use super::feed::Appender;
use super::{from_json, intake, uuid};
use crate::store::{BalancesHash, StoreError, join_ranges, says_more};

/// Signs what [`body`] found; false when that was said already.
pub(super) fn write(tx: &Transaction<'_>, body: &CheckpointV1, now_ms: i64) -> Result<bool, StoreError> {
    let last: Option<(String, bool)> = tx
        .prepare_cached(
            "SELECT body, number = (SELECT max(number) FROM feed) FROM feed WHERE kind = 'checkpoint' AND replaced = 0",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let is_head = last.as_ref().is_some_and(|(_, is_head)| *is_head);
    let last: Option<CheckpointV1> = last.map(|(text, _)| from_json("checkpoint", &text)).transpose()?;
    if !says_more(last.as_ref(), is_head, body) {
        return Ok(false);
    }
    Appender::new(tx, now_ms)?.append(None, &FeedBody::Checkpoint(body.clone()))
}

/// What there is, read at one moment.
pub(super) fn body(tx: &Transaction<'_>) -> Result<CheckpointV1, StoreError> {
    Ok(CheckpointV1 { heads: heads(tx)?, balances: balances(tx)?, replaced: replaced(tx)? })
}

fn heads(tx: &Transaction<'_>) -> Result<Vec<DeviceHeadV1>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT device, generation, max(sequence), hash FROM entry GROUP BY generation, branch
         ORDER BY device, generation, branch",
    )?;
    let mut rows = statement.query([])?;
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        heads.push(DeviceHeadV1 {
            device: uuid("entry", &row.get::<_, Vec<u8>>(0)?)?,
            generation: uuid("entry", &row.get::<_, Vec<u8>>(1)?)?,
            sequence: row.get(2)?,
            hash: hex::encode(row.get::<_, Vec<u8>>(3)?),
        });
    }
    with_bases(tx, heads)
}

/// Where a base is all that is left of the end of a branch, its end is the head.
fn with_bases(tx: &Transaction<'_>, heads: Vec<DeviceHeadV1>) -> Result<Vec<DeviceHeadV1>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT DISTINCT device, generation FROM base")?;
    let based: BTreeSet<(Uuid, Uuid)> = statement
        .query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)))?
        .map(|row| row.map_err(StoreError::from).and_then(|(of, life)| Ok((uuid("base", &of)?, uuid("base", &life)?))))
        .collect::<Result<_, _>>()?;
    if based.is_empty() {
        return Ok(heads);
    }
    let mut all: Vec<_> = heads.into_iter().filter(|head| !based.contains(&(head.device, head.generation))).collect();
    for (device, generation) in based {
        for head in intake::heads_of_generation(tx, device, generation)? {
            all.push(DeviceHeadV1 { device, generation, sequence: head.sequence, hash: head.hash });
        }
    }
    all.sort_by_key(|head| (head.device, head.generation));
    Ok(all)
}

fn balances(tx: &Transaction<'_>) -> Result<String, StoreError> {
    let mut hash = BalancesHash::default();
    let mut statement = tx.prepare_cached(
        "SELECT product, account, quantity FROM balance WHERE quantity <> 0 ORDER BY product, account",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        hash.add(uuid("balance", &row.get::<_, Vec<u8>>(0)?)?, &row.get::<_, String>(1)?, row.get(2)?);
    }
    Ok(hash.hex())
}

/// Rows that later ones replaced, ours and those of lives that were lost; and the checkpoint before the next one.
fn replaced(tx: &Transaction<'_>) -> Result<Vec<NumbersV1>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT epoch, number, number FROM feed WHERE replaced = 1 OR kind = 'checkpoint'
         UNION ALL SELECT epoch, first, last FROM replaced_numbers ORDER BY 1, 2",
    )?;
    let mut rows = statement.query([])?;
    let mut ranges = Vec::new();
    while let Some(row) = rows.next()? {
        ranges.push((uuid("feed row", &row.get::<_, Vec<u8>>(0)?)?, row.get(1)?, row.get(2)?));
    }
    Ok(join_ranges(ranges))
}
