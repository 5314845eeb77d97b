//! Transfers: read, changed by the rules and written back within one transaction, with a row of the feed for each site.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction};
use selvedge_protocol::v1::{FeedBody, TransferV1};
use uuid::Uuid;

use super::feed::Appender;
use super::{from_json, json};
use crate::store::transfer::{self, Heard};
use crate::store::{NewTransfer, StoreError, TransferAsked, TransferCancelled, TransfersAsked, TransfersFound};

/// Asks for one.
pub(super) fn ask(tx: &Transaction<'_>, new: &NewTransfer, now_ms: i64) -> Result<TransferAsked, StoreError> {
    let request = &new.request;
    for site in [request.from, request.to] {
        if !tx.prepare_cached("SELECT 1 FROM site WHERE id = ?1")?.exists([site.into_bytes()])? {
            return Ok(TransferAsked::UnknownSite(site));
        }
    }
    for line in &request.lines {
        if !tx.prepare_cached("SELECT 1 FROM product WHERE id = ?1")?.exists([line.product.into_bytes()])? {
            return Ok(TransferAsked::UnknownProduct(line.product));
        }
    }
    match transfer::ask(by_id(tx, request.id)?.as_ref(), new, now_ms)? {
        Ok(told) => {
            save(tx, &told, now_ms)?;
            Ok(TransferAsked::Asked(Box::new(told)))
        }
        Err(answer) => Ok(answer),
    }
}

/// Nobody wants it any more.
pub(super) fn cancel(tx: &Transaction<'_>, id: Uuid, now_ms: i64) -> Result<TransferCancelled, StoreError> {
    match transfer::cancel(by_id(tx, id)?.as_ref(), now_ms)? {
        Ok(told) => {
            save(tx, &told, now_ms)?;
            Ok(TransferCancelled::Done(Box::new(told)))
        }
        Err(answer) => Ok(answer),
    }
}

/// Hears what entries say, in the transaction that applies them; whether that was anything new.
pub(super) fn hear(tx: &Transaction<'_>, heard: &[Heard], now_ms: i64) -> Result<bool, StoreError> {
    let mut news = false;
    for id in heard.iter().map(|one| one.transfer).collect::<BTreeSet<_>>() {
        if let Some(told) = transfer::hear(id, by_id(tx, id.0)?.as_ref(), heard)? {
            save(tx, &told, now_ms)?;
            news = true;
        }
    }
    Ok(news)
}

/// A view that comes back; says how it stands then, unless it stood so already.
pub(super) fn take_back(tx: &Transaction<'_>, came: &TransferV1) -> Result<Option<TransferV1>, StoreError> {
    let stands = transfer::merge(by_id(tx, came.id)?.as_ref(), came)?;
    if let Some(stands) = &stands {
        write(tx, stands)?;
    }
    Ok(stands)
}

/// Says how it stands in the rows of all its sites, unless they say so already.
pub(super) fn tell(tx: &Transaction<'_>, told: &TransferV1, now_ms: i64) -> Result<(), StoreError> {
    let mut feed = Appender::new(tx, now_ms)?;
    for site in transfer::sites(told)? {
        feed.append(Some(site), &FeedBody::Transfer(told.clone()))?;
    }
    Ok(())
}

fn save(tx: &Transaction<'_>, told: &TransferV1, now_ms: i64) -> Result<(), StoreError> {
    write(tx, told)?;
    tell(tx, told, now_ms)
}

fn write(tx: &Transaction<'_>, told: &TransferV1) -> Result<(), StoreError> {
    let number: i64 = tx
        .prepare_cached(
            "INSERT INTO transfer (id, state, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET state = ?2, body = ?3 RETURNING number",
        )?
        .query_row((told.id.into_bytes(), &told.state, json("transfer", told)?), |row| row.get(0))?;
    for site in transfer::sites(told)? {
        tx.prepare_cached("INSERT INTO transfer_site (site, transfer) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute((site.into_bytes(), number))?;
    }
    Ok(())
}

/// A transfer as it stands.
pub(super) fn by_id(tx: &Transaction<'_>, id: Uuid) -> Result<Option<TransferV1>, StoreError> {
    let body: Option<String> = tx
        .prepare_cached("SELECT body FROM transfer WHERE id = ?1")?
        .query_row([id.into_bytes()], |row| row.get(0))
        .optional()?;
    body.map(|body| from_json("transfer", &body)).transpose()
}

/// Transfers, in the order in which central learnt of them.
pub(super) fn list(tx: &Transaction<'_>, asked: &TransfersAsked) -> Result<TransfersFound, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT number, body FROM transfer
         WHERE number > ?1 AND (?2 IS NULL OR state = ?2)
             AND (?3 IS NULL OR EXISTS (SELECT 1 FROM transfer_site WHERE site = ?3 AND transfer = number))
         ORDER BY number LIMIT ?4",
    )?;
    let site = asked.site.map(Uuid::into_bytes);
    let mut rows = statement.query((asked.after, &asked.state, site, asked.limit))?;
    let (mut transfers, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        last = Some(row.get(0)?);
        transfers.push(from_json("transfer", &row.get::<_, String>(1)?)?);
    }
    let full = u32::try_from(transfers.len()).unwrap_or(u32::MAX) == asked.limit;
    Ok(TransfersFound { transfers, next: last.filter(|_| full) })
}
