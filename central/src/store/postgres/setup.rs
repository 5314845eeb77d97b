//! The company: set up in one transaction, whole or not at all.

use selvedge_protocol::v1::{CompanyV1, EpochV1, FeedBody, PersonV1, PlaceV1, SiteV1, feed_kind};
use uuid::Uuid;

use super::balance::Books;
use super::feed::Appender;
use super::work::{Tx, execute, maybe, rows};
use super::{from_json, json, opening, product, recovery, take_back};
use crate::store::{Central, Company, CompanyChange, SitePerson, StoreError};

/// Why the first life began.
const SET_UP: &str = "the company was set up";

pub(super) async fn central(tx: &Tx<'_>) -> Result<Option<Central>, StoreError> {
    let sql = "SELECT id, key_seed, epoch, company, company_name FROM central";
    let Some(row) = maybe(tx, sql, &[]).await? else { return Ok(None) };
    let seed: &[u8] = row.get(1);
    Ok(Some(Central {
        id: row.get(0),
        key_seed: seed.try_into().map_err(|_| StoreError::value("central", "the key's length"))?,
        epoch: row.get(2),
        company: CompanyV1 { id: row.get(3), name: row.get(4) },
    }))
}

pub(super) async fn sites(tx: &Tx<'_>) -> Result<Vec<SiteV1>, StoreError> {
    let found = rows(tx, "SELECT body FROM site ORDER BY code COLLATE \"C\"", &[]).await?;
    found.iter().map(|row| from_json("site", row.get(0))).collect()
}

/// The company as it is now, without products.
pub(super) async fn company(tx: &Tx<'_>) -> Result<Company, StoreError> {
    Ok(Company {
        sites: sites(tx).await?,
        tills: rows_of(tx, feed_kind::TILL).await?.into_iter().map(|(_, till)| till).collect(),
        tax_rates: rows_of(tx, feed_kind::TAX_RATE).await?.into_iter().map(|(_, rate)| rate).collect(),
        people: people(tx).await?,
        ..Company::default()
    })
}

async fn people(tx: &Tx<'_>) -> Result<Vec<SitePerson>, StoreError> {
    let people = rows_of::<PersonV1>(tx, feed_kind::PERSON).await?;
    Ok(people.into_iter().filter_map(|(site, person)| Some(SitePerson { site: site?, person })).collect())
}

/// What the last rows of a kind say, in their order.
async fn rows_of<T: serde::de::DeserializeOwned>(
    tx: &Tx<'_>,
    kind: &str,
) -> Result<Vec<(Option<Uuid>, T)>, StoreError> {
    let sql = "SELECT site, body FROM feed WHERE kind = $1 AND NOT replaced ORDER BY number";
    let found = rows(tx, sql, &[&kind]).await?;
    found.iter().map(|row| Ok((row.get(0), from_json("feed row", row.get(1))?))).collect()
}

/// Changes the company, whole or not at all.
pub(super) async fn apply(tx: &Tx<'_>, change: &CompanyChange, now_ms: i64) -> Result<(), StoreError> {
    let mut feed = Appender::new(tx, now_ms).await?;
    if !recovery::may_grant(tx).await? {
        return Err(StoreError::Recovering);
    }
    for (site, body) in change.rows() {
        take_back::into_tables(tx, site, &body).await?;
        feed.append(site, &body).await?;
    }
    feed.finish().await
}

/// Says of a person at each of her sites that nobody knows her any more.
pub(super) async fn erase_person(tx: &Tx<'_>, id: Uuid, now_ms: i64) -> Result<bool, StoreError> {
    let mut feed = Appender::new(tx, now_ms).await?;
    let known: Vec<SitePerson> = people(tx).await?.into_iter().filter(|at| at.person.id == id).collect();
    for at in &known {
        feed.append(Some(at.site), &FeedBody::Person(at.person.erased())).await?;
    }
    feed.finish().await?;
    Ok(!known.is_empty())
}

/// What the places are called, for everybody, where the last row does not say so.
pub(super) async fn tell_places(tx: &Tx<'_>, now_ms: i64) -> Result<(), StoreError> {
    let sites = sites(tx).await?;
    let mut feed = Appender::new(tx, now_ms).await?;
    for site in &sites {
        feed.append(None, &FeedBody::Place(PlaceV1::from(site))).await?;
    }
    feed.finish().await
}

pub(super) async fn tax_codes(tx: &Tx<'_>) -> Result<Vec<String>, StoreError> {
    let found = rows(tx, "SELECT code FROM tax_rate GROUP BY code ORDER BY min(number)", &[]).await?;
    Ok(found.iter().map(|row| row.get(0)).collect())
}

/// Says which central this is, once.
pub(super) async fn write_central(tx: &Tx<'_>, new: &Central, now_ms: i64) -> Result<(), StoreError> {
    // Of two who set up at the same time, one waits here and finds the other's company.
    execute(tx, "LOCK TABLE central IN SHARE ROW EXCLUSIVE MODE", &[]).await?;
    if let Some(there) = central(tx).await? {
        return Err(StoreError::AlreadySetUp(there.company.name));
    }
    execute(
        tx,
        "INSERT INTO central (id, key_seed, epoch, company, company_name, set_up_ms) VALUES ($1, $2, $3, $4, $5, $6)",
        &[&new.id, &new.key_seed.as_slice(), &new.epoch, &new.company.id, &new.company.name, &now_ms],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_up(tx: &Tx<'_>, new: &Central, company: &Company, now_ms: i64) -> Result<(), StoreError> {
    write_central(tx, new, now_ms).await?;
    recovery::begin(tx, new.epoch, 1, now_ms, Some(now_ms), SET_UP).await?;
    let mut feed = Appender::new(tx, now_ms).await?;
    // The first row of the first life.
    let first = EpochV1 { epoch: new.epoch, parent: None, opened_ms: now_ms, because: SET_UP.to_owned() };
    feed.append(None, &FeedBody::Epoch(first)).await?;
    feed.append(None, &FeedBody::Company(new.company.clone())).await?;
    places(tx, &mut feed, company).await?;
    for at in &company.people {
        feed.append(Some(at.site), &FeedBody::Person(at.person.clone())).await?;
    }
    product::insert(tx, &company.products.iter().collect::<Vec<_>>()).await?;
    for one in &company.products {
        feed.append(None, &FeedBody::Product(one.clone())).await?;
    }
    let prices: Vec<_> = company.prices.iter().map(|at| (at.site, at.price.clone())).collect();
    product::write_prices(tx, &mut feed, &prices).await?;
    let mut books = Books::new(tx);
    opening::open(tx, &mut feed, &mut books, &company.stock, now_ms).await?;
    feed.finish().await?;
    books.finish().await?;
    Ok(())
}

async fn places(tx: &Tx<'_>, feed: &mut Appender<'_>, company: &Company) -> Result<(), StoreError> {
    for site in &company.sites {
        let sql = "INSERT INTO site (id, code, body) VALUES ($1, $2, $3)";
        execute(tx, sql, &[&site.id, &site.code, &json("site", site)?]).await?;
        for location in &site.locations {
            let sql = "INSERT INTO location (id, site, kind) VALUES ($1, $2, $3)";
            execute(tx, sql, &[&location.id, &site.id, &location.kind]).await?;
        }
        feed.append(Some(site.id), &FeedBody::Site(site.clone())).await?;
    }
    for till in &company.tills {
        let sql = "INSERT INTO till (code, site, name) VALUES ($1, $2, $3)";
        execute(tx, sql, &[&till.code, &till.site, &till.name]).await?;
        feed.append(Some(till.site), &FeedBody::Till(till.clone())).await?;
    }
    for rate in &company.tax_rates {
        let sql = "INSERT INTO tax_rate (code, valid_from, valid_to, percent) VALUES ($1, $2, $3, $4)";
        execute(tx, sql, &[&rate.code, &rate.valid_from, &rate.valid_to, &rate.percent]).await?;
        feed.append(None, &FeedBody::TaxRate(rate.clone())).await?;
    }
    Ok(())
}

/// Locations of sites, by site.
pub(super) async fn locations(tx: &Tx<'_>, sites: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    let found = rows(tx, "SELECT site, id FROM location WHERE site = ANY($1)", &[&sites]).await?;
    Ok(found.iter().map(|row| (row.get(0), row.get(1))).collect())
}
