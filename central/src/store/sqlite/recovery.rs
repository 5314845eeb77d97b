//! Lives of the feed: noticing that something was lost, who reported since, and what nobody holds.

use rusqlite::{OptionalExtension, Transaction};
use selvedge_protocol::journal::Hash;
use selvedge_protocol::v1::{CheckpointV1, Cursor, DeclaredDeadV1, EpochV1, FeedBody, SeenHeadV1, SeenV1};
use uuid::Uuid;

use super::feed::{self, Appender};
use super::{base, device, promise, setup, uuid};
use crate::judge;
use crate::store::{
    BEGAN_EMPTY, Central, Finding, MOST_NUMBER, Missing, MissingWhat, Noticed, Recovery, Reporter, Reporting,
    StoreError, gaps, join_missing,
};

/// The first life of a new company: there is nothing to take back.
pub(super) fn begin_first(tx: &Transaction<'_>, epoch: Uuid, now_ms: i64) -> Result<(), StoreError> {
    begin(tx, epoch, 1, now_ms, Some(now_ms), "the company was set up")
}

fn begin(
    tx: &Transaction<'_>,
    epoch: Uuid,
    first: u64,
    now_ms: i64,
    complete_ms: Option<i64>,
    because: &str,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO epoch (epoch, own, first, seen, opened_ms, complete_ms, because)
         VALUES (?1, 1, ?2, 0, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET own = 1, first = ?2, opened_ms = ?3, complete_ms = ?4, because = ?5",
    )?
    .execute((epoch.into_bytes(), first, now_ms, complete_ms, because))?;
    Ok(())
}

/// A store that was made with nothing but central's key.
pub(super) fn begin_empty(tx: &Transaction<'_>, central: &Central, now_ms: i64) -> Result<(), StoreError> {
    setup::write_central(tx, central, now_ms)?;
    begin(tx, central.epoch, 1, now_ms, None, BEGAN_EMPTY)?;
    let row = EpochV1 { epoch: central.epoch, parent: None, opened_ms: now_ms, because: BEGAN_EMPTY.to_owned() };
    Appender::new(tx, now_ms)?.append(None, &FeedBody::Epoch(row))?;
    Ok(())
}

/// What follows from what a station has seen of us.
pub(super) fn compare(tx: &Transaction<'_>, of: Uuid, seen: &SeenV1) -> Result<(Uuid, Finding), StoreError> {
    let central = setup::central(tx)?.ok_or(StoreError::NotSetUp)?;
    let mut finding = Finding::default();
    if let Some(cursor) = &seen.cursor
        && cursor.number > 0
        && !feed::confirms(tx, central.epoch, cursor)?
        && cursor.is_signed_by(&central.key().public())
    {
        if is_open(tx, &central, cursor.epoch)? {
            finding.because = Some(Finding::row_missing(cursor.number));
        }
        finding.life = Some(cursor.clone());
    }
    for head in seen.heads.iter().filter(|head| head.sequence > 0) {
        let hash = hex::decode(&head.hash).unwrap_or_default();
        let in_base = || match Hash::from_slice(&hash) {
            Ok(hash) => base::of_entry(tx, head.generation, head.sequence, &hash).map(|base| base.is_some()),
            Err(_) => Ok(false),
        };
        let ours = tx
            .prepare_cached("SELECT device FROM generation WHERE generation = ?1")?
            .query_row([head.generation.into_bytes()], |row| row.get::<_, Vec<u8>>(0))
            .optional()?
            .is_some_and(|device| device == of.as_bytes());
        let here = tx
            .prepare_cached("SELECT 1 FROM entry WHERE generation = ?1 AND sequence = ?2 AND hash = ?3")?
            .exists((head.generation.into_bytes(), head.sequence, &hash))?
            || in_base()?;
        if ours && !here {
            finding.heads.push(head.clone());
        }
    }
    if let (Some(head), Some(epoch)) = (finding.heads.first(), seen.epoch)
        && is_open(tx, &central, epoch)?
    {
        let because = Finding::entry_missing(of, head.sequence);
        finding.because.get_or_insert(because);
        finding.life.get_or_insert(Cursor::start(epoch));
    }
    finding.reports = seen.gave_back == Some(central.epoch)
        && finding.heads.is_empty()
        && !may_grant(tx)?
        && !tx
            .prepare_cached("SELECT 1 FROM reported WHERE epoch = ?1 AND device = ?2 AND dead = 0")?
            .exists((central.epoch.into_bytes(), of.into_bytes()))?;
    Ok((central.epoch, finding))
}

/// Whether what is missing of a life is news: it is the present one, or one that we have never heard of.
fn is_open(tx: &Transaction<'_>, central: &Central, epoch: Uuid) -> Result<bool, StoreError> {
    Ok(epoch == central.epoch
        || !tx.prepare_cached("SELECT 1 FROM epoch WHERE epoch = ?1")?.exists([epoch.into_bytes()])?)
}

/// Writes down what was found; begins a new life where something was lost.
pub(super) fn notice(
    tx: &Transaction<'_>,
    of: Uuid,
    seen: &SeenV1,
    fresh: Uuid,
    now_ms: i64,
) -> Result<Noticed, StoreError> {
    // Somebody else may have been quicker: only what is found now counts.
    let (mut epoch, finding) = compare(tx, of, seen)?;
    if let Some(cursor) = &finding.life {
        see_life(tx, cursor.epoch, cursor.number, now_ms)?;
    }
    for head in &finding.heads {
        keep_head(tx, of, head)?;
    }
    if let Some(because) = &finding.because {
        open(tx, fresh, because, now_ms)?;
        epoch = fresh;
    } else if finding.reports {
        tx.prepare_cached(
            "INSERT INTO reported (epoch, device, at_ms, dead) VALUES (?1, ?2, ?3, 0)
             ON CONFLICT DO UPDATE SET at_ms = ?3, dead = 0",
        )?
        .execute((epoch.into_bytes(), of.into_bytes(), now_ms))?;
        settle(tx, now_ms)?;
    }
    Ok(Noticed { epoch, opened: finding.because })
}

fn open(tx: &Transaction<'_>, fresh: Uuid, because: &str, now_ms: i64) -> Result<(), StoreError> {
    let parent = feed::head(tx)?.map(|(cursor, _)| cursor);
    let first = parent.as_ref().map_or(1, |parent| parent.number + 1);
    begin(tx, fresh, first, now_ms, None, because)?;
    tx.execute("UPDATE central SET epoch = ?1", [fresh.into_bytes()])?;
    let row = EpochV1 { epoch: fresh, parent, opened_ms: now_ms, because: because.to_owned() };
    Appender::new(tx, now_ms)?.append(None, &FeedBody::Epoch(row))?;
    Ok(())
}

/// Notes a number of a life that somebody showed.
pub(super) fn see_life(tx: &Transaction<'_>, epoch: Uuid, number: u64, now_ms: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO epoch (epoch, own, first, seen, opened_ms, complete_ms, because)
         VALUES (?1, 0, NULL, ?2, ?3, ?3, 'a station knows it')
         ON CONFLICT DO UPDATE SET seen = max(seen, ?2)",
    )?
    .execute((epoch.into_bytes(), number, now_ms))?;
    Ok(())
}

/// Notes an entry that we once had.
pub(super) fn keep_head(tx: &Transaction<'_>, of: Uuid, head: &SeenHeadV1) -> Result<(), StoreError> {
    let hash = hex::decode(&head.hash).map_err(|error| StoreError::value("head", error))?;
    tx.prepare_cached(
        "INSERT INTO known_head (device, generation, sequence, hash) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?
    .execute((of.into_bytes(), head.generation.into_bytes(), head.sequence, hash))?;
    Ok(())
}

/// Notes what a checkpoint says of the time before the loss.
pub(super) fn keep_checkpoint(tx: &Transaction<'_>, checkpoint: &CheckpointV1) -> Result<(), StoreError> {
    for head in &checkpoint.heads {
        let of = SeenHeadV1 { generation: head.generation, sequence: head.sequence, hash: head.hash.clone() };
        keep_head(tx, head.device, &of)?;
    }
    for range in &checkpoint.replaced {
        tx.prepare_cached(
            "INSERT INTO replaced_numbers (epoch, first, last) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET last = max(last, ?3)",
        )?
        .execute((range.epoch.into_bytes(), range.first, range.last))?;
    }
    Ok(())
}

/// Whether what could be granted twice may be granted: nobody is waited for who may hold an earlier grant.
pub(super) fn may_grant(tx: &Transaction<'_>) -> Result<bool, StoreError> {
    Ok(tx
        .prepare_cached(
            "SELECT 1 FROM epoch JOIN central ON central.epoch = epoch.epoch WHERE epoch.complete_ms IS NOT NULL",
        )?
        .exists([])?)
}

/// Nobody waits for a station any more; false when there is none.
pub(super) fn declare_dead(tx: &Transaction<'_>, of: Uuid, now_ms: i64) -> Result<bool, StoreError> {
    let central = setup::central(tx)?.ok_or(StoreError::NotSetUp)?;
    if device::by_id(tx, of)?.is_none() {
        return Ok(false);
    }
    let body = DeclaredDeadV1 { device: of, epoch: central.epoch };
    Appender::new(tx, now_ms)?.append(None, &FeedBody::DeclaredDead(body))?;
    tx.prepare_cached(
        "INSERT INTO reported (epoch, device, at_ms, dead) VALUES (?1, ?2, ?3, 1) ON CONFLICT DO NOTHING",
    )?
    .execute((central.epoch.into_bytes(), of.into_bytes(), now_ms))?;
    promise::write_off(tx, of, now_ms)?;
    settle(tx, now_ms)?;
    Ok(true)
}

/// Ends the taking back when nobody is waited for any more.
fn settle(tx: &Transaction<'_>, now_ms: i64) -> Result<(), StoreError> {
    let (known, awaited): (u64, u64) = tx
        .prepare_cached(
            "SELECT count(*), coalesce(sum(device.revoked_ms IS NULL AND reported.device IS NULL), 0)
             FROM device LEFT JOIN reported ON reported.device = device.id
                 AND reported.epoch = (SELECT epoch FROM central)",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // A central that knows no station at all waits for the first one.
    if known > 0 && awaited == 0 {
        tx.prepare_cached(
            "UPDATE epoch SET complete_ms = coalesce(complete_ms, ?1) WHERE epoch = (SELECT epoch FROM central)",
        )?
        .execute([now_ms])?;
    }
    list_lost(tx, now_ms)
}

/// Writes down anew what nobody holds.
pub(super) fn list_lost(tx: &Transaction<'_>, now_ms: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM lost", [])?;
    keep_lost(tx, missing(tx)?, now_ms)
}

/// The same of entries alone: what arrives of journals changes nothing else, and there may be a million rows of the feed.
pub(super) fn list_lost_entries(tx: &Transaction<'_>, now_ms: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM lost WHERE kind IN ('entries', 'known-in-sum')", [])?;
    keep_lost(tx, missing_entries(tx)?, now_ms)
}

fn keep_lost(tx: &Transaction<'_>, missing: Vec<Missing>, now_ms: i64) -> Result<(), StoreError> {
    for one in missing.into_iter().filter(|one| one.lost) {
        let (life, device) = match one.what {
            MissingWhat::Decisions { epoch } => (epoch, None),
            MissingWhat::Entries { device, generation } | MissingWhat::KnownInSum { device, generation } => {
                (generation, Some(device))
            }
        };
        tx.prepare_cached(
            "INSERT INTO lost (kind, life, device, first, last, since_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            one.what.word(),
            life.into_bytes(),
            device.map(Uuid::into_bytes),
            one.first,
            one.last,
            now_ms,
        ))?;
    }
    Ok(())
}

/// Whether entries of a journal are listed as lost: then what arrives of it changes the list.
pub(super) fn has_lost_of(tx: &Transaction<'_>, generation: Uuid) -> Result<bool, StoreError> {
    Ok(tx
        .prepare_cached("SELECT 1 FROM lost WHERE kind IN ('entries', 'known-in-sum') AND life = ?1")?
        .exists([generation.into_bytes()])?)
}

pub(super) fn state(tx: &Transaction<'_>) -> Result<Recovery, StoreError> {
    let central = setup::central(tx)?.ok_or(StoreError::NotSetUp)?;
    let (opened_ms, complete_ms, because): (i64, Option<i64>, String) = tx
        .prepare_cached("SELECT opened_ms, complete_ms, because FROM epoch WHERE epoch = ?1")?
        .query_row([central.epoch.into_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let count = |sql: &str| -> Result<u64, StoreError> { Ok(tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?) };
    Ok(Recovery {
        epoch: central.epoch,
        opened_ms,
        because,
        complete_ms,
        stations: stations(tx, central.epoch)?,
        decisions_back: count("SELECT count(*) FROM taken_back")?,
        entries_back: tx
            .prepare_cached("SELECT count(*) FROM entry WHERE received_ms >= ?1")?
            .query_row([opened_ms], |row| row.get(0))?,
        missing: missing(tx)?,
    })
}

fn stations(tx: &Transaction<'_>, epoch: Uuid) -> Result<Vec<Reporter>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT device.id, device.till, device.revoked_ms IS NOT NULL, reported.at_ms, reported.dead
         FROM device LEFT JOIN reported ON reported.device = device.id AND reported.epoch = ?1
         ORDER BY device.till, device.enrolled_ms",
    )?;
    let mut rows = statement.query([epoch.into_bytes()])?;
    let mut stations = Vec::new();
    while let Some(row) = rows.next()? {
        let state = match (row.get::<_, Option<i64>>(3)?, row.get::<_, Option<bool>>(4)?, row.get(2)?) {
            (Some(_), Some(true), _) => Reporting::Dead,
            (Some(at_ms), Some(false) | None, _) => Reporting::Reported { at_ms },
            (None, _, true) => Reporting::Revoked,
            (None, _, false) => Reporting::Awaited,
        };
        let device = uuid("device", &row.get::<_, Vec<u8>>(0)?)?;
        stations.push(Reporter { device, till: row.get(1)?, state });
    }
    Ok(stations)
}

fn missing(tx: &Transaction<'_>) -> Result<Vec<Missing>, StoreError> {
    let waits = !may_grant(tx)?;
    let mut missing = missing_decisions(tx, !waits)?;
    missing.extend(missing_entries(tx)?);
    Ok(missing)
}

fn missing_decisions(tx: &Transaction<'_>, lost: bool) -> Result<Vec<Missing>, StoreError> {
    type Life = (Vec<u8>, Option<u64>, u64, Option<u64>);
    let lives: Vec<Life> = tx
        .prepare_cached(
            "SELECT epoch, first, seen, parted FROM epoch
             WHERE epoch <> (SELECT epoch FROM central) AND seen > 0 ORDER BY opened_ms, epoch",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    let mut missing = Vec::new();
    for (life, first, seen, parted) in lives {
        let known: Vec<u64> = tx
            .prepare_cached(
                "SELECT number FROM feed WHERE epoch = ?1 AND number < coalesce(?2, number + 1)
                 UNION SELECT number FROM taken_back WHERE epoch = ?1 ORDER BY 1",
            )?
            .query_map((&life, parted), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let passed: Vec<(u64, u64)> = tx
            .prepare_cached("SELECT first, last FROM replaced_numbers WHERE epoch = ?1 ORDER BY first")?
            .query_map([&life], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let epoch = uuid("epoch", &life)?;
        let open = gaps(first.unwrap_or(1), seen, known, &passed);
        missing.extend(open.into_iter().map(|(first, last)| Missing {
            what: MissingWhat::Decisions { epoch },
            first,
            last,
            lost,
        }));
    }
    Ok(missing)
}

fn missing_entries(tx: &Transaction<'_>) -> Result<Vec<Missing>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT known_head.device, known_head.generation, max(known_head.sequence),
                max((SELECT coalesce(max(sequence), 0) FROM entry WHERE entry.generation = known_head.generation),
                    (SELECT coalesce(max(last), 0) FROM base WHERE base.generation = known_head.generation)) AS here,
                NOT EXISTS (
                    SELECT 1 FROM device WHERE device.id = known_head.device AND device.revoked_ms IS NULL
                        AND NOT EXISTS (SELECT 1 FROM reported WHERE reported.device = device.id
                            AND reported.epoch = (SELECT epoch FROM central))
                ) OR (SELECT complete_ms IS NOT NULL FROM epoch WHERE epoch = (SELECT epoch FROM central))
         FROM known_head
         GROUP BY known_head.device, known_head.generation HAVING max(known_head.sequence) > here ORDER BY 1, 2",
    )?;
    let mut rows = statement.query([])?;
    let mut missing = Vec::new();
    while let Some(row) = rows.next()? {
        let here: u64 = row.get(3)?;
        missing.push(Missing {
            what: MissingWhat::Entries {
                device: uuid("head", &row.get::<_, Vec<u8>>(0)?)?,
                generation: uuid("head", &row.get::<_, Vec<u8>>(1)?)?,
            },
            first: here + 1,
            last: row.get(2)?,
            lost: row.get(4)?,
        });
    }
    missing.extend(declared(tx)?);
    missing.extend(base::known_in_sum(tx)?);
    Ok(join_missing(missing))
}

/// Entries that their own station declared lost, and that did not turn up.
fn declared(tx: &Transaction<'_>) -> Result<Vec<Missing>, StoreError> {
    let said: Vec<(Vec<u8>, String)> = tx
        .prepare_cached("SELECT device, body FROM entry WHERE kind = ?1 AND state = 'applied'")?
        .query_map([judge::RECOVERED], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut missing = Vec::new();
    for (device, body) in said {
        let Some((generation, stretches)) = judge::declared_losses(&body) else { continue };
        let what = MissingWhat::Entries { device: uuid("entry", &device)?, generation };
        for (first, last) in stretches {
            let last = last.min(MOST_NUMBER);
            let here: Vec<u64> = tx
                .prepare_cached(
                    "SELECT DISTINCT sequence FROM entry WHERE generation = ?1 AND sequence >= ?2 AND sequence <= ?3
                     ORDER BY sequence",
                )?
                .query_map((generation.into_bytes(), first.min(last), last), |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let open = gaps(first, last, here, &[]);
            missing.extend(open.into_iter().map(|(first, last)| Missing { what, first, last, lost: true }));
        }
    }
    Ok(missing)
}
