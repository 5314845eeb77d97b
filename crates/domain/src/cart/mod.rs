//! The cart: what is being sold, as a fold over actions. The till stores the actions, so that a cart survives a crash
//! and undo is the fold without its last action. Prices and totals are in [`price`].

mod action;
mod pricing;

use serde::{Deserialize, Serialize};

pub use action::{CartAction, CartError, undo_point};
pub use pricing::{Priced, PricedLine, price};

use crate::catalogue::Product;
use crate::ids::{LineId, PromiseId, SaleId};
use crate::money::{Amount, Currency};
use crate::quantity::Quantity;
use crate::tax::PriceMode;
use crate::tender::Tender;
use rust_decimal::Decimal;

/// What is being sold now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// The identity of the sale that it becomes.
    pub id: SaleId,
    /// Of the site.
    pub currency: Currency,
    /// Of the price list.
    pub mode: PriceMode,
    /// In the order of their first scan, those taken out included.
    pub lines: Vec<CartLine>,
    /// On the whole sale, after the lines' own.
    pub discount: Option<Discount>,
    /// Handed over so far.
    pub tenders: Vec<Tender>,
    /// The line that keys and the stepper act on.
    pub selected: Option<LineId>,
}

impl Cart {
    /// An empty cart.
    pub fn new(id: SaleId, currency: Currency, mode: PriceMode) -> Self {
        Cart { id, currency, mode, lines: Vec::new(), discount: None, tenders: Vec::new(), selected: None }
    }

    /// The lines that count.
    pub fn live(&self) -> impl Iterator<Item = &CartLine> {
        self.lines.iter().filter(|line| !line.removed)
    }

    /// What the cart takes back of a sold line.
    pub fn taking_back(&self, sale: SaleId, line: LineId) -> Quantity {
        let mine = |refund: &Refund| refund.sale == sale && refund.line == line;
        self.live().filter(|found| found.refund.as_ref().is_some_and(mine)).map(|found| -found.quantity).sum()
    }

    /// Nothing to sell and nothing taken.
    pub fn is_empty(&self) -> bool {
        self.live().next().is_none() && self.tenders.is_empty()
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// Identity, kept into the sale.
    pub id: LineId,
    /// The product as it was when scanned.
    pub product: Product,
    /// What the scanner read, or nothing where it was chosen by hand.
    pub scanned: Option<String>,
    /// Negative in a return.
    pub quantity: Quantity,
    /// Price of one; none until somebody says it.
    pub unit_price: Option<Amount>,
    /// Where the price came from.
    pub price_source: PriceSource,
    /// Amount of the whole line instead of price times quantity.
    pub amount_override: Option<Amount>,
    /// On this line.
    pub discount: Option<Discount>,
    /// Taken out; stays visible until the next scan.
    pub removed: bool,
    /// The line of an earlier sale that this one takes back.
    pub refund: Option<Refund>,
    /// The promise that this line fulfils.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<PromiseId>,
}

/// Where a price came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriceSource {
    /// The price list.
    Catalogue,
    /// A person typed it.
    Typed,
    /// The sale that is taken back.
    Refund,
}

/// Which sold line is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The sale.
    pub sale: SaleId,
    /// Its receipt's number.
    pub receipt: String,
    /// Its line.
    pub line: LineId,
    /// The tax that goes back with it: its part of the sale's own tax, zero or more. Contained in the amount when
    /// inclusive, on top when exclusive.
    pub tax: Amount,
}

/// A reduction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// How much.
    pub kind: DiscountKind,
    /// Why, in the cashier's words; may be empty.
    pub reason: String,
}

/// How a reduction is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiscountKind {
    /// Percent of the amount, more than 0 and at most 100, with at most four decimals.
    Percent(Decimal),
    /// An amount, more than zero; no more than what it is taken from when it is given, and cut to that when the line
    /// or the sale becomes smaller later.
    Amount(Amount),
}
