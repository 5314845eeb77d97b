//! Held entries: a manager lets go of them, and what follows from that.

use std::collections::HashMap;

use selvedge_protocol::journal::{Body, EntryId, Hash};
use selvedge_protocol::v1::{FeedBody, ReleaseV1};
use tokio_postgres::Row;
use uuid::Uuid;

use super::balance::Books;
use super::feed::Appender;
use super::work::{Param, Tx, execute, rows};
use super::{base, feed, hash, intake, recovery, signed, unsigned};
use crate::store::held::{Follows, HeldFound};
use crate::store::promise::Said;
use crate::store::{HeldDecision, HeldNamed, HeldSettled, StoreError, Stored};

/// Decides about held entries, each by itself.
pub(super) async fn decide(
    tx: &Tx<'_>,
    named: &HeldNamed,
    decision: HeldDecision,
    now_ms: i64,
) -> Result<Vec<HeldSettled>, StoreError> {
    feed::lock(tx).await?;
    let (mut settled, mut told, mut declared) = (Vec::new(), Vec::new(), false);
    for found in found(tx, named).await? {
        let done = settle(tx, &found, decision, now_ms).await?;
        if done.is_ok() {
            let row = found.row(decision);
            keep(tx, &row).await?;
            told.push(FeedBody::Release(row));
            declared |= found.declares_losses();
        }
        settled.push(found.settled(done));
    }
    let mut feed = Appender::new(tx, now_ms).await?;
    for row in told {
        feed.append(None, &row).await?;
    }
    feed.finish().await?;
    if declared {
        recovery::list_lost_entries(tx, now_ms).await?;
    }
    Ok(settled)
}

async fn found(tx: &Tx<'_>, named: &HeldNamed) -> Result<Vec<HeldFound>, StoreError> {
    match named {
        HeldNamed::Entry { generation, sequence } => {
            let which = "generation = $1 AND sequence = $2 AND state IN ('held', 'dismissed')";
            query(tx, which, &[generation, &signed(*sequence)]).await
        }
        HeldNamed::Device(device) => query(tx, "device = $1 AND state = 'held'", &[device]).await,
    }
}

async fn query(tx: &Tx<'_>, which: &str, given: &[Param<'_>]) -> Result<Vec<HeldFound>, StoreError> {
    let sql = format!(
        "SELECT number, device, generation, sequence, hash, body,
                coalesce((SELECT code FROM held WHERE held.entry = entry.number), '')
         FROM entry WHERE {which} AND state <> 'applied' ORDER BY number FOR UPDATE"
    );
    rows(tx, &sql, given).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<HeldFound, StoreError> {
    Ok(HeldFound {
        number: row.get(0),
        id: EntryId { device: row.get(1), generation: row.get(2), sequence: unsigned(row.get(3)) },
        hash: hash("entry", row.get(4))?,
        body: std::str::from_utf8(row.get(5)).ok().and_then(|text| Body::decode(text).ok()),
        code: row.get(6),
    })
}

/// Under the feed's lock, which is taken before that of the balances.
async fn settle(
    tx: &Tx<'_>,
    found: &HeldFound,
    decision: HeldDecision,
    now_ms: i64,
) -> Result<Result<(), String>, StoreError> {
    let movements = match found.follows(decision) {
        Follows::Stays(why) => return Ok(Err(why)),
        Follows::Nothing => {
            intake::let_go(tx, &[found.number], Stored::Dismissed).await?;
            return Ok(Ok(()));
        }
        Follows::Applied(movements) => movements,
    };
    let said: Vec<Said> = found.body.iter().map(|body| Said::of(found.id.device, body, &movements)).collect();
    let of = base::of_entry(tx, found.id.generation, found.id.sequence, &found.hash.0).await?;
    let mut books = Books::new(tx);
    for movement in movements {
        books.post_of(found.number, of, movement).await?;
    }
    intake::let_go(tx, &[found.number], Stored::Applied).await?;
    books.finish().await?;
    intake::hear(tx, &said, now_ms).await?;
    Ok(Ok(()))
}

/// A decision that comes back: for the entry that is here, or when it comes. False where a release stands above it.
pub(super) async fn take_back(tx: &Tx<'_>, came: &ReleaseV1, now_ms: i64) -> Result<bool, StoreError> {
    feed::lock(tx).await?;
    let hash = Hash::try_from(came.hash.clone()).map_err(|error| StoreError::value("entry", error))?;
    let decision = if came.dismissed { HeldDecision::Dismiss } else { HeldDecision::Release };
    let stands = decided(tx, &[came.generation]).await?.get(&(came.generation, hash)).copied();
    if came.dismissed && stands == Some(HeldDecision::Release) {
        return Ok(false);
    }
    keep(tx, came).await?;
    let which = "generation = $1 AND hash = $2 AND state IN ('held', 'dismissed')";
    for found in query(tx, which, &[&came.generation, &hash.0.as_slice()]).await? {
        let _stays = settle(tx, &found, decision, now_ms).await?;
    }
    Ok(true)
}

async fn keep(tx: &Tx<'_>, row: &ReleaseV1) -> Result<(), StoreError> {
    let hash = hex::decode(&row.hash).map_err(|error| StoreError::value("entry", error))?;
    let sql = "INSERT INTO released (generation, hash, dismissed) VALUES ($1, $2, $3)
               ON CONFLICT (generation, hash) DO UPDATE SET dismissed = released.dismissed AND excluded.dismissed";
    execute(tx, sql, &[&row.generation, &hash, &row.dismissed]).await?;
    Ok(())
}

/// What a manager decided about entries of these generations, before they came or when they were here.
pub(super) async fn decided(
    tx: &Tx<'_>,
    generations: &[Uuid],
) -> Result<HashMap<(Uuid, Hash), HeldDecision>, StoreError> {
    let found =
        rows(tx, "SELECT generation, hash, dismissed FROM released WHERE generation = ANY($1)", &[&generations])
            .await?;
    let one = |row: &Row| {
        let decision = if row.get(2) { HeldDecision::Dismiss } else { HeldDecision::Release };
        Ok(((row.get(0), hash("entry", row.get(1))?), decision))
    };
    found.iter().map(one).collect()
}
