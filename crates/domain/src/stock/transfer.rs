//! Transfers: goods that go from one site to another. What was sent, received and written off are facts, and a transfer
//! is the set of them: how it stands follows from the set, so any order and any duplication of what is learnt gives the
//! same state. Between sending and receiving the goods are in transit to the site that is to have them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, EntryUuid, PersonId, ProductId, SiteId, TransferId};
use crate::quantity::Quantity;

use super::promise::words;

words! {
    /// How far a transfer is.
    TransferState {
        /// A site asked for goods; nothing was sent.
        Requested = "requested",
        /// It is not wanted any more, and nothing was sent.
        Cancelled = "cancelled",
        /// Goods were sent, and not all that were sent are there.
        OnTheWay = "on-the-way",
        /// Goods came, and nobody said so far that they were sent.
        Unannounced = "unannounced",
        /// What was sent is there.
        Received = "received",
        /// Something else came than was sent: somebody has to say why.
        Differing = "differing",
        /// The difference was written off, with its reason.
        Closed = "closed",
    }
}

words! {
    /// What a fact says of a transfer.
    TransferStep {
        /// Goods left.
        Dispatched = "dispatched",
        /// Goods came.
        Received = "received",
        /// What is still on the way is not: it is written off.
        Closed = "closed",
    }
}

words! {
    /// What scanned goods are, at the station that scans them.
    TransferTask {
        /// Asked for of another site: nothing moves.
        Asked = "asked",
        /// Sent to another site.
        Dispatched = "dispatched",
        /// Received from another site.
        Received = "received",
    }
}

words! {
    /// How far a station's own request to another site is, until central has answered it. Nobody has heard of it before
    /// that.
    TransferAsking {
        /// Central has not answered.
        Asking = "asking",
        /// Central did not take it, and said why.
        Refused = "refused",
        /// It is to be cancelled, and central has not said that it is.
        Cancelling = "cancelling",
    }
}

/// What a site asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TransferRequest {
    /// When central decided it, milliseconds since 1970.
    pub at_ms: i64,
    /// Which site is to send.
    pub from: SiteId,
    /// Which site is to have it.
    pub to: SiteId,
    /// Who asked; none where that was no station.
    pub device: Option<DeviceId>,
    /// The person there.
    pub person: Option<PersonId>,
    /// For who sends it; may be empty.
    pub note: String,
    /// What, and how much.
    pub lines: BTreeMap<ProductId, Quantity>,
}

/// What one entry of a journal says of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TransferFact {
    /// What happened.
    pub step: TransferStep,
    /// When, at the latest, milliseconds since 1970.
    pub at_ms: i64,
    /// Which site sent, as far as the one who wrote it knew.
    pub from: Option<SiteId>,
    /// Which site is to have it.
    pub to: SiteId,
    /// Where it happened.
    pub site: SiteId,
    /// Which station wrote it.
    pub device: DeviceId,
    /// Who did it.
    pub person: Option<PersonId>,
    /// Nothing more is to come, as who received it said.
    pub complete: bool,
    /// Why; may be empty.
    pub reason: String,
    /// How much of each product. In a closing above zero what is missing, below zero what came too much.
    pub lines: BTreeMap<ProductId, Quantity>,
}

/// A product of a transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransferLine {
    /// Asked for.
    pub requested: Quantity,
    /// Sent.
    pub dispatched: Quantity,
    /// There.
    pub received: Quantity,
    /// Written off; below zero where too much came.
    pub closed: Quantity,
}

impl TransferLine {
    /// What is in transit: sent, neither received nor written off. Below zero more came than was sent.
    pub fn in_transit(&self) -> Quantity {
        self.dispatched - self.received - self.closed
    }
}

/// Goods that go from one site to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Identity.
    pub id: TransferId,
    /// What was asked for; none where somebody sent without being asked, or that is not known yet.
    pub request: Option<TransferRequest>,
    /// Since when nobody wants it, milliseconds since 1970.
    pub cancelled_ms: Option<i64>,
    /// What happened, by the fact that says it.
    pub facts: BTreeMap<EntryUuid, TransferFact>,
}

impl Transfer {
    /// One of which nothing is known.
    pub fn new(id: TransferId) -> Self {
        Transfer { id, request: None, cancelled_ms: None, facts: BTreeMap::new() }
    }

    /// A fact says something of it; twice is once.
    pub fn hear(&mut self, fact: EntryUuid, said: TransferFact) {
        let there = self.facts.entry(fact).or_insert_with(|| said.clone());
        // One fact says one thing. Should two ever differ, the choice does not depend on which came first.
        if said < *there {
            *there = said;
        }
    }

    /// It is not wanted any more; twice is once.
    ///
    /// # Errors
    /// [`AlreadySent`] when something happened: goods that are on the way are received, not cancelled.
    pub fn cancel(&mut self, now_ms: i64) -> Result<(), AlreadySent> {
        if !self.facts.is_empty() {
            return Err(AlreadySent(self.state()));
        }
        self.cancelled_ms.get_or_insert(now_ms);
        Ok(())
    }

    /// Two views of one transfer as one.
    pub fn merge(&mut self, other: &Transfer) {
        self.request = earlier(self.request.take(), other.request.clone());
        self.cancelled_ms = earlier(self.cancelled_ms, other.cancelled_ms);
        for (fact, said) in &other.facts {
            self.hear(*fact, said.clone());
        }
    }

    /// Which site sends: as was asked, else as who sent it says, else as who received it thinks.
    pub fn from(&self) -> Option<SiteId> {
        let asked = self.request.as_ref().map(|request| request.from);
        asked.or_else(|| self.first_of(|fact| fact.from))
    }

    /// Which site is to have it; none while nothing is known.
    pub fn to(&self) -> Option<SiteId> {
        let asked = self.request.as_ref().map(|request| request.to);
        asked.or_else(|| self.first_of(|fact| Some(fact.to)))
    }

    fn first_of(&self, of: impl Fn(&TransferFact) -> Option<SiteId>) -> Option<SiteId> {
        let steps = [TransferStep::Dispatched, TransferStep::Received, TransferStep::Closed];
        steps.into_iter().find_map(|step| self.facts.values().filter(|fact| fact.step == step).find_map(&of))
    }

    /// All sites that have to do with it.
    pub fn sites(&self) -> BTreeSet<SiteId> {
        let asked = self.request.iter().flat_map(|request| [request.from, request.to]);
        let said = self.facts.values().flat_map(|fact| [Some(fact.to), Some(fact.site), fact.from]);
        asked.chain(said.flatten()).collect()
    }

    /// Its products.
    pub fn lines(&self) -> BTreeMap<ProductId, TransferLine> {
        let mut lines: BTreeMap<ProductId, TransferLine> = BTreeMap::new();
        for (product, quantity) in self.request.iter().flat_map(|request| &request.lines) {
            lines.entry(*product).or_default().requested += *quantity;
        }
        for fact in self.facts.values() {
            for (product, quantity) in &fact.lines {
                let line = lines.entry(*product).or_default();
                let sum = match fact.step {
                    TransferStep::Dispatched => &mut line.dispatched,
                    TransferStep::Received => &mut line.received,
                    TransferStep::Closed => &mut line.closed,
                };
                *sum += *quantity;
            }
        }
        lines
    }

    /// What is in transit of each product, those with nothing left out. Below zero more came than was sent.
    pub fn in_transit(&self) -> BTreeMap<ProductId, Quantity> {
        let lines = self.lines().into_iter().map(|(product, line)| (product, line.in_transit()));
        lines.filter(|(_, quantity)| !quantity.is_zero()).collect()
    }

    /// How far it is.
    pub fn state(&self) -> TransferState {
        let has = |step| self.facts.values().any(|fact| fact.step == step);
        if self.facts.is_empty() {
            let cancelled = self.cancelled_ms.is_some();
            return if cancelled { TransferState::Cancelled } else { TransferState::Requested };
        }
        let open = self.in_transit();
        let closed = has(TransferStep::Closed);
        if !has(TransferStep::Dispatched) && !closed {
            return TransferState::Unannounced;
        }
        if open.is_empty() {
            return if closed { TransferState::Closed } else { TransferState::Received };
        }
        let complete = self.facts.values().any(|fact| fact.step == TransferStep::Received && fact.complete);
        let too_much = open.values().any(|quantity| quantity.is_negative());
        if complete || too_much || closed { TransferState::Differing } else { TransferState::OnTheWay }
    }
}

/// The smaller of two, or the only one.
fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Goods were sent already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the transfer is {}", .0.word())]
pub struct AlreadySent(pub TransferState);
