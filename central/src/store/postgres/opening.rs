//! Opening the books of a location with a product: a decision, so it stands in the feed and comes back with it.

use std::collections::{BTreeMap, HashMap, HashSet};

use selvedge_protocol::v1::{BalanceV1, FeedBody, OpeningV1};
use uuid::Uuid;

use super::balance::Books;
use super::feed::Appender;
use super::work::{Tx, execute, rows};
use crate::store::{StoreError, movement_of_opening};

/// Lines of one row of the feed.
const LINES: usize = 200;
/// Openings that are written together.
const CHUNK: usize = 4_000;

/// An opening, and where it was decided.
struct Opened {
    line: BalanceV1,
    epoch: Uuid,
    number: i64,
}

/// Opens books that were not opened before: once they were, movements decide. Who holds the feed opens alone.
pub(super) async fn open(
    tx: &Tx<'_>,
    feed: &mut Appender<'_>,
    books: &mut Books<'_>,
    lines: &[BalanceV1],
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut opened = Vec::new();
    for (site, lines) in not_open(tx, lines).await? {
        for lines in lines.chunks(LINES) {
            let place = feed.next().await?;
            let number = i64::try_from(place.number).unwrap_or(i64::MAX);
            for line in lines {
                books.post(None, movement_of_opening(line, now_ms)).await?;
                opened.push(Opened { line: line.clone(), epoch: place.epoch, number });
            }
            feed.append(Some(site), &FeedBody::Opening(OpeningV1 { at_ms: now_ms, lines: lines.to_vec() })).await?;
        }
    }
    for chunk in opened.chunks(CHUNK) {
        keep(tx, chunk, now_ms, feed.at_ms()).await?;
    }
    Ok(())
}

/// Those that have something and whose books are closed, each once, by site.
async fn not_open(tx: &Tx<'_>, lines: &[BalanceV1]) -> Result<BTreeMap<Uuid, Vec<BalanceV1>>, StoreError> {
    let lines: Vec<&BalanceV1> = lines.iter().filter(|line| line.quantity_thousandths != 0).collect();
    let mut by_site: BTreeMap<Uuid, Vec<BalanceV1>> = BTreeMap::new();
    if lines.is_empty() {
        return Ok(by_site);
    }
    let sites: HashMap<Uuid, Uuid> =
        rows(tx, "SELECT id, site FROM location", &[]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut seen: HashSet<(Uuid, Uuid)> = HashSet::new();
    for chunk in lines.chunks(CHUNK) {
        let products: Vec<Uuid> = chunk.iter().map(|line| line.product).collect();
        let locations: Vec<Uuid> = chunk.iter().map(|line| line.location).collect();
        let sql = "SELECT product, location FROM opening
                   JOIN unnest($1::uuid[], $2::uuid[]) AS asked (product, location) USING (product, location)";
        seen.extend(rows(tx, sql, &[&products, &locations]).await?.iter().map(|row| (row.get(0), row.get(1))));
        for line in chunk {
            let site = sites.get(&line.location);
            let site = site.ok_or_else(|| StoreError::value("opening", format!("no location {}", line.location)))?;
            if seen.insert((line.product, line.location)) {
                by_site.entry(*site).or_default().push((*line).clone());
            }
        }
    }
    Ok(by_site)
}

async fn keep(tx: &Tx<'_>, opened: &[Opened], at_ms: i64, decided_ms: i64) -> Result<(), StoreError> {
    let products: Vec<Uuid> = opened.iter().map(|one| one.line.product).collect();
    let locations: Vec<Uuid> = opened.iter().map(|one| one.line.location).collect();
    let quantities: Vec<i64> = opened.iter().map(|one| one.line.quantity_thousandths).collect();
    let epochs: Vec<Uuid> = opened.iter().map(|one| one.epoch).collect();
    let numbers: Vec<i64> = opened.iter().map(|one| one.number).collect();
    execute(
        tx,
        "INSERT INTO opening (at_ms, decided_ms, product, location, quantity, epoch, number)
         SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::uuid[], $7::bigint[])",
        &[&at_ms, &decided_ms, &products, &locations, &quantities, &epochs, &numbers],
    )
    .await?;
    Ok(())
}
