//! Transfers: read, changed by the rules and written back within one transaction, with a row of the feed for each site.
//! They are read under the feed's lock, so that no two change one at the same time.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_protocol::v1::{FeedBody, TransferV1};
use uuid::Uuid;

use super::feed::{self, Appender};
use super::work::{Tx, execute, maybe, rows};
use super::{from_json, json, text};
use crate::store::transfer::{self, Heard};
use crate::store::{NewTransfer, StoreError, TransferAsked, TransferCancelled, TransfersAsked, TransfersFound};

/// Asks for one.
pub(super) async fn ask(tx: &Tx<'_>, new: &NewTransfer, now_ms: i64) -> Result<TransferAsked, StoreError> {
    feed::lock(tx).await?;
    let request = &new.request;
    for site in [request.from, request.to] {
        if maybe(tx, "SELECT 1 FROM site WHERE id = $1", &[&site]).await?.is_none() {
            return Ok(TransferAsked::UnknownSite(site));
        }
    }
    let products: Vec<Uuid> = request.lines.iter().map(|line| line.product).collect();
    let there = rows(tx, "SELECT id FROM product WHERE id = ANY($1)", &[&products]).await?;
    let there: BTreeSet<Uuid> = there.iter().map(|row| row.get(0)).collect();
    if let Some(unknown) = products.into_iter().find(|product| !there.contains(product)) {
        return Ok(TransferAsked::UnknownProduct(unknown));
    }
    match transfer::ask(by_id(tx, request.id).await?.as_ref(), new, now_ms)? {
        Ok(told) => {
            save(tx, &told, now_ms).await?;
            Ok(TransferAsked::Asked(Box::new(told)))
        }
        Err(answer) => Ok(answer),
    }
}

/// Nobody wants it any more.
pub(super) async fn cancel(tx: &Tx<'_>, id: Uuid, now_ms: i64) -> Result<TransferCancelled, StoreError> {
    feed::lock(tx).await?;
    match transfer::cancel(by_id(tx, id).await?.as_ref(), now_ms)? {
        Ok(told) => {
            save(tx, &told, now_ms).await?;
            Ok(TransferCancelled::Done(Box::new(told)))
        }
        Err(answer) => Ok(answer),
    }
}

/// Hears what entries say, in the transaction that applies them. The feed's lock was taken before their balances changed.
pub(super) async fn hear(tx: &Tx<'_>, heard: &[Heard], now_ms: i64) -> Result<(), StoreError> {
    if heard.is_empty() {
        return Ok(());
    }
    feed::lock(tx).await?;
    let ids: BTreeSet<_> = heard.iter().map(|one| one.transfer).collect();
    let keys: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut known: BTreeMap<Uuid, TransferV1> = BTreeMap::new();
    for row in rows(tx, "SELECT id, body FROM transfer WHERE id = ANY($1)", &[&keys]).await? {
        known.insert(row.get(0), from_json("transfer", row.get(1))?);
    }
    for id in ids {
        if let Some(told) = transfer::hear(id, known.get(&id.0), heard)? {
            save(tx, &told, now_ms).await?;
        }
    }
    Ok(())
}

/// A view that comes back; says how it stands then, unless it stood so already.
pub(super) async fn take_back(tx: &Tx<'_>, came: &TransferV1) -> Result<Option<TransferV1>, StoreError> {
    feed::lock(tx).await?;
    let stands = transfer::merge(by_id(tx, came.id).await?.as_ref(), came)?;
    if let Some(stands) = &stands {
        write(tx, stands).await?;
    }
    Ok(stands)
}

/// Says how it stands in the rows of all its sites, unless they say so already.
pub(super) async fn tell(tx: &Tx<'_>, told: &TransferV1, now_ms: i64) -> Result<(), StoreError> {
    let mut feed = Appender::new(tx, now_ms).await?;
    for site in transfer::sites(told)? {
        feed.append(Some(site), &FeedBody::Transfer(told.clone())).await?;
    }
    feed.finish().await
}

async fn save(tx: &Tx<'_>, told: &TransferV1, now_ms: i64) -> Result<(), StoreError> {
    write(tx, told).await?;
    tell(tx, told, now_ms).await
}

async fn write(tx: &Tx<'_>, told: &TransferV1) -> Result<(), StoreError> {
    let sql = "INSERT INTO transfer (id, state, body) VALUES ($1, $2, $3)
               ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body RETURNING number";
    let row = maybe(tx, sql, &[&told.id, &told.state, &json("transfer", told)?]).await?;
    let number: i64 = row.ok_or(StoreError::Stopped)?.get(0);
    let sql = "INSERT INTO transfer_site (site, transfer) SELECT site, $2 FROM unnest($1::uuid[]) AS at (site)
               ON CONFLICT DO NOTHING";
    execute(tx, sql, &[&transfer::sites(told)?, &number]).await?;
    Ok(())
}

/// A transfer as it stands.
pub(super) async fn by_id(tx: &Tx<'_>, id: Uuid) -> Result<Option<TransferV1>, StoreError> {
    let row = maybe(tx, "SELECT body FROM transfer WHERE id = $1", &[&id]).await?;
    row.map(|row| from_json("transfer", row.get(0))).transpose()
}

/// Transfers, in the order in which central learnt of them.
pub(super) async fn list(tx: &Tx<'_>, asked: &TransfersAsked) -> Result<TransfersFound, StoreError> {
    let sql = "SELECT number, body FROM transfer
               WHERE number > $1 AND ($2::text IS NULL OR state = $2)
                   AND ($3::uuid IS NULL
                        OR EXISTS (SELECT 1 FROM transfer_site WHERE site = $3 AND transfer = number))
               ORDER BY number LIMIT $4";
    let state = asked.state.as_deref().map(text);
    let found = rows(tx, sql, &[&asked.after, &state, &asked.site, &i64::from(asked.limit)]).await?;
    let one = |row: &tokio_postgres::Row| from_json("transfer", row.get(1));
    let transfers: Vec<TransferV1> = found.iter().map(one).collect::<Result<_, _>>()?;
    let full = u32::try_from(transfers.len()).unwrap_or(u32::MAX) == asked.limit;
    Ok(TransfersFound { transfers, next: found.last().map(|row| row.get(0)).filter(|_| full) })
}
