//! The company: set up in one transaction, whole or not at all.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use selvedge_protocol::v1::{CompanyV1, EpochV1, FeedBody, PersonV1, PlaceV1, SiteV1, feed_kind};
use uuid::Uuid;

use super::feed::Appender;
use super::{balance, from_json, json, opening, product, recovery, take_back, uuid};
use crate::store::{Central, Company, CompanyChange, SitePerson, StoreError};

pub(super) fn central(tx: &Transaction<'_>) -> Result<Option<Central>, StoreError> {
    type Row = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, String);
    let found: Option<Row> = tx
        .prepare_cached("SELECT id, key_seed, epoch, company, company_name FROM central")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .optional()?;
    found
        .map(|(id, seed, epoch, company, name)| {
            Ok(Central {
                id: uuid("central", &id)?,
                key_seed: seed.try_into().map_err(|_| StoreError::value("central", "the key's length"))?,
                epoch: uuid("central", &epoch)?,
                company: CompanyV1 { id: uuid("central", &company)?, name },
            })
        })
        .transpose()
}

pub(super) fn sites(tx: &Transaction<'_>) -> Result<Vec<SiteV1>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT body FROM site ORDER BY code")?;
    let mut rows = statement.query([])?;
    let mut sites = Vec::new();
    while let Some(row) = rows.next()? {
        sites.push(from_json("site", &row.get::<_, String>(0)?)?);
    }
    Ok(sites)
}

/// The company as it is now, without products.
pub(super) fn company(tx: &Transaction<'_>) -> Result<Company, StoreError> {
    Ok(Company {
        sites: sites(tx)?,
        tills: rows_of(tx, feed_kind::TILL)?.into_iter().map(|(_, till)| till).collect(),
        tax_rates: rows_of(tx, feed_kind::TAX_RATE)?.into_iter().map(|(_, rate)| rate).collect(),
        people: people(tx)?,
        ..Company::default()
    })
}

fn people(tx: &Transaction<'_>) -> Result<Vec<SitePerson>, StoreError> {
    let people = rows_of::<PersonV1>(tx, feed_kind::PERSON)?;
    Ok(people.into_iter().filter_map(|(site, person)| Some(SitePerson { site: site?, person })).collect())
}

/// What the last rows of a kind say, in their order.
fn rows_of<T: serde::de::DeserializeOwned>(
    tx: &Transaction<'_>,
    kind: &str,
) -> Result<Vec<(Option<Uuid>, T)>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT site, body FROM feed WHERE kind = ?1 AND replaced = 0 ORDER BY number")?;
    let mut rows = statement.query([kind])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let site: Option<Vec<u8>> = row.get(0)?;
        let site = site.map(|site| uuid("feed row", &site)).transpose()?;
        all.push((site, from_json("feed row", &row.get::<_, String>(1)?)?));
    }
    Ok(all)
}

/// Changes the company, whole or not at all.
pub(super) fn apply(tx: &Transaction<'_>, change: &CompanyChange, now_ms: i64) -> Result<(), StoreError> {
    if !recovery::may_grant(tx)? {
        return Err(StoreError::Recovering);
    }
    let mut feed = Appender::new(tx, now_ms)?;
    for (site, body) in change.rows() {
        take_back::into_tables(tx, site, &body)?;
        feed.append(site, &body)?;
    }
    Ok(())
}

/// Says of a person at each of her sites that nobody knows her any more.
pub(super) fn erase_person(connection: &mut Connection, id: Uuid, now_ms: i64) -> Result<bool, StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let known: Vec<SitePerson> = people(&tx)?.into_iter().filter(|at| at.person.id == id).collect();
    if known.is_empty() {
        return Ok(false);
    }
    let mut feed = Appender::new(&tx, now_ms)?;
    for at in known {
        feed.append(Some(at.site), &FeedBody::Person(at.person.erased()))?;
    }
    tx.commit()?;
    // Pages keep copies of what moved between them: the file is written anew, and its log of writes begins anew. Asked
    // again, it is done again.
    connection.execute_batch("VACUUM")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(true)
}

/// What the places are called, for everybody, where the last row does not say so.
pub(super) fn tell_places(tx: &Transaction<'_>, now_ms: i64) -> Result<(), StoreError> {
    let mut feed = Appender::new(tx, now_ms)?;
    for site in sites(tx)? {
        feed.append(None, &FeedBody::Place(PlaceV1::from(&site)))?;
    }
    Ok(())
}

pub(super) fn tax_codes(tx: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT code FROM tax_rate GROUP BY code ORDER BY min(number)")?;
    let codes = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(codes)
}

pub(super) fn set_up(
    tx: &Transaction<'_>,
    central_row: &Central,
    company: &Company,
    now_ms: i64,
) -> Result<(), StoreError> {
    write_central(tx, central_row, now_ms)?;
    recovery::begin_first(tx, central_row.epoch, now_ms)?;
    let mut feed = Appender::new(tx, now_ms)?;
    feed.append(None, &FeedBody::Epoch(first_epoch(central_row.epoch, now_ms)))?;
    feed.append(None, &FeedBody::Company(central_row.company.clone()))?;
    places(tx, &mut feed, company)?;
    for at in &company.people {
        feed.append(Some(at.site), &FeedBody::Person(at.person.clone()))?;
    }
    for one in &company.products {
        product::insert(tx, one)?;
        feed.append(None, &FeedBody::Product(one.clone()))?;
    }
    for at in &company.prices {
        product::write_price(tx, &mut feed, at.site, &at.price)?;
    }
    opening::open(tx, &mut feed, &mut balance::Books::new(tx)?, &company.stock, now_ms)
}

/// Says which central this is, once.
pub(super) fn write_central(tx: &Transaction<'_>, central_row: &Central, now_ms: i64) -> Result<(), StoreError> {
    if let Some(there) = central(tx)? {
        return Err(StoreError::AlreadySetUp(there.company.name));
    }
    tx.execute(
        "INSERT INTO central (only, id, key_seed, epoch, company, company_name, set_up_ms)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        (
            central_row.id.into_bytes(),
            central_row.key_seed,
            central_row.epoch.into_bytes(),
            central_row.company.id.into_bytes(),
            &central_row.company.name,
            now_ms,
        ),
    )?;
    Ok(())
}

/// The first row of the first life.
fn first_epoch(epoch: Uuid, now_ms: i64) -> EpochV1 {
    EpochV1 { epoch, parent: None, opened_ms: now_ms, because: "the company was set up".to_owned() }
}

fn places(tx: &Transaction<'_>, feed: &mut Appender<'_>, company: &Company) -> Result<(), StoreError> {
    for site in &company.sites {
        tx.prepare_cached("INSERT INTO site (id, code, body) VALUES (?1, ?2, ?3)")?.execute((
            site.id.into_bytes(),
            &site.code,
            json("site", site)?,
        ))?;
        for location in &site.locations {
            tx.prepare_cached("INSERT INTO location (id, site, kind) VALUES (?1, ?2, ?3)")?.execute((
                location.id.into_bytes(),
                site.id.into_bytes(),
                &location.kind,
            ))?;
        }
        feed.append(Some(site.id), &FeedBody::Site(site.clone()))?;
    }
    for till in &company.tills {
        tx.prepare_cached("INSERT INTO till (code, site, name) VALUES (?1, ?2, ?3)")?.execute((
            &till.code,
            till.site.into_bytes(),
            &till.name,
        ))?;
        feed.append(Some(till.site), &FeedBody::Till(till.clone()))?;
    }
    for rate in &company.tax_rates {
        tx.prepare_cached("INSERT INTO tax_rate (code, valid_from, valid_to, percent) VALUES (?1, ?2, ?3, ?4)")?
            .execute((&rate.code, &rate.valid_from, &rate.valid_to, &rate.percent))?;
        feed.append(None, &FeedBody::TaxRate(rate.clone()))?;
    }
    Ok(())
}
