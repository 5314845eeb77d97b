//! Configuration that came from central, cached: the company and this site.

use selvedge_domain::Currency;
use selvedge_domain::ids::{LocationId, SiteId};
use selvedge_domain::tax::PriceMode;
use serde::{Deserialize, Serialize};

use super::setting;
use crate::{StoreError, Tx};

/// The company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyConfig {
    /// As on the sign-in screen and the receipt.
    pub name: String,
}

/// This station's site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteConfig {
    /// Identity.
    pub id: SiteId,
    /// `Galway`.
    pub name: String,
    /// On the receipt, a line each.
    pub address: Vec<String>,
    /// On the receipt, with what it is called; may be empty.
    pub vat_id: String,
    /// IANA name: `Europe/Dublin`.
    pub time_zone: String,
    /// Of everything sold here.
    pub currency: Currency,
    /// Of the price list.
    pub price_mode: PriceMode,
    /// Where goods are sold from.
    pub sales_floor: LocationId,
    /// Where returned goods lie until somebody puts them away.
    pub returns: LocationId,
    /// Below everything on the receipt; may be empty.
    pub receipt_footer: String,
}

/// The company; none before central was heard.
///
/// # Errors
/// [`StoreError`].
pub fn company(tx: &Tx) -> Result<Option<CompanyConfig>, StoreError> {
    setting::get(tx, "company")
}

/// This site; none before central was heard.
///
/// # Errors
/// [`StoreError`].
pub fn site(tx: &Tx) -> Result<Option<SiteConfig>, StoreError> {
    setting::get(tx, "site")
}

/// What central says of the company.
///
/// # Errors
/// [`StoreError`].
pub fn set_company(tx: &Tx, company: &CompanyConfig) -> Result<(), StoreError> {
    setting::set(tx, "company", company)
}

/// What central says of this site.
///
/// # Errors
/// [`StoreError`].
pub fn set_site(tx: &Tx, site: &SiteConfig) -> Result<(), StoreError> {
    setting::set(tx, "site", site)
}
