//! What can be done to a cart. Each action carries all it needs, so that folding the stored actions gives the same
//! cart tomorrow, whatever the catalogue says by then.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::pricing::{line_base, sale_base};
use super::{Cart, CartLine, Discount, DiscountKind, PriceSource, Refund, price};
use crate::catalogue::Product;
use crate::ids::{LineId, PromiseId, TenderId};
use crate::money::Amount;
use crate::quantity::{Quantity, Unit};
use crate::tender::{self, Tender, TenderError};

/// One intention of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum CartAction {
    /// A scan or a choice. Joins an untouched line of the same product when that is sold by the piece, else makes a
    /// new line with `line`: what was weighed or cut stays as it was weighed.
    Add {
        /// For a new line.
        line: LineId,
        /// As the catalogue has it now.
        product: Product,
        /// What the scanner read.
        scanned: Option<String>,
        /// How much; more than zero.
        quantity: Quantity,
    },
    /// What was set aside for this customer is collected: a line of its own, which no scan joins.
    Collect {
        /// For the new line.
        line: LineId,
        /// As the catalogue has it now.
        product: Product,
        /// How much; more than zero.
        quantity: Quantity,
        /// By which it was set aside.
        promise: PromiseId,
    },
    /// Takes back part of a sold line.
    Return {
        /// For the new line.
        line: LineId,
        /// As it was sold.
        product: Product,
        /// What is taken back.
        refund: Refund,
        /// How much; more than zero.
        quantity: Quantity,
        /// To give back for it, more than zero or zero, in the cart's price mode.
        amount: Amount,
    },
    /// Another quantity. An amount of the whole line was said for the old one, and goes.
    SetQuantity {
        /// Of this line.
        line: LineId,
        /// More than zero; whole for pieces.
        quantity: Quantity,
    },
    /// A price typed by a person.
    SetPrice {
        /// Of this line.
        line: LineId,
        /// Of one unit; zero is a gift.
        price: Amount,
    },
    /// The amount of a whole line, instead of price times quantity.
    SetAmount {
        /// Of this line.
        line: LineId,
        /// Zero or more.
        amount: Amount,
    },
    /// A reduction of a line, or none again.
    DiscountLine {
        /// Of this line.
        line: LineId,
        /// The new one.
        discount: Option<Discount>,
    },
    /// A reduction of the whole sale, or none again.
    DiscountSale {
        /// The new one.
        discount: Option<Discount>,
    },
    /// Takes a line out. Never refused for what it does to the sums.
    Remove {
        /// This one.
        line: LineId,
    },
    /// Puts a line back that was taken out.
    PutBack {
        /// This one.
        line: LineId,
    },
    /// Chooses a line.
    Select {
        /// This one.
        line: LineId,
    },
    /// Takes a payment.
    Tender {
        /// What was handed over.
        tender: Tender,
    },
    /// Gives a payment back.
    ReturnTender {
        /// This one.
        tender: TenderId,
    },
}

/// Why a cart refuses an action. It is unchanged then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    /// No such line, or taken out.
    #[error("the line is not in the sale")]
    NoSuchLine,
    /// A line or payment with this identity is there already.
    #[error("it is in the sale already")]
    AlreadyThere,
    /// No such payment.
    #[error("the payment is not in the sale")]
    NoSuchTender,
    /// Zero, negative, too large, or a part of a piece.
    #[error("the quantity is not possible")]
    Quantity,
    /// Negative or too large.
    #[error("the price is not possible")]
    Price,
    /// Not above zero, above 100 %, or above what it is taken from.
    #[error("the discount is not possible")]
    Discount,
    /// A returned line keeps the terms of its sale.
    #[error("a returned line keeps the terms of its sale")]
    RefundIsFixed,
    /// Payments must be given back before the sale is changed.
    #[error("payment has started")]
    PaymentStarted,
    /// Somebody must say a price first.
    #[error("a price is missing")]
    PriceMissing,
    /// Nothing is in the sale.
    #[error("the sale is empty")]
    Empty,
    /// The payment was refused.
    #[error("the payment cannot be taken")]
    Tender(#[from] TenderError),
    /// The sum is beyond what a till may hold.
    #[error("the amount is too large")]
    TooLarge,
}

impl CartAction {
    /// Whether "undo" takes it back. A selection is nothing to take back, and a payment is given back by name.
    pub fn is_undoable(&self) -> bool {
        match self {
            CartAction::Add { .. }
            | CartAction::Collect { .. }
            | CartAction::Return { .. }
            | CartAction::SetQuantity { .. }
            | CartAction::SetPrice { .. }
            | CartAction::SetAmount { .. }
            | CartAction::DiscountLine { .. }
            | CartAction::DiscountSale { .. }
            | CartAction::Remove { .. }
            | CartAction::PutBack { .. } => true,
            CartAction::Select { .. } | CartAction::Tender { .. } | CartAction::ReturnTender { .. } => false,
        }
    }
}

/// How many of the actions stay when the last change is undone; none when there is nothing to undo, or payment has
/// started. What follows the change goes with it: selections, and payments that were all given back.
pub fn undo_point(actions: &[CartAction]) -> Option<usize> {
    let paid = actions.iter().fold(0_i64, |paid, action| match action {
        CartAction::Tender { .. } => paid + 1,
        CartAction::ReturnTender { .. } => paid - 1,
        CartAction::Add { .. }
        | CartAction::Collect { .. }
        | CartAction::Return { .. }
        | CartAction::SetQuantity { .. }
        | CartAction::SetPrice { .. }
        | CartAction::SetAmount { .. }
        | CartAction::DiscountLine { .. }
        | CartAction::DiscountSale { .. }
        | CartAction::Remove { .. }
        | CartAction::PutBack { .. }
        | CartAction::Select { .. } => paid,
    });
    if paid != 0 {
        return None;
    }
    actions.iter().rposition(CartAction::is_undoable)
}

impl Cart {
    /// Applies an action, or refuses and stays as it was.
    ///
    /// # Errors
    /// See [`CartError`].
    pub fn apply(&mut self, action: &CartAction) -> Result<(), CartError> {
        let mut next = self.clone();
        next.change(action)?;
        price(&next)?;
        *self = next;
        Ok(())
    }

    /// The cart that a list of actions makes. Actions that refuse now, though they were taken once, end the fold. What
    /// they make is priced once, not after each: each was, when it was taken, and a till folds with every press.
    ///
    /// # Errors
    /// The first refusal.
    pub fn fold<'a>(mut self, actions: impl IntoIterator<Item = &'a CartAction>) -> Result<Self, CartError> {
        for action in actions {
            self.change(action)?;
        }
        price(&self)?;
        Ok(self)
    }

    fn change(&mut self, action: &CartAction) -> Result<(), CartError> {
        let paying = !self.tenders.is_empty();
        match action {
            CartAction::Select { line } => {
                self.line(*line)?;
                self.selected = Some(*line);
                return Ok(());
            }
            CartAction::Tender { tender } => return self.take(tender),
            CartAction::ReturnTender { tender } => {
                let at = self.tenders.iter().position(|taken| taken.id == *tender).ok_or(CartError::NoSuchTender)?;
                self.tenders.remove(at);
                return Ok(());
            }
            _ if paying => return Err(CartError::PaymentStarted),
            CartAction::Add { line, product, scanned, quantity } => {
                self.add(*line, product, scanned.as_deref(), *quantity)?;
            }
            CartAction::Collect { line, product, quantity, promise } => {
                self.collect(*line, product, *quantity, *promise)?;
            }
            CartAction::Return { line, product, refund, quantity, amount } => {
                self.take_back(*line, product, refund, *quantity, *amount)?;
            }
            CartAction::SetQuantity { line, quantity } => {
                let line = self.sold_line(*line)?;
                line.quantity = possible(*quantity, line.product.unit)?;
                line.amount_override = None;
            }
            CartAction::SetPrice { line, price } => {
                let line = self.sold_line(*line)?;
                line.unit_price = Some(not_negative(*price)?);
                line.price_source = PriceSource::Typed;
                line.amount_override = None;
            }
            CartAction::SetAmount { line, amount } => {
                let line = self.sold_line(*line)?;
                line.amount_override = Some(not_negative(*amount)?);
            }
            CartAction::DiscountLine { line, discount } => {
                let line = self.sold_line(*line)?;
                line.discount = sensible(discount.as_ref(), line_base(line)?)?;
            }
            CartAction::DiscountSale { discount } => {
                if discount.is_some() && !self.sells() {
                    return Err(CartError::Empty);
                }
                self.discount = sensible(discount.as_ref(), sale_base(self)?)?;
            }
            CartAction::Remove { line } => self.remove(*line)?,
            CartAction::PutBack { line } => {
                let found = self.lines.iter_mut().find(|found| found.id == *line).ok_or(CartError::NoSuchLine)?;
                found.removed = false;
                self.selected = Some(*line);
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        id: LineId,
        product: &Product,
        scanned: Option<&str>,
        quantity: Quantity,
    ) -> Result<(), CartError> {
        let quantity = sellable(product, quantity)?;
        self.clear_removed();
        let joined = self.lines.iter_mut().find(|line| {
            product.unit == Unit::Piece
                && line.product.id == product.id
                && line.price_source == PriceSource::Catalogue
                && line.unit_price == product.price
                && line.product.tax == product.tax
                && line.discount.is_none()
                && line.amount_override.is_none()
                && line.refund.is_none()
                && line.promise.is_none()
        });
        if let Some(line) = joined {
            line.quantity = possible(line.quantity + quantity, product.unit)?;
            self.selected = Some(line.id);
            return Ok(());
        }
        self.push(id, product, scanned, quantity, None)
    }

    fn collect(
        &mut self,
        id: LineId,
        product: &Product,
        quantity: Quantity,
        promise: PromiseId,
    ) -> Result<(), CartError> {
        let quantity = sellable(product, quantity)?;
        self.clear_removed();
        self.push(id, product, None, quantity, Some(promise))
    }

    fn push(
        &mut self,
        id: LineId,
        product: &Product,
        scanned: Option<&str>,
        quantity: Quantity,
        promise: Option<PromiseId>,
    ) -> Result<(), CartError> {
        self.unused(id)?;
        self.lines.push(CartLine {
            id,
            product: product.clone(),
            scanned: scanned.map(str::to_owned),
            quantity,
            unit_price: product.price,
            price_source: PriceSource::Catalogue,
            amount_override: None,
            discount: None,
            removed: false,
            refund: None,
            promise,
        });
        self.selected = Some(id);
        Ok(())
    }

    fn take_back(
        &mut self,
        id: LineId,
        product: &Product,
        refund: &Refund,
        quantity: Quantity,
        amount: Amount,
    ) -> Result<(), CartError> {
        let quantity = possible(quantity, product.unit)?;
        not_negative(refund.tax)?;
        if !product.tax.is_possible() {
            return Err(CartError::Price);
        }
        self.clear_removed();
        self.unused(id)?;
        self.lines.push(CartLine {
            id,
            product: product.clone(),
            scanned: None,
            quantity: -quantity,
            unit_price: product.price,
            price_source: PriceSource::Refund,
            amount_override: Some(-not_negative(amount)?),
            discount: None,
            removed: false,
            refund: Some(refund.clone()),
            promise: None,
        });
        self.selected = Some(id);
        Ok(())
    }

    fn take(&mut self, tender: &Tender) -> Result<(), CartError> {
        let priced = price(self)?;
        if priced.price_missing {
            return Err(CartError::PriceMissing);
        }
        if self.live().next().is_none() {
            return Err(CartError::Empty);
        }
        if self.tenders.iter().any(|taken| taken.id == tender.id) {
            return Err(CartError::AlreadyThere);
        }
        tender::check(priced.total, &self.tenders, tender.kind, tender.amount)?;
        self.tenders.push(tender.clone());
        Ok(())
    }

    /// The selection moves to the line below, else above, so that the next key meets a neighbour.
    fn remove(&mut self, id: LineId) -> Result<(), CartError> {
        self.line(id)?.removed = true;
        if self.selected == Some(id) {
            let at = self.lines.iter().position(|line| line.id == id).unwrap_or(0);
            let (above, below) = self.lines.split_at(at);
            let live = |line: &&CartLine| !line.removed;
            self.selected = below.iter().find(live).or_else(|| above.iter().rfind(live)).map(|line| line.id);
        }
        Ok(())
    }

    /// Lines that were taken out are forgotten at the next scan. A discount of the sale stays while there is something
    /// it was given on, and is not inherited by what comes after.
    fn clear_removed(&mut self) {
        if !self.sells() {
            self.discount = None;
        }
        self.lines.retain(|line| !line.removed);
    }

    fn sells(&self) -> bool {
        self.live().any(|line| line.refund.is_none())
    }

    fn unused(&self, id: LineId) -> Result<(), CartError> {
        if self.lines.iter().any(|line| line.id == id) { Err(CartError::AlreadyThere) } else { Ok(()) }
    }

    fn line(&mut self, id: LineId) -> Result<&mut CartLine, CartError> {
        self.lines.iter_mut().find(|line| line.id == id && !line.removed).ok_or(CartError::NoSuchLine)
    }

    fn sold_line(&mut self, id: LineId) -> Result<&mut CartLine, CartError> {
        let line = self.line(id)?;
        if line.refund.is_some() { Err(CartError::RefundIsFixed) } else { Ok(line) }
    }
}

fn sellable(product: &Product, quantity: Quantity) -> Result<Quantity, CartError> {
    if product.price.is_some_and(|price| not_negative(price).is_err()) || !product.tax.is_possible() {
        return Err(CartError::Price);
    }
    possible(quantity, product.unit)
}

fn possible(quantity: Quantity, unit: Unit) -> Result<Quantity, CartError> {
    let in_range = quantity > Quantity::ZERO && quantity.thousandths() <= Quantity::LIMIT_THOUSANDTHS;
    if in_range && (unit != Unit::Piece || quantity.is_whole()) { Ok(quantity) } else { Err(CartError::Quantity) }
}

fn not_negative(amount: Amount) -> Result<Amount, CartError> {
    if amount.is_negative() || amount.minor() > Amount::LIMIT_MINOR { Err(CartError::Price) } else { Ok(amount) }
}

fn sensible(discount: Option<&Discount>, from: Amount) -> Result<Option<Discount>, CartError> {
    let fine = match discount.map(|discount| discount.kind) {
        None => true,
        Some(DiscountKind::Percent(percent)) => {
            percent > Decimal::ZERO && percent <= Decimal::ONE_HUNDRED && percent.normalize().scale() <= 4
        }
        Some(DiscountKind::Amount(amount)) => amount > Amount::ZERO && amount <= from,
    };
    if fine { Ok(discount.cloned()) } else { Err(CartError::Discount) }
}
