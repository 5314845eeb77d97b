//! A small made-up company: one shop, four people, a dozen products of every sort that a till has to know.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use selvedge_domain::barcode::Gtin;
use selvedge_domain::ids::{LocationId, PersonId, ProductId, SiteId};
use selvedge_domain::people::{Person, Role};
use selvedge_domain::quantity::Unit;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::time::Day;
use selvedge_domain::{Amount, Currency};
use selvedge_store::table::catalogue::{self, NewProduct};
use selvedge_store::table::config::{self, CompanyConfig, SiteConfig};
use selvedge_store::table::person;
use selvedge_store::{StoreError, Tx};
use uuid::Uuid;

/// Mira's PIN, and everybody's.
pub const PIN: &str = "4711";

/// What the shop sells.
pub const PRODUCTS: &[Ware] = &[
    Ware::piece(1, "Harbour Tee", "Navy · L", "standard", Some(2450)),
    Ware::piece(2, "Harbour Tee", "White · M", "standard", Some(2450)),
    Ware::piece(3, "Quay Socks", "", "standard", Some(790)),
    Ware::piece(4, "Atlas of Knots", "", "reduced", Some(1999)),
    Ware::piece(5, "Kids Tee", "Red · 6 y", "zero", Some(1095)),
    Ware::measured(6, "Wool Felt", Unit::Kilogram, "reduced", 1337),
    Ware::measured(7, "Ribbon", Unit::Metre, "standard", 119),
    Ware::piece(8, "Made to Order", "", "standard", None),
    Ware::piece(9, "Enamel Mug", "Blue", "standard", Some(900)),
    Ware { gtin: 9, ..Ware::piece(10, "Enamel Mug", "Green", "standard", Some(950)) },
    Ware::piece(11, "Button", "", "standard", Some(1)),
    Ware::piece(12, "Tin Soldier", "", "reduced", Some(333)),
];

/// Navy, size L.
pub const TEE: u32 = 1;
/// White, size M.
pub const WHITE_TEE: u32 = 2;
/// 7.90.
pub const SOCKS: u32 = 3;
/// A book, at the reduced rate.
pub const ATLAS: u32 = 4;
/// Without tax.
pub const KIDS_TEE: u32 = 5;
/// By the kilogram.
pub const FELT: u32 = 6;
/// By the metre.
pub const RIBBON: u32 = 7;
/// Has no price.
pub const MADE_TO_ORDER: u32 = 8;
/// Two products under one number.
pub const MUG: u32 = 9;

/// A product.
#[derive(Clone, Copy, Debug)]
pub struct Ware {
    number: u32,
    /// The number that stands on it; shared by two of them.
    gtin: u32,
    name: &'static str,
    variant: &'static str,
    /// Of one.
    pub unit: Unit,
    tax: &'static str,
    /// Of one, in cents.
    pub price_minor: Option<i64>,
}

impl Ware {
    const fn piece(
        number: u32,
        name: &'static str,
        variant: &'static str,
        tax: &'static str,
        price_minor: Option<i64>,
    ) -> Self {
        Ware { number, gtin: number, name, variant, unit: Unit::Piece, tax, price_minor }
    }

    const fn measured(number: u32, name: &'static str, unit: Unit, tax: &'static str, price_minor: i64) -> Self {
        Ware { number, gtin: number, name, variant: "", unit, tax, price_minor: Some(price_minor) }
    }
}

/// The identity of a product.
pub fn product(number: u32) -> ProductId {
    ProductId(id(0xa000 | u128::from(number)))
}

/// The number on a product, as a scanner reads it: under the demonstration prefix 952.
pub fn code(number: u32) -> String {
    let digits = format!("9529{number:08}");
    let sum: u32 =
        digits.bytes().zip([1, 3].into_iter().cycle()).map(|(digit, times)| u32::from(digit - b'0') * times).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// Somebody of the shop: 1 and 2 are cashiers, 3 the manager, 4 a counter.
pub fn somebody(number: u32) -> PersonId {
    PersonId(id(0xb000 | u128::from(number)))
}

/// Where the shop's stock lies.
pub fn sales_floor() -> LocationId {
    LocationId(id(0xc001))
}

/// Where returned goods wait.
pub fn counter() -> LocationId {
    LocationId(id(0xc002))
}

/// The shop.
pub fn site() -> SiteId {
    SiteId(id(0xc000))
}

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 | number)
}

/// From the first day of the calendar to its last.
pub fn always() -> (Day, Day) {
    (Day { year: 2000, month: 1, day: 1 }, Day { year: 9999, month: 12, day: 31 })
}

/// Writes the company into a store, as central's feed does.
///
/// # Errors
/// [`StoreError`].
pub fn install(tx: &Tx, mode: PriceMode) -> Result<(), StoreError> {
    config::set_company(tx, &CompanyConfig { name: "Knots & Sons".to_owned() })?;
    config::set_site(tx, &site_config(mode))?;
    for (code, percent) in [("standard", "23"), ("reduced", "13.5"), ("zero", "0")] {
        catalogue::set_tax_rate(tx, code, always(), percent.parse().expect("a percentage"))?;
    }
    for ware in PRODUCTS {
        add_ware(tx, ware)?;
    }
    people(tx)
}

fn site_config(mode: PriceMode) -> SiteConfig {
    SiteConfig {
        id: site(),
        name: "Galway".to_owned(),
        address: vec!["1 Rope Walk".to_owned(), "Galway".to_owned()],
        vat_id: "VAT IE 9521874T".to_owned(),
        time_zone: "Europe/Dublin".to_owned(),
        currency: Currency::EUR,
        price_mode: mode,
        sales_floor: sales_floor(),
        returns: counter(),
        receipt_footer: "Thank you".to_owned(),
    }
}

fn add_ware(tx: &Tx, ware: &Ware) -> Result<(), StoreError> {
    let gtin = Gtin::parse(&code(ware.gtin)).expect("a product number");
    let new = NewProduct {
        id: product(ware.number),
        sku: format!("KS-{:03}", ware.number),
        name: ware.name.to_owned(),
        variant: ware.variant.to_owned(),
        style: String::new(),
        colour: String::new(),
        colour_code: String::new(),
        size: String::new(),
        unit: ware.unit,
        tax: ware.tax.to_owned(),
        brand: String::new(),
        gtins: vec![gtin],
        popularity: 100 - ware.number,
        active: true,
    };
    catalogue::upsert(tx, &new)?;
    if let Some(price) = ware.price_minor {
        catalogue::set_price(tx, new.id, false, always(), Some(Amount::from_minor(price)))?;
    }
    Ok(())
}

fn people(tx: &Tx) -> Result<(), StoreError> {
    let verifier = verifier(PIN);
    let names = [
        (1, "Mira Byrne", Role::Cashier),
        (2, "Oisin Kelly", Role::Cashier),
        (3, "Nora Walsh", Role::Manager),
        (4, "Tadhg Flynn", Role::Counter),
    ];
    for (number, name, role) in names {
        let one = Person { id: somebody(number), name: name.to_owned(), role };
        person::upsert(tx, &one, &verifier, true)?;
    }
    Ok(())
}

/// argon2id as cheap as it can be: these tests are not about how long a PIN takes to guess.
///
/// # Panics
/// Never: the parameters are right.
pub fn verifier(pin: &str) -> String {
    let salt = b"saltsaltsaltsalt";
    let cheap = Params::new(8, 1, 1, Some(32)).expect("parameters");
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap)
        .hash_password_into(pin.as_bytes(), salt, &mut hash)
        .expect("a hash");
    format!("$argon2id$v=19$m=8,t=1,p=1${}${}", STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash))
}
