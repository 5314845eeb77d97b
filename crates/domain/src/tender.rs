//! How a sale is paid.

use serde::{Deserialize, Serialize};

use crate::ids::TenderId;
use crate::money::{Amount, Currency};

/// A way to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TenderKind {
    /// Notes and coins; may be more than is due, the rest is change.
    Cash,
    /// A card on a terminal of its own, confirmed by hand.
    Card,
    /// A paper voucher.
    Voucher,
}

/// What was handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tender {
    /// Identity, also for the terminal.
    pub id: TenderId,
    /// How.
    pub kind: TenderKind,
    /// Handed over; negative when paid out for a return.
    pub amount: Amount,
    /// What the terminal or the voucher calls it; empty where nobody said.
    pub reference: String,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Sum of what was handed over.
    pub tendered: Amount,
    /// Still to pay; never negative for a sale, never positive for a refund.
    pub due: Amount,
    /// To give back, in cash.
    pub change: Amount,
}

/// Why a tender is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TenderError {
    /// Nothing is due.
    #[error("the sale is paid")]
    NothingDue,
    /// Zero, or of the wrong sign.
    #[error("the amount cannot be taken")]
    WrongAmount,
    /// A card or voucher for more than is due: only cash gives change.
    #[error("only cash gives change")]
    MoreThanDue,
}

/// Where the payment of `total` stands after `tenders`.
pub fn settle(total: Amount, tenders: &[Tender]) -> Settlement {
    let tendered: Amount = tenders.iter().map(|tender| tender.amount).sum();
    let open = total - tendered;
    let overpaid = if total.is_negative() { open > Amount::ZERO } else { open < Amount::ZERO };
    if overpaid {
        Settlement { tendered, due: Amount::ZERO, change: -open }
    } else {
        Settlement { tendered, due: open, change: Amount::ZERO }
    }
}

/// Whether `amount` may be taken as `kind` when `total` is to pay and `taken` was handed over before.
///
/// # Errors
/// See [`TenderError`].
pub fn check(total: Amount, taken: &[Tender], kind: TenderKind, amount: Amount) -> Result<(), TenderError> {
    let due = settle(total, taken).due;
    if due.is_zero() {
        return Err(TenderError::NothingDue);
    }
    if amount.is_zero() || !amount.is_possible() || amount.is_negative() != due.is_negative() {
        return Err(TenderError::WrongAmount);
    }
    let more = amount.abs() > due.abs();
    if more && (kind != TenderKind::Cash || due.is_negative()) {
        return Err(TenderError::MoreThanDue);
    }
    Ok(())
}

/// What people hand over for `due`: the next 5 or 10, then notes; ascending, without `due` itself, at most five.
pub fn quick_amounts(due: Amount, currency: Currency) -> Vec<Amount> {
    // Where there are no decimals, notes begin at hundreds.
    let unit = 10_i64.pow(u32::from(if currency.decimals() == 0 { 2 } else { currency.decimals() }));
    let due_minor = due.minor();
    if due_minor <= 0 || !due.is_possible() {
        return Vec::new();
    }
    let mut amounts: Vec<i64> = [5, 10, 20, 50, 100, 200, 500]
        .iter()
        .map(|step| (due_minor + step * unit - 1) / (step * unit) * step * unit)
        .filter(|amount| *amount > due_minor)
        .collect();
    amounts.sort_unstable();
    amounts.dedup();
    amounts.truncate(5);
    amounts.into_iter().map(Amount::from_minor).collect()
}

/// The fewest notes and coins that make `change`, largest first, as (piece, count). The euro's pieces; none for less than
/// nothing.
pub fn coins(change: Amount) -> Vec<(Amount, i64)> {
    let mut rest = change.minor();
    let pieces = [50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1];
    let mut coins = Vec::new();
    for piece in pieces {
        let count = rest / piece;
        if count > 0 {
            coins.push((Amount::from_minor(piece), count));
            rest -= count * piece;
        }
    }
    coins
}
