//! Opening the books of a location with a product: a decision, so it stands in the feed and comes back with it.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction};
use selvedge_protocol::v1::{BalanceV1, Decided, FeedBody, OpeningV1, Place};
use uuid::Uuid;

use super::balance::Books;
use super::feed::Appender;
use super::uuid;
use crate::store::{StoreError, movement_of_opening};

/// Lines of one row.
const LINES: usize = 200;

/// Opens books that were not opened before: once they were, movements decide.
pub(super) fn open(
    tx: &Transaction<'_>,
    feed: &mut Appender<'_>,
    books: &mut Books<'_>,
    lines: &[BalanceV1],
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut by_site: BTreeMap<Uuid, Vec<BalanceV1>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.quantity_thousandths != 0) {
        let opened = tx
            .prepare_cached("SELECT 1 FROM opening WHERE product = ?1 AND location = ?2")?
            .exists((line.product.into_bytes(), line.location.into_bytes()))?;
        if !opened {
            by_site.entry(site_of(tx, line.location)?).or_default().push(line.clone());
        }
    }
    for (site, lines) in by_site {
        for lines in lines.chunks(LINES) {
            let decided = Decided { at_ms: feed.at_ms(), place: feed.next() };
            let mut first = Vec::new();
            for line in lines {
                if post(tx, books, line, now_ms, decided)? {
                    first.push(line.clone());
                }
            }
            feed.append(Some(site), &FeedBody::Opening(OpeningV1 { at_ms: now_ms, lines: first }))?;
        }
    }
    Ok(())
}

/// Posts an opening, unless one was decided before it; one that was decided later gives way. Whether it holds now.
pub(super) fn post(
    tx: &Transaction<'_>,
    books: &mut Books<'_>,
    line: &BalanceV1,
    at_ms: i64,
    decided: Decided,
) -> Result<bool, StoreError> {
    let key = (line.product.into_bytes(), line.location.into_bytes());
    let there: Option<(i64, i64, i64, Vec<u8>, u64)> = tx
        .prepare_cached(
            "SELECT quantity, at_ms, decided_ms, epoch, number FROM opening WHERE product = ?1 AND location = ?2",
        )?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .optional()?;
    if let Some((quantity_thousandths, at_ms, decided_ms, epoch, number)) = there {
        let place = Place { epoch: uuid("opening", &epoch)?, number };
        if (Decided { at_ms: decided_ms, place }) <= decided {
            return Ok(false);
        }
        let later = BalanceV1 { quantity_thousandths, ..line.clone() };
        books.take_back(&movement_of_opening(&later, at_ms))?;
    }
    books.post(None, &movement_of_opening(line, at_ms))?;
    tx.prepare_cached(
        "INSERT INTO opening (product, location, quantity, at_ms, decided_ms, epoch, number)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET quantity = ?3, at_ms = ?4, decided_ms = ?5, epoch = ?6, number = ?7",
    )?
    .execute((
        key.0,
        key.1,
        line.quantity_thousandths,
        at_ms,
        decided.at_ms,
        decided.place.epoch.into_bytes(),
        decided.place.number,
    ))?;
    Ok(true)
}

fn site_of(tx: &Transaction<'_>, location: Uuid) -> Result<Uuid, StoreError> {
    let site: Option<Vec<u8>> = tx
        .prepare_cached("SELECT site FROM location WHERE id = ?1")?
        .query_row([location.into_bytes()], |row| row.get(0))
        .optional()?;
    uuid("opening", &site.ok_or_else(|| StoreError::value("opening", format!("no location {location}")))?)
}
