//! The feed: whoever appends holds the feed's head until the commit, so that numbers and the chain follow the order of
//! commits, and a cursor never passes over a row.

use std::collections::HashMap;

use selvedge_protocol::journal::{DeviceKey, Hash, Hex64};
use selvedge_protocol::v1::{
    Cursor, FeedBody, FeedPage, FeedRow, GENESIS_CURSOR_HASH, MAX_PAGE_ROWS, OriginV1, Place, feed_kind,
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::work::{Tx, execute, maybe, rows};
use super::{hash, listen, setup};
use crate::store::StoreError;

/// Rows that are written together.
const CHUNK: usize = 4_000;
/// What [`read`] wants.
const COLUMNS: &str = "number, epoch, previous, kind, version, site, at_ms, origin_epoch, origin_number, origin_hash,
                       body, signature, hash";

/// Appends rows within a transaction.
pub(super) struct Appender<'a> {
    tx: &'a Tx<'a>,
    key: DeviceKey,
    epoch: Uuid,
    number: i64,
    hash: Hash,
    at_ms: i64,
    pending: Vec<Saying>,
    written: bool,
}

/// What a row says, however old the decision is.
pub(super) struct Saying {
    pub(super) kind: String,
    pub(super) version: u32,
    pub(super) site: Option<Uuid>,
    /// What it is about; none where no later row replaces it.
    pub(super) subject: Option<String>,
    pub(super) text: String,
    /// When and where it was decided, when that was in another life.
    pub(super) origin: Option<(i64, OriginV1)>,
}

/// What a row is about, so that only the last word about it is sent.
type About = (String, String, Uuid);

impl Saying {
    fn about(&self) -> Option<About> {
        Some((self.kind.clone(), self.subject.clone()?, self.site.unwrap_or(Uuid::nil())))
    }
}

impl<'a> Appender<'a> {
    /// Waits until nobody else appends.
    pub(super) async fn new(tx: &'a Tx<'a>, now_ms: i64) -> Result<Self, StoreError> {
        let row = maybe(tx, "SELECT number, hash FROM head WHERE what = 'feed' FOR UPDATE", &[]).await?;
        let row = row.ok_or(StoreError::NotSetUp)?;
        let central = setup::central(tx).await?.ok_or(StoreError::NotSetUp)?;
        let last = maybe(tx, "SELECT max(at_ms) FROM feed", &[]).await?;
        let last: Option<i64> = last.and_then(|row| row.get(0));
        Ok(Appender {
            tx,
            key: central.key(),
            epoch: central.epoch,
            number: row.get(0),
            hash: hash("feed head", row.get(1))?,
            // A clock that was set back makes no decision older than those before it.
            at_ms: now_ms.max(last.unwrap_or(now_ms)),
            pending: Vec::new(),
            written: false,
        })
    }

    /// When what is decided now is decided.
    pub(super) fn at_ms(&self) -> i64 {
        self.at_ms
    }

    /// Where the next row will stand.
    pub(super) async fn next(&mut self) -> Result<Place, StoreError> {
        // A row that may turn out to say nothing new has no number yet.
        if self.pending.iter().any(|saying| saying.subject.is_some()) {
            self.flush().await?;
        }
        let ahead = u64::try_from(self.pending.len()).unwrap_or(u64::MAX);
        Ok(Place { epoch: self.epoch, number: u64::try_from(self.number).unwrap_or(u64::MAX) + ahead + 1 })
    }

    /// Appends a row, unless the last one about the same says the same.
    pub(super) async fn append(&mut self, site: Option<Uuid>, body: &FeedBody) -> Result<(), StoreError> {
        let Some((kind, version)) = body.kind() else { return Ok(()) };
        let text = body.encode().map_err(|error| StoreError::value("feed row", error))?;
        self.say(Saying { kind: kind.to_owned(), version, site, subject: body.subject(), text, origin: None }).await
    }

    /// The same for a row that need not be known to this build.
    pub(super) async fn say(&mut self, saying: Saying) -> Result<(), StoreError> {
        self.pending.push(saying);
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
        let mut forgotten: Vec<String> = Vec::new();
        let mut new = Columns::default();
        for saying in pending {
            let about = saying.about();
            if let Some((number, before)) = about.as_ref().and_then(|about| latest.get(about)) {
                if *before == saying.text {
                    continue;
                }
                replaced.push(*number);
            }
            let subject = saying.subject.clone();
            let row = self.seal(saying)?;
            if row.read().is_ok_and(|body| matches!(body, FeedBody::Person(person) if person.is_erased())) {
                forgotten.extend(subject.clone());
            }
            if let Some(about) = about {
                latest.insert(about, (self.number, row.body.clone()));
            }
            new.push(self.number, row, self.hash, subject)?;
        }
        if new.numbers.is_empty() {
            return Ok(());
        }
        self.written = true;
        // A row that was replaced within the same transaction is kept all the same: it is a link of the chain.
        new.replaced = new.numbers.iter().map(|number| replaced.contains(number)).collect();
        execute(self.tx, "UPDATE feed SET replaced = true WHERE number = ANY($1)", &[&replaced]).await?;
        new.insert(self.tx, self.epoch).await?;
        // Erases what was said of people before; the chain holds without it.
        if !forgotten.is_empty() {
            let sql = "UPDATE feed SET body = '', body_hash = sha256(convert_to(body, 'UTF8'))
                       WHERE kind = $1 AND subject = ANY($2) AND replaced AND body_hash IS NULL";
            execute(self.tx, sql, &[&feed_kind::PERSON, &forgotten]).await?;
        }
        Ok(())
    }

    fn seal(&mut self, saying: Saying) -> Result<FeedRow, StoreError> {
        self.number += 1;
        let mut row = FeedRow {
            epoch: self.epoch,
            number: u64::try_from(self.number).unwrap_or(u64::MAX),
            previous: self.hash.to_string(),
            kind: saying.kind,
            version: saying.version,
            site: saying.site,
            at_ms: saying.origin.as_ref().map_or(self.at_ms, |(at_ms, _)| *at_ms),
            origin: saying.origin.map(|(_, origin)| origin),
            body: saying.text,
            signature: String::new(),
        };
        self.hash = row.seal(&self.key).map_err(|error| StoreError::value("feed row", error))?;
        Ok(row)
    }

    /// The last words so far about what the new rows are about.
    async fn latest(&self, pending: &[Saying]) -> Result<HashMap<About, (i64, String)>, StoreError> {
        let abouts: Vec<About> = pending.iter().filter_map(Saying::about).collect();
        if abouts.is_empty() {
            return Ok(HashMap::new());
        }
        let kinds: Vec<&str> = abouts.iter().map(|(kind, _, _)| kind.as_str()).collect();
        let subjects: Vec<&str> = abouts.iter().map(|(_, subject, _)| subject.as_str()).collect();
        let sites: Vec<Uuid> = abouts.iter().map(|(_, _, site)| *site).collect();
        let found = rows(
            self.tx,
            "SELECT DISTINCT feed.number, feed.body, asked.kind, asked.subject, asked.site
             FROM unnest($1::text[], $2::text[], $3::uuid[]) AS asked (kind, subject, site)
             JOIN feed ON feed.kind = asked.kind AND feed.subject = asked.subject
                  AND coalesce(feed.site, '00000000-0000-0000-0000-000000000000') = asked.site AND NOT feed.replaced",
            &[&kinds, &subjects, &sites],
        )
        .await?;
        Ok(found.iter().map(|row| ((row.get(2), row.get(3), row.get(4)), (row.get(0), row.get(1)))).collect())
    }
}

/// New rows, a list for each column.
#[derive(Default)]
struct Columns {
    numbers: Vec<i64>,
    previous: Vec<Vec<u8>>,
    hashes: Vec<Vec<u8>>,
    signatures: Vec<Vec<u8>>,
    kinds: Vec<String>,
    versions: Vec<i32>,
    sites: Vec<Option<Uuid>>,
    subjects: Vec<String>,
    bodies: Vec<String>,
    replaced: Vec<bool>,
    times: Vec<i64>,
    origin_epochs: Vec<Option<Uuid>>,
    origin_numbers: Vec<Option<i64>>,
    origin_hashes: Vec<Option<Vec<u8>>>,
}

impl Columns {
    fn push(&mut self, number: i64, row: FeedRow, hash: Hash, subject: Option<String>) -> Result<(), StoreError> {
        let bytes = |text: &str| hex::decode(text).map_err(|error| StoreError::value("feed row", error));
        let place = row.decided().place;
        self.numbers.push(number);
        self.previous.push(bytes(&row.previous)?);
        self.hashes.push(hash.0.to_vec());
        self.signatures.push(bytes(&row.signature)?);
        // What nothing replaces is about itself.
        self.subjects.push(subject.unwrap_or_else(|| format!("{} {}", place.epoch, place.number)));
        self.kinds.push(row.kind);
        self.versions.push(i32::try_from(row.version).unwrap_or(i32::MAX));
        self.sites.push(row.site);
        self.bodies.push(row.body);
        self.times.push(row.at_ms);
        self.origin_epochs.push(row.origin.as_ref().map(|origin| origin.epoch));
        let number_of = |origin: &OriginV1| i64::try_from(origin.number).unwrap_or(i64::MAX);
        self.origin_numbers.push(row.origin.as_ref().map(number_of));
        self.origin_hashes.push(row.origin.as_ref().map(|origin| bytes(&origin.hash)).transpose()?);
        Ok(())
    }

    async fn insert(&self, tx: &Tx<'_>, epoch: Uuid) -> Result<(), StoreError> {
        execute(
            tx,
            "INSERT INTO feed (epoch, number, previous, hash, signature, kind, version, site, subject, body, replaced,
                               at_ms, origin_epoch, origin_number, origin_hash)
             SELECT $1, * FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[], $6::text[], $7::integer[],
                                      $8::uuid[], $9::text[], $10::text[], $11::boolean[], $12::bigint[],
                                      $13::uuid[], $14::bigint[], $15::bytea[])",
            &[
                &epoch,
                &self.numbers,
                &self.previous,
                &self.hashes,
                &self.signatures,
                &self.kinds,
                &self.versions,
                &self.sites,
                &self.subjects,
                &self.bodies,
                &self.replaced,
                &self.times,
                &self.origin_epochs,
                &self.origin_numbers,
                &self.origin_hashes,
            ],
        )
        .await?;
        Ok(())
    }
}

/// Waits until nobody else appends, and keeps others from it until the commit.
pub(super) async fn lock(tx: &Tx<'_>) -> Result<(), StoreError> {
    maybe(tx, "SELECT 1 FROM head WHERE what = 'feed' FOR UPDATE", &[]).await?;
    Ok(())
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
    let sql = format!(
        "SELECT {COLUMNS} FROM feed WHERE number > $1 AND NOT replaced AND (site IS NULL OR site = $2)
         ORDER BY number LIMIT $3"
    );
    let mut found = rows(tx, &sql, &[&from, &site, &(i64::from(limit) + 1)]).await?;
    let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        found.pop();
    }
    let next = match found.last().filter(|_| more) {
        Some(last) => cursor_of(last)?,
        // At the end the cursor is the feed's own head, so that other sites' rows are not walked again.
        None => head(tx).await?.unwrap_or(start),
    };
    let rows = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(FeedPage { rows, next, more, now_ms })
}

/// The last rows about some subjects, each with its subject.
pub(super) async fn latest(tx: &Tx<'_>, kind: &str, subjects: &[String]) -> Result<Vec<(String, FeedRow)>, StoreError> {
    let sql = format!("SELECT subject, {COLUMNS} FROM feed WHERE kind = $1 AND subject = ANY($2) AND NOT replaced");
    let found = rows(tx, &sql, &[&kind, &subjects]).await?;
    found.iter().map(|row| Ok((row.get("subject"), read(row)?))).collect()
}

/// A row as it goes down.
pub(super) fn read(row: &Row) -> Result<FeedRow, StoreError> {
    let number = |name: &str| u64::try_from(row.get::<_, i64>(name)).unwrap_or(0);
    let origin_number: Option<i64> = row.get("origin_number");
    let origin = match (row.get("origin_epoch"), origin_number, row.get::<_, Option<&[u8]>>("origin_hash")) {
        (Some(epoch), Some(number), Some(hash)) => {
            Some(OriginV1 { epoch, number: u64::try_from(number).unwrap_or(0), hash: hex::encode(hash) })
        }
        (None, _, _) | (_, None, _) | (_, _, None) => None,
    };
    Ok(FeedRow {
        epoch: row.get("epoch"),
        number: number("number"),
        previous: hash("feed row", row.get("previous"))?.to_string(),
        kind: row.get("kind"),
        version: u32::try_from(row.get::<_, i32>("version")).unwrap_or(0),
        site: row.get("site"),
        at_ms: row.get("at_ms"),
        origin,
        body: row.get("body"),
        signature: signature(row)?,
    })
}

fn signature(row: &Row) -> Result<String, StoreError> {
    let bytes: &[u8] = row.get("signature");
    Ok(Hex64::from_slice(bytes).map_err(|error| StoreError::value("feed row", error))?.to_string())
}

/// Whether a cursor is of our history: the rows before the present epoch are part of it.
pub(super) async fn confirms(tx: &Tx<'_>, epoch: Uuid, cursor: &Cursor) -> Result<bool, StoreError> {
    if cursor.number == 0 {
        let sql = "SELECT 1 FROM epoch WHERE epoch = $1 AND own";
        let ours = cursor.epoch == epoch || maybe(tx, sql, &[&cursor.epoch]).await?.is_some();
        return Ok(ours && cursor.row_hash == GENESIS_CURSOR_HASH.to_string());
    }
    let number = i64::try_from(cursor.number).unwrap_or(i64::MAX);
    let ours = maybe(tx, "SELECT epoch, hash FROM feed WHERE number = $1", &[&number]).await?;
    Ok(ours.is_some_and(|row| {
        row.get::<_, Uuid>(0) == cursor.epoch && hex::encode(row.get::<_, &[u8]>(1)) == cursor.row_hash
    }))
}

/// The cursor behind the last row; none before the first.
pub(super) async fn head(tx: &Tx<'_>) -> Result<Option<Cursor>, StoreError> {
    let sql = "SELECT number, epoch, hash, signature FROM feed ORDER BY number DESC LIMIT 1";
    maybe(tx, sql, &[]).await?.as_ref().map(cursor_of).transpose()
}

fn cursor_of(row: &Row) -> Result<Cursor, StoreError> {
    Ok(Cursor {
        epoch: row.get("epoch"),
        number: u64::try_from(row.get::<_, i64>("number")).unwrap_or(0),
        row_hash: hash("feed row", row.get("hash"))?.to_string(),
        signature: signature(row)?,
    })
}
