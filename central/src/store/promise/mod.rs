//! Promises at central: what is asked, what is answered, and what entries say of them. The rules are
//! `selvedge_domain::stock::promise`; a [`Desk`] has what they need in memory, and each store fills one and writes what
//! changed.

mod desk;
mod said;

use selvedge_domain::stock::promise::Lack;
use selvedge_protocol::v1::{AllotmentV1, ChannelV1, FeedRow, PromiseRequest, PromiseV1, promise_id};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub(super) use desk::{Desk, Wanted};
pub(super) use said::{Said, Waiting};

use super::StoreError;

/// Somebody asks for stock to be set aside.
#[derive(Clone, Debug)]
pub struct NewPromise {
    /// Who.
    pub channel: ChannelV1,
    /// Under which key: the same one and the same request are the same promise.
    pub key: String,
    /// What.
    pub request: PromiseRequest,
}

impl NewPromise {
    /// The promise's identity, see [`promise_id`].
    pub fn id(&self) -> Uuid {
        promise_id(&self.channel, &self.key)
    }

    /// SHA-256 of the request, hex.
    ///
    /// # Errors
    /// [`StoreError::Value`]; no request gives it.
    pub fn asked(&self) -> Result<String, StoreError> {
        let text = serde_json::to_vec(&self.request).map_err(|error| StoreError::value("promise", error))?;
        Ok(hex::encode(Sha256::digest(text)))
    }
}

/// A promise, and central's signed row about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// As it stands.
    pub promise: PromiseV1,
    /// The decision.
    pub row: FeedRow,
}

impl Told {
    /// A promise whose row is not written yet.
    pub(super) fn before_its_row(promise: PromiseV1) -> Self {
        let row = no_row(promise.site);
        Told { promise, row }
    }
}

impl Lent {
    /// An allotment whose row is not written yet.
    pub(super) fn before_its_row(allotment: AllotmentV1) -> Self {
        let row = no_row(allotment.site);
        Lent { allotment, row }
    }
}

/// In the place of a row that is written with the transaction.
fn no_row(site: Uuid) -> FeedRow {
    FeedRow {
        epoch: Uuid::nil(),
        number: 0,
        previous: String::new(),
        kind: String::new(),
        version: 0,
        site: Some(site),
        at_ms: 0,
        origin: None,
        body: String::new(),
        signature: String::new(),
    }
}

/// What became of a request for a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// It is promised.
    Promised(Box<Told>),
    /// It was promised before, under the same key.
    Again(Box<Told>),
    /// The key was used for something else.
    OtherRequest,
    /// Of these there is too little; nothing was set aside.
    SoldOut(Vec<Lack>),
    /// There is no such site.
    UnknownSite,
    /// There is no such product, or it is not sold any more.
    UnknownProduct(Uuid),
}

/// What is to become of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The customer wants it.
    Confirm,
    /// The customer decided against what was only set aside.
    Release,
    /// The customer does not want it any more.
    Cancel,
}

/// What became of a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// As it stands now.
    Done(Box<Told>),
    /// It is not as it must be for that.
    NotNow(selvedge_domain::stock::promise::NotNow),
    /// There is no such promise.
    Unknown,
}

/// A station asks for stock to promise from while it is offline.
#[derive(Clone, Debug)]
pub struct NewAllotment {
    /// Its identity.
    pub id: Uuid,
    /// Who asks.
    pub device: Uuid,
    /// Of what.
    pub product: Uuid,
    /// How long it is to last.
    pub ttl_ms: i64,
}

/// An allotment, and central's signed row about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lent {
    /// As it stands.
    pub allotment: AllotmentV1,
    /// The decision.
    pub row: FeedRow,
}

/// What became of a request for an allotment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allotted {
    /// Lent.
    Lent(Box<Lent>),
    /// Too little is there to lend any: each promise is asked for.
    Scarce,
    /// Too little is asked for to lend any.
    Unasked,
    /// The station holds as much of it already.
    Held,
    /// The identity is that of another station's allotment.
    Taken,
    /// There is no such station or product.
    Unknown,
}

/// What is known of a product at the site of a station that asks for an allotment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asks {
    /// Sold there in [`DEMAND_MS`], thousandths.
    pub sold: i64,
    /// Stations that the site has.
    pub stations: i64,
    /// What the station holds of it and has neither promised nor given back, thousandths.
    pub held: i64,
}

/// What is done to promises; many share a transaction.
#[derive(Clone, Debug)]
pub(super) enum Work {
    Reserve(NewPromise),
    Change(Uuid, Change),
    Allot(NewAllotment),
}

/// What became of it.
#[derive(Clone, Debug)]
pub(super) enum Done {
    Reserved(Reserved),
    Changed(Changed),
    Allotted(Allotted),
}

/// What the pass over all promises did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Reservations and holds whose time was over.
    pub expired: u64,
    /// Promises that broke.
    pub broken: u64,
}

/// Which promises are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromisesAsked {
    /// Of a site.
    pub site: Option<Uuid>,
    /// Of a channel.
    pub channel: Option<ChannelV1>,
    /// In a state.
    pub state: Option<String>,
    /// Open ones that should be with their customers before this moment.
    pub due_before_ms: Option<i64>,
    /// After this one.
    pub after: i64,
    /// At most.
    pub limit: u32,
}

/// Promises, and where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromisesFound {
    /// Oldest first.
    pub promises: Vec<PromiseV1>,
    /// None at the end.
    pub next: Option<i64>,
}

/// How a product stands at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Of what.
    pub product: Uuid,
    /// Where.
    pub site: Uuid,
    /// What the site is called; empty where it is not known.
    pub name: String,
    /// At locations that are sold from, thousandths.
    pub on_hand: i64,
    /// Of open promises, thousandths.
    pub promised: i64,
    /// Lent to stations, thousandths.
    pub lent: i64,
}

/// How a product is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LookUp {
    /// By a number on it, see `Gtin::key`.
    Gtin(u64),
    /// By the company's own number.
    Sku(String),
    /// By its id.
    Product(Uuid),
}

/// The text of a channel, as it is looked for.
pub(super) fn channel_text(channel: &ChannelV1) -> String {
    format!("{}:{}", channel.kind, channel.who)
}

/// For how long sales are looked at to see what is asked for.
pub(super) const DEMAND_MS: i64 = 7 * 24 * 60 * 60 * 1000;
