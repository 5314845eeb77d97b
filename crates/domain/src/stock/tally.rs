//! A tally: pieces that are proved by a scan each, against what is expected. It says one thing to do next, and a scan of
//! something else counts for nothing until a person says that it is meant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::ProductId;
use crate::quantity::Quantity;

/// What was counted so far, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How much there should be of each product; none where nobody knows, and then everything may be counted.
    pub expected: Option<BTreeMap<ProductId, Quantity>>,
    /// In their order; the last one can be taken back.
    pub steps: Vec<TallyStep>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyStep {
    /// What was counted.
    pub product: ProductId,
    /// How much more than before; less where a quantity was set.
    pub change: Quantity,
    /// What the scanner read; none where a quantity was set, or the product was named.
    pub scanned: Option<String>,
}

/// Why a scan counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum WrongPiece {
    /// It is none of what is expected.
    #[error("it is not expected")]
    NotExpected,
    /// All that is expected of it is there.
    #[error("there is enough of it")]
    Enough,
}

/// A product that was neither scanned nor named has no quantity to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// A quantity is set for what was proved by a scan.
    #[error("it was not scanned")]
    NotScanned,
    /// Below zero, or more than there can be.
    #[error("there cannot be so much")]
    Quantity,
}

impl Tally {
    /// Against what is expected; none where nobody knows.
    pub fn of(expected: Option<BTreeMap<ProductId, Quantity>>) -> Self {
        Tally { expected, steps: Vec::new() }
    }

    /// A piece was scanned.
    ///
    /// # Errors
    /// [`WrongPiece`]: it counts for nothing.
    pub fn count(&mut self, product: ProductId, scanned: &str) -> Result<(), WrongPiece> {
        if let Some(expected) = &self.expected {
            let wanted = expected.get(&product).ok_or(WrongPiece::NotExpected)?;
            if self.counted_of(product) >= *wanted {
                return Err(WrongPiece::Enough);
            }
        }
        self.count_anyway(product, scanned);
        Ok(())
    }

    /// A piece that is not expected is there all the same.
    pub fn count_anyway(&mut self, product: ProductId, scanned: &str) {
        let scanned = Some(scanned.to_owned());
        self.steps.push(TallyStep { product, change: Quantity::ONE, scanned });
    }

    /// One more of a product that is meant by name, where nothing has to be proved.
    pub fn add(&mut self, product: ProductId) {
        self.steps.push(TallyStep { product, change: Quantity::ONE, scanned: None });
    }

    /// So much of it is there, in all.
    ///
    /// # Errors
    /// [`TallyError`].
    pub fn set(&mut self, product: ProductId, quantity: Quantity) -> Result<(), TallyError> {
        if !self.steps.iter().any(|step| step.product == product) {
            return Err(TallyError::NotScanned);
        }
        if !(0..=Quantity::LIMIT_THOUSANDTHS).contains(&quantity.thousandths()) {
            return Err(TallyError::Quantity);
        }
        let change = quantity - self.counted_of(product);
        if !change.is_zero() {
            self.steps.push(TallyStep { product, change, scanned: None });
        }
        Ok(())
    }

    /// Takes the last step back; none where there is none.
    pub fn undo(&mut self) -> Option<TallyStep> {
        self.steps.pop()
    }

    /// How much of a product is there.
    pub fn counted_of(&self, product: ProductId) -> Quantity {
        self.steps.iter().filter(|step| step.product == product).map(|step| step.change).sum()
    }

    /// What is there, in the order of the first scans; what was set to nothing is left out.
    pub fn counted(&self) -> Vec<(ProductId, Quantity)> {
        let mut order: Vec<ProductId> = Vec::new();
        for step in &self.steps {
            if !order.contains(&step.product) {
                order.push(step.product);
            }
        }
        let counted = order.into_iter().map(|product| (product, self.counted_of(product)));
        counted.filter(|(_, quantity)| !quantity.is_zero()).collect()
    }

    /// What a scanner read first of a product.
    pub fn scanned(&self, product: ProductId) -> Option<&str> {
        self.steps.iter().find(|step| step.product == product).and_then(|step| step.scanned.as_deref())
    }

    /// What is missing of each product, below zero what is too much; nothing where nobody knows what is expected.
    pub fn difference(&self) -> BTreeMap<ProductId, Quantity> {
        let Some(expected) = &self.expected else { return BTreeMap::new() };
        let mut difference = expected.clone();
        for (product, quantity) in self.counted() {
            let left = difference.entry(product).or_default();
            *left = *left - quantity;
        }
        difference.retain(|_, quantity| !quantity.is_zero());
        difference
    }

    /// The one thing to do next: what was begun and is not complete, else the first that is missing. None when nothing is
    /// missing, or nobody knows.
    pub fn next(&self) -> Option<(ProductId, Quantity)> {
        let missing: BTreeMap<ProductId, Quantity> =
            self.difference().into_iter().filter(|(_, quantity)| !quantity.is_negative()).collect();
        let last = self.steps.iter().rev().find(|step| missing.contains_key(&step.product)).map(|step| step.product);
        let product = last.or_else(|| missing.keys().next().copied())?;
        missing.get(&product).map(|quantity| (product, *quantity))
    }
}
