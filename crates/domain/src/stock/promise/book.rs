//! The promises of some products at some sites, and the figures that they stand on. A book is filled with what a store
//! has, told what happens, and read for what has changed; the figures of a product at a site are right when it was
//! filled with them, however few of the promises are in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Allotment, AllotmentState, Cause, Promise, PromiseLine, PromiseState};
use crate::ids::{AllotmentId, ProductId, PromiseId, SiteId};
use crate::quantity::Quantity;

/// A product at a site.
pub type Key = (SiteId, ProductId);

/// How a product stands at a site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// At locations that are sold from.
    pub on_hand: Quantity,
    /// Of open promises.
    pub promised: Quantity,
    /// Of allotments, as far as it is neither given back nor promised.
    pub lent: Quantity,
    /// Kept back from promises.
    pub safety: Quantity,
    /// What is promised and lent beyond what is on hand, as far as a cause was recorded.
    pub short: Quantity,
}

impl Figures {
    /// What may be promised.
    pub fn available(&self) -> Quantity {
        self.on_hand - self.promised - self.lent - self.safety
    }

    /// What is promised and lent beyond what is on hand. Books below zero are wrong: less than nothing is not there.
    pub fn beyond(&self) -> Quantity {
        (self.promised + self.lent - self.on_hand.max(Quantity::ZERO)).max(Quantity::ZERO)
    }
}

/// What was missing when something was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lack {
    /// Of what.
    pub product: ProductId,
    /// Asked for.
    pub asked: Quantity,
    /// There was; may be below zero.
    pub available: Quantity,
}

/// There is less than was promised, by so much more than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// Where and of what.
    pub key: Key,
    /// By how much.
    pub quantity: Quantity,
    /// Why.
    pub cause: Cause,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Book {
    figures: BTreeMap<Key, Figures>,
    promises: BTreeMap<PromiseId, Promise>,
    allotments: BTreeMap<AllotmentId, Allotment>,
    deltas: BTreeMap<Key, (Quantity, Quantity)>,
    changed_promises: BTreeSet<PromiseId>,
    changed_allotments: BTreeSet<AllotmentId>,
    shortfalls: Vec<Shortfall>,
}

impl Book {
    /// Fills in how a product stands. What has changed of it in this book since is contained in `figures` or not, as
    /// the store has it: fill in before anything happens.
    pub fn fill(&mut self, key: Key, figures: Figures) {
        self.figures.insert(key, figures);
    }

    /// Fills in a promise that the figures contain; one that is there stays.
    pub fn fill_promise(&mut self, promise: Promise) {
        self.promises.entry(promise.id).or_insert(promise);
    }

    /// Fills in an allotment that the figures contain; one that is there stays.
    pub fn fill_allotment(&mut self, allotment: Allotment) {
        self.allotments.entry(allotment.id).or_insert(allotment);
    }

    /// A promise that is in it.
    pub fn promise(&self, id: PromiseId) -> Option<&Promise> {
        self.promises.get(&id)
    }

    /// An allotment that is in it.
    pub fn allotment(&self, id: AllotmentId) -> Option<&Allotment> {
        self.allotments.get(&id)
    }

    /// Allotments of a station that are in it.
    pub fn allotments(&self) -> impl Iterator<Item = &Allotment> {
        self.allotments.values()
    }

    /// How a product stands; zeros when nobody filled it in.
    pub fn figures(&self, key: Key) -> Figures {
        self.figures.get(&key).copied().unwrap_or_default()
    }

    /// All that was filled in.
    pub fn keys(&self) -> impl Iterator<Item = (Key, Figures)> + '_ {
        self.figures.iter().map(|(key, figures)| (*key, *figures))
    }

    /// Promises whose state is not as it was filled in.
    pub fn changed_promises(&self) -> impl Iterator<Item = &Promise> {
        self.changed_promises.iter().filter_map(|id| self.promises.get(id))
    }

    /// Allotments whose state is not as it was filled in.
    pub fn changed_allotments(&self) -> impl Iterator<Item = &Allotment> {
        self.changed_allotments.iter().filter_map(|id| self.allotments.get(id))
    }

    /// By how much more is promised, and lent.
    pub fn deltas(&self) -> impl Iterator<Item = (Key, Quantity, Quantity)> + '_ {
        self.deltas.iter().map(|(key, (promised, lent))| (*key, *promised, *lent))
    }

    /// What was recorded.
    pub fn shortfalls(&self) -> &[Shortfall] {
        &self.shortfalls
    }

    /// Promises all lines, or none: then says what was missing.
    ///
    /// # Errors
    /// [`Lack`] of each product of which there is too little.
    pub fn grant(&mut self, promise: Promise) -> Result<(), Vec<Lack>> {
        let lack = |product: ProductId| {
            let asked: Quantity =
                promise.lines.iter().filter(|line| line.product == product).map(|line| line.quantity).sum();
            let available = self.figures((promise.site, product)).available();
            (asked > available).then_some(Lack { product, asked, available })
        };
        let lacks: Vec<Lack> = promise.products().filter_map(lack).collect();
        if !lacks.is_empty() {
            return Err(lacks);
        }
        self.put(promise);
        Ok(())
    }

    /// A promise, whether there is cover or not: it was made. A view of one that is there is merged with it.
    pub fn put(&mut self, promise: Promise) {
        let id = promise.id;
        if self.promises.contains_key(&id) {
            self.change(id, |there| there.merge(&promise));
            return;
        }
        for product in promise.products() {
            self.add((promise.site, product), promise.open_of(product), Quantity::ZERO);
        }
        self.changed_promises.insert(id);
        self.promises.insert(id, promise);
    }

    /// Changes a promise that is there; whether it is there.
    pub fn change(&mut self, id: PromiseId, how: impl FnOnce(&mut Promise)) -> bool {
        let Some(before) = self.promises.get(&id).cloned() else { return false };
        let mut after = before.clone();
        how(&mut after);
        if after != before {
            for product in after.products() {
                self.add((after.site, product), after.open_of(product) - before.open_of(product), Quantity::ZERO);
            }
            self.changed_promises.insert(id);
            self.promises.insert(id, after);
        }
        true
    }

    /// Lends; a view of an allotment that is there is merged with it.
    pub fn lend(&mut self, allotment: Allotment) {
        let id = allotment.id;
        if self.allotments.contains_key(&id) {
            self.change_allotment(id, |there| there.merge(&allotment));
            return;
        }
        self.add((allotment.site, allotment.product), Quantity::ZERO, allotment.outstanding());
        self.changed_allotments.insert(id);
        self.allotments.insert(id, allotment);
    }

    /// Changes an allotment that is there; whether it is there.
    pub fn change_allotment(&mut self, id: AllotmentId, how: impl FnOnce(&mut Allotment)) -> bool {
        let Some(before) = self.allotments.get(&id).cloned() else { return false };
        let mut after = before.clone();
        how(&mut after);
        if after != before {
            let lent = after.outstanding() - before.outstanding();
            self.add((after.site, after.product), Quantity::ZERO, lent);
            self.changed_allotments.insert(id);
            self.allotments.insert(id, after);
        }
        true
    }

    /// A station promised offline: what it told the customer stands, and what it drew is lent no more.
    pub fn made(&mut self, promise: Promise) {
        let drawn: Vec<PromiseLine> = promise.lines.clone();
        let id = promise.id;
        self.put(promise);
        for allotment in drawn.iter().filter_map(|line| line.allotment).collect::<BTreeSet<_>>() {
            let of = drawn.iter().filter(|line| line.allotment == Some(allotment));
            let quantity = of.map(|line| line.quantity).sum();
            self.change_allotment(allotment, |there| there.draw(id, quantity));
        }
    }

    /// Stock moved.
    pub fn moved(&mut self, key: Key, delta: Quantity) {
        if let Some(figures) = self.figures.get_mut(&key) {
            figures.on_hand += delta;
        }
    }

    /// Records by how much more is promised and lent than is there, and forgets what is covered again, of these or others.
    pub fn record(&mut self, keys: &BTreeSet<Key>, cause: Cause) {
        for key in keys {
            let Some(figures) = self.figures.get_mut(key) else { continue };
            let beyond = figures.beyond();
            let more = beyond - figures.short;
            figures.short = beyond;
            if more > Quantity::ZERO {
                self.shortfalls.push(Shortfall { key: *key, quantity: more, cause });
            }
        }
        self.forget_covered();
    }

    /// What is covered again is short no more: when it goes beyond stock once more, that has a cause of its own.
    fn forget_covered(&mut self) {
        for figures in self.figures.values_mut() {
            figures.short = figures.short.min(figures.beyond());
        }
    }

    /// The keys of which there is too little, so that all their promises and allotments must be filled in before
    /// [`Book::settle`].
    pub fn short_keys(&self) -> Vec<Key> {
        self.figures.iter().filter(|(_, figures)| figures.beyond() > Quantity::ZERO).map(|(key, _)| *key).collect()
    }

    /// Where there is too little: closes unused allotments for new drawing, the newest first, until what they may give
    /// back is enough; and breaks the youngest promises, as many as even that does not cover.
    pub fn settle(&mut self, cause_of: impl Fn(Key) -> Cause) {
        for key in self.short_keys() {
            let cause = cause_of(key);
            self.close_newest(key, cause);
            self.break_youngest(key, cause);
        }
        // What broke gave back other products too.
        self.forget_covered();
    }

    fn close_newest(&mut self, key: Key, cause: Cause) {
        let mut beyond = self.figures(key).beyond();
        let mut lent: Vec<(bool, i64, AllotmentId, Quantity)> = self
            .allotments
            .values()
            .filter(|one| (one.site, one.product) == key && one.outstanding() > Quantity::ZERO)
            .map(|one| (one.state != AllotmentState::Open, one.granted_ms, one.id, one.outstanding()))
            .collect();
        lent.sort_unstable();
        // Those that are closed already come first, then the newest.
        for (_, _, id, outstanding) in lent.into_iter().rev() {
            if beyond <= Quantity::ZERO {
                break;
            }
            self.change_allotment(id, |one| one.close(cause));
            beyond = beyond - outstanding;
        }
    }

    fn break_youngest(&mut self, key: Key, cause: Cause) {
        let mut open: Vec<(i64, PromiseId)> = self
            .promises
            .values()
            .filter(|one| one.site == key.0 && one.open_of(key.1) > Quantity::ZERO)
            .map(|one| (one.made_ms, one.id))
            .collect();
        open.sort_unstable();
        for (_, id) in open.into_iter().rev() {
            let figures = self.figures(key);
            if figures.promised <= figures.on_hand.max(Quantity::ZERO) {
                break;
            }
            self.change(id, |promise| {
                promise.end(PromiseState::Broken, cause.at_ms);
                promise.cause = promise.cause.max(Some(cause));
            });
        }
    }

    fn add(&mut self, key: Key, promised: Quantity, lent: Quantity) {
        if promised.is_zero() && lent.is_zero() {
            return;
        }
        let delta = self.deltas.entry(key).or_default();
        *delta = (delta.0 + promised, delta.1 + lent);
        if let Some(figures) = self.figures.get_mut(&key) {
            figures.promised += promised;
            figures.lent += lent;
        }
    }
}
