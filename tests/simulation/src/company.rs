//! The company of every run: two shops, few products, cheap PINs. Small, so that thousands of runs are quick and every
//! product is sold at many tills.

use selvedge_central::store::{Central, Company, ProductPut, Put, SitePerson, SitePrice};
use selvedge_protocol::v1::{
    BalanceV1, CompanyV1, LocationV1, PersonV1, PriceV1, ProductV1, SiteV1, TaxRateRowV1, TillV1,
};
use selvedge_tests::company::{code, product, verifier};
use uuid::Uuid;

/// Everybody's PIN.
pub const PIN: &str = "4711";
/// Codes of the sites.
pub const SITES: [&str; 2] = ["north", "south"];
/// Tills of each site, by their codes: the first ones are there from the beginning.
pub const TILLS: [&[&str]; 2] = [&["11", "12", "13", "14"], &["21", "22"]];
/// Products that are there from the beginning; more come by import.
pub const PRODUCTS: u32 = 5;
/// What each site holds of each of them.
pub const OPENING_THOUSANDTHS: i64 = 20_000;
/// Products at most.
pub const MOST_PRODUCTS: u32 = 12;

const EVER: (&str, &str) = ("2000-01-01", "9999-12-31");

/// A site.
pub fn site(at: usize) -> Uuid {
    id(0x5100 + at as u128)
}

/// Where a site sells from.
pub fn floor(at: usize) -> Uuid {
    id(0xf100 + at as u128)
}

/// Where returned goods wait.
pub fn counter(at: usize) -> Uuid {
    id(0xc100 + at as u128)
}

/// The cashier of a site.
pub fn cashier(at: usize) -> Uuid {
    id(0xca00 + at as u128)
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_5150_0000 | number)
}

/// Which central it is, at first.
pub fn central() -> Central {
    let company = CompanyV1 { id: id(1), name: "Reef & Sons".to_owned() };
    Central { id: id(2), key_seed: [9; 32], epoch: id(3), company }
}

/// The company.
pub fn company() -> Company {
    let locations = |at| {
        let location = |id, kind: &str| LocationV1 { id, kind: kind.to_owned(), name: kind.to_owned() };
        vec![location(floor(at), "sales-floor"), location(counter(at), "counter")]
    };
    let sites = SITES.iter().enumerate().map(|(at, code)| SiteV1 {
        id: site(at),
        code: (*code).to_owned(),
        name: (*code).to_owned(),
        kind: "shop".to_owned(),
        time_zone: "Europe/Dublin".to_owned(),
        currency: "EUR".to_owned(),
        price_mode: "inclusive".to_owned(),
        address: Vec::new(),
        vat_id: String::new(),
        footer: Vec::new(),
        locations: locations(at),
    });
    let tills = TILLS.iter().enumerate().flat_map(|(at, codes)| {
        codes.iter().map(move |code| TillV1 { code: (*code).to_owned(), site: site(at), name: format!("Till {code}") })
    });
    let people = (0..SITES.len()).map(|at| SitePerson { site: site(at), person: person(at) });
    let numbers = 1..=PRODUCTS;
    Company {
        sites: sites.collect(),
        tills: tills.collect(),
        tax_rates: vec![tax_rate("standard", "23"), tax_rate("zero", "0")],
        people: people.collect(),
        products: numbers.clone().map(ware).collect(),
        prices: numbers.clone().map(|number| SitePrice { site: None, price: price(number) }).collect(),
        stock: numbers.flat_map(|number| (0..SITES.len()).map(move |at| stock(number, at))).collect(),
    }
}

fn tax_rate(code: &str, percent: &str) -> TaxRateRowV1 {
    TaxRateRowV1 {
        code: code.to_owned(),
        percent: percent.to_owned(),
        valid_from: EVER.0.to_owned(),
        valid_to: EVER.1.to_owned(),
    }
}

fn person(at: usize) -> PersonV1 {
    PersonV1 {
        id: cashier(at),
        name: format!("Cashier {at}"),
        role: "manager".to_owned(),
        verifier: verifier(PIN),
        active: true,
    }
}

/// A product.
pub fn ware(number: u32) -> ProductV1 {
    ProductV1 {
        id: product(number).0,
        sku: format!("RS-{number:03}"),
        name: format!("Ware {number}"),
        variant: String::new(),
        style: String::new(),
        colour: String::new(),
        colour_code: String::new(),
        size: String::new(),
        unit: "piece".to_owned(),
        tax: if number.is_multiple_of(3) { "zero" } else { "standard" }.to_owned(),
        gtins: vec![code(number)],
        popularity: 100 - number,
        active: true,
        brand: String::new(),
        category: String::new(),
    }
}

fn price(number: u32) -> PriceV1 {
    PriceV1 {
        product: product(number).0,
        amount_minor: Some(i64::from(number) * 100),
        valid_from: EVER.0.to_owned(),
        valid_to: EVER.1.to_owned(),
    }
}

fn stock(number: u32, at: usize) -> BalanceV1 {
    BalanceV1 { product: product(number).0, location: floor(at), quantity_thousandths: OPENING_THOUSANDTHS }
}

/// A line of an import file: a product with its price, and what a site's books open with.
pub fn put(number: u32, price_minor: i64, price_site: Option<usize>, opening: Option<(usize, i64)>) -> ProductPut {
    let put =
        |place, figure| Put { place, figure, from_day: "2026-11-21".to_owned(), day_before: "2026-11-20".to_owned() };
    ProductPut {
        product: ware(number),
        price: Some(put(price_site.map(site), price_minor)),
        stock: opening.map(|(at, thousandths)| put(Some(floor(at)), thousandths)),
    }
}
