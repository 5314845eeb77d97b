//! The feed: rows are numbered, chained and signed inside the one write transaction, so a number is never seen before a
//! lower one.

use rusqlite::{OptionalExtension, Row, Transaction};
use selvedge_protocol::journal::{DeviceKey, Hash, Hex64};
use selvedge_protocol::v1::{Cursor, FeedBody, FeedPage, FeedRow, GENESIS_CURSOR_HASH, MAX_PAGE_ROWS, OriginV1, Place};
use uuid::Uuid;

use super::{hash, setup, uuid};
use crate::store::StoreError;

const COLUMNS: &str = "number, epoch, previous, kind, version, site, at_ms, origin_epoch, origin_number, origin_hash, body, signature, hash";

/// Appends rows within a transaction.
pub(super) struct Appender<'a> {
    tx: &'a Transaction<'a>,
    key: DeviceKey,
    epoch: Uuid,
    number: u64,
    hash: Hash,
    at_ms: i64,
}

/// What a row says, however old the decision is.
pub(super) struct Saying<'a> {
    pub kind: &'a str,
    pub version: u32,
    pub site: Option<Uuid>,
    /// What it is about; none where no later row replaces it.
    pub subject: Option<String>,
    pub text: String,
    /// When and where it was decided, when that was in another life.
    pub origin: Option<(i64, OriginV1)>,
}

impl<'a> Appender<'a> {
    pub(super) fn new(tx: &'a Transaction<'a>, now_ms: i64) -> Result<Self, StoreError> {
        let central = setup::central(tx)?.ok_or(StoreError::NotSetUp)?;
        let head = head(tx)?;
        let (number, hash) = head.map_or((0, GENESIS_CURSOR_HASH), |(cursor, hash)| (cursor.number, hash));
        let last_ms: Option<i64> = tx.prepare_cached("SELECT max(at_ms) FROM feed")?.query_row([], |row| row.get(0))?;
        // A clock that was set back makes no decision older than those before it.
        let at_ms = now_ms.max(last_ms.unwrap_or(now_ms));
        Ok(Appender { tx, key: central.key(), epoch: central.epoch, number, hash, at_ms })
    }

    /// When what is decided now is decided.
    pub(super) fn at_ms(&self) -> i64 {
        self.at_ms
    }

    /// Where the next row will stand.
    pub(super) fn next(&self) -> Place {
        Place { epoch: self.epoch, number: self.number + 1 }
    }

    /// Appends a row, unless the last one about the same says the same; whether it did.
    pub(super) fn append(&mut self, site: Option<Uuid>, body: &FeedBody) -> Result<bool, StoreError> {
        let Some((kind, version)) = body.kind() else { return Ok(false) };
        let text = body.encode().map_err(|error| StoreError::value("feed row", error))?;
        self.say(Saying { kind, version, site, subject: body.subject(), text, origin: None })
    }

    /// The same for a row that need not be known to this build.
    pub(super) fn say(&mut self, saying: Saying<'_>) -> Result<bool, StoreError> {
        let Saying { kind, version, site, subject, text, origin } = saying;
        let place = site.map(Uuid::into_bytes);
        if let Some(subject) = &subject
            && let Some((number, before)) = self.last(kind, subject, place)?
        {
            if before == text {
                return Ok(false);
            }
            self.tx.prepare_cached("UPDATE feed SET replaced = 1 WHERE number = ?1")?.execute([number])?;
        }
        let mut row = FeedRow {
            epoch: self.epoch,
            number: self.number + 1,
            previous: self.hash.to_string(),
            kind: kind.to_owned(),
            version,
            site,
            at_ms: origin.as_ref().map_or(self.at_ms, |(at_ms, _)| *at_ms),
            origin: origin.map(|(_, origin)| origin),
            body: text,
            signature: String::new(),
        };
        let hash = row.seal(&self.key).map_err(|error| StoreError::value("feed row", error))?;
        // What nothing replaces is about itself.
        let subject = subject.unwrap_or_else(|| {
            let place = row.decided().place;
            format!("{} {}", place.epoch, place.number)
        });
        self.write(&row, &hash, &subject)?;
        (self.number, self.hash) = (row.number, hash);
        if row.read().is_ok_and(|body| matches!(body, FeedBody::Person(person) if person.is_erased())) {
            self.forget(&row.kind, &subject)?;
        }
        Ok(true)
    }

    /// Erases what was said of something before; the chain holds without it.
    fn forget(&self, kind: &str, subject: &str) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM feed WHERE kind = ?1 AND subject = ?2 AND replaced = 1 AND body_hash IS NULL"
        ))?;
        let mut found = statement.query((kind, subject))?;
        let mut known = Vec::new();
        while let Some(row) = found.next()? {
            known.push(read(row)?.0);
        }
        for row in known {
            self.tx
                .prepare_cached("UPDATE feed SET body = '', body_hash = ?2 WHERE number = ?1")?
                .execute((row.number, row.body_digest()))?;
        }
        Ok(())
    }

    fn last(&self, kind: &str, subject: &str, site: Option<[u8; 16]>) -> Result<Option<(u64, String)>, StoreError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT number, body FROM feed
                 WHERE kind = ?1 AND subject = ?2 AND coalesce(site, x'') = coalesce(?3, x'') AND replaced = 0",
            )?
            .query_row((kind, subject, site), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?)
    }

    fn write(&self, row: &FeedRow, hash: &Hash, subject: &str) -> Result<(), StoreError> {
        let signature = Hex64::try_from(row.signature.clone()).map_err(|error| StoreError::value("feed row", error))?;
        let origin_hash = row.origin.as_ref().map(|origin| hex::decode(&origin.hash)).transpose();
        let origin_hash = origin_hash.map_err(|error| StoreError::value("feed row", error))?;
        self.tx
            .prepare_cached(
                "INSERT INTO feed (number, epoch, previous, hash, signature, kind, version, site, subject, body,
                                   replaced, at_ms, origin_epoch, origin_number, origin_hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12, ?13, ?14)",
            )?
            .execute((
                row.number,
                row.epoch.into_bytes(),
                self.hash.0,
                hash.0,
                signature.0,
                &row.kind,
                row.version,
                row.site.map(Uuid::into_bytes),
                subject,
                &row.body,
                row.at_ms,
                row.origin.as_ref().map(|origin| origin.epoch.into_bytes()),
                row.origin.as_ref().map(|origin| origin.number),
                origin_hash,
            ))?;
        Ok(())
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
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM feed
         WHERE number > ?1 AND replaced = 0 AND (site IS NULL OR site = ?2) ORDER BY number"
    ))?;
    let mut found = statement.query((after.number, site.into_bytes()))?;
    let mut rows: Vec<FeedRow> = Vec::new();
    let mut last = None;
    let mut more = false;
    while let Some(found) = found.next()? {
        if rows.len() == limit {
            more = true;
            break;
        }
        let (row, hash) = read(found)?;
        last = Some(Cursor {
            epoch: row.epoch,
            number: row.number,
            row_hash: hash.to_string(),
            signature: row.signature.clone(),
        });
        rows.push(row);
    }
    let next = match last {
        Some(last) if more => last,
        // At the end the cursor is the feed's own head, so that other sites' rows are not walked again.
        Some(_) | None => head(tx)?.map_or(start, |(head, _)| head),
    };
    Ok(FeedPage { rows, next, more, now_ms })
}

/// The last row about something of a site.
pub(super) fn latest(
    tx: &Transaction<'_>,
    kind: &str,
    subject: &str,
    site: Uuid,
) -> Result<Option<FeedRow>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM feed WHERE kind = ?1 AND subject = ?2 AND coalesce(site, x'') = ?3 AND replaced = 0"
    ))?;
    let mut found = statement.query((kind, subject, site.into_bytes()))?;
    found.next()?.map(|row| read(row).map(|(row, _)| row)).transpose()
}

/// A row as it goes down, and its hash.
pub(super) fn read(row: &Row<'_>) -> Result<(FeedRow, Hash), StoreError> {
    let bytes = |name: &str| row.get::<_, Vec<u8>>(name);
    let id = |name: &str| -> Result<Option<Uuid>, StoreError> {
        row.get::<_, Option<Vec<u8>>>(name)?.map(|bytes| uuid("feed row", &bytes)).transpose()
    };
    let origin_hash: Option<Vec<u8>> = row.get("origin_hash")?;
    let origin = match (id("origin_epoch")?, row.get("origin_number")?, origin_hash) {
        (Some(epoch), Some(number), Some(hash)) => Some(OriginV1 { epoch, number, hash: hex::encode(hash) }),
        (None, _, _) | (_, None, _) | (_, _, None) => None,
    };
    let signature =
        Hex64::from_slice(&bytes("signature")?).map_err(|error| StoreError::value("feed row", error))?.to_string();
    let read = FeedRow {
        epoch: uuid("feed row", &bytes("epoch")?)?,
        number: row.get("number")?,
        previous: hash("feed row", &bytes("previous")?)?.to_string(),
        kind: row.get("kind")?,
        version: row.get("version")?,
        site: id("site")?,
        at_ms: row.get("at_ms")?,
        origin,
        body: row.get("body")?,
        signature,
    };
    Ok((read, hash("feed row", &bytes("hash")?)?))
}

/// Whether a cursor is of our history: the rows before the present epoch are part of it.
pub(super) fn confirms(tx: &Transaction<'_>, epoch: Uuid, cursor: &Cursor) -> Result<bool, StoreError> {
    if cursor.number == 0 {
        let ours = cursor.epoch == epoch
            || tx
                .prepare_cached("SELECT 1 FROM epoch WHERE epoch = ?1 AND own = 1")?
                .exists([cursor.epoch.into_bytes()])?;
        return Ok(ours && cursor.row_hash == GENESIS_CURSOR_HASH.to_string());
    }
    let ours: Option<(Vec<u8>, Vec<u8>)> = tx
        .prepare_cached("SELECT epoch, hash FROM feed WHERE number = ?1")?
        .query_row([i64::try_from(cursor.number).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(ours.is_some_and(|(epoch, hash)| epoch == cursor.epoch.as_bytes() && hex::encode(hash) == cursor.row_hash))
}

/// The last row; none before the first.
pub(super) fn head(tx: &Transaction<'_>) -> Result<Option<(Cursor, Hash)>, StoreError> {
    type Found = (u64, Vec<u8>, Vec<u8>, Vec<u8>);
    let found: Option<Found> = tx
        .prepare_cached("SELECT number, epoch, hash, signature FROM feed ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    found
        .map(|(number, epoch, bytes, signature)| {
            let hash = hash("feed row", &bytes)?;
            let cursor = Cursor {
                epoch: uuid("feed row", &epoch)?,
                number,
                row_hash: hash.to_string(),
                signature: hex::encode(signature),
            };
            Ok((cursor, hash))
        })
        .transpose()
}
