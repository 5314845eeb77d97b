//! `company.toml` as it is written: strict, an unknown field is an error.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CompanyFile {
    pub name: Spanned<String>,
    pub currency: Spanned<String>,
    pub price_mode: Spanned<String>,
    pub time_zone: Spanned<String>,
    #[serde(default)]
    pub vat_id: String,
    #[serde(default)]
    pub footer: Vec<String>,
    pub tax_rate: Spanned<Vec<TaxRateFile>>,
    pub site: Spanned<Vec<SiteFile>>,
    pub person: Spanned<Vec<PersonFile>>,
    #[serde(default)]
    pub product: Vec<ProductFile>,
    pub products: Option<Spanned<PathBuf>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TaxRateFile {
    pub code: Spanned<String>,
    pub percent: Spanned<String>,
    pub valid_from: Option<Spanned<String>>,
    pub valid_to: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SiteFile {
    pub code: Spanned<String>,
    pub name: Spanned<String>,
    pub kind: Option<Spanned<String>>,
    #[serde(default)]
    pub address: Vec<String>,
    pub footer: Option<Vec<String>>,
    pub vat_id: Option<String>,
    pub currency: Option<Spanned<String>>,
    pub price_mode: Option<Spanned<String>>,
    pub time_zone: Option<Spanned<String>>,
    #[serde(default)]
    pub till: Vec<TillFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TillFile {
    pub code: Spanned<String>,
    pub name: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PersonFile {
    pub id: Option<Spanned<String>>,
    pub name: Spanned<String>,
    pub role: Spanned<String>,
    pub pin: Option<Spanned<String>>,
    pub sites: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ProductFile {
    pub sku: Spanned<String>,
    pub name: String,
    #[serde(default)]
    pub gtins: Vec<String>,
    #[serde(default)]
    pub variant: String,
    #[serde(default)]
    pub style: String,
    #[serde(default)]
    pub colour: String,
    #[serde(default)]
    pub colour_code: String,
    #[serde(default)]
    pub size: String,
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub tax: String,
    #[serde(default)]
    pub price: String,
    #[serde(default)]
    pub brand: String,
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub stock: BTreeMap<Spanned<String>, Spanned<String>>,
}
