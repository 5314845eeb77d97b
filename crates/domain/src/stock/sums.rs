//! Movements added up: what a stretch of a journal did to stock, without saying which entry did what. So that nothing
//! counts twice, what a sum stands for is taken off it where it is there by itself: in whatever order sums and movements
//! come, the two together are what happened.

use std::collections::BTreeMap;

use crate::ids::ProductId;
use crate::quantity::Quantity;
use crate::time::Interval;

use super::ledger::{Account, Movement};

/// Which movements are added up together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// What moved.
    pub product: ProductId,
    /// Given by.
    pub from: Account,
    /// Received by.
    pub to: Account,
    /// Its lot, where somebody scanned one; an empty text is none.
    pub lot: Option<String>,
}

impl Line {
    /// The one to which a movement belongs.
    pub fn of(movement: &Movement) -> Self {
        let lot = movement.lot.clone().filter(|lot| !lot.is_empty());
        Line { product: movement.product, from: movement.from, to: movement.to, lot }
    }

    /// The two changes of balance that so much of it makes.
    pub fn deltas(&self, quantity: Quantity) -> [(Account, Quantity); 2] {
        [(self.from, -quantity), (self.to, quantity)]
    }
}

/// What moved on a line, all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// How much.
    pub quantity: Quantity,
    /// From the earliest moment of the first to the latest of the last.
    pub span: Interval,
}

/// Sums by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<Line, Sum>);

impl Sums {
    /// Adds a movement.
    pub fn add(&mut self, movement: &Movement) {
        let Interval { from_ms, to_ms } = movement.interval;
        let sum = self.0.entry(Line::of(movement)).or_insert(Sum { quantity: Quantity::ZERO, span: movement.interval });
        sum.quantity += movement.quantity;
        sum.span = Interval { from_ms: sum.span.from_ms.min(from_ms), to_ms: sum.span.to_ms.max(to_ms) };
    }

    /// Takes off a movement that is there by itself. One of another line changes nothing.
    pub fn take_off(&mut self, movement: &Movement) {
        if let Some(sum) = self.0.get_mut(&Line::of(movement)) {
            sum.quantity += -movement.quantity;
        }
    }

    /// Every line, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Line, &Sum)> + '_ {
        self.0.iter()
    }
}

impl FromIterator<(Line, Sum)> for Sums {
    fn from_iter<I: IntoIterator<Item = (Line, Sum)>>(lines: I) -> Self {
        Sums(lines.into_iter().collect())
    }
}
