//! The feed: rows are numbered and chained inside the one write transaction, so a number is never seen before a lower one.

use rusqlite::{OptionalExtension, Transaction};
use selvedge_protocol::journal::Hash;
use selvedge_protocol::v1::{Cursor, FeedBody, FeedPage, FeedRow, GENESIS_CURSOR_HASH, MAX_PAGE_ROWS, row_hash};
use uuid::Uuid;

use super::{from_json, hash, setup, uuid};
use crate::store::{StoreError, feed_subject};

/// Appends rows within a transaction.
pub(super) struct Appender<'a> {
    tx: &'a Transaction<'a>,
    epoch: Uuid,
    number: u64,
    hash: Hash,
    now_ms: i64,
}

impl<'a> Appender<'a> {
    pub(super) fn new(tx: &'a Transaction<'a>, now_ms: i64) -> Result<Self, StoreError> {
        let central = setup::central(tx)?.ok_or(StoreError::NotSetUp)?;
        let (number, hash) = head(tx)?;
        Ok(Appender { tx, epoch: central.epoch, number, hash, now_ms })
    }

    /// Appends a row, unless the last one about the same says the same; whether it did.
    pub(super) fn append(&mut self, site: Option<Uuid>, body: &FeedBody) -> Result<bool, StoreError> {
        let Some((kind, version)) = body.kind() else { return Ok(false) };
        let subject = feed_subject(body);
        let text = body.encode().map_err(|error| StoreError::value("feed row", error))?;
        let place = site.map(Uuid::into_bytes);
        let last: Option<(u64, String)> = self
            .tx
            .prepare_cached(
                "SELECT number, body FROM feed
                 WHERE kind = ?1 AND subject = ?2 AND coalesce(site, x'') = coalesce(?3, x'') AND replaced = 0",
            )?
            .query_row((kind, &subject, place), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((number, before)) = last {
            if before == text {
                return Ok(false);
            }
            self.tx.prepare_cached("UPDATE feed SET replaced = 1 WHERE number = ?1")?.execute([number])?;
        }
        let number = self.number + 1;
        let hash = row_hash(self.epoch, number, &self.hash, kind, version, site, &text);
        self.tx
            .prepare_cached(
                "INSERT INTO feed (number, epoch, hash, kind, version, site, subject, body, replaced, at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9)",
            )?
            .execute((number, self.epoch.into_bytes(), hash.0, kind, version, place, subject, text, self.now_ms))?;
        (self.number, self.hash) = (number, hash);
        Ok(true)
    }
}

pub(super) fn page(
    tx: &Transaction<'_>,
    site: Uuid,
    after: Option<&Cursor>,
    limit: u32,
    now_ms: i64,
) -> Result<FeedPage, StoreError> {
    let central = setup::central(tx)?.ok_or(StoreError::NotSetUp)?;
    let start = Cursor::start(central.epoch);
    let after = after.unwrap_or(&start);
    if !confirms(tx, central.epoch, after)? {
        return Err(StoreError::UnknownCursor { number: after.number, epoch: central.epoch });
    }
    let limit = usize::try_from(limit.clamp(1, MAX_PAGE_ROWS)).unwrap_or(1);
    let mut statement = tx.prepare_cached(
        "SELECT number, kind, version, site, body, hash FROM feed
         WHERE number > ?1 AND replaced = 0 AND (site IS NULL OR site = ?2) ORDER BY number",
    )?;
    let mut found = statement.query((after.number, site.into_bytes()))?;
    let mut rows: Vec<FeedRow> = Vec::new();
    let mut last = None;
    let mut more = false;
    while let Some(row) = found.next()? {
        if rows.len() == limit {
            more = true;
            break;
        }
        let number = row.get(0)?;
        let place: Option<Vec<u8>> = row.get(3)?;
        last = Some((number, hash("feed row", &row.get::<_, Vec<u8>>(5)?)?));
        rows.push(FeedRow {
            number,
            kind: row.get(1)?,
            version: row.get(2)?,
            site: place.map(|bytes| uuid("feed row", &bytes)).transpose()?,
            body: from_json("feed row", &row.get::<_, String>(4)?)?,
        });
    }
    let (number, row_hash) = match last {
        Some(last) if more => last,
        // At the end the cursor is the feed's own head, so that other sites' rows are not walked again.
        Some(_) | None => head(tx)?,
    };
    let next = Cursor { epoch: central.epoch, number, row_hash: row_hash.to_string() };
    Ok(FeedPage { rows, next, more, now_ms })
}

fn confirms(tx: &Transaction<'_>, epoch: Uuid, cursor: &Cursor) -> Result<bool, StoreError> {
    if cursor.epoch != epoch {
        return Ok(false);
    }
    if cursor.number == 0 {
        return Ok(cursor.row_hash == GENESIS_CURSOR_HASH.to_string());
    }
    let ours: Option<Vec<u8>> = tx
        .prepare_cached("SELECT hash FROM feed WHERE number = ?1")?
        .query_row([i64::try_from(cursor.number).unwrap_or(i64::MAX)], |row| row.get(0))
        .optional()?;
    Ok(ours.is_some_and(|ours| hex::encode(ours) == cursor.row_hash))
}

fn head(tx: &Transaction<'_>) -> Result<(u64, Hash), StoreError> {
    tx.prepare_cached("SELECT number, hash FROM feed ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()?
        .map_or(Ok((0, GENESIS_CURSOR_HASH)), |(number, bytes)| Ok((number, hash("feed row", &bytes)?)))
}
