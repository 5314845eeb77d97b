//! The feed: whoever appends holds the feed's head until the commit, so that numbers and the chain follow the order of
//! commits, and a cursor never passes over a row.

use std::collections::HashMap;

use selvedge_protocol::journal::Hash;
use selvedge_protocol::v1::{Cursor, FeedBody, FeedPage, FeedRow, GENESIS_CURSOR_HASH, MAX_PAGE_ROWS, row_hash};
use uuid::Uuid;

use super::work::{Tx, execute, maybe, rows};
use super::{from_json, hash, listen, setup};
use crate::store::{StoreError, feed_subject};

/// Rows that are written together.
const CHUNK: usize = 4_000;

/// Appends rows within a transaction.
pub(super) struct Appender<'a> {
    tx: &'a Tx<'a>,
    epoch: Uuid,
    number: i64,
    hash: Hash,
    now_ms: i64,
    pending: Vec<Pending>,
    written: bool,
}

struct Pending {
    site: Option<Uuid>,
    kind: &'static str,
    version: u32,
    subject: String,
    body: String,
}

/// What a row is about, so that only the last word about it is sent.
type About = (&'static str, String, Uuid);

impl Pending {
    fn about(&self) -> About {
        (self.kind, self.subject.clone(), self.site.unwrap_or(Uuid::nil()))
    }
}

impl<'a> Appender<'a> {
    /// Waits until nobody else appends.
    pub(super) async fn new(tx: &'a Tx<'a>, now_ms: i64) -> Result<Self, StoreError> {
        let row = maybe(tx, "SELECT number, hash FROM head WHERE what = 'feed' FOR UPDATE", &[]).await?;
        let row = row.ok_or(StoreError::NotSetUp)?;
        let central = setup::central(tx).await?.ok_or(StoreError::NotSetUp)?;
        let hash = hash("feed head", row.get(1))?;
        Ok(Appender { tx, epoch: central.epoch, number: row.get(0), hash, now_ms, pending: Vec::new(), written: false })
    }

    /// Appends a row, unless the last one about the same says the same.
    pub(super) async fn append(&mut self, site: Option<Uuid>, body: &FeedBody) -> Result<(), StoreError> {
        let Some((kind, version)) = body.kind() else { return Ok(()) };
        let text = body.encode().map_err(|error| StoreError::value("feed row", error))?;
        self.pending.push(Pending { site, kind, version, subject: feed_subject(body), body: text });
        if self.pending.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    /// Writes what is left, and tells who listens once it is committed.
    pub(super) async fn finish(mut self) -> Result<(), StoreError> {
        self.flush().await?;
        if self.written {
            let sql = "UPDATE head SET number = $1, hash = $2 WHERE what = 'feed'";
            execute(self.tx, sql, &[&self.number, &self.hash.0.as_slice()]).await?;
            listen::tell(self.tx, &[listen::FEED.to_owned()]).await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let pending = std::mem::take(&mut self.pending);
        let mut latest = self.latest(&pending).await?;
        let mut replaced = Vec::new();
        let mut new = Columns::default();
        for row in pending {
            let about = row.about();
            if let Some((number, body)) = latest.get(&about) {
                if *body == row.body {
                    continue;
                }
                replaced.push(*number);
            }
            self.number += 1;
            let number = u64::try_from(self.number).unwrap_or(u64::MAX);
            self.hash = row_hash(self.epoch, number, &self.hash, row.kind, row.version, row.site, &row.body);
            latest.insert(about, (self.number, row.body.clone()));
            new.push(self.number, self.hash, row);
        }
        if new.numbers.is_empty() {
            return Ok(());
        }
        self.written = true;
        let old: Vec<i64> = replaced.iter().copied().filter(|number| !new.numbers.contains(number)).collect();
        if !old.is_empty() {
            execute(self.tx, "UPDATE feed SET replaced = true WHERE number = ANY($1)", &[&old]).await?;
        }
        // A row that was replaced within the same transaction is kept all the same: it is a link of the chain.
        let again: Vec<bool> = new.numbers.iter().map(|number| replaced.contains(number)).collect();
        execute(
            self.tx,
            "INSERT INTO feed (number, epoch, hash, kind, version, site, subject, body, replaced, at_ms)
             SELECT number, $1, hash, kind, version, site, subject, body, replaced, $2
             FROM unnest($3::bigint[], $4::bytea[], $5::text[], $6::integer[], $7::uuid[], $8::text[], $9::text[],
                         $10::boolean[])
                  AS new (number, hash, kind, version, site, subject, body, replaced)",
            &[
                &self.epoch,
                &self.now_ms,
                &new.numbers,
                &new.hashes,
                &new.kinds,
                &new.versions,
                &new.sites,
                &new.subjects,
                &new.bodies,
                &again,
            ],
        )
        .await?;
        Ok(())
    }

    /// The last words so far about what the new rows are about.
    async fn latest(&self, pending: &[Pending]) -> Result<HashMap<About, (i64, String)>, StoreError> {
        let kinds: Vec<&'static str> = pending.iter().map(|row| row.kind).collect();
        let subjects: Vec<&str> = pending.iter().map(|row| row.subject.as_str()).collect();
        let sites: Vec<Uuid> = pending.iter().map(|row| row.site.unwrap_or(Uuid::nil())).collect();
        let found = rows(
            self.tx,
            "SELECT DISTINCT feed.number, feed.body, asked.kind, asked.subject, asked.site
             FROM unnest($1::text[], $2::text[], $3::uuid[]) AS asked (kind, subject, site)
             JOIN feed ON feed.kind = asked.kind AND feed.subject = asked.subject
                  AND coalesce(feed.site, '00000000-0000-0000-0000-000000000000') = asked.site AND NOT feed.replaced",
            &[&kinds, &subjects, &sites],
        )
        .await?;
        let mut latest = HashMap::new();
        for row in found {
            let Some(kind) = kinds.iter().copied().find(|kind| *kind == row.get::<_, &str>(2)) else { continue };
            latest.insert((kind, row.get(3), row.get(4)), (row.get(0), row.get(1)));
        }
        Ok(latest)
    }
}

/// New rows, a list for each column.
#[derive(Default)]
struct Columns {
    numbers: Vec<i64>,
    hashes: Vec<Vec<u8>>,
    kinds: Vec<&'static str>,
    versions: Vec<i32>,
    sites: Vec<Option<Uuid>>,
    subjects: Vec<String>,
    bodies: Vec<String>,
}

impl Columns {
    fn push(&mut self, number: i64, hash: Hash, row: Pending) {
        self.numbers.push(number);
        self.hashes.push(hash.0.to_vec());
        self.kinds.push(row.kind);
        self.versions.push(i32::try_from(row.version).unwrap_or(i32::MAX));
        self.sites.push(row.site);
        self.subjects.push(row.subject);
        self.bodies.push(row.body);
    }
}

pub(super) async fn page(
    tx: &Tx<'_>,
    site: Uuid,
    after: Option<&Cursor>,
    limit: u32,
    now_ms: i64,
) -> Result<FeedPage, StoreError> {
    let central = setup::central(tx).await?.ok_or(StoreError::NotSetUp)?;
    let start = Cursor::start(central.epoch);
    let after = after.unwrap_or(&start);
    if !confirms(tx, central.epoch, after).await? {
        return Err(StoreError::UnknownCursor { number: after.number, epoch: central.epoch });
    }
    let limit = limit.clamp(1, MAX_PAGE_ROWS);
    let from = i64::try_from(after.number).unwrap_or(i64::MAX);
    let mut found = rows(
        tx,
        "SELECT number, kind, version, site, body, hash FROM feed
         WHERE number > $1 AND NOT replaced AND (site IS NULL OR site = $2) ORDER BY number LIMIT $3",
        &[&from, &site, &(i64::from(limit) + 1)],
    )
    .await?;
    let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        found.pop();
    }
    let last = found.last().filter(|_| more);
    let (number, row_hash) = match last {
        Some(row) => (row.get(0), hash("feed row", row.get(5))?),
        // At the end the cursor is the feed's own head, so that other sites' rows are not walked again.
        None => head(tx).await?,
    };
    let page = found.iter().map(row_of).collect::<Result<Vec<_>, _>>()?;
    let number = u64::try_from(number).unwrap_or(0);
    let next = Cursor { epoch: central.epoch, number, row_hash: row_hash.to_string() };
    Ok(FeedPage { rows: page, next, more, now_ms })
}

fn row_of(row: &tokio_postgres::Row) -> Result<FeedRow, StoreError> {
    Ok(FeedRow {
        number: u64::try_from(row.get::<_, i64>(0)).unwrap_or(0),
        kind: row.get(1),
        version: u32::try_from(row.get::<_, i32>(2)).unwrap_or(0),
        site: row.get(3),
        body: from_json("feed row", row.get(4))?,
    })
}

async fn confirms(tx: &Tx<'_>, epoch: Uuid, cursor: &Cursor) -> Result<bool, StoreError> {
    if cursor.epoch != epoch {
        return Ok(false);
    }
    if cursor.number == 0 {
        return Ok(cursor.row_hash == GENESIS_CURSOR_HASH.to_string());
    }
    let number = i64::try_from(cursor.number).unwrap_or(i64::MAX);
    let ours = maybe(tx, "SELECT hash FROM feed WHERE number = $1", &[&number]).await?;
    Ok(ours.is_some_and(|row| hex::encode(row.get::<_, &[u8]>(0)) == cursor.row_hash))
}

async fn head(tx: &Tx<'_>) -> Result<(i64, Hash), StoreError> {
    let row = maybe(tx, "SELECT number, hash FROM head WHERE what = 'feed'", &[]).await?.ok_or(StoreError::NotSetUp)?;
    Ok((row.get(0), hash("feed head", row.get(1))?))
}
