//! The T-shirts of the demo, and where they lie.

use selvedge_domain::Gtin;

use super::{Dice, id};
use crate::v1::{BalanceV1, PriceV1, ProductV1, SiteV1};

/// A style: name, prefix of its SKUs, price in cents, sizes, and how much it sells.
struct Style(&'static str, &'static str, i64, Sizes, u64);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sizes {
    Adult,
    Kids,
}

use Sizes::{Adult, Kids};

const STYLES: [Style; 26] = [
    Style("Harbour Tee", "HAR", 2400, Adult, 100),
    Style("Quay Pocket Tee", "QUA", 2800, Adult, 70),
    Style("Loom Heavy Tee", "LOO", 3200, Adult, 80),
    Style("Deck Tee Kids", "DEC", 1600, Kids, 60),
    Style("Pier Long Sleeve", "PIE", 3600, Adult, 50),
    Style("Anchor Ringer Tee", "ANC", 2600, Adult, 35),
    Style("Tide V-Neck", "TID", 2500, Adult, 40),
    Style("Mast Henley", "MAS", 3800, Adult, 25),
    Style("Bobbin Crop Tee", "BOB", 2200, Adult, 45),
    Style("Weft Relaxed Tee", "WEF", 2900, Adult, 38),
    Style("Warp Slim Tee", "WAR", 2700, Adult, 36),
    Style("Shuttle Raglan", "SHU", 3000, Adult, 28),
    Style("Cove Muscle Tee", "COV", 2100, Adult, 18),
    Style("Strand Striped Tee", "STR", 3100, Adult, 33),
    Style("Beacon Tee", "BEA", 2400, Adult, 30),
    Style("Mill Organic Tee", "MIL", 3400, Adult, 42),
    Style("Ferry Scoop Neck", "FER", 2500, Adult, 22),
    Style("Gull Oversized Tee", "GUL", 3300, Adult, 37),
    Style("Rope Mock Neck", "ROP", 3500, Adult, 15),
    Style("Slate Work Tee", "SLA", 2900, Adult, 26),
    Style("Canvas Print Base", "CAN", 1900, Adult, 48),
    Style("Spindle Tank", "SPI", 1800, Adult, 20),
    Style("Skipper Tee Kids", "SKI", 1500, Kids, 40),
    Style("Puddle Long Sleeve Kids", "PUD", 1900, Kids, 30),
    Style("Pebble Tee Kids", "PEB", 1400, Kids, 35),
    Style("Button Henley Kids", "BUT", 2000, Kids, 15),
];

/// Colour, its part of the SKU, and its code. The first ones are in every style.
const COLOURS: [(&str, &str, &str); 24] = [
    ("Navy", "NAV", "#22335C"),
    ("White", "WHI", "#FAF9F5"),
    ("Rust", "RUS", "#A84E2C"),
    ("Olive", "OLI", "#5F6B3A"),
    ("Sand", "SAN", "#D2BA93"),
    ("Black", "BLA", "#23252A"),
    ("Slate", "SLT", "#66717B"),
    ("Ecru", "ECR", "#EBE2CF"),
    ("Heather Grey", "HGR", "#B4B6B9"),
    ("Charcoal", "CHA", "#3E4247"),
    ("Forest", "FOR", "#2C4A38"),
    ("Burgundy", "BUR", "#6B2434"),
    ("Mustard", "MUS", "#C99A2E"),
    ("Sky", "SKY", "#8FB6D6"),
    ("Petrol", "PET", "#0E5A75"),
    ("Sage", "SAG", "#A3B18E"),
    ("Coral", "COR", "#E07A63"),
    ("Plum", "PLU", "#5B3559"),
    ("Teal", "TEA", "#2A7F7B"),
    ("Chocolate", "CHO", "#4E3629"),
    ("Blush", "BLU", "#E4BDB5"),
    ("Lemon", "LEM", "#F0DE82"),
    ("Royal", "ROY", "#2B4CA0"),
    ("Mint", "MIN", "#B3DAC6"),
];

const ALWAYS: usize = 8;
const ADULT: [(&str, u64); 6] = [("XS", 6), ("S", 14), ("M", 22), ("L", 24), ("XL", 16), ("2XL", 8)];
const KIDS: [(&str, u64); 5] = [("4 y", 10), ("6 y", 14), ("8 y", 16), ("10 y", 14), ("12 y", 10)];

pub(super) fn products(seed: u64) -> (Vec<ProductV1>, Vec<PriceV1>) {
    let mut dice = Dice::new(seed, 1);
    let mut products = Vec::new();
    let mut prices = Vec::new();
    for style in &STYLES {
        for (at, colour) in COLOURS.iter().enumerate() {
            // Which colours a style is made in differs by the seed; the first are always there.
            if at >= ALWAYS && dice.roll(100) >= 76 {
                continue;
            }
            let sizes: &[(&str, u64)] = if style.3 == Kids { &KIDS } else { &ADULT };
            for (size, share) in sizes {
                let place = u64::try_from(at).unwrap_or(0);
                let popularity = style.4 * share * (30 - place) / 10 + dice.roll(40);
                let product = product(seed, style, colour, size, popularity, products.len());
                prices.push(PriceV1 {
                    product: product.id,
                    amount_minor: Some(style.2),
                    valid_from: "2026-01-01".to_owned(),
                    valid_to: "9999-12-31".to_owned(),
                });
                products.push(product);
            }
        }
    }
    (products, prices)
}

fn product(
    seed: u64,
    style: &Style,
    colour: &(&str, &str, &str),
    size: &str,
    popularity: u64,
    number: usize,
) -> ProductV1 {
    let sku = format!("{}-{}-{}", style.1, colour.1, size.replace(' ', "").to_uppercase());
    // GS1 prefix 952 is for demonstrations and examples (GS1 General Specifications, section 1.4).
    let gtin = Gtin::with_check_digit(&format!("952{:09}", 100_000_000 + number));
    ProductV1 {
        id: id(seed, &format!("product {sku}")),
        sku,
        name: style.0.to_owned(),
        variant: format!("{} · {size}", colour.0),
        style: style.0.to_owned(),
        colour: colour.0.to_owned(),
        colour_code: colour.2.to_owned(),
        size: size.to_owned(),
        unit: "piece".to_owned(),
        tax: if style.3 == Kids { "children" } else { "standard" }.to_owned(),
        gtins: gtin.iter().map(Gtin::to_string).collect(),
        popularity: u32::try_from(popularity).unwrap_or(u32::MAX),
        active: true,
        brand: String::new(),
        category: String::new(),
    }
}

/// Shops have a few of most, the warehouse has many of all: as it is with companies that need better books.
pub(super) fn stock(seed: u64, sites: &[SiteV1], products: &[ProductV1]) -> Vec<BalanceV1> {
    let mut dice = Dice::new(seed, 2);
    let mut stock = Vec::new();
    for site in sites {
        let Some(floor) = site.locations.iter().find(|location| location.kind == "sales-floor") else { continue };
        for product in products {
            let pieces = match site.kind.as_str() {
                "warehouse" => 12 + dice.roll(90),
                "shop" if dice.roll(100) < 14 => 0,
                "shop" => 1 + dice.roll(4 + u64::from(product.popularity) / 900),
                _ => 0,
            };
            if pieces > 0 {
                stock.push(BalanceV1 {
                    product: product.id,
                    location: floor.id,
                    quantity_thousandths: i64::try_from(pieces * 1000).unwrap_or(0),
                });
            }
        }
    }
    stock
}
