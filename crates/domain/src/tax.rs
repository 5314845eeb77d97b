//! Tax: computed once per rate on the sum of its lines, shown per line by largest remainder. One module, so that the
//! window, the receipt, the journal and central cannot differ by a cent.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::money::{Amount, MoneyError};

/// A rate as it was applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaxRate {
    /// The company's name for it: `standard`.
    pub code: String,
    /// 23 for 23 %.
    pub percent: Decimal,
}

/// Whether prices contain tax. Belongs to the price list; a sale has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriceMode {
    /// The price on the shelf is what is paid.
    Inclusive,
    /// Tax is added at the till.
    Exclusive,
}

/// All of one rate in a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateSum {
    /// The rate.
    pub rate: TaxRate,
    /// Without tax.
    pub net: Amount,
    /// The tax.
    pub tax: Amount,
    /// With tax.
    pub gross: Amount,
}

/// Tax of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taxed {
    /// By rate, in order of their first line.
    pub rates: Vec<RateSum>,
    /// Tax of each line given; sums to the rates' tax.
    pub per_line: Vec<Amount>,
}

/// Taxes `lines` (rate and amount as priced). Rounds once per rate.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn tax(mode: PriceMode, lines: &[(&TaxRate, Amount)]) -> Result<Taxed, MoneyError> {
    let lines: Vec<TaxLine<'_>> =
        lines.iter().map(|(rate, amount)| TaxLine { rate, amount: *amount, fixed: None }).collect();
    tax_lines(mode, &lines)
}

/// What is taxed: a line of a sale, or of a return.
#[derive(Clone, Copy, Debug)]
pub struct TaxLine<'a> {
    /// Its rate.
    pub rate: &'a TaxRate,
    /// As priced.
    pub amount: Amount,
    /// Its tax where that is known: a return gives back the tax of its sale, to the cent.
    pub fixed: Option<Amount>,
}

/// Taxes lines of which some have their tax already. Rounds once per rate, on the sum of the others.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn tax_lines(mode: PriceMode, lines: &[TaxLine<'_>]) -> Result<Taxed, MoneyError> {
    let mut rates: Vec<RateSum> = Vec::new();
    let mut per_line: Vec<Amount> = lines.iter().map(|line| line.fixed.unwrap_or(Amount::ZERO)).collect();
    for first in lines {
        if rates.iter().any(|sum| sum.rate == *first.rate) {
            continue;
        }
        let mine: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].rate == first.rate).collect();
        let open: Vec<usize> = mine.iter().copied().filter(|at| lines[*at].fixed.is_none()).collect();
        let open_base: Amount = open.iter().map(|at| lines[*at].amount).sum();
        let open_tax = Amount::round_from(exact_tax(mode, first.rate, open_base)?)?;
        let exact =
            open.iter().map(|at| exact_tax(mode, first.rate, lines[*at].amount)).collect::<Result<Vec<_>, _>>()?;
        for (at, share) in open.iter().zip(largest_remainder(open_tax, &exact)?) {
            per_line[*at] = share;
        }
        let base: Amount = mine.iter().map(|at| lines[*at].amount).sum();
        let tax: Amount = mine.iter().map(|at| per_line[*at]).sum();
        let (net, gross) = match mode {
            PriceMode::Inclusive => (base - tax, base),
            PriceMode::Exclusive => (base, base + tax),
        };
        rates.push(RateSum { rate: first.rate.clone(), net, tax, gross });
    }
    Ok(Taxed { rates, per_line })
}

/// Gives each part its exact share rounded toward zero, then the missing units to the largest remainders, first come
/// first served among equals; the parts sum to `total`, which must be the rounded sum of `exact`. No part is a whole
/// unit or more away from its share, and the parts of a return mirror those of its sale.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn largest_remainder(total: Amount, exact: &[Decimal]) -> Result<Vec<Amount>, MoneyError> {
    let mut parts = exact.iter().map(|share| Amount::round_from(share.trunc())).collect::<Result<Vec<_>, _>>()?;
    let mut missing = total.minor() - parts.iter().map(|part| part.minor()).sum::<i64>();
    let step = missing.signum();
    let direction = Decimal::from(step);
    let mut order: Vec<usize> = (0..exact.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(exact[*at].fract() * direction));
    for at in order.into_iter().cycle() {
        if missing == 0 {
            break;
        }
        parts[at] += Amount::from_minor(step);
        missing -= step;
    }
    Ok(parts)
}

fn exact_tax(mode: PriceMode, rate: &TaxRate, amount: Amount) -> Result<Decimal, MoneyError> {
    let hundred = Decimal::ONE_HUNDRED;
    let whole = match mode {
        PriceMode::Inclusive => hundred.checked_add(rate.percent).ok_or(MoneyError::TooLarge)?,
        PriceMode::Exclusive => hundred,
    };
    let part = amount.to_decimal().checked_mul(rate.percent).ok_or(MoneyError::TooLarge)?;
    part.checked_div(whole).ok_or(MoneyError::TooLarge)
}

impl TaxRate {
    /// From nothing to [`Self::LIMIT_PERCENT`].
    pub fn is_possible(&self) -> bool {
        self.percent >= Decimal::ZERO && self.percent <= Self::LIMIT_PERCENT
    }

    /// No country asks for more; a larger one is a mistake in a file.
    pub const LIMIT_PERCENT: Decimal = Decimal::ONE_HUNDRED;
}
