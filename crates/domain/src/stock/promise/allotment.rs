//! An allotment: stock that central lent to one station, from which it may promise while it is offline. Its expiry only
//! stops the drawing: what was not returned is lent until the holder's journal returns it, or a manager declares the
//! holder dead.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Cause, words};
use crate::ids::{AllotmentId, DeviceId, ProductId, PromiseId, SiteId};
use crate::quantity::Quantity;

words! {
    /// How far an allotment is, in the order in which one view of it stands above another.
    AllotmentState {
        /// May be drawn from until its time is over.
        Open = "open",
        /// There is not enough stock: the holder draws no more, and returns the rest.
        Closed = "closed",
        /// Nothing of it is lent any more.
        Settled = "settled",
        /// The holder was declared dead.
        WrittenOff = "written-off",
    }
}

/// Stock that was lent to a station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allotment {
    /// Identity.
    pub id: AllotmentId,
    /// Who holds it.
    pub device: DeviceId,
    /// Whose stock it is.
    pub site: SiteId,
    /// Of what.
    pub product: ProductId,
    /// How much.
    pub quantity: Quantity,
    /// When, milliseconds since 1970.
    pub granted_ms: i64,
    /// How long the holder may draw from it, from when it asked, by its own ticks.
    pub ttl_ms: i64,
    /// How far it is.
    pub state: AllotmentState,
    /// What was promised from it, by promise.
    pub draws: BTreeMap<PromiseId, Quantity>,
    /// What the holder last said that it used, in all.
    pub reported_used: Quantity,
    /// What the holder gave back, in all.
    pub returned: Quantity,
    /// What a manager gave up.
    pub written_off: Quantity,
    /// Why it was closed.
    pub cause: Option<Cause>,
}

impl Allotment {
    /// What was promised from it, as far as anybody said.
    pub fn used(&self) -> Quantity {
        self.drawn().max(self.reported_used)
    }

    fn drawn(&self) -> Quantity {
        self.draws.values().copied().sum()
    }

    /// What is neither given back nor given up nor a promise that is known. What the holder says that it used, without
    /// anybody knowing for what, stays lent: somebody was told something.
    pub fn outstanding(&self) -> Quantity {
        (self.quantity - self.drawn() - self.returned - self.written_off).max(Quantity::ZERO)
    }

    /// What was promised from it beyond what was lent.
    pub fn overdrawn(&self) -> Quantity {
        (self.used() - self.quantity).max(Quantity::ZERO)
    }

    /// A fact says that some of it was promised.
    pub fn draw(&mut self, promise: PromiseId, quantity: Quantity) {
        let there = self.draws.entry(promise).or_default();
        *there = (*there).max(quantity);
        self.settle();
    }

    /// The holder says how much of it was used and given back, in all; what it said before is contained.
    pub fn report(&mut self, used: Quantity, returned: Quantity) {
        self.reported_used = self.reported_used.max(used);
        self.returned = self.returned.max(returned.min(self.quantity));
        self.settle();
    }

    /// The holder draws no more.
    pub fn close(&mut self, cause: Cause) {
        if self.state == AllotmentState::Open {
            self.state = AllotmentState::Closed;
            self.cause = self.cause.max(Some(cause));
        }
    }

    /// The holder was declared dead: what is lent is given up.
    pub fn write_off(&mut self) {
        if self.state < AllotmentState::Settled {
            self.written_off += self.outstanding();
            self.state = AllotmentState::WrittenOff;
        }
    }

    fn settle(&mut self) {
        if self.outstanding().is_zero() {
            self.state = self.state.max(AllotmentState::Settled);
        }
    }

    /// Two views of one allotment as one.
    pub fn merge(&mut self, other: &Allotment) {
        self.state = self.state.max(other.state);
        for (promise, quantity) in &other.draws {
            let there = self.draws.entry(*promise).or_default();
            *there = (*there).max(*quantity);
        }
        self.reported_used = self.reported_used.max(other.reported_used);
        self.returned = self.returned.max(other.returned);
        self.written_off = self.written_off.max(other.written_off);
        self.cause = self.cause.max(other.cause);
        self.settle();
    }
}
