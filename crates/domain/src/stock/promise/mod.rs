//! Promises: stock that a customer was told to have, and stock that was lent to a station to promise from. What is in a
//! customer's hand may always be sold; what is promised from elsewhere needs cover.
//!
//! A promise and an allotment only ever go forward, and two views of one are merged: the further one holds, and what
//! facts say is a set. So any order and any duplication of what is learnt gives the same state.

mod allotment;
mod book;
mod lease;
mod size;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{AllotmentId, EntryUuid, ProductId, PromiseId, SiteId};
use crate::quantity::Quantity;

pub use allotment::{Allotment, AllotmentState};
pub use book::{Book, Figures, Key, Lack, Shortfall};
pub use lease::{Lease, Left};
pub use size::{Demand, allotment_size, is_scarce};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            /// As in the feed and in exports.
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }

            /// What a word stands for.
            pub fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some($name::$variant),)*
                    _ => None,
                }
            }
        }
    };
}
pub(super) use words;

words! {
    /// What a customer was told.
    PromiseKind {
        /// Set aside for some minutes, until it is confirmed.
        Reservation = "reservation",
        /// Will be delivered or handed over.
        Order = "order",
        /// Put aside at the counter for some days.
        Hold = "hold",
    }
}

words! {
    /// How far a promise is. In the order in which one view of it stands above another: who was told "confirmed" is not
    /// told "expired" afterwards, and what the customer has is fulfilled whatever was said before.
    PromiseState {
        /// Set aside; ends by itself.
        Reserved = "reserved",
        /// Nobody confirmed it in time.
        Expired = "expired",
        /// Stands until it is fulfilled or cancelled.
        Confirmed = "confirmed",
        /// The customer does not want it any more.
        Cancelled = "cancelled",
        /// There is not enough stock: somebody has to tell the customer.
        Broken = "broken",
        /// The customer has it.
        Fulfilled = "fulfilled",
    }
}

words! {
    /// How far a station's request to set something aside is. A request is not a promise: nothing is promised before
    /// central says so.
    RequestState {
        /// Central has not answered: it needs confirmation.
        Asking = "asking",
        /// Central set it aside.
        Promised = "promised",
        /// Central did not: nothing is set aside.
        Refused = "refused",
        /// Its time was over before central answered.
        Late = "late",
        /// The customer does not want it; central has not confirmed that it let it go.
        LettingGo = "letting-go",
        /// Nothing is set aside any more, as the customer wanted.
        LetGo = "let-go",
        /// Central set it aside, and there is not enough after all: somebody has to tell the customer.
        Broken = "broken",
    }
}

impl RequestState {
    /// Central is still to be asked.
    pub fn waits(self) -> bool {
        match self {
            RequestState::Asking | RequestState::LettingGo => true,
            RequestState::Promised
            | RequestState::Refused
            | RequestState::Late
            | RequestState::LetGo
            | RequestState::Broken => false,
        }
    }
}

words! {
    /// Why there is less than was promised.
    CauseKind {
        /// Sold from the hand of a customer, without cover: the books were wrong.
        HandSale = "hand-sale",
        /// The same, long ago: central learnt of it late.
        LateFact = "late-fact",
        /// A station promised more than it was lent: a clone, or a disk that was set back.
        Overdrawn = "overdrawn",
        /// A station that was declared dead had promised after all.
        DeadHolder = "dead-holder",
        /// Central came back with less than it had.
        Restore = "restore",
        /// The books were put right.
        Correction = "correction",
    }
}

/// Why a promise broke, or an allotment was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cause {
    /// When central learnt of it, milliseconds since 1970.
    pub at_ms: i64,
    /// What kind.
    pub kind: CauseKind,
    /// The fact; none where none did it.
    pub fact: Option<EntryUuid>,
}

/// A line of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PromiseLine {
    /// What.
    pub product: ProductId,
    /// How much; positive.
    pub quantity: Quantity,
    /// The allotment that it was drawn from; none: central granted it.
    pub allotment: Option<AllotmentId>,
}

/// Stock that a customer was told to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Identity.
    pub id: PromiseId,
    /// The site that must deliver.
    pub site: SiteId,
    /// What the customer was told.
    pub kind: PromiseKind,
    /// How far it is.
    pub state: PromiseState,
    /// When it was told, milliseconds since 1970.
    pub made_ms: i64,
    /// When it ends unless it is confirmed.
    pub expires_ms: Option<i64>,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// What.
    pub lines: Vec<PromiseLine>,
    /// What the customer has of it, by fact.
    pub deliveries: BTreeMap<(EntryUuid, ProductId), Quantity>,
    /// Why it broke.
    pub cause: Option<Cause>,
}

/// A promise that is not as it must be for what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the promise is {}", .0.word())]
pub struct NotNow(pub PromiseState);

impl Promise {
    /// It has to be delivered, or may have to be.
    pub fn is_open(&self) -> bool {
        match self.state {
            PromiseState::Reserved | PromiseState::Confirmed => true,
            PromiseState::Expired | PromiseState::Cancelled | PromiseState::Broken | PromiseState::Fulfilled => false,
        }
    }

    /// What must still be delivered of a product.
    pub fn open_of(&self, product: ProductId) -> Quantity {
        if self.is_open() {
            (self.promised_of(product) - self.delivered_of(product)).max(Quantity::ZERO)
        } else {
            Quantity::ZERO
        }
    }

    /// Its products, each once.
    pub fn products(&self) -> impl Iterator<Item = ProductId> + '_ {
        let products: std::collections::BTreeSet<ProductId> = self.lines.iter().map(|line| line.product).collect();
        products.into_iter()
    }

    fn promised_of(&self, product: ProductId) -> Quantity {
        self.lines.iter().filter(|line| line.product == product).map(|line| line.quantity).sum()
    }

    fn delivered_of(&self, product: ProductId) -> Quantity {
        self.deliveries.iter().filter(|((_, of), _)| *of == product).map(|(_, quantity)| *quantity).sum()
    }

    /// The customer wants it; twice is once.
    ///
    /// # Errors
    /// [`NotNow`] when it is over, or its time is.
    pub fn confirm(&mut self, now_ms: i64) -> Result<(), NotNow> {
        match self.state {
            PromiseState::Reserved if self.is_due(now_ms) => Err(NotNow(PromiseState::Expired)),
            PromiseState::Reserved => {
                self.state = PromiseState::Confirmed;
                Ok(())
            }
            PromiseState::Confirmed | PromiseState::Fulfilled => Ok(()),
            state @ (PromiseState::Expired | PromiseState::Cancelled | PromiseState::Broken) => Err(NotNow(state)),
        }
    }

    /// The customer decided against what was only set aside; twice is once.
    ///
    /// # Errors
    /// [`NotNow`] when it was confirmed: that is cancelled.
    pub fn release(&mut self, now_ms: i64) -> Result<(), NotNow> {
        match self.state {
            PromiseState::Reserved => {
                self.end(PromiseState::Cancelled, now_ms);
                Ok(())
            }
            PromiseState::Expired | PromiseState::Cancelled | PromiseState::Broken => Ok(()),
            state @ (PromiseState::Confirmed | PromiseState::Fulfilled) => Err(NotNow(state)),
        }
    }

    /// The customer does not want it any more; twice is once.
    ///
    /// # Errors
    /// [`NotNow`] when the customer has it.
    pub fn cancel(&mut self, now_ms: i64) -> Result<(), NotNow> {
        match self.state {
            PromiseState::Reserved | PromiseState::Confirmed => {
                self.end(PromiseState::Cancelled, now_ms);
                Ok(())
            }
            PromiseState::Expired | PromiseState::Cancelled | PromiseState::Broken => Ok(()),
            PromiseState::Fulfilled => Err(NotNow(self.state)),
        }
    }

    /// Nobody confirmed it, and its time is over.
    pub fn is_due(&self, now_ms: i64) -> bool {
        self.state == PromiseState::Reserved && self.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms)
    }

    /// Goes on to a state, unless it is further.
    pub fn end(&mut self, state: PromiseState, at_ms: i64) {
        if self.state < state {
            self.state = state;
            self.ended_ms = Some(at_ms);
        }
    }

    /// A fact says that the customer has some of it. With all of it, it is fulfilled, whatever was said before.
    pub fn deliver(&mut self, fact: EntryUuid, product: ProductId, quantity: Quantity, at_ms: i64) {
        let there = self.deliveries.entry((fact, product)).or_default();
        *there = (*there).max(quantity);
        if self.products().all(|product| self.delivered_of(product) >= self.promised_of(product)) {
            self.end(PromiseState::Fulfilled, at_ms);
        }
    }

    /// Two views of one promise as one.
    pub fn merge(&mut self, other: &Promise) {
        let ended_ms = match self.state.cmp(&other.state) {
            std::cmp::Ordering::Less => other.ended_ms,
            std::cmp::Ordering::Equal => earlier(self.ended_ms, other.ended_ms),
            std::cmp::Ordering::Greater => self.ended_ms,
        };
        self.state = self.state.max(other.state);
        self.ended_ms = ended_ms;
        self.cause = self.cause.max(other.cause);
        for (of, quantity) in &other.deliveries {
            let there = self.deliveries.entry(*of).or_default();
            *there = (*there).max(*quantity);
        }
        if self.products().all(|product| self.delivered_of(product) >= self.promised_of(product)) {
            // No view says when; what follows must not depend on which was seen first.
            self.end(PromiseState::Fulfilled, self.made_ms);
        }
    }
}

fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
