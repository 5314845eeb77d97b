//! From the file to a company: every field checked, nothing written.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use selvedge_domain::ids::GenerationId;
use selvedge_domain::receipt_number::ReceiptNumber;
use selvedge_domain::time::Day;
use selvedge_domain::{Currency, Gtin, Quantity};
use selvedge_protocol::v1::{
    BalanceV1, CompanyV1, LocationV1, PersonV1, PriceV1, ProductV1, SiteV1, TaxRateRowV1, TillV1,
};
use toml::Spanned;
use uuid::Uuid;

use super::file::{CompanyFile, PersonFile, ProductFile, SiteFile, TaxRateFile};
use super::{SetupError, at};
use crate::import::{Column, Draft, Field, Rules, Table};
use crate::secret::pin_verifier;
use crate::store::{Company, SitePerson, SitePrice};
use crate::surroundings::Surroundings;

const FROM_EVER: &str = "2000-01-01";
const FOR_EVER: &str = "9999-12-31";

/// A company, ready to be set up.
#[derive(Debug)]
pub struct Loaded {
    /// Its name.
    pub company: CompanyV1,
    /// All of it.
    pub all: Company,
}

/// Somebody as a file has her. Not shown: there may be a PIN.
pub struct WantedPerson {
    /// Who it is, where the file says so; else it is who has the name.
    pub id: Option<Uuid>,
    /// Her name.
    pub name: String,
    /// `cashier`, `counter`, `picker`, `manager`.
    pub role: String,
    /// To be set; none leaves what there is.
    pub pin: Option<String>,
    /// Codes of the sites.
    pub sites: Vec<String>,
    /// Where it stands: `company.toml, line 33`.
    pub place: String,
}

/// A company as its file has it now, without products.
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Places and tills, under new ids, and tax rates.
    pub all: Company,
    /// People.
    pub people: Vec<WantedPerson>,
    /// It names products too, which are imported.
    pub has_products: bool,
}

/// Reads and checks a company's file and the products' file that it names.
///
/// # Errors
/// [`SetupError`] names the file, the line and the field.
pub fn load(path: &Path, around: &dyn Surroundings) -> Result<Loaded, SetupError> {
    let text = read(path)?;
    let file = parse(path, &text)?;
    let mut plan = Plan { path, text: &text, around, all: Company::default(), lines: BTreeMap::new() };
    let name = plan.places(&file)?;
    for person in plan.some("person", &file.person)? {
        plan.person(person)?;
    }
    let rules = plan.rules(&file)?;
    for product in &file.product {
        plan.product(product, &rules)?;
    }
    if let Some(products) = &file.products {
        plan.products_file(products, &rules)?;
    }
    Ok(Loaded { company: CompanyV1 { id: around.new_id(), name }, all: plan.all })
}

/// Reads and checks what can be changed after a company was set up: all but its products.
///
/// # Errors
/// [`SetupError`] names the file, the line and the field.
pub fn want(path: &Path, around: &dyn Surroundings) -> Result<Wanted, SetupError> {
    let text = read(path)?;
    let file = parse(path, &text)?;
    let mut plan = Plan { path, text: &text, around, all: Company::default(), lines: BTreeMap::new() };
    let name = plan.places(&file)?;
    let people = plan.some("person", &file.person)?.iter().map(|person| plan.wanted(person));
    let people = people.collect::<Result<Vec<_>, _>>()?;
    Ok(Wanted { name, all: plan.all, people, has_products: !file.product.is_empty() || file.products.is_some() })
}

fn read(path: &Path) -> Result<String, SetupError> {
    std::fs::read_to_string(path).map_err(|source| SetupError::Read { path: path.to_owned(), source })
}

fn parse(path: &Path, text: &str) -> Result<CompanyFile, SetupError> {
    toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        at(path, text, offset, error.message().to_owned())
    })
}

struct Plan<'a> {
    path: &'a Path,
    text: &'a str,
    around: &'a dyn Surroundings,
    all: Company,
    /// Where a number of a product was first used.
    lines: BTreeMap<String, String>,
}

impl<'a> Plan<'a> {
    fn wrong<T>(&self, place: &Spanned<T>, detail: impl Into<String>) -> SetupError {
        at(self.path, self.text, place.span().start, detail)
    }

    fn filled(&self, field: &str, text: &Spanned<String>) -> Result<String, SetupError> {
        let trimmed = text.get_ref().trim();
        if trimmed.is_empty() {
            return Err(self.wrong(text, format!("{field} is empty")));
        }
        Ok(trimmed.to_owned())
    }

    fn some<'f, T>(&self, field: &str, list: &'f Spanned<Vec<T>>) -> Result<&'f [T], SetupError> {
        if list.get_ref().is_empty() {
            return Err(self.wrong(list, format!("there is no [[{field}]]")));
        }
        Ok(list.get_ref())
    }

    fn one_of(&self, field: &str, text: &Spanned<String>, words: &[&str]) -> Result<String, SetupError> {
        if words.contains(&text.get_ref().as_str()) {
            return Ok(text.get_ref().clone());
        }
        Err(self.wrong(text, format!("{field} {:?} is not one of {}", text.get_ref(), words.join(", "))))
    }

    fn tax_rate(&mut self, rate: &TaxRateFile) -> Result<(), SetupError> {
        let code = self.filled("tax-rate.code", &rate.code)?;
        let percent = rate.percent.get_ref().parse::<Decimal>().ok();
        let percent =
            percent.filter(|percent| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(percent)).ok_or_else(|| {
                self.wrong(
                    &rate.percent,
                    format!("tax-rate.percent {:?} is not a number from 0 to 100", rate.percent.get_ref()),
                )
            })?;
        let valid_from = self.day("tax-rate.valid-from", rate.valid_from.as_ref(), FROM_EVER)?;
        let valid_to = self.day("tax-rate.valid-to", rate.valid_to.as_ref(), FOR_EVER)?;
        if valid_from > valid_to {
            return Err(self.wrong(&rate.code, "tax-rate.valid-from is after valid-to"));
        }
        let overlaps =
            |other: &TaxRateRowV1| other.code == code && other.valid_from <= valid_to && valid_from <= other.valid_to;
        if self.all.tax_rates.iter().any(overlaps) {
            return Err(self.wrong(&rate.code, format!("tax-rate.code {code:?} is there twice for the same days")));
        }
        let percent = percent.normalize().to_string();
        self.all.tax_rates.push(TaxRateRowV1 { code, percent, valid_from, valid_to });
        Ok(())
    }

    fn day(&self, field: &str, text: Option<&Spanned<String>>, otherwise: &str) -> Result<String, SetupError> {
        let Some(text) = text else { return Ok(otherwise.to_owned()) };
        let day = Day::parse(text.get_ref()).map_err(|error| self.wrong(text, format!("{field}: {error}")))?;
        Ok(day.to_string())
    }

    fn site(&mut self, file: &CompanyFile, site: &SiteFile) -> Result<(), SetupError> {
        let code = self.filled("site.code", &site.code)?;
        let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !code.bytes().all(fine) {
            return Err(self.wrong(&site.code, "site.code has small letters, digits and dashes only"));
        }
        if self.all.sites.iter().any(|other| other.code == code) {
            return Err(self.wrong(&site.code, format!("site.code {code:?} is there twice")));
        }
        let currency = site.currency.as_ref().unwrap_or(&file.currency);
        Currency::parse(currency.get_ref()).map_err(|error| self.wrong(currency, format!("currency: {error}")))?;
        let zone = site.time_zone.as_ref().unwrap_or(&file.time_zone);
        TimeZone::get(zone.get_ref()).map_err(|_| {
            self.wrong(zone, format!("time-zone {:?} is not known, write it like Europe/Dublin", zone.get_ref()))
        })?;
        let mode = site.price_mode.as_ref().unwrap_or(&file.price_mode);
        let kind = site.kind.as_ref().map(|kind| self.one_of("site.kind", kind, &["shop", "warehouse", "web"]));
        let id = self.around.new_id();
        let location = |kind: &str, name: &str| LocationV1 {
            id: self.around.new_id(),
            kind: kind.to_owned(),
            name: name.to_owned(),
        };
        let locations = vec![location("sales-floor", "Sales floor"), location("counter", "Counter")];
        for till in &site.till {
            let code = self.filled("till.code", &till.code)?;
            ReceiptNumber::new(&code, GenerationId(Uuid::nil()), 1)
                .map_err(|error| self.wrong(&till.code, format!("till.code {code:?}: {error}")))?;
            if self.all.tills.iter().any(|other| other.code == code) {
                return Err(self
                    .wrong(&till.code, format!("till.code {code:?} is there twice: receipts are numbered under it")));
            }
            let name = self.filled("till.name", &till.name)?;
            self.all.tills.push(TillV1 { code, site: id, name });
        }
        self.all.sites.push(SiteV1 {
            id,
            name: self.filled("site.name", &site.name)?,
            kind: kind.transpose()?.unwrap_or_else(|| "shop".to_owned()),
            time_zone: zone.get_ref().clone(),
            currency: currency.get_ref().clone(),
            price_mode: self.one_of("price-mode", mode, &["inclusive", "exclusive"])?,
            address: site.address.clone(),
            vat_id: site.vat_id.clone().unwrap_or_else(|| file.vat_id.clone()),
            footer: site.footer.clone().unwrap_or_else(|| file.footer.clone()),
            locations,
            code,
        });
        Ok(())
    }

    /// Tax rates, sites and tills; the company's name.
    fn places(&mut self, file: &CompanyFile) -> Result<String, SetupError> {
        let name = self.filled("name", &file.name)?;
        for rate in self.some("tax-rate", &file.tax_rate)? {
            self.tax_rate(rate)?;
        }
        for site in self.some("site", &file.site)? {
            self.site(file, site)?;
        }
        Ok(name)
    }

    fn person(&mut self, person: &PersonFile) -> Result<(), SetupError> {
        let wanted = self.wanted(person)?;
        let Some(pin) = wanted.pin else { return Err(self.wrong(&person.name, "person: missing field `pin`")) };
        let verifier = pin_verifier(&pin, self.around).map_err(|error| SetupError::Pin(error.to_string()))?;
        let id = wanted.id.unwrap_or_else(|| self.around.new_id());
        let one = PersonV1 { id, name: wanted.name, role: wanted.role, verifier, active: true };
        for code in &person.sites {
            let site = self.site_id("person.sites", code)?;
            self.all.people.push(SitePerson { site, person: one.clone() });
        }
        Ok(())
    }

    fn wanted(&self, person: &PersonFile) -> Result<WantedPerson, SetupError> {
        let name = self.filled("person.name", &person.name)?;
        let role = self.one_of("person.role", &person.role, &["cashier", "counter", "picker", "manager"])?;
        let id = person.id.as_ref().map(|id| {
            Uuid::parse_str(id.get_ref())
                .map_err(|_| self.wrong(id, "person.id is not an id as `person list` shows it"))
        });
        if let Some(pin) = &person.pin
            && (!(4..=12).contains(&pin.get_ref().len()) || !pin.get_ref().bytes().all(|byte| byte.is_ascii_digit()))
        {
            // The PIN itself is not shown.
            return Err(self.wrong(pin, "person.pin has 4 to 12 digits"));
        }
        if person.sites.is_empty() {
            return Err(self.wrong(&person.name, "person.sites names no site"));
        }
        for code in &person.sites {
            self.site_id("person.sites", code)?;
        }
        let line = super::line_of(self.text, person.name.span().start);
        Ok(WantedPerson {
            id: id.transpose()?,
            name,
            role,
            pin: person.pin.as_ref().map(|pin| pin.get_ref().clone()),
            sites: person.sites.iter().map(|code| code.get_ref().clone()).collect(),
            place: format!("{}, line {line}", file_name(self.path)),
        })
    }

    fn site_id(&self, field: &str, code: &Spanned<String>) -> Result<Uuid, SetupError> {
        let site = self.all.sites.iter().find(|site| site.code == *code.get_ref());
        site.map(|site| site.id)
            .ok_or_else(|| self.wrong(code, format!("{field}: there is no site {:?}", code.get_ref())))
    }

    fn rules(&self, file: &CompanyFile) -> Result<Rules, SetupError> {
        let currency = Currency::parse(file.currency.get_ref())
            .map_err(|error| self.wrong(&file.currency, format!("currency: {error}")))?;
        let priced = file.products.is_some() || file.product.iter().any(|product| !product.price.is_empty());
        if priced && self.all.sites.iter().any(|site| site.currency != currency.code()) {
            return Err(self.wrong(
                &file.currency,
                "prices here are for all sites, and a site has another currency: import them with `import --site`",
            ));
        }
        let taxes: Vec<String> = self.all.tax_rates.iter().map(|rate| rate.code.clone()).collect();
        let tax = taxes.first().cloned().unwrap_or_default();
        Ok(Rules { currency, taxes, tax })
    }

    fn product(&mut self, product: &ProductFile, rules: &Rules) -> Result<(), SetupError> {
        let gtins = product.gtins.join(" ");
        let fields: [Field<'_>; 13] = [
            (Column::Sku, product.sku.get_ref()),
            (Column::Gtin, &gtins),
            (Column::Name, &product.name),
            (Column::Variant, &product.variant),
            (Column::Style, &product.style),
            (Column::Colour, &product.colour),
            (Column::ColourCode, &product.colour_code),
            (Column::Size, &product.size),
            (Column::Unit, &product.unit),
            (Column::Tax, &product.tax),
            (Column::Price, &product.price),
            (Column::Brand, &product.brand),
            (Column::Category, &product.category),
        ];
        let draft = Draft::read(&fields, rules)
            .map_err(|problem| self.wrong(&product.sku, format!("product {}, {problem}", product.sku.get_ref())))?;
        let line = super::line_of(self.text, product.sku.span().start);
        let id = self
            .add(draft, &format!("{}, line {line}", file_name(self.path)))
            .map_err(|detail| self.wrong(&product.sku, detail))?;
        for (code, quantity) in &product.stock {
            let site = self.site_id("product.stock", code)?;
            let stock = Quantity::parse(quantity.get_ref())
                .map_err(|error| self.wrong(quantity, format!("product.stock: {error}")))?;
            self.stock(id, site, stock.thousandths());
        }
        Ok(())
    }

    /// Products beside the company's file: all or none.
    fn products_file(&mut self, name: &Spanned<std::path::PathBuf>, rules: &Rules) -> Result<(), SetupError> {
        let path = self.path.parent().unwrap_or(Path::new("")).join(name.get_ref());
        let mut table = Table::open(&path)?;
        let only = match self.all.sites.as_slice() {
            [site] => Some(site.id),
            _ => None,
        };
        if only.is_none() && table.columns().has(Column::Stock) {
            return Err(self.wrong(name, "products: a column \"stock\" needs one site: import it with `import --site`"));
        }
        let mut bad = Vec::new();
        while let Some(read) = table.next()? {
            let line = read.line;
            let draft =
                read.fields.and_then(|fields| Draft::read(&fields, rules)).map_err(|problem| problem.to_string());
            let place = format!("{}, line {line}", file_name(&path));
            let stock = draft.as_ref().ok().and_then(|draft| draft.stock_thousandths);
            match draft.and_then(|draft| self.add(draft, &place)) {
                Ok(id) => {
                    if let (Some(site), Some(thousandths)) = (only, stock) {
                        self.stock(id, site, thousandths);
                    }
                }
                Err(detail) => bad.push(format!("line {line}: {detail}")),
            }
        }
        if bad.is_empty() { Ok(()) } else { Err(SetupError::Products { path, lines: bad }) }
    }

    fn add(&mut self, draft: Draft, place: &str) -> Result<Uuid, String> {
        let id = self.around.new_id();
        let product = ProductV1 { id, ..draft.product };
        let keys = product.gtins.iter().filter_map(|gtin| Gtin::parse(gtin).ok());
        let numbers: Vec<String> =
            keys.map(|gtin| format!("gtin {gtin}")).chain([format!("sku {}", product.sku)]).collect();
        for number in numbers {
            if let Some(before) = self.lines.insert(number.clone(), place.to_owned()) {
                return Err(format!("{number} is there already: {before}"));
            }
        }
        if let Some(minor) = draft.price_minor {
            let price = PriceV1 {
                product: id,
                amount_minor: Some(minor),
                valid_from: FROM_EVER.to_owned(),
                valid_to: FOR_EVER.to_owned(),
            };
            self.all.prices.push(SitePrice { site: None, price });
        }
        self.all.products.push(product);
        Ok(id)
    }

    fn stock(&mut self, product: Uuid, site: Uuid, quantity_thousandths: i64) {
        let floor = self.all.sites.iter().find(|at| at.id == site).and_then(|site| site.locations.first());
        if let Some(floor) = floor {
            self.all.stock.push(BalanceV1 { product, location: floor.id, quantity_thousandths });
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
