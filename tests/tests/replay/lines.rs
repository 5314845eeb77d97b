//! Till lines of a file: `store_id,basket_id,product_id,quantity,sales_value,retail_disc,transaction_timestamp`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rust_decimal::Decimal;
use selvedge_domain::ids::ProductId;
use selvedge_domain::quantity::Unit;
use selvedge_store::table::catalogue::{self, NewProduct};
use selvedge_tests::{Shop, samples};

/// A line that was sold.
#[derive(Clone, Debug)]
pub struct TillLine {
    pub product: u64,
    /// Whole pieces.
    pub pieces: i64,
    /// What was paid for all of them.
    pub paid_minor: i64,
    /// What was taken off before.
    pub off_minor: i64,
}

/// What one customer bought, in the order of the file.
#[derive(Clone, Debug)]
pub struct Basket {
    /// `2017-01-28 19:06:53`.
    pub at: String,
    /// Identity, unique over all shops.
    pub basket: String,
    pub lines: Vec<TillLine>,
}

/// A file's content.
pub struct TillFile {
    /// By time.
    pub baskets: Vec<Basket>,
    /// Lines with quantity 0, as (line of the file, paid): no sale.
    pub without_quantity: Vec<(u64, String)>,
    pub line_count: usize,
}

impl TillFile {
    pub fn read(path: &Path) -> Self {
        let mut file = TillFile { baskets: Vec::new(), without_quantity: Vec::new(), line_count: 0 };
        let mut baskets: BTreeMap<(String, String), Vec<TillLine>> = BTreeMap::new();
        for row in samples::rows(path, b',').records() {
            let row = row.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let number = row.position().map_or(0, csv::Position::line);
            let field = |at: usize| row.get(at).unwrap_or_else(|| panic!("line {number} has a field {at}"));
            let decimal = |at: usize| {
                let text = field(at);
                let read = text.parse().or_else(|_| Decimal::from_scientific(text));
                read.unwrap_or_else(|error| panic!("line {number}: {text:?} is no number: {error}"))
            };
            file.line_count += 1;
            let quantity: Decimal = decimal(3);
            if quantity.is_zero() {
                file.without_quantity.push((number, field(4).to_owned()));
                continue;
            }
            let minor = |at: usize| whole(decimal(at) * Decimal::ONE_HUNDRED, number);
            let line = TillLine {
                product: product_number(field(2)),
                pieces: whole(quantity, number),
                paid_minor: minor(4),
                off_minor: minor(5),
            };
            baskets.entry((field(6).to_owned(), field(1).to_owned())).or_default().push(line);
        }
        file.baskets = baskets.into_iter().map(|((at, basket), lines)| Basket { at, basket, lines }).collect();
        file
    }

    /// Sum of the lines that were sold.
    pub fn paid_minor(&self) -> i64 {
        self.baskets.iter().flat_map(|basket| &basket.lines).map(|line| line.paid_minor).sum()
    }

    /// Only every `nth` basket.
    #[must_use]
    pub fn every(mut self, nth: usize) -> Self {
        self.baskets = self.baskets.into_iter().step_by(nth).collect();
        self
    }
}

fn whole(number: Decimal, line: u64) -> i64 {
    assert!(number.is_integer(), "line {line}: {number} is not whole");
    i64::try_from(number).unwrap()
}

/// A product's number; large round ones stand as `1e+05`.
fn product_number(text: &str) -> u64 {
    let read = text.parse().or_else(|_| Decimal::from_scientific(text));
    let number: Decimal = read.unwrap_or_else(|error| panic!("{text:?} is no number: {error}"));
    u64::try_from(number).unwrap()
}

/// The identity that a product of a file has here.
pub fn product(number: u64) -> ProductId {
    ProductId(uuid::Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0000 | u128::from(number)))
}

/// Puts the products that `file` names into the shop, without prices: those are in the lines. Products that the list
/// does not have are listed, and sold under their number.
pub fn install(shop: &Shop, file: &TillFile, products: &Path) -> Vec<u64> {
    let mut wanted: BTreeSet<u64> =
        file.baskets.iter().flat_map(|basket| &basket.lines).map(|line| line.product).collect();
    let mut new = Vec::new();
    for row in samples::rows(products, b',').records() {
        let row = row.unwrap();
        let number = product_number(&row[0]);
        if wanted.remove(&number) {
            let tax = if &row[2] == "GROCERY" { "reduced" } else { "standard" };
            let name = [&row[5], &row[4], &row[2]].into_iter().find(|name| !name.is_empty()).unwrap_or("?");
            new.push(new_product(number, name, &row[6], tax));
        }
    }
    let unknown: Vec<u64> = wanted.into_iter().collect();
    new.extend(unknown.iter().map(|number| new_product(*number, &format!("Product {number}"), "", "zero")));
    shop.app().store().write("test-products", |tx| catalogue::upsert_many(tx, &new)).unwrap();
    unknown
}

fn new_product(number: u64, name: &str, variant: &str, tax: &str) -> NewProduct {
    NewProduct {
        id: product(number),
        sku: number.to_string(),
        name: name.to_owned(),
        variant: variant.to_owned(),
        style: String::new(),
        colour: String::new(),
        colour_code: String::new(),
        size: String::new(),
        unit: Unit::Piece,
        tax: tax.to_owned(),
        brand: String::new(),
        gtins: Vec::new(),
        popularity: 0,
        active: true,
    }
}
