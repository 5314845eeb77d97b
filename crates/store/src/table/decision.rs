//! What central decided, as it came: signed rows of its feed, kept beside the tables that they feed, so that a central
//! that lost something gets it back from here. And up to where the feed was seen, point by point, to find the last row
//! that both sides know.
//!
//! Rows are packed page by page as they come. People's rows lie by themselves, sealed, and only the last one of each
//! person: a verifier is as secret here as in `person`, and what central erased goes with the next row.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension;
use selvedge_protocol::journal::{Hex32, PublicKey};
use selvedge_protocol::v1::{Cursor, FeedBody, FeedRow, feed_kind, verify_rows};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{from_json, json, search, setting, station};
use crate::{StoreError, Tx};

const KEY: &str = "central-key";
const OWN_ROW: &str = "own-device-row";
const OWED: &str = "decisions-owed";
/// Fast, and most of what there is to gain.
const LEVEL: i32 = 1;
/// Kept pages and people with which the till's start does not wait for the words of products.
const MANY: usize = 100;
/// Points of the way that are kept; beyond them every second of the older half is forgotten.
const POINTS: u64 = 64;

/// Notes central's key, which enrolment gave.
///
/// # Errors
/// [`StoreError`]; also when it is no key.
pub fn trust(tx: &Tx, key: &str) -> Result<(), StoreError> {
    Hex32::try_from(key.to_owned()).map_err(|error| StoreError::value("setting", error))?;
    setting::set(tx, KEY, &key)
}

/// Central's key as enrolment gave it, hex.
///
/// # Errors
/// [`StoreError`].
pub fn key_text(tx: &Tx) -> Result<Option<String>, StoreError> {
    setting::get(tx, KEY)
}

/// Central's key; none on a station that joined before keys were noted.
///
/// # Errors
/// [`StoreError`].
pub fn key(tx: &Tx) -> Result<Option<PublicKey>, StoreError> {
    key_text(tx)?.map(|key| Hex32::try_from(key).map_err(|error| StoreError::value("setting", error))).transpose()
}

/// The row by which central says who this station is.
///
/// # Errors
/// [`StoreError`].
pub fn own_row(tx: &Tx) -> Result<Option<FeedRow>, StoreError> {
    setting::get(tx, OWN_ROW)
}

/// Keeps rows as they came, in the transaction that applies them.
///
/// # Errors
/// [`StoreError`].
pub fn keep(tx: &Tx, rows: &[FeedRow]) -> Result<(), StoreError> {
    // Without a signature a row proves nothing to central.
    let mut page = Vec::new();
    for row in rows.iter().filter(|row| !row.signature.is_empty()) {
        // Most rows are products and prices: those need not be read to be kept.
        let concerns = [feed_kind::PERSON, feed_kind::DEVICE].contains(&row.kind.as_str());
        match if concerns { row.read() } else { Ok(FeedBody::Unknown) } {
            Ok(FeedBody::Person(person)) => {
                // Higher than every number that was: a point of the way that was passed before stands before it.
                let number = last_kept(tx)? + 1;
                tx.prepare_cached("DELETE FROM decision WHERE person = ?1")?.execute([person.id.into_bytes()])?;
                tx.prepare_cached("INSERT INTO decision (number, person, rows) VALUES (?1, ?2, seal(?3))")?
                    .execute((number, person.id.into_bytes(), json("decision", &[row])?))?;
            }
            Ok(FeedBody::Device(device)) => {
                if station::get(tx)?.is_some_and(|own| own.device.0 == device.id) {
                    setting::set(tx, OWN_ROW, row)?;
                }
                page.push(row);
            }
            Ok(_) | Err(_) => page.push(row),
        }
    }
    if !page.is_empty() {
        let text = json("decision", &page)?;
        let packed = zstd::encode_all(text.as_bytes(), LEVEL).map_err(|error| StoreError::value("decision", error))?;
        tx.prepare_cached("INSERT INTO decision (person, rows) VALUES (NULL, ?1)")?.execute([packed])?;
    }
    Ok(())
}

fn last_kept(tx: &Tx) -> Result<i64, StoreError> {
    Ok(tx.prepare_cached("SELECT coalesce(max(number), 0) FROM decision")?.query_row([], |row| row.get(0))?)
}

/// The last one that was kept when the last point of the way was passed.
fn last_passed(tx: &Tx) -> Result<i64, StoreError> {
    let found = tx
        .prepare_cached("SELECT decisions FROM feed_point ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(0))
}

/// Whether rows were kept of a page, or of a snapshot, that was not finished.
///
/// # Errors
/// [`StoreError`].
pub fn has_unfinished(tx: &Tx) -> Result<bool, StoreError> {
    Ok(last_kept(tx)? > last_passed(tx)?)
}

/// What was kept of a page that was not finished is owed: no cursor speaks of it, and a central that lost something since
/// may not have it.
///
/// # Errors
/// [`StoreError`].
pub fn owe_unfinished(tx: &Tx) -> Result<(), StoreError> {
    if owes(tx)? || !has_unfinished(tx)? {
        return Ok(());
    }
    let (after, until) = (last_passed(tx)?, last_kept(tx)?);
    setting::set(tx, OWED, &Owed { after, until, missed: 0, found: true, rescued: false })
}

/// Notes a point of the way, in the transaction that goes there.
pub(super) fn pass(tx: &Tx, cursor: &Cursor) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO feed_point (cursor, decisions) VALUES (?1, (SELECT coalesce(max(number), 0) FROM decision))",
    )?
    .execute([json("feed_point", cursor)?])?;
    let points: u64 = tx.prepare_cached("SELECT count(*) FROM feed_point")?.query_row([], |row| row.get(0))?;
    if points > POINTS {
        tx.prepare_cached(
            "DELETE FROM feed_point WHERE number IN (
                 SELECT number FROM (SELECT number, row_number() OVER (ORDER BY number) AS place FROM feed_point)
                 WHERE place <= ?1 AND place % 2 = 0)",
        )?
        .execute([POINTS / 2])?;
    }
    Ok(())
}

/// What is to be handed in.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Owed {
    /// Kept pages after this one.
    after: i64,
    /// Up to this one: what came later is of central's present life.
    until: i64,
    /// Points that central did not know.
    missed: u32,
    /// Central knows the point after which they came.
    found: bool,
    /// They were read out of a damaged file: they come again by the feed, and need not be kept twice.
    #[serde(default)]
    rescued: bool,
}

/// Central does not know where we are: goes back to a point before, each time twice as far, and at last to the start of
/// the present epoch. What came after the point that central knows is owed to it. False when there is nothing before.
///
/// # Errors
/// [`StoreError`].
pub fn step_back(tx: &Tx, epoch: Uuid) -> Result<bool, StoreError> {
    let start = Cursor::start(epoch);
    if super::feed::cursor(tx)?.is_none_or(|cursor| cursor == start) {
        return Ok(false);
    }
    let last = last_kept(tx)?;
    let owed = match setting::get::<Owed>(tx, OWED)? {
        // Lost again before all was handed in.
        Some(owed) if owed.found => Owed { until: last, missed: 0, found: false, rescued: false, ..owed },
        Some(owed) => owed,
        None => Owed { after: last, until: last, missed: 0, found: false, rescued: false },
    };
    let points = 1_i64 << owed.missed.min(30);
    tx.prepare_cached(
        "DELETE FROM feed_point WHERE number IN (SELECT number FROM feed_point ORDER BY number DESC LIMIT ?1)",
    )?
    .execute([points])?;
    let before: Option<(String, i64)> = tx
        .prepare_cached("SELECT cursor, decisions FROM feed_point ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (cursor, after) = match before {
        Some((cursor, after)) => (from_json("feed_point", &cursor)?, after),
        None => (start, 0),
    };
    let owed = Owed { after: owed.after.min(after), missed: owed.missed.saturating_add(1), ..owed };
    setting::set(tx, OWED, &owed)?;
    super::feed::go_to(tx, &cursor)?;
    Ok(true)
}

/// Central knows where we are, in the transaction that goes on from there.
///
/// # Errors
/// [`StoreError`].
pub fn confirmed(tx: &Tx) -> Result<(), StoreError> {
    if let Some(owed) = setting::get::<Owed>(tx, OWED)?.filter(|owed| !owed.found) {
        setting::set(tx, OWED, &Owed { found: true, ..owed })?;
    }
    Ok(())
}

/// Whether decisions are owed to central, or may be.
///
/// # Errors
/// [`StoreError`].
pub fn owes(tx: &Tx) -> Result<bool, StoreError> {
    Ok(setting::get::<Owed>(tx, OWED)?.is_some())
}

/// A part of what is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// In the order in which they came.
    pub rows: Vec<FeedRow>,
    /// There is more.
    pub more: bool,
    until: i64,
}

/// The next part, of about `most` rows; none while nothing is owed, or central has not said what it knows.
///
/// # Errors
/// [`StoreError`].
pub fn next_owed(tx: &Tx, most: usize) -> Result<Option<Part>, StoreError> {
    let Some(owed) = setting::get::<Owed>(tx, OWED)?.filter(|owed| owed.found) else { return Ok(None) };
    let mut statement = tx.prepare_cached(
        "SELECT number, CASE WHEN person IS NULL THEN rows END, CASE WHEN person IS NOT NULL THEN unseal(rows) END
         FROM decision WHERE number > ?1 AND number <= ?2 ORDER BY number",
    )?;
    let mut found = statement.query((owed.after, owed.until))?;
    let mut part = Part { rows: Vec::new(), more: false, until: owed.after };
    while let Some(row) = found.next()? {
        let page: Vec<FeedRow> = match (row.get::<_, Option<Vec<u8>>>(1)?, row.get::<_, Option<String>>(2)?) {
            (_, Some(text)) => from_json("decision", &text)?,
            (Some(packed), None) => unpack(&packed)?,
            (None, None) => Vec::new(),
        };
        if !part.rows.is_empty() && part.rows.len() + page.len() > most {
            part.more = true;
            break;
        }
        part.rows.extend(page);
        part.until = row.get(0)?;
    }
    Ok(Some(part))
}

/// Central has a part on its disk.
///
/// # Errors
/// [`StoreError`].
pub fn handed_in(tx: &Tx, part: &Part) -> Result<(), StoreError> {
    let Some(owed) = setting::get::<Owed>(tx, OWED)? else { return Ok(()) };
    if part.more {
        return setting::set(tx, OWED, &Owed { after: part.until, ..owed });
    }
    if owed.rescued {
        tx.prepare_cached("DELETE FROM decision WHERE number <= ?1")?.execute([owed.until])?;
    }
    setting::clear(tx, OWED)
}

/// A row of the table, out of a damaged file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A packed page.
    Page(Vec<u8>),
    /// A person's row, sealed.
    Person(Vec<u8>),
}

/// Whether all of a page is central's; what is sealed has to be opened first.
pub(crate) fn proven(kept: &Kept, central: &PublicKey) -> bool {
    match kept {
        Kept::Page(packed) => unpack(packed).is_ok_and(|rows| verify_rows(&rows, central).is_ok()),
        Kept::Person(_) => true,
    }
}

/// Takes what was kept out of a damaged file into a new one, and what follows from it: so the till has its catalogue,
/// its prices and its people before central answers. All of it is owed: up to where central had it stood in the damaged
/// file, and what central has it passes over.
///
/// # Errors
/// [`StoreError`].
pub fn restore(tx: &Tx, found: &BTreeMap<i64, Kept>) -> Result<(), StoreError> {
    let (Some(key), Some(own)) = (key(tx)?, station::get(tx)?) else { return Ok(()) };
    if found.len() > MANY {
        // A large catalogue sells by barcode first, as after a snapshot.
        search::fall_behind(tx)?;
    }
    for (number, kept) in found {
        let (person, bytes, rows) = match kept {
            Kept::Page(packed) => (None, packed, unpack(packed)?),
            Kept::Person(sealed) => match opened(tx, sealed, &key) {
                Some((person, row)) => (Some(person.into_bytes()), sealed, vec![row]),
                None => continue,
            },
        };
        for row in &rows {
            if matches!(row.read(), Ok(FeedBody::Device(device)) if device.id == own.device.0) {
                setting::set(tx, OWN_ROW, row)?;
            }
        }
        if let Some(last) = rows.last() {
            // What is wrong in them was told when they came, and they come again by the feed.
            let _told = super::feed::apply_rows(tx, own.site, last.epoch, &rows)?;
        }
        // Of a person the last one counts; they come in the order of their numbers.
        tx.prepare_cached("DELETE FROM decision WHERE person = ?1")?.execute([person])?;
        tx.prepare_cached("INSERT INTO decision (number, person, rows) VALUES (?1, ?2, ?3)")?
            .execute((number, person, bytes))?;
    }
    let until = last_kept(tx)?;
    if until > 0 {
        setting::set(tx, OWED, &Owed { after: 0, until, missed: 0, found: true, rescued: true })?;
    }
    Ok(())
}

/// A sealed row about a person, when it is ours and central's.
fn opened(tx: &Tx, sealed: &[u8], central: &PublicKey) -> Option<(Uuid, FeedRow)> {
    let text: String = tx.query_row("SELECT unseal(?1)", [sealed], |row| row.get(0)).ok()?;
    let [row] = <[FeedRow; 1]>::try_from(serde_json::from_str::<Vec<FeedRow>>(&text).ok()?).ok()?;
    row.verify(central).ok()?;
    match row.read() {
        Ok(FeedBody::Person(person)) => Some((person.id, row)),
        Ok(_) | Err(_) => None,
    }
}

fn unpack(packed: &[u8]) -> Result<Vec<FeedRow>, StoreError> {
    let text = zstd::decode_all(packed).map_err(|error| StoreError::value("decision", error))?;
    serde_json::from_slice(&text).map_err(|error| StoreError::value("decision", error))
}
