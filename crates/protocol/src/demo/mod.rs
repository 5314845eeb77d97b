//! The demo company Twisted Threads: six shops, a warehouse, a web shop and about three thousand T-shirts, made from a
//! seed. Pure, so that central's `demo` and a till that starts its own demo without a server have the same company.

mod catalogue;
mod places;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::v1::{BalanceV1, CompanyV1, FeedBody, PersonV1, PriceV1, ProductV1, SiteV1, TaxRateRowV1, TillV1};

pub use places::{CASHIER_PIN, MANAGER_PIN};

/// The seed of the company that everybody sees.
pub const SEED: u64 = 1;

/// The whole company, in the words of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoCompany {
    /// Twisted Threads.
    pub company: CompanyV1,
    /// Six shops, then the warehouse, then the web shop. The first is Galway.
    pub sites: Vec<SiteV1>,
    /// Two in each of three shops, one in the others; `04` is Galway's second.
    pub tills: Vec<TillV1>,
    /// Irish VAT: 23 %, and 0 % on children's clothes.
    pub tax_rates: Vec<TaxRateRowV1>,
    /// Everybody, with the site she works at and her PIN.
    pub people: Vec<DemoPerson>,
    /// T-shirts.
    pub products: Vec<ProductV1>,
    /// One each, for all sites.
    pub prices: Vec<PriceV1>,
    /// What each site's books open with.
    pub stock: Vec<BalanceV1>,
}

/// Somebody of the demo. Her PIN is no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    /// Who.
    pub person: PersonV1,
    /// Where she may sign in.
    pub sites: Vec<Uuid>,
    /// With which PIN.
    pub pin: &'static str,
}

impl DemoCompany {
    /// Makes the company; the same seed makes the same one, ids included.
    pub fn new(seed: u64) -> Self {
        let sites = places::sites(seed);
        let (products, prices) = catalogue::products(seed);
        let stock = catalogue::stock(seed, &sites, &products);
        DemoCompany {
            company: CompanyV1 { id: id(seed, "company"), name: "Twisted Threads".to_owned() },
            tills: places::tills(&sites),
            tax_rates: places::tax_rates(),
            people: places::people(seed, &sites),
            products,
            prices,
            stock,
            sites,
        }
    }

    /// A site by its code: `galway`.
    pub fn site(&self, code: &str) -> Option<&SiteV1> {
        self.sites.iter().find(|site| site.code == code)
    }

    /// All that a station of a site receives, in an order in which nothing is named before it is known.
    pub fn feed_of(&self, site: Uuid) -> Vec<FeedBody> {
        let mut rows = vec![FeedBody::Company(self.company.clone())];
        rows.extend(self.sites.iter().filter(|at| at.id == site).cloned().map(FeedBody::Site));
        rows.extend(self.tills.iter().filter(|till| till.site == site).cloned().map(FeedBody::Till));
        rows.extend(self.tax_rates.iter().cloned().map(FeedBody::TaxRate));
        let here = self.people.iter().filter(|person| person.sites.contains(&site));
        rows.extend(here.map(|person| FeedBody::Person(person.person.clone())));
        for (product, price) in self.products.iter().zip(&self.prices) {
            rows.push(FeedBody::Product(product.clone()));
            rows.push(FeedBody::Price(price.clone()));
        }
        rows
    }

    /// What the locations of a site hold at the opening.
    pub fn stock_of(&self, site: Uuid) -> Vec<BalanceV1> {
        let Some(site) = self.sites.iter().find(|at| at.id == site) else { return Vec::new() };
        let here = |balance: &&BalanceV1| site.locations.iter().any(|location| location.id == balance.location);
        self.stock.iter().filter(here).cloned().collect()
    }
}

/// A UUIDv8 (RFC 9562 section 5.8) of the seed and a name.
fn id(seed: u64, name: &str) -> Uuid {
    let mut sha = Sha256::new();
    sha.update(b"selvedge.demo\0");
    sha.update(seed.to_be_bytes());
    sha.update(name.as_bytes());
    let digest: [u8; 32] = sha.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Numbers that look random and are the same for the same seed (SplitMix64, Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn new(seed: u64, purpose: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose)
    }

    /// 0 to `below` - 1.
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below.max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use selvedge_domain::Gtin;
    use selvedge_domain::receipt_number::ReceiptNumber;

    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_company() {
        assert_eq!(DemoCompany::new(SEED), DemoCompany::new(SEED));
        assert_ne!(DemoCompany::new(1).stock, DemoCompany::new(2).stock);
        assert_ne!(DemoCompany::new(1).company.id, DemoCompany::new(2).company.id);
    }

    #[test]
    fn it_is_the_company_of_the_pictures() {
        let demo = DemoCompany::new(SEED);
        let of_kind = |kind: &str| demo.sites.iter().filter(|site| site.kind == kind).count();
        assert_eq!((of_kind("shop"), of_kind("warehouse"), of_kind("web")), (6, 1, 1));
        let galway = demo.site("galway").expect("Galway is a shop");
        assert!(demo.tills.iter().any(|till| till.code == "04" && till.site == galway.id && till.name == "Till 2"));
        let names: Vec<&str> = demo
            .people
            .iter()
            .filter(|person| person.sites.contains(&galway.id))
            .map(|person| person.person.name.as_str())
            .collect();
        assert_eq!(names, ["Mira Byrne", "Tom Quinn", "Aoife Walsh", "Sean Daly", "Lena Vogt", "Pilar Ruiz"]);
        let harbour = demo.products.iter().position(|product| product.sku == "HAR-NAV-L").expect("Harbour Tee Navy L");
        assert_eq!(demo.prices[harbour].amount_minor, Some(2400));
        assert_eq!(demo.products[harbour].variant, "Navy · L");
    }

    #[test]
    fn everything_is_unique_and_reads_back() {
        let demo = DemoCompany::new(SEED);
        assert!((2_500..=3_500).contains(&demo.products.len()), "a few thousand: {}", demo.products.len());
        let mut gtins = BTreeSet::new();
        let mut skus = BTreeSet::new();
        for product in &demo.products {
            assert!(skus.insert(&product.sku), "{} twice", product.sku);
            for gtin in &product.gtins {
                let gtin = Gtin::parse(gtin).expect("a GTIN with its check digit");
                assert!(gtin.to_string().starts_with("952") && gtin.length() == 13, "{gtin}");
                assert!(gtins.insert(gtin), "{gtin} twice");
            }
            assert!(demo.tax_rates.iter().any(|rate| rate.code == product.tax), "{}", product.tax);
        }
        let ids: BTreeSet<Uuid> = demo.products.iter().map(|product| product.id).collect();
        assert_eq!(ids.len(), demo.products.len());
        let tills: BTreeSet<&str> = demo.tills.iter().map(|till| till.code.as_str()).collect();
        assert_eq!(tills.len(), demo.tills.len(), "a till's code is unique in the company");
        for till in tills {
            ReceiptNumber::new(till, selvedge_domain::ids::GenerationId(Uuid::nil()), 1).expect(till);
        }
    }

    #[test]
    fn a_station_gets_its_own_site_and_stock_only() {
        let demo = DemoCompany::new(SEED);
        let galway = demo.site("galway").expect("Galway");
        let sites: Vec<FeedBody> =
            demo.feed_of(galway.id).into_iter().filter(|row| matches!(row, FeedBody::Site(_))).collect();
        assert_eq!(sites, [FeedBody::Site(galway.clone())]);
        let stock = demo.stock_of(galway.id);
        assert!(stock.iter().all(|balance| galway.locations.iter().any(|at| at.id == balance.location)));
        assert!(stock.len() > 1_000, "a shop has most of the range: {}", stock.len());
        assert!(demo.stock_of(Uuid::nil()).is_empty());
    }
}
