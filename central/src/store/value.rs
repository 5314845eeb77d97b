//! What goes into a store and comes out of it.

use std::collections::BTreeSet;

use selvedge_domain::Quantity;
use selvedge_domain::ids::{LocationId, MovementId, ProductId};
use selvedge_domain::stock::ledger::{Account, Movement, Reason};
use selvedge_domain::time::Interval;
use selvedge_protocol::journal::{DeviceKey, EntryId, PublicKey};
use selvedge_protocol::v1::{
    BalanceV1, CompanyV1, DeviceStateV1, FeedBody, HeadV1, PersonV1, PlaceV1, PriceV1, ProductV1, SiteV1, TaxRateRowV1,
    TillV1,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The first price of a product holds for every day that a till's clock may show.
pub(super) const FROM_EVER: &str = "2000-01-01";
/// A price without an end.
pub(super) const FOR_EVER: &str = "9999-12-31";

/// Which central this is.
#[derive(Clone, PartialEq, Eq)]
pub struct Central {
    /// Identity.
    pub id: Uuid,
    /// Seed of its key. Secret.
    pub key_seed: [u8; 32],
    /// This life of its journal.
    pub epoch: Uuid,
    /// The company.
    pub company: CompanyV1,
}

impl Central {
    /// Its key.
    pub fn key(&self) -> DeviceKey {
        DeviceKey::from_seed(self.key_seed)
    }
}

/// A whole company, to be set up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Company {
    /// Places.
    pub sites: Vec<SiteV1>,
    /// Tills.
    pub tills: Vec<TillV1>,
    /// Tax rates.
    pub tax_rates: Vec<TaxRateRowV1>,
    /// People, once for each site.
    pub people: Vec<SitePerson>,
    /// Products.
    pub products: Vec<ProductV1>,
    /// Prices.
    pub prices: Vec<SitePrice>,
    /// What the books open with.
    pub stock: Vec<BalanceV1>,
}

/// What is to be different about a company: whole rows, as they will be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanyChange {
    /// Its name.
    pub company: Option<CompanyV1>,
    /// Places, new or changed.
    pub sites: Vec<SiteV1>,
    /// Tills, new or changed.
    pub tills: Vec<TillV1>,
    /// Tax rates, new or changed.
    pub tax_rates: Vec<TaxRateRowV1>,
    /// People, once for each site of which something is different.
    pub people: Vec<SitePerson>,
}

impl CompanyChange {
    /// The rows of the feed that say it, in their order.
    pub(super) fn rows(&self) -> Vec<(Option<Uuid>, FeedBody)> {
        let company = self.company.iter().map(|company| (None, FeedBody::Company(company.clone())));
        let sites = self.sites.iter().flat_map(|site| {
            [(Some(site.id), FeedBody::Site(site.clone())), (None, FeedBody::Place(PlaceV1::from(site)))]
        });
        let tills = self.tills.iter().map(|till| (Some(till.site), FeedBody::Till(till.clone())));
        let rates = self.tax_rates.iter().map(|rate| (None, FeedBody::TaxRate(rate.clone())));
        let people = self.people.iter().map(|at| (Some(at.site), FeedBody::Person(at.person.clone())));
        company.chain(sites).chain(tills).chain(rates).chain(people).collect()
    }
}

/// Somebody at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitePerson {
    /// Where.
    pub site: Uuid,
    /// Who.
    pub person: PersonV1,
}

/// A price at a site, or at all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitePrice {
    /// Where; none is everywhere.
    pub site: Option<Uuid>,
    /// How much.
    pub price: PriceV1,
}

/// A one-time code to be kept.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// Its hash.
    pub hash: [u8; 32],
    /// The site's code.
    pub site: String,
    /// The till's code.
    pub till: String,
    /// When it is void.
    pub expires_ms: i64,
}

/// A station that wants to join.
#[derive(Clone, Debug)]
pub struct NewStation {
    /// Hash of the code that it was given.
    pub code_hash: [u8; 32],
    /// Its identity, unless it joined before with the same code and key.
    pub device: Uuid,
    /// The life of its journal.
    pub generation: Uuid,
    /// Its short id.
    pub short: String,
    /// Its key.
    pub public_key: PublicKey,
    /// Version of the app.
    pub app: String,
    /// What it speaks; 0: the first protocol, which did not say it.
    pub revision: u32,
}

/// A station that joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Its identity.
    pub device: Uuid,
    /// Where it stands.
    pub site: SiteV1,
    /// Which till it is.
    pub till: TillV1,
}

/// A life of a station's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Identity.
    pub generation: Uuid,
    /// Whose.
    pub device: Uuid,
    /// Short id.
    pub short: String,
    /// Its key.
    pub public_key: PublicKey,
}

/// A station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Identity.
    pub id: Uuid,
    /// Where it stands.
    pub site: Uuid,
    /// The till's code.
    pub till: String,
    /// It may do nothing any more but hand in its journal.
    pub revoked: bool,
    /// What it said when it joined that it speaks; 0: the first protocol.
    pub revision: u32,
}

/// What became of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What central has, after the commit.
    pub heads: Vec<HeadV1>,
    /// What is the matter, in the order of the entries.
    pub problems: Vec<Problem>,
    /// Entries that were not there before.
    pub new: usize,
    /// Sites whose balances changed.
    pub sites: BTreeSet<Uuid>,
    /// Something was decided because of it: the feed has new rows.
    pub decided: bool,
}

/// What is the matter with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which.
    pub id: EntryId,
    /// Whether it was kept.
    pub kept: bool,
    /// One of `v1::problem`.
    pub code: &'static str,
    /// For a person.
    pub detail: String,
}

/// A product from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPut {
    /// The product; its id is used when the SKU is new.
    pub product: ProductV1,
    /// Its price; none leaves what there is.
    pub price: Option<Put<i64>>,
    /// What a location holds of it, if its books were not opened before.
    pub stock: Option<Put<i64>>,
}

/// A figure and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put<T> {
    /// A price's site, none is everywhere; a stock's location.
    pub place: Option<Uuid>,
    /// Minor units; thousandths.
    pub figure: T,
    /// A price's first day. A stock's is not used.
    pub from_day: String,
    /// The day before `from_day`, on which the price before it ends.
    pub day_before: String,
}

/// What became of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// New.
    Added,
    /// Known, and now different.
    Changed,
    /// Known, and the same.
    Same,
    /// Left out: one of its numbers belongs to another product.
    GtinTaken {
        /// The number.
        gtin: String,
        /// Whose it is.
        sku: String,
    },
}

/// What can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// A line a sale.
    Sales,
    /// A line a product and location.
    Stock,
    /// A line an entry.
    Entries,
    /// A line an entry that waits for a manager, and why.
    Held,
    /// A line a product.
    Products,
    /// A line a command that somebody had central do.
    Commands,
    /// A line for numbers that nobody holds any more.
    Lost,
    /// A line a base that stands for entries which were not here when it came.
    Bases,
    /// A line a promise.
    Promises,
    /// A line a transfer.
    Transfers,
    /// A line each time that there was less than had been promised, and why.
    Shortfalls,
    /// A line an entry of somebody who may not do it, as far as central knew: see `rights`.
    Audit,
}

/// Part of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportPage {
    /// JSON, one line each.
    pub lines: Vec<String>,
    /// Where the next part begins; none at the end.
    pub next: Option<i64>,
}

/// Central seen from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Entries that wait for a manager.
    pub held: u64,
    /// Entries that wait for an upgrade.
    pub unknown_kinds: u64,
    /// Its stations, by site and till.
    pub devices: Vec<DeviceStateV1>,
}

/// What somebody has central do. Never holds a code, a key or a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// When.
    pub at_ms: i64,
    /// Who: the user of the machine, or a station's id.
    pub who: String,
    /// What: `enrol`, `revoke`, …
    pub what: &'static str,
    /// Which station, which file.
    pub about: String,
}

/// How an entry is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// With all that follows from it.
    Applied,
    /// Waits for a manager.
    Held,
    /// Waits for an upgrade.
    UnknownKind,
    /// A manager decided that nothing follows from it.
    Dismissed,
}

impl Stored {
    /// As in the store and in exports.
    pub fn word(self) -> &'static str {
        match self {
            Stored::Applied => "applied",
            Stored::Held => "held",
            Stored::UnknownKind => "unknown-kind",
            Stored::Dismissed => "dismissed",
        }
    }
}

/// The movement that opens the books of a location with a product: the same one whoever opens them, so it is posted once.
pub fn movement_of_opening(balance: &BalanceV1, now_ms: i64) -> Movement {
    let mut sha = Sha256::new();
    sha.update(b"selvedge.opening\0");
    sha.update(balance.location.as_bytes());
    sha.update(balance.product.as_bytes());
    let digest: [u8; 32] = sha.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let quantity = Quantity::from_thousandths(balance.quantity_thousandths);
    let location = Account::Location(LocationId(balance.location));
    let (from, to) = if quantity.is_negative() { (location, Account::Supplier) } else { (Account::Supplier, location) };
    Movement {
        id: MovementId(uuid::Builder::from_custom_bytes(bytes).into_uuid()),
        from,
        to,
        product: ProductId(balance.product),
        lot: None,
        quantity: quantity.abs(),
        interval: Interval { from_ms: now_ms, to_ms: now_ms },
        reason: Reason::Opening,
    }
}

/// Why stock moved, as in the store.
pub(super) fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::Sale => "sale",
        Reason::Return => "return",
        Reason::Opening => "opening",
        Reason::Collected => "collected",
        Reason::Dispatched => "dispatched",
        Reason::Received => "received",
        Reason::TransferDifference => "transfer-difference",
    }
}
