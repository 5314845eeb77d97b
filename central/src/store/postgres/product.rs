//! Products and prices: from `init` and from imported files, each change a row of the feed. A file's products are
//! decided upon in memory, in their order, and written together.

use std::collections::{BTreeMap, HashMap};

use selvedge_domain::Gtin;
use selvedge_protocol::v1::{BalanceV1, FeedBody, PriceV1, ProductV1};
use uuid::Uuid;

use super::balance::Books;
use super::feed::Appender;
use super::work::{Tx, execute, rows};
use super::{from_json, intake, json, opening};
use crate::store::{FOR_EVER, FROM_EVER, Outcome, ProductPut, Put, StoreError};

pub(super) async fn put(tx: &Tx<'_>, put: &[ProductPut], now_ms: i64) -> Result<Vec<Outcome>, StoreError> {
    // Holds the feed from here on: nobody else changes products meanwhile.
    let mut feed = Appender::new(tx, now_ms).await?;
    let mut shelf = Shelf::load(tx, put).await?;
    let mut books = Books::new(tx);
    let mut outcomes = Vec::with_capacity(put.len());
    let mut stock = Vec::new();
    for one in put {
        let outcome = shelf.put(&mut feed, one).await?;
        if !matches!(outcome, Outcome::GtinTaken { .. }) {
            stock.extend(shelf.opening(one));
        }
        outcomes.push(outcome);
    }
    opening::open(tx, &mut feed, &mut books, &stock, now_ms).await?;
    shelf.write(tx).await?;
    feed.finish().await?;
    books.finish().await?;
    if outcomes.contains(&Outcome::Added) {
        intake::release_known(tx, now_ms).await?;
    }
    Ok(outcomes)
}

/// What there is of the products that are put, and what becomes of it.
struct Shelf {
    by_sku: HashMap<String, ProductV1>,
    /// Number, and whose: the SKU.
    gtins: HashMap<i64, String>,
    /// Prices without an end: product and site (nil is everywhere).
    open: HashMap<(Uuid, Uuid), (String, i64)>,
    added: BTreeMap<String, ProductV1>,
    changed: BTreeMap<String, ProductV1>,
    prices: BTreeMap<(Uuid, Uuid, String), PriceV1>,
}

impl Shelf {
    async fn load(tx: &Tx<'_>, put: &[ProductPut]) -> Result<Self, StoreError> {
        let skus: Vec<&str> = put.iter().map(|one| one.product.sku.as_str()).collect();
        let mut by_sku = HashMap::new();
        for row in rows(tx, "SELECT body FROM product WHERE sku = ANY($1)", &[&skus]).await? {
            let known: ProductV1 = from_json("product", row.get(0))?;
            by_sku.insert(known.sku.clone(), known);
        }
        let asked =
            put.iter().flat_map(|one| &one.product.gtins).map(|gtin| key(gtin)).collect::<Result<Vec<_>, _>>()?;
        let sql = "SELECT gtin.gtin, product.sku FROM gtin JOIN product ON product.id = gtin.product
                   WHERE gtin.gtin = ANY($1)";
        let mut gtins: HashMap<i64, String> =
            rows(tx, sql, &[&asked]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
        for known in by_sku.values() {
            for gtin in &known.gtins {
                gtins.insert(key(gtin)?, known.sku.clone());
            }
        }
        let ids: Vec<Uuid> = by_sku.values().map(|known| known.id).collect();
        let sql = "SELECT DISTINCT ON (product, site) product, site, valid_from, amount FROM price
                   WHERE product = ANY($1) AND valid_to = $2 ORDER BY product, site, valid_from DESC";
        let open = rows(tx, sql, &[&ids, &FOR_EVER]).await?;
        let open = open.iter().map(|row| ((row.get(0), row.get(1)), (row.get(2), row.get(3)))).collect();
        let (added, changed, prices) = Default::default();
        Ok(Shelf { by_sku, gtins, open, added, changed, prices })
    }

    async fn put(&mut self, feed: &mut Appender<'_>, put: &ProductPut) -> Result<Outcome, StoreError> {
        let known = self.by_sku.get(&put.product.sku).cloned();
        let mut product = put.product.clone();
        if let Some(known) = &known {
            product.id = known.id;
        }
        for gtin in &product.gtins {
            if let Some(sku) = self.gtins.get(&key(gtin)?).filter(|sku| **sku != product.sku) {
                return Ok(Outcome::GtinTaken { gtin: gtin.clone(), sku: sku.clone() });
            }
        }
        let mut outcome = match &known {
            None => Outcome::Added,
            Some(known) if *known == product => Outcome::Same,
            Some(_) => Outcome::Changed,
        };
        if outcome != Outcome::Same {
            self.keep(known.as_ref(), &product)?;
        }
        feed.append(None, &FeedBody::Product(product.clone())).await?;
        if let Some(price) = &put.price
            && self.change_price(feed, product.id, price).await?
            && outcome == Outcome::Same
        {
            outcome = Outcome::Changed;
        }
        Ok(outcome)
    }

    /// What the books of a product open with, if anything.
    fn opening(&self, put: &ProductPut) -> Option<BalanceV1> {
        let Put { place, figure, .. } = put.stock.as_ref()?;
        let product = self.by_sku.get(&put.product.sku)?.id;
        Some(BalanceV1 { product, location: (*place)?, quantity_thousandths: *figure })
    }

    fn keep(&mut self, before: Option<&ProductV1>, product: &ProductV1) -> Result<(), StoreError> {
        for gtin in before.iter().flat_map(|known| &known.gtins) {
            self.gtins.remove(&key(gtin)?);
        }
        for gtin in &product.gtins {
            self.gtins.insert(key(gtin)?, product.sku.clone());
        }
        self.by_sku.insert(product.sku.clone(), product.clone());
        let fresh = before.is_none() || self.added.contains_key(&product.sku);
        let list = if fresh { &mut self.added } else { &mut self.changed };
        list.insert(product.sku.clone(), product.clone());
        Ok(())
    }

    /// The price that holds now ends the day before the new one begins; whether anything changed.
    async fn change_price(
        &mut self,
        feed: &mut Appender<'_>,
        product: Uuid,
        put: &Put<i64>,
    ) -> Result<bool, StoreError> {
        let place = put.place.unwrap_or(Uuid::nil());
        let mut from = put.from_day.clone();
        match self.open.get(&(product, place)).cloned() {
            Some((_, amount)) if amount == put.figure => return Ok(false),
            Some((valid_from, amount)) if valid_from < put.from_day => {
                let ended =
                    PriceV1 { product, amount_minor: Some(amount), valid_from, valid_to: put.day_before.clone() };
                self.price(feed, put.place, ended).await?;
            }
            Some((valid_from, _)) => from = valid_from,
            None => from = FROM_EVER.to_owned(),
        }
        self.open.insert((product, place), (from.clone(), put.figure));
        let valid_to = FOR_EVER.to_owned();
        let price = PriceV1 { product, amount_minor: Some(put.figure), valid_from: from, valid_to };
        self.price(feed, put.place, price).await?;
        Ok(true)
    }

    async fn price(&mut self, feed: &mut Appender<'_>, site: Option<Uuid>, price: PriceV1) -> Result<(), StoreError> {
        feed.append(site, &FeedBody::Price(price.clone())).await?;
        self.prices.insert((price.product, site.unwrap_or(Uuid::nil()), price.valid_from.clone()), price);
        Ok(())
    }

    async fn write(self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let changed: Vec<&ProductV1> = self.changed.values().collect();
        if !changed.is_empty() {
            let ids: Vec<Uuid> = changed.iter().map(|one| one.id).collect();
            let bodies = bodies(&changed)?;
            let sql = "UPDATE product SET body = new.body FROM unnest($1::uuid[], $2::text[]) AS new (id, body)
                       WHERE product.id = new.id";
            execute(tx, sql, &[&ids, &bodies]).await?;
            execute(tx, "DELETE FROM gtin WHERE product = ANY($1)", &[&ids]).await?;
            write_gtins(tx, &changed).await?;
        }
        insert(tx, &self.added.values().collect::<Vec<_>>()).await?;
        let prices: Vec<(Uuid, &PriceV1)> = self.prices.iter().map(|((_, site, _), price)| (*site, price)).collect();
        upsert_prices(tx, &prices).await
    }
}

/// Products that have the SKU or a number of this one.
pub(super) async fn rivals(tx: &Tx<'_>, product: &ProductV1) -> Result<Vec<ProductV1>, StoreError> {
    let gtins = product.gtins.iter().map(|gtin| key(gtin)).collect::<Result<Vec<_>, _>>()?;
    let sql = "SELECT body FROM product WHERE id <> $1 AND (sku = $2 OR id IN (
                   SELECT product FROM gtin WHERE gtin = ANY($3))) ORDER BY number";
    let found = rows(tx, sql, &[&product.id, &product.sku, &gtins]).await?;
    found.iter().map(|row| from_json("product", row.get(0))).collect()
}

/// Writes a product as it is now, new or known.
pub(super) async fn keep(tx: &Tx<'_>, product: &ProductV1) -> Result<(), StoreError> {
    execute(tx, "DELETE FROM gtin WHERE product = $1", &[&product.id]).await?;
    let sql = "UPDATE product SET sku = $2, body = $3 WHERE id = $1";
    if execute(tx, sql, &[&product.id, &product.sku, &json("product", product)?]).await? == 0 {
        return insert(tx, &[product]).await;
    }
    write_gtins(tx, &[product]).await
}

fn bodies(products: &[&ProductV1]) -> Result<Vec<String>, StoreError> {
    products.iter().map(|one| json("product", one)).collect()
}

/// Writes new products.
pub(super) async fn insert(tx: &Tx<'_>, products: &[&ProductV1]) -> Result<(), StoreError> {
    for chunk in products.chunks(4_000) {
        let ids: Vec<Uuid> = chunk.iter().map(|one| one.id).collect();
        let skus: Vec<&str> = chunk.iter().map(|one| one.sku.as_str()).collect();
        let sql = "INSERT INTO product (id, sku, body) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])";
        execute(tx, sql, &[&ids, &skus, &bodies(chunk)?]).await?;
        write_gtins(tx, chunk).await?;
    }
    Ok(())
}

async fn write_gtins(tx: &Tx<'_>, products: &[&ProductV1]) -> Result<(), StoreError> {
    let mut numbers = Vec::new();
    let mut owners = Vec::new();
    for product in products {
        for gtin in &product.gtins {
            numbers.push(key(gtin)?);
            owners.push(product.id);
        }
    }
    let sql = "INSERT INTO gtin (gtin, product) SELECT * FROM unnest($1::bigint[], $2::uuid[])";
    execute(tx, sql, &[&numbers, &owners]).await?;
    Ok(())
}

fn key(gtin: &str) -> Result<i64, StoreError> {
    let gtin = Gtin::parse(gtin).map_err(|error| StoreError::value("gtin", error))?;
    i64::try_from(gtin.key()).map_err(|error| StoreError::value("gtin", error))
}

/// Writes prices and their rows of the feed.
pub(super) async fn write_prices(
    tx: &Tx<'_>,
    feed: &mut Appender<'_>,
    prices: &[(Option<Uuid>, PriceV1)],
) -> Result<(), StoreError> {
    for (site, price) in prices {
        feed.append(*site, &FeedBody::Price(price.clone())).await?;
    }
    // A later one for the same day stands above an earlier one, and a statement may touch a row once.
    let last: BTreeMap<_, _> = prices
        .iter()
        .map(|(site, price)| ((price.product, site.unwrap_or(Uuid::nil()), &price.valid_from), price))
        .collect();
    let last: Vec<(Uuid, &PriceV1)> = last.into_iter().map(|((_, site, _), price)| (site, price)).collect();
    upsert_prices(tx, &last).await
}

/// Writes prices as they are now; none twice.
pub(super) async fn upsert_prices(tx: &Tx<'_>, prices: &[(Uuid, &PriceV1)]) -> Result<(), StoreError> {
    for chunk in prices.chunks(4_000) {
        let products: Vec<Uuid> = chunk.iter().map(|(_, price)| price.product).collect();
        let sites: Vec<Uuid> = chunk.iter().map(|(site, _)| *site).collect();
        let from: Vec<&str> = chunk.iter().map(|(_, price)| price.valid_from.as_str()).collect();
        let to: Vec<&str> = chunk.iter().map(|(_, price)| price.valid_to.as_str()).collect();
        let amounts: Vec<i64> = chunk.iter().map(|(_, price)| price.amount_minor.unwrap_or(0)).collect();
        execute(
            tx,
            "INSERT INTO price (product, site, valid_from, valid_to, amount)
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[])
             ON CONFLICT (product, site, valid_from) DO UPDATE
                 SET valid_to = excluded.valid_to, amount = excluded.amount",
            &[&products, &sites, &from, &to, &amounts],
        )
        .await?;
    }
    Ok(())
}

/// Prices of products, for exports.
pub(super) async fn prices(
    tx: &Tx<'_>,
    products: &[Uuid],
) -> Result<HashMap<Uuid, Vec<serde_json::Value>>, StoreError> {
    let sql = "SELECT product, site, valid_from, valid_to, amount FROM price WHERE product = ANY($1)
               ORDER BY product, site, valid_from";
    let mut all: HashMap<Uuid, Vec<serde_json::Value>> = HashMap::new();
    for row in rows(tx, sql, &[&products]).await? {
        let site: Uuid = row.get(1);
        all.entry(row.get(0)).or_default().push(serde_json::json!({
            "site": if site.is_nil() { None } else { Some(site) },
            "valid_from": row.get::<_, &str>(2),
            "valid_to": row.get::<_, &str>(3),
            "amount_minor": row.get::<_, i64>(4),
        }));
    }
    Ok(all)
}
