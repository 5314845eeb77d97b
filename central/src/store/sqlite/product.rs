//! Products and prices: from `init` and from imported files, each change a row of the feed.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction};
use selvedge_domain::Gtin;
use selvedge_protocol::v1::{BalanceV1, FeedBody, PriceV1, ProductV1};
use uuid::Uuid;

use super::feed::Appender;
use super::{balance, from_json, intake, json, opening, uuid};
use crate::store::{FOR_EVER, FROM_EVER, Outcome, ProductPut, Put, StoreError};

/// What became of each, and the sites whose balances changed.
pub(super) fn put(
    tx: &Transaction<'_>,
    put: &[ProductPut],
    now_ms: i64,
) -> Result<(Vec<Outcome>, BTreeSet<Uuid>), StoreError> {
    let mut feed = Appender::new(tx, now_ms)?;
    let mut books = balance::Books::new(tx)?;
    let outcomes = put.iter().map(|one| put_one(tx, &mut feed, one)).collect::<Result<Vec<_>, StoreError>>()?;
    let stock: Vec<BalanceV1> =
        put.iter().zip(&outcomes).filter_map(|(put, (_, product))| opening_of(put, (*product)?)).collect();
    opening::open(tx, &mut feed, &mut books, &stock, now_ms)?;
    if outcomes.iter().any(|(outcome, _)| *outcome == Outcome::Added) {
        intake::release_known(tx, now_ms)?;
    }
    Ok((outcomes.into_iter().map(|(outcome, _)| outcome).collect(), books.into_sites()))
}

fn opening_of(put: &ProductPut, product: Uuid) -> Option<BalanceV1> {
    let Put { place, figure, .. } = put.stock.as_ref()?;
    Some(BalanceV1 { product, location: (*place)?, quantity_thousandths: *figure })
}

/// What became of it, and its id when it was not left out.
fn put_one(
    tx: &Transaction<'_>,
    feed: &mut Appender<'_>,
    put: &ProductPut,
) -> Result<(Outcome, Option<Uuid>), StoreError> {
    let known: Option<String> = tx
        .prepare_cached("SELECT body FROM product WHERE sku = ?1")?
        .query_row([&put.product.sku], |row| row.get(0))
        .optional()?;
    let known: Option<ProductV1> = known.map(|body| from_json("product", &body)).transpose()?;
    let mut product = put.product.clone();
    if let Some(known) = &known {
        product.id = known.id;
    }
    if let Some((gtin, sku)) = taken(tx, &product)? {
        return Ok((Outcome::GtinTaken { gtin, sku }, None));
    }
    let mut outcome = match &known {
        None => Outcome::Added,
        Some(known) if *known == product => Outcome::Same,
        Some(_) => Outcome::Changed,
    };
    if outcome == Outcome::Changed {
        tx.prepare_cached("UPDATE product SET body = ?2 WHERE id = ?1")?
            .execute((product.id.into_bytes(), json("product", &product)?))?;
        tx.prepare_cached("DELETE FROM gtin WHERE product = ?1")?.execute([product.id.into_bytes()])?;
        write_gtins(tx, &product)?;
    } else if outcome == Outcome::Added {
        insert(tx, &product)?;
    }
    feed.append(None, &FeedBody::Product(product.clone()))?;
    if let Some(price) = &put.price
        && change_price(tx, feed, product.id, price)?
        && outcome == Outcome::Same
    {
        outcome = Outcome::Changed;
    }
    Ok((outcome, Some(product.id)))
}

/// A number of the product that another one has.
fn taken(tx: &Transaction<'_>, product: &ProductV1) -> Result<Option<(String, String)>, StoreError> {
    for gtin in &product.gtins {
        let sku: Option<String> = tx
            .prepare_cached(
                "SELECT product.sku FROM gtin JOIN product ON product.id = gtin.product
                 WHERE gtin.gtin = ?1 AND gtin.product <> ?2",
            )?
            .query_row((key(gtin)?, product.id.into_bytes()), |row| row.get(0))
            .optional()?;
        if let Some(sku) = sku {
            return Ok(Some((gtin.clone(), sku)));
        }
    }
    Ok(None)
}

/// Products that have the SKU or a number of this one.
pub(super) fn rivals(tx: &Transaction<'_>, product: &ProductV1) -> Result<Vec<ProductV1>, StoreError> {
    let mut bodies: Vec<String> = tx
        .prepare_cached("SELECT body FROM product WHERE sku = ?1 AND id <> ?2")?
        .query_map((&product.sku, product.id.into_bytes()), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for gtin in &product.gtins {
        let body: Option<String> = tx
            .prepare_cached(
                "SELECT product.body FROM gtin JOIN product ON product.id = gtin.product
                 WHERE gtin.gtin = ?1 AND gtin.product <> ?2",
            )?
            .query_row((key(gtin)?, product.id.into_bytes()), |row| row.get(0))
            .optional()?;
        bodies.extend(body.filter(|body| !bodies.contains(body)));
    }
    bodies.iter().map(|body| from_json("product", body)).collect()
}

/// Writes a product as it is now, new or known.
pub(super) fn keep(tx: &Transaction<'_>, product: &ProductV1) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM gtin WHERE product = ?1")?.execute([product.id.into_bytes()])?;
    let known = tx.prepare_cached("UPDATE product SET sku = ?2, body = ?3 WHERE id = ?1")?.execute((
        product.id.into_bytes(),
        &product.sku,
        json("product", product)?,
    ))?;
    if known == 0 { insert(tx, product) } else { write_gtins(tx, product) }
}

pub(super) fn insert(tx: &Transaction<'_>, product: &ProductV1) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO product (id, sku, body) VALUES (?1, ?2, ?3)")?.execute((
        product.id.into_bytes(),
        &product.sku,
        json("product", product)?,
    ))?;
    write_gtins(tx, product)
}

fn write_gtins(tx: &Transaction<'_>, product: &ProductV1) -> Result<(), StoreError> {
    for gtin in &product.gtins {
        tx.prepare_cached("INSERT INTO gtin (gtin, product) VALUES (?1, ?2)")?
            .execute((key(gtin)?, product.id.into_bytes()))?;
    }
    Ok(())
}

fn key(gtin: &str) -> Result<i64, StoreError> {
    let gtin = Gtin::parse(gtin).map_err(|error| StoreError::value("gtin", error))?;
    i64::try_from(gtin.key()).map_err(|error| StoreError::value("gtin", error))
}

/// The price that holds now ends the day before the new one begins; whether anything changed.
fn change_price(
    tx: &Transaction<'_>,
    feed: &mut Appender<'_>,
    product: Uuid,
    put: &Put<i64>,
) -> Result<bool, StoreError> {
    let open: Option<(String, i64)> = tx
        .prepare_cached(
            "SELECT valid_from, amount FROM price WHERE product = ?1 AND site = ?2 AND valid_to = ?3
             ORDER BY valid_from DESC LIMIT 1",
        )?
        .query_row((product.into_bytes(), place(put.place), FOR_EVER), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let mut from = put.from_day.clone();
    match open {
        Some((_, amount)) if amount == put.figure => return Ok(false),
        Some((valid_from, amount)) if valid_from < put.from_day => {
            let ended = PriceV1 { product, amount_minor: Some(amount), valid_from, valid_to: put.day_before.clone() };
            write_price(tx, feed, put.place, &ended)?;
        }
        Some((valid_from, _)) => from = valid_from,
        None => from = FROM_EVER.to_owned(),
    }
    let price = PriceV1 { product, amount_minor: Some(put.figure), valid_from: from, valid_to: FOR_EVER.to_owned() };
    write_price(tx, feed, put.place, &price)?;
    Ok(true)
}

pub(super) fn write_price(
    tx: &Transaction<'_>,
    feed: &mut Appender<'_>,
    site: Option<Uuid>,
    price: &PriceV1,
) -> Result<(), StoreError> {
    keep_price(tx, site, price)?;
    feed.append(site, &FeedBody::Price(price.clone()))?;
    Ok(())
}

/// Writes a price as it is now.
pub(super) fn keep_price(tx: &Transaction<'_>, site: Option<Uuid>, price: &PriceV1) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO price (product, site, valid_from, valid_to, amount) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET valid_to = ?4, amount = ?5",
    )?
    .execute((
        price.product.into_bytes(),
        place(site),
        &price.valid_from,
        &price.valid_to,
        price.amount_minor.unwrap_or(0),
    ))?;
    Ok(())
}

fn place(site: Option<Uuid>) -> Vec<u8> {
    site.map(|site| site.into_bytes().to_vec()).unwrap_or_default()
}

/// Prices of a product, for exports.
pub(super) fn prices(tx: &Transaction<'_>, product: &[u8]) -> Result<Vec<serde_json::Value>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT site, valid_from, valid_to, amount FROM price WHERE product = ?1 ORDER BY site, valid_from",
    )?;
    let mut rows = statement.query([product])?;
    let mut prices = Vec::new();
    while let Some(row) = rows.next()? {
        let site: Vec<u8> = row.get(0)?;
        let site = if site.is_empty() { None } else { Some(uuid("price", &site)?) };
        prices.push(serde_json::json!({
            "site": site,
            "valid_from": row.get::<_, String>(1)?,
            "valid_to": row.get::<_, String>(2)?,
            "amount_minor": row.get::<_, i64>(3)?,
        }));
    }
    Ok(prices)
}
