//! A finished sale: the cart, paid, with its number. Nothing changes it any more.

use serde::{Deserialize, Serialize};

use crate::cart::{Cart, CartAction, CartError, Priced, Refund, price};
use crate::ids::{LineId, LocationId, PersonId, SaleId, ShiftId, SiteId};
use crate::money::Amount;
use crate::quantity::Quantity;
use crate::tax::PriceMode;
use crate::tender::settle;
use crate::time::{Day, LocalTime};

/// A sale that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// Printed and scanned: `04-2K7-000001`.
    pub receipt: String,
    /// Where.
    pub site: SiteId,
    /// The till's code.
    pub till: String,
    /// The location that the goods leave.
    pub location: LocationId,
    /// The location that returned goods enter.
    pub returns_location: LocationId,
    /// In which shift.
    pub shift: ShiftId,
    /// The day that the shift belongs to.
    pub business_day: Day,
    /// By whom.
    pub person: PersonId,
    /// When, on the wall.
    pub at: LocalTime,
    /// What was sold and how it was paid; without lines that were taken out.
    pub cart: Cart,
    /// Its amounts.
    pub priced: Priced,
    /// Given back in cash.
    pub change: Amount,
}

/// Where and when a sale is finished.
#[derive(Clone, Debug)]
pub struct Till {
    /// The number that the sale gets.
    pub receipt: String,
    /// See [`Sale::site`].
    pub site: SiteId,
    /// See [`Sale::till`].
    pub till: String,
    /// See [`Sale::location`].
    pub location: LocationId,
    /// See [`Sale::returns_location`].
    pub returns_location: LocationId,
    /// See [`Sale::shift`].
    pub shift: ShiftId,
    /// See [`Sale::business_day`].
    pub business_day: Day,
    /// See [`Sale::person`].
    pub person: PersonId,
    /// See [`Sale::at`].
    pub at: LocalTime,
}

/// Finishes a cart that is paid.
///
/// # Errors
/// [`SaleError`]; the cart goes on then.
pub fn finish(cart: &Cart, till: Till) -> Result<Sale, SaleError> {
    let mut cart = cart.clone();
    cart.lines.retain(|line| !line.removed);
    cart.selected = None;
    let priced = price(&cart)?;
    if cart.lines.is_empty() {
        return Err(SaleError::Empty);
    }
    if priced.price_missing {
        return Err(SaleError::PriceMissing);
    }
    let settlement = settle(priced.total, &cart.tenders);
    if !settlement.due.is_zero() {
        return Err(SaleError::NotPaid(settlement.due));
    }
    Ok(Sale {
        receipt: till.receipt,
        site: till.site,
        till: till.till,
        location: till.location,
        returns_location: till.returns_location,
        shift: till.shift,
        business_day: till.business_day,
        person: till.person,
        at: till.at,
        cart,
        priced,
        change: settlement.change,
    })
}

impl Sale {
    /// The action that takes back `quantity` of a line of which `before` was taken back already, for a cart of price
    /// mode `mode`; `new` becomes the cart's line. Amount and tax are what is missing to the share of what was paid, so
    /// that any number of parts, in any order, gives back exactly that.
    ///
    /// # Errors
    /// [`SaleError::MoreThanBought`], or [`CartError::NoSuchLine`] for a line that is not of this sale.
    pub fn take_back(
        &self,
        line: LineId,
        before: TakenBack,
        quantity: Quantity,
        mode: PriceMode,
        new: LineId,
    ) -> Result<CartAction, SaleError> {
        let at = self.cart.lines.iter().position(|found| found.id == line).ok_or(CartError::NoSuchLine)?;
        let (sold, priced) = (&self.cart.lines[at], self.priced.lines.get(at).ok_or(CartError::NoSuchLine)?);
        let without_tax = match self.cart.mode {
            PriceMode::Inclusive => priced.net - priced.tax,
            PriceMode::Exclusive => priced.net,
        };
        let paid = match mode {
            PriceMode::Inclusive => without_tax + priced.tax,
            PriceMode::Exclusive => without_tax,
        };
        let given = match mode {
            PriceMode::Inclusive => before.gross,
            PriceMode::Exclusive => before.gross - before.tax,
        };
        let amount = refund_amount(sold.quantity, paid, (before.quantity, given), quantity)?;
        let tax = refund_amount(sold.quantity, priced.tax, (before.quantity, before.tax), quantity)?;
        let refund = Refund { sale: self.cart.id, receipt: self.receipt.clone(), line, tax };
        Ok(CartAction::Return { line: new, product: sold.product.clone(), refund, quantity, amount })
    }
}

/// What was taken back of a sold line so far, by finished sales and by the present one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// How much of it.
    pub quantity: Quantity,
    /// What was given back for that, tax included.
    pub gross: Amount,
    /// The tax in it.
    pub tax: Amount,
}

impl TakenBack {
    /// Adds what the lines of a cart take back of a sold line. Lines that were taken out do not count.
    pub fn add(&mut self, cart: &Cart, sale: SaleId, line: LineId) {
        for back in cart.live() {
            let Some(refund) = back.refund.as_ref().filter(|refund| refund.sale == sale && refund.line == line) else {
                continue;
            };
            let amount = -back.amount_override.unwrap_or(Amount::ZERO);
            self.quantity += back.quantity.abs();
            self.tax += refund.tax;
            self.gross += match cart.mode {
                PriceMode::Inclusive => amount,
                PriceMode::Exclusive => amount + refund.tax,
            };
        }
    }
}

/// What to give back when `quantity` more of a line is returned, of which a part was returned already for an amount:
/// what is missing to the share of both in `paid`. Taking all back in any number of parts gives back exactly `paid`.
/// Rounds the share.
///
/// # Errors
/// [`SaleError::MoreThanBought`].
pub fn refund_amount(
    sold: Quantity,
    paid: Amount,
    (before, given): (Quantity, Amount),
    quantity: Quantity,
) -> Result<Amount, SaleError> {
    let after = before + quantity;
    if quantity <= Quantity::ZERO || before.is_negative() || after > sold {
        return Err(SaleError::MoreThanBought);
    }
    let share = Amount::round_from(paid.to_decimal() * after.to_decimal() / sold.to_decimal())
        .map_err(|_| SaleError::Cart(CartError::TooLarge))?;
    Ok((share - given).max(Amount::ZERO))
}

/// Why a sale is not finished.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaleError {
    /// Nothing in it.
    #[error("the sale is empty")]
    Empty,
    /// A line has no price.
    #[error("a price is missing")]
    PriceMissing,
    /// This much is still due.
    #[error("the sale is not paid")]
    NotPaid(Amount),
    /// A return of more than was bought, or of what was returned before.
    #[error("more than was bought")]
    MoreThanBought,
    /// The cart refuses.
    #[error("the cart cannot be finished")]
    Cart(#[from] CartError),
}
