//! A million products of a made-up department store, the same ones in every run: names from word lists and a long tail of
//! made-up brands, numbers with right check digits, popularity that falls like Zipf's.

use selvedge_domain::Gtin;
use selvedge_protocol::v1::{PriceV1, ProductV1};
use uuid::Uuid;

const KINDS: &[&str] = &[
    "Tee",
    "Shirt",
    "Hoodie",
    "Sweatshirt",
    "Long Sleeve",
    "Tank",
    "Henley",
    "Polo",
    "Socks",
    "Cap",
    "Beanie",
    "Apron",
    "Tote Bag",
    "Scarf",
    "Jacket",
    "Raincoat",
    "Pyjamas",
    "Towel",
    "Blanket",
    "Mug",
    "Notebook",
    "Poster",
    "Crème Soap",
    "Café Cup",
    "Jeans",
    "Shorts",
    "Trousers",
    "Skirt",
    "Dress",
    "Cardigan",
    "Boxer Briefs",
    "Leggings",
    "Gloves",
    "Belt",
    "Футболка",
    "Рубашка",
    "Шапка",
    "Носки",
    "Кружка",
    "Полотенце",
];
const MANNERS: &[&str] = &[
    "Organic",
    "Heavy",
    "Light",
    "Relaxed",
    "Slim",
    "Oversized",
    "Printed",
    "Striped",
    "Washed",
    "Vintage",
    "Classic",
    "Premium",
    "Recycled",
    "Merino",
    "Cotton",
    "Linen",
    "Brushed",
    "Cropped",
    "Ribbed",
    "Garment Dyed",
    "Kids",
    "Work",
    "Travel",
    "Winter",
    "Summer",
    "Harbour",
    "Quay",
    "Anchor",
    "Beacon",
    "Meadow",
    "Forest",
    "Mountain",
    "River",
    "Canal",
];
const COLOURS: &[&str] = &[
    "Navy",
    "White",
    "Black",
    "Rust",
    "Olive",
    "Sand",
    "Slate",
    "Écru",
    "Heather Grey",
    "Charcoal",
    "Forest",
    "Burgundy",
    "Sky",
    "Mustard",
    "Teal",
    "Coral",
    "Lilac",
    "Mint",
    "Cream",
    "Chocolate",
    "Crimson",
    "Indigo",
    "Peach",
    "Синий",
];
const SIZES: &[&str] = &["XS", "S", "M", "L", "XL", "2XL", "3XL", "One size"];
const ONSETS: &[&str] = &[
    "b", "br", "c", "ch", "d", "dr", "f", "g", "gl", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w",
    "z",
];
const VOWELS: &[&str] = &["a", "e", "i", "o", "u", "ai", "ea", "ou", "ö"];
const ENDS: &[&str] = &["", "n", "r", "s", "l", "m", "rd", "st", "ck", "th"];
/// Distinct made-up brands; the products of a brand are a long tail too.
const BRANDS: u64 = 40_000;
/// Variants of a style.
const VARIANTS: u32 = 24;

/// The products, each made when it is asked for.
pub struct Products {
    count: u32,
}

/// One of them.
pub struct Item {
    pub product: ProductV1,
    pub price: PriceV1,
}

impl Products {
    pub fn new(count: u32) -> Self {
        Products { count }
    }

    pub fn count(&self) -> u32 {
        self.count
    }

    /// The `at`-th product.
    pub fn get(&self, at: u32) -> Item {
        let style = u64::from(at / VARIANTS);
        let mut dice = Dice::new(style);
        let (manner, kind) = (dice.pick(MANNERS), dice.pick(KINDS));
        // The smaller of two throws twice: few brands have many products.
        let brand = brand(dice.below(BRANDS).min(dice.below(BRANDS)).min(dice.below(BRANDS)));
        let mut dice = Dice::new(u64::from(at) | 1 << 40);
        let (colour, size) = (dice.pick(COLOURS), dice.pick(SIZES));
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(at));
        // A rank in a shuffled order, and what is sold at that rank.
        let rank = dice.below(u64::from(self.count)) + 1;
        let product = ProductV1 {
            id,
            sku: format!(
                "{}{:05}-{:02}",
                &kind.chars().take(2).collect::<String>().to_uppercase(),
                style,
                at % VARIANTS
            ),
            name: format!("{manner} {kind} {brand}"),
            variant: format!("{colour} · {size}"),
            style: format!("S{style}"),
            colour: colour.to_owned(),
            colour_code: "#22335C".to_owned(),
            size: size.to_owned(),
            unit: "piece".to_owned(),
            tax: "standard".to_owned(),
            gtins: vec![gtin(at)],
            popularity: u32::try_from(5_000_000 / rank).unwrap_or(u32::MAX),
            active: dice.below(50) != 0,
            brand,
            category: String::new(),
        };
        let price = PriceV1 {
            product: id,
            amount_minor: Some(500 + i64::try_from(dice.below(9_000)).unwrap_or(0)),
            valid_from: "2020-01-01".to_owned(),
            valid_to: "9999-12-31".to_owned(),
        };
        Item { product, price }
    }

    /// The `sample`-th active product of a run, spread over all of them.
    pub fn sold(&self, sample: usize) -> Item {
        let mut dice = Dice::new(u64::try_from(sample).unwrap_or(0) | 1 << 50);
        loop {
            let at = u32::try_from(dice.below(u64::from(self.count))).unwrap_or(0);
            let item = self.get(at);
            if item.product.active {
                return item;
            }
        }
    }
}

/// Under the demonstration prefix, shuffled, so that neighbours in the catalogue are none in the index.
fn gtin(at: u32) -> String {
    let shuffled = (u64::from(at) * 7_368_787 + 12_345) % 100_000_000;
    Gtin::with_check_digit(&format!("9521{shuffled:08}")).expect("twelve digits have a check digit").to_string()
}

fn brand(number: u64) -> String {
    let mut dice = Dice::new(number | 1 << 60);
    let mut name = String::new();
    for _ in 0..2 + dice.below(2) {
        name.push_str(dice.pick(ONSETS));
        name.push_str(dice.pick(VOWELS));
        name.push_str(dice.pick(ENDS));
    }
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Numbers that look thrown and are the same in every run: SplitMix64.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x2545_F491_4F6C_DD1D).wrapping_add(0x5E17_ED6E))
    }

    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % most.max(1)
    }

    fn pick(&mut self, list: &[&'static str]) -> &'static str {
        let at = self.below(u64::try_from(list.len()).unwrap_or(1));
        usize::try_from(at).ok().and_then(|at| list.get(at)).copied().unwrap_or_default()
    }
}
