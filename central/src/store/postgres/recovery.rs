//! Lives of the feed: noticing that something was lost, who reported since, and what nobody holds. Whoever decides about
//! lives holds the feed's head, so of two replicas that notice the same one begins the new life.

use selvedge_protocol::v1::{CheckpointV1, Cursor, DeclaredDeadV1, EpochV1, FeedBody, SeenHeadV1, SeenV1};
use uuid::Uuid;

use super::feed::{self, Appender};
use super::work::{Tx, execute, maybe, rows};
use super::{base, device, promise, setup, signed, unsigned};
use crate::judge;
use crate::store::{
    BEGAN_EMPTY, Central, Finding, MOST_NUMBER, Missing, MissingWhat, Noticed, Recovery, Reporter, Reporting,
    StoreError, gaps, join_missing,
};

/// Notes a life of our own.
pub(super) async fn begin(
    tx: &Tx<'_>,
    epoch: Uuid,
    first: u64,
    now_ms: i64,
    complete_ms: Option<i64>,
    because: &str,
) -> Result<(), StoreError> {
    execute(
        tx,
        "INSERT INTO epoch (epoch, own, first, seen, opened_ms, complete_ms, because)
         VALUES ($1, true, $2, 0, $3, $4, $5)
         ON CONFLICT (epoch) DO UPDATE SET own = true, first = excluded.first, opened_ms = excluded.opened_ms,
             complete_ms = excluded.complete_ms, because = excluded.because",
        &[&epoch, &signed(first), &now_ms, &complete_ms, &because],
    )
    .await?;
    Ok(())
}

/// A store that was made with nothing but central's key.
pub(super) async fn begin_empty(tx: &Tx<'_>, central: &Central, now_ms: i64) -> Result<(), StoreError> {
    setup::write_central(tx, central, now_ms).await?;
    begin(tx, central.epoch, 1, now_ms, None, BEGAN_EMPTY).await?;
    let row = EpochV1 { epoch: central.epoch, parent: None, opened_ms: now_ms, because: BEGAN_EMPTY.to_owned() };
    say(tx, now_ms, None, &FeedBody::Epoch(row)).await
}

async fn say(tx: &Tx<'_>, now_ms: i64, site: Option<Uuid>, body: &FeedBody) -> Result<(), StoreError> {
    let mut feed = Appender::new(tx, now_ms).await?;
    feed.append(site, body).await?;
    feed.finish().await
}

/// What follows from what a station has seen of us.
pub(super) async fn compare(tx: &Tx<'_>, of: Uuid, seen: &SeenV1) -> Result<(Uuid, Finding), StoreError> {
    let central = setup::central(tx).await?.ok_or(StoreError::NotSetUp)?;
    let mut finding = Finding::default();
    if let Some(cursor) = &seen.cursor
        && cursor.number > 0
        && !feed::confirms(tx, central.epoch, cursor).await?
        && cursor.is_signed_by(&central.key().public())
    {
        if is_open(tx, &central, cursor.epoch).await? {
            finding.because = Some(Finding::row_missing(cursor.number));
        }
        finding.life = Some(cursor.clone());
    }
    for head in seen.heads.iter().filter(|head| head.sequence > 0) {
        let hash = hex::decode(&head.hash).unwrap_or_default();
        let ours = device::generation(tx, head.generation).await?.is_some_and(|known| known.device == of);
        let sql = "SELECT 1 FROM entry WHERE generation = $1 AND sequence = $2 AND hash = $3";
        if ours
            && maybe(tx, sql, &[&head.generation, &signed(head.sequence), &hash]).await?.is_none()
            && base::of_entry(tx, head.generation, head.sequence, &hash).await?.is_none()
        {
            finding.heads.push(head.clone());
        }
    }
    if let (Some(head), Some(epoch)) = (finding.heads.first(), seen.epoch)
        && is_open(tx, &central, epoch).await?
    {
        let because = Finding::entry_missing(of, head.sequence);
        finding.because.get_or_insert(because);
        finding.life.get_or_insert(Cursor::start(epoch));
    }
    finding.reports = seen.gave_back == Some(central.epoch)
        && finding.heads.is_empty()
        && !may_grant(tx).await?
        && maybe(tx, "SELECT 1 FROM reported WHERE epoch = $1 AND device = $2 AND NOT dead", &[&central.epoch, &of])
            .await?
            .is_none();
    Ok((central.epoch, finding))
}

/// Whether what is missing of a life is news: it is the present one, or one that we have never heard of.
async fn is_open(tx: &Tx<'_>, central: &Central, epoch: Uuid) -> Result<bool, StoreError> {
    Ok(epoch == central.epoch || maybe(tx, "SELECT 1 FROM epoch WHERE epoch = $1", &[&epoch]).await?.is_none())
}

/// Writes down what was found; begins a new life where something was lost.
pub(super) async fn notice(
    tx: &Tx<'_>,
    of: Uuid,
    seen: &SeenV1,
    fresh: Uuid,
    now_ms: i64,
) -> Result<Noticed, StoreError> {
    feed::lock(tx).await?;
    // Another replica may have been quicker: only what is found now counts.
    let (mut epoch, finding) = compare(tx, of, seen).await?;
    if let Some(cursor) = &finding.life {
        see_life(tx, cursor.epoch, cursor.number, now_ms).await?;
    }
    for head in &finding.heads {
        keep_head(tx, of, head).await?;
    }
    if let Some(because) = &finding.because {
        open(tx, fresh, because, now_ms).await?;
        epoch = fresh;
    } else if finding.reports {
        execute(
            tx,
            "INSERT INTO reported (epoch, device, at_ms, dead) VALUES ($1, $2, $3, false)
             ON CONFLICT (epoch, device) DO UPDATE SET at_ms = excluded.at_ms, dead = false",
            &[&epoch, &of, &now_ms],
        )
        .await?;
        settle(tx, now_ms).await?;
    }
    Ok(Noticed { epoch, opened: finding.because })
}

async fn open(tx: &Tx<'_>, fresh: Uuid, because: &str, now_ms: i64) -> Result<(), StoreError> {
    let parent = feed::head(tx).await?;
    let first = parent.as_ref().map_or(1, |parent| parent.number + 1);
    begin(tx, fresh, first, now_ms, None, because).await?;
    execute(tx, "UPDATE central SET epoch = $1", &[&fresh]).await?;
    let row = EpochV1 { epoch: fresh, parent, opened_ms: now_ms, because: because.to_owned() };
    say(tx, now_ms, None, &FeedBody::Epoch(row)).await
}

/// Notes a number of a life that somebody showed.
pub(super) async fn see_life(tx: &Tx<'_>, epoch: Uuid, number: u64, now_ms: i64) -> Result<(), StoreError> {
    execute(
        tx,
        "INSERT INTO epoch (epoch, own, first, seen, opened_ms, complete_ms, because)
         VALUES ($1, false, NULL, $2, $3, $3, 'a station knows it')
         ON CONFLICT (epoch) DO UPDATE SET seen = greatest(epoch.seen, excluded.seen)",
        &[&epoch, &signed(number), &now_ms],
    )
    .await?;
    Ok(())
}

/// Notes an entry that we once had.
async fn keep_head(tx: &Tx<'_>, of: Uuid, head: &SeenHeadV1) -> Result<(), StoreError> {
    let hash = hex::decode(&head.hash).map_err(|error| StoreError::value("head", error))?;
    let sql = "INSERT INTO known_head (device, generation, sequence, hash) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING";
    execute(tx, sql, &[&of, &head.generation, &signed(head.sequence), &hash]).await?;
    Ok(())
}

/// Notes what a checkpoint says of the time before the loss.
pub(super) async fn keep_checkpoint(tx: &Tx<'_>, checkpoint: &CheckpointV1) -> Result<(), StoreError> {
    for head in &checkpoint.heads {
        let of = SeenHeadV1 { generation: head.generation, sequence: head.sequence, hash: head.hash.clone() };
        keep_head(tx, head.device, &of).await?;
    }
    for range in &checkpoint.replaced {
        execute(
            tx,
            "INSERT INTO replaced_numbers (epoch, first, last) VALUES ($1, $2, $3)
             ON CONFLICT (epoch, first) DO UPDATE SET last = greatest(replaced_numbers.last, excluded.last)",
            &[&range.epoch, &signed(range.first), &signed(range.last)],
        )
        .await?;
    }
    Ok(())
}

/// Whether what could be granted twice may be granted: nobody is waited for who may hold an earlier grant.
pub(super) async fn may_grant(tx: &Tx<'_>) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM epoch JOIN central ON central.epoch = epoch.epoch WHERE epoch.complete_ms IS NOT NULL";
    Ok(maybe(tx, sql, &[]).await?.is_some())
}

/// Nobody waits for a station any more; false when there is none.
pub(super) async fn declare_dead(tx: &Tx<'_>, of: Uuid, now_ms: i64) -> Result<bool, StoreError> {
    feed::lock(tx).await?;
    let central = setup::central(tx).await?.ok_or(StoreError::NotSetUp)?;
    if device::by_id(tx, of).await?.is_none() {
        return Ok(false);
    }
    let body = DeclaredDeadV1 { device: of, epoch: central.epoch };
    say(tx, now_ms, None, &FeedBody::DeclaredDead(body)).await?;
    let sql = "INSERT INTO reported (epoch, device, at_ms, dead) VALUES ($1, $2, $3, true) ON CONFLICT DO NOTHING";
    execute(tx, sql, &[&central.epoch, &of, &now_ms]).await?;
    promise::write_off(tx, of, now_ms).await?;
    settle(tx, now_ms).await?;
    Ok(true)
}

/// Ends the taking back when nobody is waited for any more.
async fn settle(tx: &Tx<'_>, now_ms: i64) -> Result<(), StoreError> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE device.revoked_ms IS NULL AND reported.device IS NULL)
               FROM device LEFT JOIN reported ON reported.device = device.id
                   AND reported.epoch = (SELECT epoch FROM central)";
    let row = maybe(tx, sql, &[]).await?.ok_or(StoreError::Stopped)?;
    // A central that knows no station at all waits for the first one.
    if row.get::<_, i64>(0) > 0 && row.get::<_, i64>(1) == 0 {
        let sql = "UPDATE epoch SET complete_ms = coalesce(complete_ms, $1) WHERE epoch = (SELECT epoch FROM central)";
        execute(tx, sql, &[&now_ms]).await?;
    }
    list_lost(tx, now_ms).await
}

/// Writes down anew what nobody holds.
pub(super) async fn list_lost(tx: &Tx<'_>, now_ms: i64) -> Result<(), StoreError> {
    lock_lost(tx).await?;
    execute(tx, "DELETE FROM lost", &[]).await?;
    keep_lost(tx, missing(tx).await?, now_ms).await
}

/// The same of entries alone: what arrives of journals changes nothing else, and there may be a million rows of the feed.
pub(super) async fn list_lost_entries(tx: &Tx<'_>, now_ms: i64) -> Result<(), StoreError> {
    lock_lost(tx).await?;
    execute(tx, "DELETE FROM lost WHERE kind IN ('entries', 'known-in-sum')", &[]).await?;
    keep_lost(tx, missing_entries(tx).await?, now_ms).await
}

/// Of two who list at the same time one waits here.
async fn lock_lost(tx: &Tx<'_>) -> Result<(), StoreError> {
    execute(tx, "LOCK TABLE lost IN SHARE ROW EXCLUSIVE MODE", &[]).await?;
    Ok(())
}

async fn keep_lost(tx: &Tx<'_>, missing: Vec<Missing>, now_ms: i64) -> Result<(), StoreError> {
    for one in missing.into_iter().filter(|one| one.lost) {
        let (life, device) = match one.what {
            MissingWhat::Decisions { epoch } => (epoch, None),
            MissingWhat::Entries { device, generation } | MissingWhat::KnownInSum { device, generation } => {
                (generation, Some(device))
            }
        };
        let sql = "INSERT INTO lost (kind, life, device, first, last, since_ms) VALUES ($1, $2, $3, $4, $5, $6)";
        let (first, last) = (signed(one.first), signed(one.last));
        execute(tx, sql, &[&one.what.word(), &life, &device, &first, &last, &now_ms]).await?;
    }
    Ok(())
}

/// Whether entries of these journals are listed as lost: then what arrives of them changes the list.
pub(super) async fn has_lost_of(tx: &Tx<'_>, generations: &[Uuid]) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM lost WHERE kind IN ('entries', 'known-in-sum') AND life = ANY($1) LIMIT 1";
    Ok(maybe(tx, sql, &[&generations]).await?.is_some())
}

pub(super) async fn state(tx: &Tx<'_>) -> Result<Recovery, StoreError> {
    let central = setup::central(tx).await?.ok_or(StoreError::NotSetUp)?;
    let sql = "SELECT opened_ms, complete_ms, because, (SELECT count(*) FROM taken_back),
                      (SELECT count(*) FROM entry WHERE received_ms >= opened_ms)
               FROM epoch WHERE epoch = $1";
    let row = maybe(tx, sql, &[&central.epoch]).await?.ok_or(StoreError::NotSetUp)?;
    Ok(Recovery {
        epoch: central.epoch,
        opened_ms: row.get(0),
        complete_ms: row.get(1),
        because: row.get(2),
        decisions_back: unsigned(row.get(3)),
        entries_back: unsigned(row.get(4)),
        stations: stations(tx, central.epoch).await?,
        missing: missing(tx).await?,
    })
}

async fn stations(tx: &Tx<'_>, epoch: Uuid) -> Result<Vec<Reporter>, StoreError> {
    let sql = "SELECT device.id, device.till, device.revoked_ms IS NOT NULL, reported.at_ms, reported.dead
               FROM device LEFT JOIN reported ON reported.device = device.id AND reported.epoch = $1
               ORDER BY device.till COLLATE \"C\", device.enrolled_ms";
    let found = rows(tx, sql, &[&epoch]).await?;
    let station = |row: &tokio_postgres::Row| {
        let state = match (row.get::<_, Option<i64>>(3), row.get::<_, Option<bool>>(4), row.get(2)) {
            (Some(_), Some(true), _) => Reporting::Dead,
            (Some(at_ms), Some(false) | None, _) => Reporting::Reported { at_ms },
            (None, _, true) => Reporting::Revoked,
            (None, _, false) => Reporting::Awaited,
        };
        Reporter { device: row.get(0), till: row.get(1), state }
    };
    Ok(found.iter().map(station).collect())
}

async fn missing(tx: &Tx<'_>) -> Result<Vec<Missing>, StoreError> {
    let lost = may_grant(tx).await?;
    let mut missing = missing_decisions(tx, lost).await?;
    missing.extend(missing_entries(tx).await?);
    Ok(missing)
}

async fn missing_decisions(tx: &Tx<'_>, lost: bool) -> Result<Vec<Missing>, StoreError> {
    let sql = "SELECT epoch, first, seen, parted FROM epoch
               WHERE epoch <> (SELECT epoch FROM central) AND seen > 0 ORDER BY opened_ms, epoch";
    let mut missing = Vec::new();
    for life in rows(tx, sql, &[]).await? {
        let epoch: Uuid = life.get(0);
        let parted: Option<i64> = life.get(3);
        let sql = "SELECT number FROM feed WHERE epoch = $1 AND number < coalesce($2, number + 1)
                   UNION SELECT number FROM taken_back WHERE epoch = $1 ORDER BY 1";
        let known: Vec<u64> = rows(tx, sql, &[&epoch, &parted]).await?.iter().map(|row| unsigned(row.get(0))).collect();
        let sql = "SELECT first, last FROM replaced_numbers WHERE epoch = $1 ORDER BY first";
        let passed = rows(tx, sql, &[&epoch]).await?;
        let passed: Vec<(u64, u64)> = passed.iter().map(|row| (unsigned(row.get(0)), unsigned(row.get(1)))).collect();
        let first = life.get::<_, Option<i64>>(1).map_or(1, unsigned);
        let open = gaps(first, unsigned(life.get(2)), known, &passed);
        let one = |(first, last)| Missing { what: MissingWhat::Decisions { epoch }, first, last, lost };
        missing.extend(open.into_iter().map(one));
    }
    Ok(missing)
}

async fn missing_entries(tx: &Tx<'_>) -> Result<Vec<Missing>, StoreError> {
    let sql = "SELECT known.device, known.generation, known.sequence, coalesce(max(branch.sequence), 0) AS here,
                      NOT EXISTS (
                          SELECT 1 FROM device WHERE device.id = known.device AND device.revoked_ms IS NULL
                              AND NOT EXISTS (SELECT 1 FROM reported WHERE reported.device = device.id
                                  AND reported.epoch = (SELECT epoch FROM central))
                      ) OR (SELECT complete_ms IS NOT NULL FROM epoch WHERE epoch = (SELECT epoch FROM central))
               FROM (SELECT device, generation, max(sequence) AS sequence FROM known_head
                     GROUP BY device, generation) AS known
               LEFT JOIN branch ON branch.generation = known.generation
               GROUP BY known.device, known.generation, known.sequence
               HAVING known.sequence > coalesce(max(branch.sequence), 0) ORDER BY 1, 2";
    let found = rows(tx, sql, &[]).await?;
    let one = |row: &tokio_postgres::Row| Missing {
        what: MissingWhat::Entries { device: row.get(0), generation: row.get(1) },
        first: unsigned(row.get(3)) + 1,
        last: unsigned(row.get(2)),
        lost: row.get(4),
    };
    let mut missing: Vec<Missing> = found.iter().map(one).collect();
    missing.extend(declared(tx).await?);
    missing.extend(base::known_in_sum(tx).await?);
    Ok(join_missing(missing))
}

/// Entries that their own station declared lost, and that did not turn up.
async fn declared(tx: &Tx<'_>) -> Result<Vec<Missing>, StoreError> {
    let mut missing = Vec::new();
    let sql = "SELECT device, body FROM entry WHERE kind = $1 AND state = 'applied'";
    for said in rows(tx, sql, &[&judge::RECOVERED]).await? {
        let body = String::from_utf8(said.get(1)).map_err(|error| StoreError::value("entry", error))?;
        let Some((generation, stretches)) = judge::declared_losses(&body) else { continue };
        let what = MissingWhat::Entries { device: said.get(0), generation };
        for (first, last) in stretches {
            let last = last.min(MOST_NUMBER);
            let sql =
                "SELECT DISTINCT sequence FROM entry WHERE generation = $1 AND sequence BETWEEN $2 AND $3 ORDER BY 1";
            let here = rows(tx, sql, &[&generation, &signed(first.min(last)), &signed(last)]).await?;
            let open = gaps(first, last, here.iter().map(|row| unsigned(row.get(0))), &[]);
            missing.extend(open.into_iter().map(|(first, last)| Missing { what, first, last, lost: true }));
        }
    }
    Ok(missing)
}
