//! Promises and allotments: decisions of central, and the calls by which they are asked for. Each row of the feed holds
//! the whole state, so a later one replaces it.

use std::collections::BTreeMap;

use selvedge_domain::Quantity;
use selvedge_domain::ids::{AllotmentId, DeviceId, EntryUuid, ProductId, PromiseId, SiteId};
use selvedge_domain::stock::promise::{
    Allotment, AllotmentState, Cause, CauseKind, Promise, PromiseKind, PromiseLine, PromiseState,
};
use selvedge_domain::time::Stamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::row::FeedRow;
use crate::journal::{MadeLineV1, PromiseMadeV1};

/// Lines of a promise at most.
pub const MAX_PROMISE_LINES: usize = 200;
/// Characters of a reference or an idempotency key at most.
pub const MAX_PROMISE_TEXT: usize = 200;
/// How long a reservation stands that does not say it.
pub const RESERVED_FOR_S: u32 = 15 * 60;
/// How long a reservation or a hold may stand.
pub const MAX_RESERVED_FOR_S: u32 = 30 * 24 * 60 * 60;

/// Stock that a customer was told to have. Row of the site that must deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromiseV1 {
    /// Identity: of whoever asked and its idempotency key, or given by the station that made it.
    pub id: Uuid,
    /// The site that must deliver.
    pub site: Uuid,
    /// `reservation`, `order`, `hold`.
    pub kind: String,
    /// Who asked.
    pub channel: ChannelV1,
    /// What the channel calls it; may be empty.
    pub reference: String,
    /// What.
    pub lines: Vec<PromiseLineV1>,
    /// `reserved`, `confirmed`, `fulfilled`, `cancelled`, `expired`, `broken`.
    pub state: String,
    /// When it was told, milliseconds since 1970.
    pub made_ms: i64,
    /// When it ends unless it is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<i64>,
    /// When the customer expects it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<i64>,
    /// What the customer has of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<DeliveryV1>,
    /// Why it broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseV1>,
    /// SHA-256 of what was asked, hex: the same key with something else is refused. None where a station made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
}

/// Who asked for a promise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelV1 {
    /// `shop`: a web shop. `device`: a station. `operator`.
    pub kind: String,
    /// The client's name, the station's id.
    pub who: String,
}

/// A line of a promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromiseLineV1 {
    /// The product.
    pub product: Uuid,
    /// Positive.
    pub quantity_thousandths: i64,
    /// The allotment that it was drawn from; none: central granted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allotment: Option<Uuid>,
}

/// What a fact delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryV1 {
    /// Id of the fact in its journal.
    pub fact: Uuid,
    /// The product.
    pub product: Uuid,
    /// Positive.
    pub quantity_thousandths: i64,
}

/// Why there is less than was promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CauseV1 {
    /// `hand-sale`, `late-fact`, `overdrawn`, `dead-holder`, `restore`, `correction`.
    pub kind: String,
    /// Id of the fact in its journal; none where none did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<Uuid>,
    /// When central learnt of it, milliseconds since 1970.
    pub at_ms: i64,
}

/// Stock that central lent to a station, to promise from while it is offline. Row of the station's site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AllotmentV1 {
    /// Identity.
    pub id: Uuid,
    /// Who holds it: nobody else draws from it.
    pub device: Uuid,
    /// Whose stock it is.
    pub site: Uuid,
    /// Of what.
    pub product: Uuid,
    /// How much.
    pub quantity_thousandths: i64,
    /// When, milliseconds since 1970.
    pub granted_ms: i64,
    /// How long the holder may draw from it, from when it asked, by its own ticks.
    pub ttl_ms: i64,
    /// `open`; `closed`: draw no more and give back the rest; `settled`; `written-off`.
    pub state: String,
    /// What was promised from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<DrawV1>,
    /// Promised from it in all, as far as anybody said.
    pub used_thousandths: i64,
    /// Given back in all.
    pub returned_thousandths: i64,
    /// Given up in all.
    pub written_off_thousandths: i64,
    /// Why it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseV1>,
}

/// What was promised from an allotment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DrawV1 {
    /// The promise.
    pub promise: Uuid,
    /// Positive.
    pub quantity_thousandths: i64,
}

/// A word or a figure that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value:?}")]
pub struct PromiseError {
    /// Where.
    pub field: &'static str,
    /// What it says.
    pub value: String,
}

fn odd(field: &'static str, value: &str) -> PromiseError {
    PromiseError { field, value: value.to_owned() }
}

impl CauseV1 {
    fn read(&self) -> Result<Cause, PromiseError> {
        let kind = CauseKind::of(&self.kind).ok_or_else(|| odd("cause", &self.kind))?;
        Ok(Cause { at_ms: self.at_ms, kind, fact: self.fact.map(EntryUuid) })
    }
}

impl From<Cause> for CauseV1 {
    fn from(cause: Cause) -> Self {
        CauseV1 { kind: cause.kind.word().to_owned(), fact: cause.fact.map(|fact| fact.0), at_ms: cause.at_ms }
    }
}

impl PromiseV1 {
    /// What the rules need of it.
    ///
    /// # Errors
    /// [`PromiseError`].
    pub fn read(&self) -> Result<Promise, PromiseError> {
        let mut deliveries = BTreeMap::new();
        for one in &self.deliveries {
            let key = (EntryUuid(one.fact), ProductId(one.product));
            deliveries.insert(key, Quantity::from_thousandths(one.quantity_thousandths));
        }
        Ok(Promise {
            id: PromiseId(self.id),
            site: SiteId(self.site),
            kind: PromiseKind::of(&self.kind).ok_or_else(|| odd("kind", &self.kind))?,
            state: PromiseState::of(&self.state).ok_or_else(|| odd("state", &self.state))?,
            made_ms: self.made_ms,
            expires_ms: self.expires_ms,
            ended_ms: self.ended_ms,
            lines: self.lines.iter().map(PromiseLineV1::read).collect(),
            deliveries,
            cause: self.cause.as_ref().map(CauseV1::read).transpose()?,
        })
    }

    /// What a station promised from its allotments: central and the station read the same out of the entry.
    pub fn made(device: DeviceId, site: Uuid, at: Stamp, made: &PromiseMadeV1) -> Self {
        let line = |line: &MadeLineV1| PromiseLineV1 {
            product: line.product,
            quantity_thousandths: line.quantity_thousandths,
            allotment: Some(line.allotment),
        };
        // A hold ends by itself; everything else stands.
        let is_hold = made.promise_kind == PromiseKind::Hold.word() && made.until_ms.is_some();
        PromiseV1 {
            id: made.promise,
            site,
            kind: if is_hold { PromiseKind::Hold } else { PromiseKind::Order }.word().to_owned(),
            channel: ChannelV1::device(device),
            reference: made.reference.clone(),
            lines: made.lines.iter().map(line).collect(),
            state: if is_hold { "reserved" } else { "confirmed" }.to_owned(),
            made_ms: at.interval().from_ms,
            expires_ms: made.until_ms.filter(|_| is_hold),
            due_ms: made.until_ms.filter(|_| !is_hold),
            ended_ms: None,
            deliveries: Vec::new(),
            cause: None,
            asked: None,
        }
    }

    /// The same with another state.
    #[must_use]
    pub fn with(self, promise: &Promise) -> Self {
        let delivery = |((fact, product), quantity): (&(EntryUuid, ProductId), &Quantity)| DeliveryV1 {
            fact: fact.0,
            product: product.0,
            quantity_thousandths: quantity.thousandths(),
        };
        PromiseV1 {
            state: promise.state.word().to_owned(),
            ended_ms: promise.ended_ms,
            deliveries: promise.deliveries.iter().map(delivery).collect(),
            cause: promise.cause.map(CauseV1::from),
            ..self
        }
    }
}

impl PromiseLineV1 {
    fn read(&self) -> PromiseLine {
        PromiseLine {
            product: ProductId(self.product),
            quantity: Quantity::from_thousandths(self.quantity_thousandths),
            allotment: self.allotment.map(AllotmentId),
        }
    }
}

impl AllotmentV1 {
    /// What the rules need of it.
    ///
    /// # Errors
    /// [`PromiseError`].
    pub fn read(&self) -> Result<Allotment, PromiseError> {
        let draw = |one: &DrawV1| (PromiseId(one.promise), Quantity::from_thousandths(one.quantity_thousandths));
        Ok(Allotment {
            id: AllotmentId(self.id),
            device: DeviceId(self.device),
            site: SiteId(self.site),
            product: ProductId(self.product),
            quantity: Quantity::from_thousandths(self.quantity_thousandths),
            granted_ms: self.granted_ms,
            ttl_ms: self.ttl_ms,
            state: AllotmentState::of(&self.state).ok_or_else(|| odd("state", &self.state))?,
            draws: self.draws.iter().map(draw).collect(),
            reported_used: Quantity::from_thousandths(self.used_thousandths),
            returned: Quantity::from_thousandths(self.returned_thousandths),
            written_off: Quantity::from_thousandths(self.written_off_thousandths),
            cause: self.cause.as_ref().map(CauseV1::read).transpose()?,
        })
    }
}

impl From<&Allotment> for AllotmentV1 {
    fn from(one: &Allotment) -> Self {
        let draw = |(promise, quantity): (&PromiseId, &Quantity)| DrawV1 {
            promise: promise.0,
            quantity_thousandths: quantity.thousandths(),
        };
        AllotmentV1 {
            id: one.id.0,
            device: one.device.0,
            site: one.site.0,
            product: one.product.0,
            quantity_thousandths: one.quantity.thousandths(),
            granted_ms: one.granted_ms,
            ttl_ms: one.ttl_ms,
            state: one.state.word().to_owned(),
            draws: one.draws.iter().map(draw).collect(),
            used_thousandths: one.used().thousandths(),
            returned_thousandths: one.returned.thousandths(),
            written_off_thousandths: one.written_off.thousandths(),
            cause: one.cause.map(CauseV1::from),
        }
    }
}

/// The identity of a promise that central grants, a UUIDv8 (RFC 9562 section 5.8) of who asks and the idempotency key: it
/// is the same after a restore, and who asks knows it before the answer.
pub fn promise_id(channel: &ChannelV1, key: &str) -> Uuid {
    let mut sha = Sha256::new_with_prefix(b"selvedge.promise\0");
    for text in [channel.kind.as_str(), channel.who.as_str(), key] {
        sha.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        sha.update(text.as_bytes());
    }
    let digest: [u8; 32] = sha.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl ChannelV1 {
    /// A station.
    pub fn device(device: DeviceId) -> Self {
        ChannelV1 { kind: "device".to_owned(), who: device.to_string() }
    }
}

/// Asks for stock to be set aside, all lines or none. Under the header `Idempotency-Key`: the same key and body get the
/// same promise, however often they are sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromiseRequest {
    /// The site that shall deliver.
    pub site: Uuid,
    /// `reservation` and `hold` end by themselves unless they are confirmed; an `order` stands.
    pub kind: String,
    /// What; at most [`MAX_PROMISE_LINES`].
    pub lines: Vec<PromiseLineV1>,
    /// What the channel calls it; at most [`MAX_PROMISE_TEXT`] characters.
    #[serde(default)]
    pub reference: String,
    /// How long it is set aside, in seconds; [`RESERVED_FOR_S`] when it does not say it, [`MAX_RESERVED_FOR_S`] at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_s: Option<u32>,
    /// When the customer expects it, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
}

/// The body of confirm, release and cancel; may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromiseChangeRequest {
    /// The row that came with the promise. A central that lost it takes it back: it signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<FeedRow>,
}

/// A promise as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromiseAnswer {
    /// The promise.
    pub promise: PromiseV1,
    /// Central's signed decision. Keep it: with it central cannot forget the promise.
    pub row: FeedRow,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}

/// Which promises are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct PromiseQuery {
    /// Of a site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Uuid>,
    /// In a state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Only those that should be with their customers by now.
    #[serde(default)]
    pub late: bool,
    /// After the mark of a page.
    #[serde(default)]
    pub after: u64,
    /// At most; 1,000 when it is larger or left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Promises, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromisePage {
    /// As they stand.
    pub promises: Vec<PromiseV1>,
    /// Where the next page begins; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}

/// What is asked about: one of `gtin`, `sku` and `product`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct AvailabilityQuery {
    /// By a number on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// By the company's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// By its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Uuid>,
    /// At one site; at all of them when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Uuid>,
}

/// What may be promised of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AvailabilityAnswer {
    /// Which.
    pub product: Uuid,
    /// The company's own number.
    pub sku: String,
    /// Where; sites that never had it are left out.
    pub sites: Vec<AvailableV1>,
    /// Of this moment by central's clock, milliseconds since 1970, the figures are: nothing later is contained for sure.
    pub as_of_ms: i64,
    /// Central's clock when it answered.
    pub now_ms: i64,
}

/// How a product stands at a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AvailableV1 {
    /// Where.
    pub site: Uuid,
    /// What the site is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// May be promised; none of it when below zero.
    pub available_thousandths: i64,
    /// On hand where it is sold from, as the books say.
    pub on_hand_thousandths: i64,
    /// Of open promises.
    pub promised_thousandths: i64,
    /// Lent to stations.
    pub lent_thousandths: i64,
}
