//! Held entries: a manager lets go of them, and what follows from that.

use rusqlite::{OptionalExtension, Row, Transaction};
use selvedge_protocol::journal::{Body, EntryId, Hash};
use selvedge_protocol::v1::{FeedBody, ReleaseV1};
use uuid::Uuid;

use super::feed::Appender;
use super::{balance, base, hash, intake, recovery, uuid};
use crate::store::held::{Follows, HeldFound};
use crate::store::promise::Said;
use crate::store::{HeldDecision, HeldNamed, HeldSettled, StoreError, Stored};

const COLUMNS: &str = "entry.number, device, generation, sequence, hash, body, coalesce(held.code, '')";

/// Decides about held entries, each by itself.
pub(super) fn decide(
    tx: &Transaction<'_>,
    named: &HeldNamed,
    decision: HeldDecision,
    now_ms: i64,
) -> Result<Vec<HeldSettled>, StoreError> {
    let (mut settled, mut declared) = (Vec::new(), false);
    for found in found(tx, named)? {
        let done = settle(tx, &found, decision, now_ms)?;
        if done.is_ok() {
            let row = found.row(decision);
            keep(tx, &row)?;
            Appender::new(tx, now_ms)?.append(None, &FeedBody::Release(row))?;
            declared |= found.declares_losses();
        }
        settled.push(found.settled(done));
    }
    if declared {
        recovery::list_lost_entries(tx, now_ms)?;
    }
    Ok(settled)
}

fn found(tx: &Transaction<'_>, named: &HeldNamed) -> Result<Vec<HeldFound>, StoreError> {
    match named {
        HeldNamed::Entry { generation, sequence } => query(
            tx,
            "generation = ?1 AND sequence = ?2 AND state IN ('held', 'dismissed')",
            (generation.into_bytes(), i64::try_from(*sequence).unwrap_or(i64::MAX)),
        ),
        HeldNamed::Device(device) => query(tx, "device = ?1 AND state = 'held'", [device.into_bytes()]),
    }
}

fn query(tx: &Transaction<'_>, which: &str, given: impl rusqlite::Params) -> Result<Vec<HeldFound>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM entry LEFT JOIN held ON held.entry = entry.number
         WHERE {which} AND state <> 'applied' ORDER BY entry.number"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(given)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

fn read(row: &Row<'_>) -> Result<HeldFound, StoreError> {
    Ok(HeldFound {
        number: row.get(0)?,
        id: EntryId {
            device: uuid("entry", &row.get::<_, Vec<u8>>(1)?)?,
            generation: uuid("entry", &row.get::<_, Vec<u8>>(2)?)?,
            sequence: row.get(3)?,
        },
        hash: hash("entry", &row.get::<_, Vec<u8>>(4)?)?,
        body: Body::decode(&row.get::<_, String>(5)?).ok(),
        code: row.get(6)?,
    })
}

fn settle(
    tx: &Transaction<'_>,
    found: &HeldFound,
    decision: HeldDecision,
    now_ms: i64,
) -> Result<Result<(), String>, StoreError> {
    let movements = match found.follows(decision) {
        Follows::Stays(why) => return Ok(Err(why)),
        Follows::Nothing => {
            intake::let_go(tx, found.number, Stored::Dismissed)?;
            return Ok(Ok(()));
        }
        Follows::Applied(movements) => movements,
    };
    let of = base::of_entry(tx, found.id.generation, found.id.sequence, &found.hash)?.map(|base| base.number);
    let mut books = balance::Books::new(tx)?;
    for movement in &movements {
        books.post_of(found.number, of, movement)?;
    }
    let said: Vec<Said> = found.body.iter().map(|body| Said::of(found.id.device, body, &movements)).collect();
    intake::hear(tx, &said, now_ms)?;
    intake::let_go(tx, found.number, Stored::Applied)?;
    Ok(Ok(()))
}

/// A decision that comes back: for the entry that is here, or when it comes. False where a release stands above it.
pub(super) fn take_back(tx: &Transaction<'_>, came: &ReleaseV1, now_ms: i64) -> Result<bool, StoreError> {
    let hash = Hash::try_from(came.hash.clone()).map_err(|error| StoreError::value("entry", error))?;
    let decision = if came.dismissed { HeldDecision::Dismiss } else { HeldDecision::Release };
    if came.dismissed && decided(tx, came.generation, &hash)? == Some(HeldDecision::Release) {
        return Ok(false);
    }
    keep(tx, came)?;
    let which = "generation = ?1 AND hash = ?2 AND state IN ('held', 'dismissed')";
    for found in query(tx, which, (came.generation.into_bytes(), hash.0))? {
        let _stays = settle(tx, &found, decision, now_ms)?;
    }
    Ok(true)
}

fn keep(tx: &Transaction<'_>, row: &ReleaseV1) -> Result<(), StoreError> {
    let hash = hex::decode(&row.hash).map_err(|error| StoreError::value("entry", error))?;
    tx.prepare_cached(
        "INSERT INTO released (generation, hash, dismissed) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET dismissed = min(dismissed, excluded.dismissed)",
    )?
    .execute((row.generation.into_bytes(), hash, row.dismissed))?;
    Ok(())
}

/// What a manager decided about an entry, before it came or when it was here.
pub(super) fn decided(tx: &Transaction<'_>, generation: Uuid, hash: &Hash) -> Result<Option<HeldDecision>, StoreError> {
    let dismissed: Option<bool> = tx
        .prepare_cached("SELECT dismissed FROM released WHERE generation = ?1 AND hash = ?2")?
        .query_row((generation.into_bytes(), hash.0), |row| row.get(0))
        .optional()?;
    Ok(dismissed.map(|dismissed| if dismissed { HeldDecision::Dismiss } else { HeldDecision::Release }))
}
