//! A company as large as the fleet, set up through central's store.

use anyhow::{Context, Result};
use selvedge_central::store::Central;
use selvedge_central::store::suite::TestStation;
use selvedge_central::store::{Company, NewCode, Store};
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_protocol::v1::{BalanceV1, CompanyV1, LocationV1, ProductV1, SiteV1, TaxRateRowV1, TillV1};
use uuid::Uuid;

/// Tills of a site.
const TILLS: usize = 20;
/// Products that are sold.
const PRODUCTS: u128 = 100;
/// What each site begins with, of each product.
pub const OPENING_THOUSANDTHS: i64 = 1_000_000_000;
const HOUR_MS: i64 = 3_600_000;

/// Sets the company up; its products.
pub async fn set_up(store: &dyn Store, tills: usize) -> Result<Vec<ProductV1>> {
    let sites: Vec<SiteV1> = (0..tills.div_ceil(TILLS)).map(site).collect();
    let products: Vec<ProductV1> = (0..PRODUCTS).map(product).collect();
    let till = |at: usize| TillV1 { code: code(at), site: sites[at / TILLS].id, name: format!("Till {at}") };
    let stock = |site: &SiteV1| {
        let floor = site.locations[0].id;
        let of = move |product: &ProductV1| BalanceV1 {
            product: product.id,
            location: floor,
            quantity_thousandths: OPENING_THOUSANDTHS,
        };
        products.iter().map(of).collect::<Vec<_>>()
    };
    let company = Company {
        tills: (0..tills).map(till).collect(),
        stock: sites.iter().flat_map(stock).collect(),
        sites: sites.clone(),
        tax_rates: vec![TaxRateRowV1 {
            code: "standard".to_owned(),
            percent: "23".to_owned(),
            valid_from: "1970-01-01".to_owned(),
            valid_to: "9999-12-31".to_owned(),
        }],
        products: products.clone(),
        ..Company::default()
    };
    let central = Central {
        id: Machine.new_id(),
        key_seed: Machine.random(),
        epoch: Machine.new_id(),
        company: CompanyV1 { id: Machine.new_id(), name: "Fleet".to_owned() },
    };
    store.set_up(central, company, Machine.now_ms()).await?;
    Ok(products)
}

/// Joins a till.
pub async fn join(store: &dyn Store, at: usize) -> Result<TestStation> {
    let mut station = TestStation::new(site(at / TILLS), 0);
    station.seed = Machine.random();
    let now_ms = Machine.now_ms();
    let hash = Machine.random();
    let code = NewCode { hash, site: site(at / TILLS).code, till: code(at), expires_ms: now_ms + HOUR_MS };
    store.add_code(code).await?;
    let joined = store.enrol(station.asks(hash), now_ms).await?.context("a good code")?;
    station.device = joined.device;
    Ok(station)
}

fn id(kind: u128, at: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | (kind << 32) | at)
}

fn code(at: usize) -> String {
    format!("{at:05}")
}

fn site(at: usize) -> SiteV1 {
    let number = u128::try_from(at).unwrap_or(0);
    let location =
        |kind: &str, of: u128| LocationV1 { id: id(of, number), kind: kind.to_owned(), name: kind.to_owned() };
    SiteV1 {
        id: id(1, number),
        code: format!("site-{at:04}"),
        name: format!("Site {at}"),
        kind: "shop".to_owned(),
        time_zone: "Europe/Dublin".to_owned(),
        currency: "EUR".to_owned(),
        price_mode: "inclusive".to_owned(),
        address: Vec::new(),
        vat_id: String::new(),
        footer: Vec::new(),
        locations: vec![location("sales-floor", 2), location("counter", 3)],
    }
}

fn product(at: u128) -> ProductV1 {
    ProductV1 {
        id: id(4, at),
        sku: format!("P{at:04}"),
        name: format!("Product {at}"),
        variant: String::new(),
        style: String::new(),
        colour: String::new(),
        colour_code: String::new(),
        size: String::new(),
        unit: "piece".to_owned(),
        tax: "standard".to_owned(),
        gtins: Vec::new(),
        popularity: 1,
        active: true,
        brand: String::new(),
        category: String::new(),
    }
}
