//! Products, their numbers, prices and tax rates, resolved for the day on which they are asked for.

use rusqlite::{OptionalExtension, Row, ToSql};
use rust_decimal::Decimal;
use selvedge_domain::Amount;
use selvedge_domain::barcode::Gtin;
use selvedge_domain::catalogue::Product;
use selvedge_domain::ids::ProductId;
use selvedge_domain::quantity::Unit;
use selvedge_domain::tax::TaxRate;
use selvedge_domain::time::Day;
use uuid::Uuid;

use super::{blob, search, setting};
use crate::{StoreError, Tx};

/// The setting that holds the products sold last.
const SOLD_LAST: &str = "sold-last";
/// More than are shown: some may not be sold any more.
const SOLD_LAST_MOST: usize = 24;

/// A product as it is today, with the number that is printed on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Price and tax are today's.
    pub product: Product,
    /// In the length in which it is printed; empty where it has none.
    pub gtin: String,
}

/// A product as central describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewProduct {
    /// Identity.
    pub id: ProductId,
    /// The company's own number.
    pub sku: String,
    /// `Harbour Tee`.
    pub name: String,
    /// `Navy · L`; may be empty.
    pub variant: String,
    /// Groups variants; may be empty.
    pub style: String,
    /// May be empty.
    pub colour: String,
    /// `#RRGGBB`; may be empty.
    pub colour_code: String,
    /// May be empty.
    pub size: String,
    /// What one of it is.
    pub unit: Unit,
    /// Code of its rate.
    pub tax: String,
    /// Who makes it; may be empty. Found by the search.
    pub brand: String,
    /// All its numbers.
    pub gtins: Vec<Gtin>,
    /// Larger is sold more.
    pub popularity: u32,
    /// Sold at all.
    pub active: bool,
}

/// A query for products with the day's price and tax, the day being parameter 1. Columns are read by [`listed`].
macro_rules! listed {
    ($gtin:literal, $rest:literal) => {
        concat!(
            "SELECT product.id, product.sku, product.name, product.variant, product.style, product.colour,
                    product.colour_code, product.size, product.unit, product.tax,
                    (SELECT amount FROM price WHERE price.product = product.number
                        AND valid_from <= ?1 AND valid_to >= ?1 ORDER BY own DESC, valid_from DESC LIMIT 1),
                    (SELECT percent FROM tax_rate WHERE tax_rate.code = product.tax
                        AND valid_from <= ?1 AND valid_to >= ?1 ORDER BY valid_from DESC LIMIT 1), ",
            $gtin,
            " FROM ",
            $rest
        )
    };
    ($rest:literal) => {
        listed!(
            "(SELECT printf('%0*d', digits, gtin) FROM barcode WHERE barcode.product = product.number LIMIT 1)",
            $rest
        )
    };
}

/// Products under a number. A product whose tax rate is not known today cannot be sold and is not among them: see
/// [`untaxed_under`].
///
/// # Errors
/// [`StoreError`].
pub fn by_gtin(tx: &Tx, key: u64, day: Day) -> Result<Vec<Listed>, StoreError> {
    const SQL: &str = listed!(
        "printf('%0*d', barcode.digits, barcode.gtin)",
        "barcode JOIN product ON product.number = barcode.product WHERE barcode.gtin = ?2 AND active = 1"
    );
    many(tx, SQL, day, key)
}

/// A product.
///
/// # Errors
/// [`StoreError`].
pub fn by_id(tx: &Tx, id: ProductId, day: Day) -> Result<Option<Listed>, StoreError> {
    const SQL: &str = listed!("product WHERE product.id = ?2");
    Ok(many(tx, SQL, day, blob(id.0))?.pop())
}

/// Products under a number that are sold here, but not today: their tax rate is not known, and nothing is sold untaxed
/// by mistake. As (name, code of the rate).
///
/// # Errors
/// [`StoreError`].
pub fn untaxed_under(tx: &Tx, key: u64, day: Day) -> Result<Vec<(String, String)>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT name, tax FROM barcode JOIN product ON product.number = barcode.product
         WHERE barcode.gtin = ?2 AND active = 1
             AND tax NOT IN (SELECT code FROM tax_rate WHERE valid_from <= ?1 AND valid_to >= ?1)",
    )?;
    let rows = statement.query_map((day.to_string(), key), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Products by their short numbers, in that order; those that are not sold are left out.
pub(super) fn by_numbers(tx: &Tx, numbers: &[i64], day: Day) -> Result<Vec<Listed>, StoreError> {
    const SQL: &str = listed!("product WHERE product.number = ?2 AND active = 1");
    let mut found = Vec::with_capacity(numbers.len());
    for number in numbers {
        found.extend(many(tx, SQL, day, number)?);
    }
    Ok(found)
}

/// Products under the company's own number.
///
/// # Errors
/// [`StoreError`].
pub fn by_sku(tx: &Tx, sku: &str, day: Day) -> Result<Vec<Listed>, StoreError> {
    const SQL: &str = listed!("product WHERE product.sku = ?2 AND active = 1");
    many(tx, SQL, day, sku)
}

/// All variants of a style.
///
/// # Errors
/// [`StoreError`].
pub fn style(tx: &Tx, style: &str, day: Day) -> Result<Vec<Listed>, StoreError> {
    const SQL: &str =
        listed!("product WHERE product.style = ?2 AND style <> '' AND active = 1 ORDER BY product.number");
    many(tx, SQL, day, style)
}

/// What is sold most.
///
/// # Errors
/// [`StoreError`].
pub fn favourites(tx: &Tx, day: Day, limit: u32) -> Result<Vec<Listed>, StoreError> {
    const SQL: &str = listed!("product WHERE active = 1 ORDER BY popularity DESC LIMIT ?2");
    many(tx, SQL, day, limit)
}

/// What was sold last at this till, the last first.
///
/// # Errors
/// [`StoreError`].
pub fn recent(tx: &Tx, day: Day, limit: u32) -> Result<Vec<Listed>, StoreError> {
    const SQL: &str = listed!("product WHERE product.id = ?2 AND active = 1");
    let mut found = Vec::new();
    for id in setting::get::<Vec<ProductId>>(tx, SOLD_LAST)?.unwrap_or_default() {
        found.extend(many(tx, SQL, day, blob(id.0))?);
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Notes what was sold, the last at the end.
///
/// # Errors
/// [`StoreError`].
pub fn note_sold(tx: &Tx, products: &[ProductId]) -> Result<(), StoreError> {
    let known = setting::get::<Vec<ProductId>>(tx, SOLD_LAST)?.unwrap_or_default();
    let mut last: Vec<ProductId> = Vec::with_capacity(SOLD_LAST_MOST);
    for product in products.iter().rev().chain(&known) {
        if last.len() < SOLD_LAST_MOST && !last.contains(product) {
            last.push(*product);
        }
    }
    setting::set(tx, SOLD_LAST, &last)
}

/// How many products are known.
///
/// # Errors
/// [`StoreError`].
pub fn count(tx: &Tx) -> Result<u64, StoreError> {
    Ok(tx.prepare_cached("SELECT count(*) FROM product")?.query_row([], |row| row.get(0))?)
}

/// The number that is printed on a product; empty where it has none.
///
/// # Errors
/// [`StoreError`].
pub fn gtin_of(tx: &Tx, id: ProductId) -> Result<String, StoreError> {
    let found: Option<String> = tx
        .prepare_cached(
            "SELECT printf('%0*d', digits, gtin) FROM barcode JOIN product ON product.number = barcode.product
             WHERE product.id = ?1 LIMIT 1",
        )?
        .query_row([blob(id.0)], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Adds a product, or replaces what is known of it.
///
/// # Errors
/// [`StoreError`].
pub fn upsert(tx: &Tx, new: &NewProduct) -> Result<(), StoreError> {
    let due = write(tx, new)?;
    search::index(tx, vec![due])
}

/// The same for many products, which is much quicker: the search is written once for all.
///
/// # Errors
/// [`StoreError`].
pub fn upsert_many(tx: &Tx, new: &[NewProduct]) -> Result<(), StoreError> {
    let due = new.iter().map(|product| write(tx, product)).collect::<Result<Vec<_>, _>>()?;
    search::index(tx, due)
}

/// The same, without the search: that is written for many products at once.
pub(super) fn write(tx: &Tx, new: &NewProduct) -> Result<search::Due, StoreError> {
    let (number, was) = match known(tx, new.id)? {
        Some((number, was)) => {
            tx.prepare_cached(
                "UPDATE product SET
                     sku = ?2, name = ?3, variant = ?4, style = ?5, colour = ?6, colour_code = ?7, size = ?8, unit = ?9,
                     tax = ?10, brand = ?11, popularity = ?12, active = ?13
                 WHERE id = ?1",
            )?
            .execute(columns(new, &blob(new.id.0)))?;
            tx.prepare_cached("DELETE FROM barcode WHERE product = ?1")?.execute([number])?;
            (number, was)
        }
        None => {
            tx.prepare_cached(
                "INSERT INTO product (id, sku, name, variant, style, colour, colour_code, size, unit, tax, brand,
                                      popularity, active)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(columns(new, &blob(new.id.0)))?;
            (tx.last_insert_rowid(), None)
        }
    };
    let mut statement =
        tx.prepare_cached("INSERT INTO barcode (gtin, product, digits) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
    for gtin in &new.gtins {
        statement.execute((gtin.key(), number, gtin.length()))?;
    }
    Ok(search::Due { number, was, is: search::Entry::of(number, new) })
}

/// The number of a product, and what it is found by.
fn known(tx: &Tx, id: ProductId) -> Result<Option<(i64, Option<search::Entry>)>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT number, active, popularity, name, variant, colour, size, sku, brand FROM product WHERE id = ?1",
    )?;
    let read = |row: &Row| {
        let number = row.get(0)?;
        if !row.get::<_, bool>(1)? {
            return Ok((number, None));
        }
        let parts = (3..9).map(|column| row.get(column)).collect::<Result<Vec<String>, _>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Ok((number, Some(search::Entry::new(number, row.get(2)?, &parts))))
    };
    Ok(statement.query_row([blob(id.0)], read).optional()?)
}

fn columns<'a>(new: &'a NewProduct, id: &'a [u8; 16]) -> impl rusqlite::Params + 'a {
    (
        id,
        &new.sku,
        &new.name,
        &new.variant,
        &new.style,
        &new.colour,
        &new.colour_code,
        &new.size,
        unit_name(new.unit),
        &new.tax,
        &new.brand,
        new.popularity,
        new.active,
    )
}

/// Sets a price, or withdraws it. Unknown products are passed over: their price comes again with them.
///
/// # Errors
/// [`StoreError`].
pub fn set_price(
    tx: &Tx,
    product: ProductId,
    own: bool,
    (from, to): (Day, Day),
    amount: Option<Amount>,
) -> Result<bool, StoreError> {
    let changed = tx
        .prepare_cached(
            "INSERT INTO price (product, own, valid_from, valid_to, amount)
             SELECT number, ?2, ?3, ?4, ?5 FROM product WHERE id = ?1
             ON CONFLICT DO UPDATE SET valid_to = ?4, amount = ?5",
        )?
        .execute((blob(product.0), own, from.to_string(), to.to_string(), amount.map(Amount::minor)))?;
    Ok(changed == 1)
}

/// Sets a tax rate.
///
/// # Errors
/// [`StoreError`].
pub fn set_tax_rate(tx: &Tx, code: &str, (from, to): (Day, Day), percent: Decimal) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO tax_rate (code, valid_from, valid_to, percent) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET valid_to = ?3, percent = ?4",
    )?
    .execute((code, from.to_string(), to.to_string(), percent.to_string()))?;
    Ok(())
}

/// Codes of rates that products name and nobody has explained for a day: those products cannot be sold.
///
/// # Errors
/// [`StoreError`].
pub fn untaxed(tx: &Tx, day: Day) -> Result<Vec<String>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT DISTINCT tax FROM product WHERE active = 1 AND tax NOT IN
             (SELECT code FROM tax_rate WHERE valid_from <= ?1 AND valid_to >= ?1)",
    )?;
    let codes = statement.query_map([day.to_string()], |row| row.get(0))?;
    Ok(codes.collect::<Result<_, _>>()?)
}

fn many(tx: &Tx, sql: &str, day: Day, about: impl ToSql) -> Result<Vec<Listed>, StoreError> {
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query((day.to_string(), about))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(listed(row)?);
    }
    Ok(found)
}

/// None when its tax rate is not known: better not sold than sold untaxed.
fn listed(row: &Row) -> Result<Option<Listed>, StoreError> {
    let text = |column| row.get_ref(column)?.as_str().map_err(|error| StoreError::value("product", error));
    let percent = row.get_ref(11)?.as_str_or_null().map_err(|error| StoreError::value("tax_rate", error))?;
    let Some(percent) = percent else { return Ok(None) };
    let percent = percent.parse::<Decimal>().map_err(|error| StoreError::value("tax_rate", error))?;
    let product = Product {
        id: ProductId(Uuid::from_bytes(row.get(0)?)),
        sku: row.get(1)?,
        name: row.get(2)?,
        variant: row.get(3)?,
        style: row.get(4)?,
        colour: row.get(5)?,
        colour_code: row.get(6)?,
        size: row.get(7)?,
        unit: unit(text(8)?)?,
        tax: TaxRate { code: row.get(9)?, percent },
        price: row.get::<_, Option<i64>>(10)?.map(Amount::from_minor),
    };
    Ok(Some(Listed { product, gtin: row.get::<_, Option<String>>(12)?.unwrap_or_default() }))
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Piece => "piece",
        Unit::Kilogram => "kilogram",
        Unit::Metre => "metre",
    }
}

/// A unit by its name in the API and the store.
pub(super) fn unit(name: &str) -> Result<Unit, StoreError> {
    match name {
        "piece" => Ok(Unit::Piece),
        "kilogram" => Ok(Unit::Kilogram),
        "metre" => Ok(Unit::Metre),
        other => Err(StoreError::value("product", format!("unit {other:?}"))),
    }
}
