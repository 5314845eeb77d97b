//! What a feed row can say. Each names its subject; a later row about the same subject replaces it whole.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::decisions::{CheckpointV1, DeclaredDeadV1, DeviceV1, EpochV1, OpeningV1, ReleaseV1};
use super::promise::{AllotmentV1, PromiseV1};
use super::transfer::TransferV1;

/// The company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CompanyV1 {
    /// Identity.
    pub id: Uuid,
    /// As on receipts.
    pub name: String,
}

/// A place of the company. Every station gets its own site only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SiteV1 {
    /// Identity.
    pub id: Uuid,
    /// Short, as in commands: `galway`.
    pub code: String,
    /// `Galway`.
    pub name: String,
    /// `shop`, `warehouse`, `web`.
    pub kind: String,
    /// IANA name: `Europe/Dublin`.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// `inclusive` or `exclusive`: of its price list.
    pub price_mode: String,
    /// Printed at the head of a receipt.
    pub address: Vec<String>,
    /// VAT number, printed on a receipt; may be empty.
    pub vat_id: String,
    /// Printed at the foot of a receipt.
    pub footer: Vec<String>,
    /// Where its stock is; exactly one each of `sales-floor` and `counter`.
    pub locations: Vec<LocationV1>,
}

/// A location that holds stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LocationV1 {
    /// Identity.
    pub id: Uuid,
    /// `sales-floor`: sold from. `counter`: returns wait here. `bin`.
    pub kind: String,
    /// `Sales floor`.
    pub name: String,
}

/// What a place is called. All stations get it of all places, so that goods can be sent there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceV1 {
    /// Identity: of the site.
    pub id: Uuid,
    /// Short, as in commands: `galway`.
    pub code: String,
    /// `Galway`.
    pub name: String,
    /// `shop`, `warehouse`, `web`.
    pub kind: String,
}

impl From<&SiteV1> for PlaceV1 {
    fn from(site: &SiteV1) -> Self {
        PlaceV1 { id: site.id, code: site.code.clone(), name: site.name.clone(), kind: site.kind.clone() }
    }
}

/// A till of the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TillV1 {
    /// Unique in the company, on receipts: `04`.
    pub code: String,
    /// Where it stands.
    pub site: Uuid,
    /// What people call it: `Till 2`.
    pub name: String,
}

/// A tax rate for a time. Subject: code and `valid_from`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxRateRowV1 {
    /// The company's name for it: `standard`.
    pub code: String,
    /// Decimal: `23`, `13.5`.
    pub percent: String,
    /// `2026-11-21` in the site's time, contained.
    pub valid_from: String,
    /// Contained; `9999-12-31` where it has no end.
    pub valid_to: String,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductV1 {
    /// Identity.
    pub id: Uuid,
    /// The company's own number, unique.
    pub sku: String,
    /// What all its variants share: `Harbour Tee`.
    pub name: String,
    /// What tells it from its siblings: `Navy · L`; may be empty.
    pub variant: String,
    /// Groups variants; empty where it stands alone.
    pub style: String,
    /// Colour name; may be empty.
    pub colour: String,
    /// `#RRGGBB`; may be empty.
    pub colour_code: String,
    /// Size name; may be empty.
    pub size: String,
    /// `piece`, `kilogram`, `metre`.
    pub unit: String,
    /// Code of a tax rate.
    pub tax: String,
    /// 8, 12, 13 or 14 digits each, check digits right.
    pub gtins: Vec<String>,
    /// Larger is sold more; ranks the search.
    pub popularity: u32,
    /// Not sold any more when false.
    pub active: bool,
    /// Who makes it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub brand: String,
    /// Where it belongs; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
}

/// A price for a time. Subject: product, site of the row and `valid_from`. A row of the station's site stands above one
/// of the whole company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceV1 {
    /// Of which product.
    pub product: Uuid,
    /// Of one unit, in the site's currency; none withdraws the price.
    pub amount_minor: Option<i64>,
    /// `2026-11-21` in the site's time, contained.
    pub valid_from: String,
    /// Contained; `9999-12-31` where it has no end.
    pub valid_to: String,
}

/// Somebody who may sign in at the station's site. Only people of the site are sent, over TLS, to an enrolled station.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonV1 {
    /// Opaque and lasting.
    pub id: Uuid,
    /// As on the tile; empty once erased.
    pub name: String,
    /// `cashier`, `counter`, `picker`, `manager`.
    pub role: String,
    /// argon2id of the PIN, a PHC string. A station binds it to itself before it stores it, with a key that lies beside
    /// its store: a PIN has so few digits that a verifier alone is guessed in minutes.
    pub verifier: String,
    /// May sign in.
    pub active: bool,
}

impl PersonV1 {
    /// Nobody knows any more who it was: the id alone is left.
    #[must_use]
    pub fn erased(&self) -> Self {
        PersonV1 { id: self.id, name: String::new(), role: self.role.clone(), verifier: String::new(), active: false }
    }

    /// Whether it was erased.
    pub fn is_erased(&self) -> bool {
        self.name.is_empty()
    }
}

impl std::fmt::Debug for PersonV1 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonV1").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $variant:ident($body:ty) = $constant:ident $kind:literal, $version:literal;)*) => {
        /// The kinds of [`FeedRow`](super::FeedRow).
        pub mod feed_kind {
            $($(#[$doc])* pub const $constant: &str = $kind;)*
        }

        /// A row's body, of the kinds that this build knows.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum FeedBody {
            $($(#[$doc])* $variant($body),)*
            /// A kind or version that this build does not know: passed over.
            Unknown,
        }

        impl FeedBody {
            /// Reads a row's body.
            ///
            /// # Errors
            /// [`FeedBodyError`] when a known kind does not hold what it must.
            pub fn read(kind: &str, version: u32, body: &str) -> Result<Self, FeedBodyError> {
                match (kind, version) {
                    $(($kind, $version) => serde_json::from_str::<$body>(body).map(FeedBody::$variant)
                        .map_err(|source| FeedBodyError { kind: kind.to_owned(), source }),)*
                    _ => Ok(FeedBody::Unknown),
                }
            }

            /// Kind and version, as they stand in a row; none for [`FeedBody::Unknown`].
            pub fn kind(&self) -> Option<(&'static str, u32)> {
                match self {
                    $(FeedBody::$variant(_) => Some(($kind, $version)),)*
                    FeedBody::Unknown => None,
                }
            }

            /// Every kind and version that this build knows, with the schema of its body.
            #[cfg(feature = "openapi")]
            pub fn travelling() -> Vec<crate::openapi::Travelling> {
                vec![$(crate::openapi::Travelling::of::<$body>($kind, $version),)*]
            }

            /// The text that is hashed, stored and sent.
            ///
            /// # Errors
            /// [`FeedBodyError`]; no body of ours gives it.
            pub fn encode(&self) -> Result<String, FeedBodyError> {
                match self {
                    $(FeedBody::$variant(body) => serde_json::to_string(body)
                        .map_err(|source| FeedBodyError { kind: $kind.to_owned(), source }),)*
                    FeedBody::Unknown => Ok("null".to_owned()),
                }
            }
        }
    };
}

bodies! {
    /// The company itself.
    Company(CompanyV1) = COMPANY "company", 1;
    /// A place.
    Site(SiteV1) = SITE "site", 1;
    /// A till.
    Till(TillV1) = TILL "till", 1;
    /// A tax rate.
    TaxRate(TaxRateRowV1) = TAX_RATE "tax-rate", 1;
    /// A product.
    Product(ProductV1) = PRODUCT "product", 1;
    /// A price.
    Price(PriceV1) = PRICE "price", 1;
    /// A person.
    Person(PersonV1) = PERSON "person", 1;
    /// A station with its keys.
    Device(DeviceV1) = DEVICE "device", 1;
    /// What the books of a site opened with.
    Opening(OpeningV1) = OPENING "opening", 1;
    /// An entry that was held was applied.
    Release(ReleaseV1) = RELEASE "release", 1;
    /// A life of central's journal began.
    Epoch(EpochV1) = EPOCH "epoch", 1;
    /// What central had at a moment.
    Checkpoint(CheckpointV1) = CHECKPOINT "checkpoint", 1;
    /// Nobody waits for a station any more.
    DeclaredDead(DeclaredDeadV1) = DECLARED_DEAD "declared-dead", 1;
    /// Stock that a customer was told to have.
    Promise(PromiseV1) = PROMISE "promise", 1;
    /// Stock that was lent to a station.
    Allotment(AllotmentV1) = ALLOTMENT "allotment", 1;
    /// What a place is called.
    Place(PlaceV1) = PLACE "place", 1;
    /// Goods that go from one site to another; a row for each of them.
    Transfer(TransferV1) = TRANSFER "transfer", 1;
}

impl FeedBody {
    /// What it is about: a later row of the same kind, site and subject replaces it. None where nothing does.
    pub fn subject(&self) -> Option<String> {
        Some(match self {
            FeedBody::Company(company) => company.id.to_string(),
            FeedBody::Site(site) => site.id.to_string(),
            FeedBody::Till(till) => till.code.clone(),
            FeedBody::TaxRate(rate) => format!("{} {}", rate.code, rate.valid_from),
            FeedBody::Product(product) => product.id.to_string(),
            FeedBody::Price(price) => format!("{} {}", price.product, price.valid_from),
            FeedBody::Person(person) => person.id.to_string(),
            FeedBody::Device(device) => device.id.to_string(),
            FeedBody::Release(release) => format!("{} {}", release.generation, release.hash),
            FeedBody::Epoch(epoch) => epoch.epoch.to_string(),
            FeedBody::Checkpoint(_) => "checkpoint".to_owned(),
            FeedBody::DeclaredDead(dead) => format!("{} {}", dead.epoch, dead.device),
            FeedBody::Promise(promise) => promise.id.to_string(),
            FeedBody::Allotment(allotment) => allotment.id.to_string(),
            FeedBody::Place(place) => place.id.to_string(),
            FeedBody::Transfer(transfer) => transfer.id.to_string(),
            FeedBody::Opening(_) | FeedBody::Unknown => return None,
        })
    }
}

/// A feed row that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a feed row of kind {kind} cannot be read")]
pub struct FeedBodyError {
    /// Which kind.
    pub kind: String,
    /// What is wrong.
    pub source: serde_json::Error,
}
