//! Files of products: TSV or CSV, plain or gzip, columns found by their header. Good lines go in, bad ones are named with
//! their number and the reason; a line goes in whole or not at all. Importing a file again changes nothing.

mod columns;
mod draft;
mod table;

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use selvedge_domain::{Currency, Gtin};
use selvedge_protocol::v1::SiteV1;
use uuid::Uuid;

pub use columns::{Column, Columns, HeaderError};
pub use draft::{Draft, Field, FieldProblem, Rules};
pub use table::{Table, TableError};

use crate::store::{Outcome, ProductPut, Put, Store, StoreError};
use crate::surroundings::Surroundings;

/// Lines that share a transaction.
const BATCH: usize = 5_000;

/// How to import.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Code of the site whose prices and stock the file has; none: prices of all sites.
    pub site: Option<String>,
    /// Tax code of lines that name none; none: the company's first.
    pub tax: Option<String>,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Lines after the header.
    pub lines: u64,
    /// New products.
    pub added: u64,
    /// Products that are different now.
    pub changed: u64,
    /// Products that were known just so.
    pub same: u64,
    /// Lines left out because another line or product has their number.
    pub duplicates: u64,
    /// Lines left out because they make no sense.
    pub bad: u64,
    /// Columns that are not used.
    pub ignored_columns: Vec<String>,
}

/// What is the matter with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineProblem {
    /// Counted from 1, the header's line included.
    pub line: u64,
    /// Nonsense, rather than there already.
    pub bad: bool,
    /// What, for a person.
    pub text: String,
}

impl std::fmt::Display for LineProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// Imports a file; `tell` hears of each line that is left out.
///
/// # Errors
/// [`ImportError`], when the file as a whole cannot be read.
pub async fn import(
    store: &dyn Store,
    around: &dyn Surroundings,
    path: &Path,
    options: &Options,
    tell: &mut (dyn FnMut(LineProblem) + Send),
) -> Result<Report, ImportError> {
    let mut table = Table::open(path)?;
    let place = Place::find(store, around, options, table.columns()).await?;
    let mut seen = Seen::default();
    let mut report = Report { ignored_columns: table.columns().ignored.clone(), ..Report::default() };
    let mut batch: Vec<(u64, ProductPut)> = Vec::with_capacity(BATCH);
    while let Some(read) = table.next()? {
        report.lines += 1;
        let draft = match read.fields {
            Ok(fields) => Draft::read(&fields, &place.rules),
            Err(problem) => Err(problem),
        };
        match draft.map_err(|problem| (true, problem.to_string())).and_then(|draft| {
            seen.note(&draft, read.line).map_err(|text| (false, text))?;
            Ok(draft)
        }) {
            Ok(draft) => batch.push((read.line, place.put(draft, around))),
            Err((bad, text)) => {
                *(if bad { &mut report.bad } else { &mut report.duplicates }) += 1;
                tell(LineProblem { line: read.line, bad, text });
            }
        }
        if batch.len() == BATCH {
            write(store, around, options, std::mem::take(&mut batch), &mut report, tell).await?;
        }
    }
    write(store, around, options, batch, &mut report, tell).await?;
    Ok(report)
}

async fn write(
    store: &dyn Store,
    around: &dyn Surroundings,
    options: &Options,
    batch: Vec<(u64, ProductPut)>,
    report: &mut Report,
    tell: &mut (dyn FnMut(LineProblem) + Send),
) -> Result<(), ImportError> {
    let (lines, puts): (Vec<u64>, Vec<ProductPut>) = batch.into_iter().unzip();
    let outcomes = store.put_products(puts, options.dry_run, around.now_ms()).await?;
    for (line, outcome) in lines.into_iter().zip(outcomes) {
        match outcome {
            Outcome::Added => report.added += 1,
            Outcome::Changed => report.changed += 1,
            Outcome::Same => report.same += 1,
            Outcome::GtinTaken { gtin, sku } => {
                report.duplicates += 1;
                tell(LineProblem { line, bad: false, text: format!("gtin {gtin} belongs to product {sku} already") });
            }
        }
    }
    Ok(())
}

/// Numbers that earlier lines had.
#[derive(Default)]
struct Seen {
    skus: HashMap<String, u64>,
    gtins: HashMap<u64, u64>,
}

impl Seen {
    fn note(&mut self, draft: &Draft, line: u64) -> Result<(), String> {
        let product = &draft.product;
        if let Some(before) = self.skus.get(&product.sku) {
            return Err(format!("sku {} is on line {before} already", product.sku));
        }
        let keys: Vec<u64> =
            product.gtins.iter().filter_map(|gtin| Gtin::parse(gtin).ok()).map(|gtin| gtin.key()).collect();
        for (key, gtin) in keys.iter().zip(&product.gtins) {
            if let Some(before) = self.gtins.get(key) {
                return Err(format!("gtin {gtin} is on line {before} already"));
            }
        }
        self.skus.insert(product.sku.clone(), line);
        self.gtins.extend(keys.into_iter().map(|key| (key, line)));
        Ok(())
    }
}

/// Where prices and stock belong, and what a line is held to.
struct Place {
    rules: Rules,
    price_site: Option<Uuid>,
    floor: Option<Uuid>,
    today: String,
    yesterday: String,
}

impl Place {
    async fn find(
        store: &dyn Store,
        around: &dyn Surroundings,
        options: &Options,
        columns: &Columns,
    ) -> Result<Self, ImportError> {
        let sites = store.sites().await?;
        let one = match &options.site {
            None => None,
            Some(code) => {
                let found = sites.iter().find(|site| site.code == *code);
                Some(found.ok_or_else(|| ImportError::UnknownSite { code: code.clone(), known: codes(&sites) })?)
            }
        };
        let first = one.or(sites.first()).ok_or(StoreError::NotSetUp)?;
        let mixed = sites.iter().any(|site| site.currency != first.currency);
        if one.is_none() && mixed && columns.has(Column::Price) {
            return Err(ImportError::PriceNeedsSite);
        }
        let floor_of = |site: &SiteV1| site.locations.iter().find(|at| at.kind == "sales-floor").map(|at| at.id);
        let only = (sites.len() == 1).then_some(first);
        let floor = one.or(only).and_then(floor_of);
        if floor.is_none() && columns.has(Column::Stock) {
            return Err(ImportError::StockNeedsSite);
        }
        let taxes = store.tax_codes().await?;
        let tax = options.tax.clone().or_else(|| taxes.first().cloned()).ok_or(ImportError::NoTaxRate)?;
        if !taxes.contains(&tax) {
            return Err(ImportError::UnknownTax { code: tax, known: taxes.join(", ") });
        }
        let currency = Currency::parse(&first.currency).map_err(|error| StoreError::value("site", error))?;
        let zone = TimeZone::get(&first.time_zone).map_err(|error| StoreError::value("site", error))?;
        let now = Timestamp::from_millisecond(around.now_ms()).map_err(|error| StoreError::value("clock", error))?;
        let today = now.to_zoned(zone).date();
        let yesterday = today.yesterday().map_err(|error| StoreError::value("clock", error))?;
        Ok(Place {
            rules: Rules { currency, taxes, tax },
            price_site: one.map(|site| site.id),
            floor,
            today: today.to_string(),
            yesterday: yesterday.to_string(),
        })
    }

    fn put(&self, mut draft: Draft, around: &dyn Surroundings) -> ProductPut {
        draft.product.id = around.new_id();
        let put =
            |place, figure| Put { place, figure, from_day: self.today.clone(), day_before: self.yesterday.clone() };
        ProductPut {
            product: draft.product,
            price: draft.price_minor.map(|minor| put(self.price_site, minor)),
            stock: draft.stock_thousandths.map(|thousandths| put(self.floor, thousandths)),
        }
    }
}

fn codes(sites: &[SiteV1]) -> String {
    sites.iter().map(|site| site.code.as_str()).collect::<Vec<_>>().join(", ")
}

/// Why a file cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// No such site.
    #[error("there is no site {code:?}; there are: {known}")]
    UnknownSite {
        /// As given.
        code: String,
        /// Those there are.
        known: String,
    },
    /// A central that was started empty has none before a station gave them back.
    #[error("this company has no tax rate yet, and a product needs one: see `selvedge-central rebuild`")]
    NoTaxRate,
    /// No such tax rate.
    #[error("there is no tax rate {code:?}; there are: {known}")]
    UnknownTax {
        /// As given.
        code: String,
        /// Those there are.
        known: String,
    },
    /// Sites have several currencies.
    #[error("the file has prices and the sites have several currencies: say which site with --site")]
    PriceNeedsSite,
    /// Stock lies somewhere.
    #[error("the file has stock and there are several sites: say which one with --site")]
    StockNeedsSite,
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
}
