//! What a cart costs. Rounds at: price times quantity (per line), percent discount (per line, per sale), tax (per
//! rate); everything else adds up exactly.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Cart, CartError, CartLine, Discount, DiscountKind};
use crate::ids::LineId;
use crate::money::{Amount, MoneyError};
use crate::tax::{PriceMode, RateSum, TaxLine, largest_remainder, tax_lines};

/// The amounts of a cart. `subtotal - sale_discount (+ tax when exclusive) = total`, and the lines sum to each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    /// Of the lines that count, in their order.
    pub lines: Vec<PricedLine>,
    /// Sum of the lines after their own discounts.
    pub subtotal: Amount,
    /// Given on the whole sale; zero or more.
    pub sale_discount: Amount,
    /// All reductions, the lines' and the sale's.
    pub discounts: Amount,
    /// By rate.
    pub rates: Vec<RateSum>,
    /// All tax.
    pub tax: Amount,
    /// To pay; negative when money goes back.
    pub total: Amount,
    /// A line has no price yet.
    pub price_missing: bool,
}

/// The amounts of a line, in the cart's price mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedLine {
    /// Which.
    pub id: LineId,
    /// Price times quantity, rounded, or the overriding amount.
    pub amount: Amount,
    /// Own reduction; zero or more.
    pub discount: Amount,
    /// Share of the sale's reduction; zero or more.
    pub sale_share: Amount,
    /// `amount - discount - sale_share`.
    pub net: Amount,
    /// Share of the rate's tax; contained in `net` when inclusive, on top when exclusive.
    pub tax: Amount,
}

/// Prices a cart.
///
/// # Errors
/// [`CartError::TooLarge`].
pub fn price(cart: &Cart) -> Result<Priced, CartError> {
    let live: Vec<&CartLine> = cart.live().collect();
    let mut lines = live.iter().map(|line| line_amounts(line)).collect::<Result<Vec<_>, _>>()?;
    // Sums of what is sold and taken back without their signs: a line taken out can only make them smaller, so that
    // taking out is never refused.
    if !lines.iter().map(|line| line.amount.abs()).sum::<Amount>().is_possible() {
        return Err(CartError::TooLarge);
    }
    let subtotal: Amount = lines.iter().map(|line| line.net).sum();
    let sale_discount = share_discount(cart.discount.as_ref(), &live, &mut lines)?;
    let to_tax: Vec<TaxLine<'_>> = live
        .iter()
        .zip(&lines)
        .map(|(line, priced)| TaxLine {
            rate: &line.product.tax,
            amount: priced.net,
            fixed: line.refund.as_ref().map(|refund| -refund.tax),
        })
        .collect();
    let taxed = tax_lines(cart.mode, &to_tax)?;
    for (line, share) in lines.iter_mut().zip(&taxed.per_line) {
        line.tax = *share;
    }
    let all_tax: Amount = taxed.rates.iter().map(|rate| rate.tax).sum();
    let total = match cart.mode {
        PriceMode::Inclusive => subtotal - sale_discount,
        PriceMode::Exclusive => subtotal - sale_discount + all_tax,
    };
    if !lines.iter().map(|line| line.net.abs() + line.tax.abs()).sum::<Amount>().is_possible() {
        return Err(CartError::TooLarge);
    }
    Ok(Priced {
        subtotal,
        sale_discount,
        discounts: sale_discount + lines.iter().map(|line| line.discount).sum(),
        rates: taxed.rates,
        tax: all_tax,
        total,
        price_missing: live.iter().any(|line| line.unit_price.is_none() && line.amount_override.is_none()),
        lines,
    })
}

/// What a line's discount is taken from.
pub(super) fn line_base(line: &CartLine) -> Result<Amount, CartError> {
    Ok(match (line.amount_override, line.unit_price) {
        (Some(amount), _) => amount,
        (None, Some(price)) => Amount::round_from(price.to_decimal() * line.quantity.to_decimal())?,
        (None, None) => Amount::ZERO,
    })
}

/// What the sale's discount is taken from.
pub(super) fn sale_base(cart: &Cart) -> Result<Amount, CartError> {
    cart.live().filter(|line| line.refund.is_none()).map(|line| line_amounts(line).map(|priced| priced.net)).sum()
}

fn line_amounts(line: &CartLine) -> Result<PricedLine, CartError> {
    let amount = line_base(line)?;
    let discount = reduction(line.discount.as_ref(), amount)?;
    let net = amount - discount;
    Ok(PricedLine { id: line.id, amount, discount, sale_share: Amount::ZERO, net, tax: Amount::ZERO })
}

/// The sale's discount falls on what is sold, never on what is taken back.
fn share_discount(
    discount: Option<&Discount>,
    live: &[&CartLine],
    lines: &mut [PricedLine],
) -> Result<Amount, CartError> {
    let sold: Vec<usize> = (0..lines.len()).filter(|at| live[*at].refund.is_none()).collect();
    let base: Amount = sold.iter().map(|at| lines[*at].net).sum();
    let total = reduction(discount, base)?;
    if total.is_zero() {
        return Ok(total);
    }
    let exact: Vec<Decimal> =
        sold.iter().map(|at| total.to_decimal() * lines[*at].net.to_decimal() / base.to_decimal()).collect();
    for (at, share) in sold.iter().zip(largest_remainder(total, &exact)?) {
        lines[*at].sale_share = share;
        lines[*at].net -= share;
    }
    Ok(total)
}

fn reduction(discount: Option<&Discount>, from: Amount) -> Result<Amount, CartError> {
    match discount.map(|discount| discount.kind) {
        None => Ok(Amount::ZERO),
        Some(DiscountKind::Percent(percent)) => {
            Ok(Amount::round_from(from.to_decimal() * percent / Decimal::ONE_HUNDRED)?)
        }
        // It was possible when it was given; since then the line or the sale became smaller.
        Some(DiscountKind::Amount(amount)) => Ok(amount.min(from)),
    }
}

impl From<MoneyError> for CartError {
    fn from(_: MoneyError) -> Self {
        CartError::TooLarge
    }
}
