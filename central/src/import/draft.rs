//! A product from texts, checked field by field; from a line of a file or from `company.toml`.

use selvedge_domain::{Amount, Currency, Gtin, Quantity};
use selvedge_protocol::v1::ProductV1;
use uuid::Uuid;

use super::columns::Column;

/// No name, variant, style … is longer: a quote that was not closed swallows lines.
const LONGEST: usize = 300;

/// A field of a line.
pub type Field<'a> = (Column, &'a str);

/// What fields are held to.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Of prices.
    pub currency: Currency,
    /// Tax codes that there are.
    pub taxes: Vec<String>,
    /// The tax code of a product that names none.
    pub tax: String,
}

/// A product, and what else a line can say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// With a nil id.
    pub product: ProductV1,
    /// Price of one unit.
    pub price_minor: Option<i64>,
    /// What the site has of it.
    pub stock_thousandths: Option<i64>,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{column}: {reason}")]
pub struct FieldProblem {
    /// Which column.
    pub column: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl FieldProblem {
    pub(crate) fn new(column: Column, reason: impl std::fmt::Display) -> Self {
        FieldProblem { column: column.word(), reason: reason.to_string() }
    }
}

impl Draft {
    /// Reads fields.
    ///
    /// # Errors
    /// The first [`FieldProblem`].
    pub fn read(fields: &[Field<'_>], rules: &Rules) -> Result<Self, FieldProblem> {
        let raw = |column| fields.iter().find(|(at, _)| *at == column).map_or("", |(_, text)| text.trim());
        let text = |column: Column| {
            let text = raw(column);
            let long = text.chars().count() > LONGEST;
            let odd = text.chars().any(char::is_control);
            match (long, odd) {
                (true, _) => {
                    Err(FieldProblem::new(column, format!("more than {LONGEST} characters; is a quote not closed?")))
                }
                (_, true) => Err(FieldProblem::new(column, "a line break or another control character is in it")),
                (false, false) => Ok(text.to_owned()),
            }
        };
        let gtins = gtins(raw(Column::Gtin))?;
        let first = [text(Column::Sku)?, text(Column::Id)?, gtins.first().cloned().unwrap_or_default()];
        let Some(sku) = first.into_iter().find(|number| !number.is_empty()) else {
            return Err(FieldProblem::new(Column::Gtin, "sku, id and gtin are all empty"));
        };
        let name = text(Column::Name)?;
        if name.is_empty() {
            return Err(FieldProblem::new(Column::Name, "is empty"));
        }
        let (colour, size) = (text(Column::Colour)?, text(Column::Size)?);
        let variant = match text(Column::Variant)? {
            given if !given.is_empty() => given,
            _ => [colour.as_str(), size.as_str()]
                .iter()
                .filter(|part| !part.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join(" · "),
        };
        Ok(Draft {
            product: ProductV1 {
                id: Uuid::nil(),
                sku,
                name,
                variant,
                style: text(Column::Style)?,
                colour,
                colour_code: colour_code(raw(Column::ColourCode))?,
                size,
                unit: unit(raw(Column::Unit))?.to_owned(),
                tax: tax(raw(Column::Tax), rules)?,
                gtins,
                popularity: popularity(raw(Column::Popularity))?,
                active: true,
                brand: text(Column::Brand)?,
                category: text(Column::Category)?,
            },
            price_minor: price(raw(Column::Price), rules.currency)?,
            stock_thousandths: stock(raw(Column::Stock))?,
        })
    }
}

fn gtins(text: &str) -> Result<Vec<String>, FieldProblem> {
    let mut found: Vec<Gtin> = Vec::new();
    for part in text.split([' ', '|', ',', ';']).filter(|part| !part.is_empty()) {
        let gtin = Gtin::parse(part).map_err(|error| FieldProblem::new(Column::Gtin, format!("{part}: {error}")))?;
        if !found.contains(&gtin) {
            found.push(gtin);
        }
    }
    Ok(found.iter().map(Gtin::to_string).collect())
}

fn colour_code(text: &str) -> Result<String, FieldProblem> {
    let fine = text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.is_empty() || fine {
        return Ok(text.to_uppercase());
    }
    Err(FieldProblem::new(Column::ColourCode, format!("{text:?} is not like #22335C")))
}

fn unit(text: &str) -> Result<&'static str, FieldProblem> {
    match text.to_lowercase().as_str() {
        "" | "piece" | "pieces" | "pc" | "pcs" => Ok("piece"),
        "kilogram" | "kg" => Ok("kilogram"),
        "metre" | "meter" | "m" => Ok("metre"),
        _ => Err(FieldProblem::new(Column::Unit, format!("{text:?} is not piece, kilogram or metre"))),
    }
}

fn tax(text: &str, rules: &Rules) -> Result<String, FieldProblem> {
    if text.is_empty() {
        return Ok(rules.tax.clone());
    }
    if rules.taxes.iter().any(|code| code == text) {
        return Ok(text.to_owned());
    }
    Err(FieldProblem::new(Column::Tax, format!("there is no tax rate {text:?}; there are: {}", rules.taxes.join(", "))))
}

fn popularity(text: &str) -> Result<u32, FieldProblem> {
    let number = if text.is_empty() { Ok(0) } else { text.parse() };
    number.map_err(|_| FieldProblem::new(Column::Popularity, format!("{text:?} is not a whole number from 0")))
}

fn price(text: &str, currency: Currency) -> Result<Option<i64>, FieldProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    let price = Amount::parse(text, currency).map_err(|error| FieldProblem::new(Column::Price, error))?;
    if price.is_negative() {
        return Err(FieldProblem::new(Column::Price, format!("{text} is below zero")));
    }
    Ok(Some(price.minor()))
}

fn stock(text: &str) -> Result<Option<i64>, FieldProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    let stock = Quantity::parse(text).map_err(|error| FieldProblem::new(Column::Stock, error))?;
    Ok(Some(stock.thousandths()))
}
