//! A shift: one drawer, from the float to the counted cash and the Z report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, ShiftId};
use crate::money::{Amount, Currency};
use crate::sale::Sale;
use crate::tax::RateSum;
use crate::tender::TenderKind;
use crate::time::{Day, LocalTime};

/// An open shift and its running totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Identity.
    pub id: ShiftId,
    /// Gapless number of the Z report that will close it.
    pub number: u32,
    /// The day that its sales belong to.
    pub business_day: Day,
    /// Of all amounts.
    pub currency: Currency,
    /// By whom it was opened.
    pub opened_by: PersonId,
    /// When.
    pub opened_at: LocalTime,
    /// Cash in the drawer at the opening.
    pub float: Amount,
    /// What happened since.
    pub totals: ShiftTotals,
}

/// Running totals of a shift.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftTotals {
    /// Sales done, returns among them.
    pub sales: u32,
    /// What was sold, without what was taken back.
    pub sold: Amount,
    /// What was taken back; zero or more.
    pub returned: Amount,
    /// Reductions given.
    pub discounts: Amount,
    /// Kept of each way to pay, change already taken off.
    pub tenders: BTreeMap<TenderKind, Amount>,
    /// Tax, by code of the rate.
    pub rates: Vec<RateSum>,
    /// Put into the drawer.
    pub cash_in: Amount,
    /// Taken out of the drawer.
    pub cash_out: Amount,
}

impl ShiftTotals {
    /// Adds a finished sale.
    pub fn add(&mut self, sale: &Sale) {
        self.sales += 1;
        for (line, priced) in sale.cart.lines.iter().zip(&sale.priced.lines) {
            let gross = match sale.cart.mode {
                crate::tax::PriceMode::Inclusive => priced.net,
                crate::tax::PriceMode::Exclusive => priced.net + priced.tax,
            };
            if line.refund.is_some() {
                self.returned -= gross;
            } else {
                self.sold += gross;
            }
        }
        self.discounts += sale.priced.discounts;
        for tender in &sale.cart.tenders {
            *self.tenders.entry(tender.kind).or_default() += tender.amount;
        }
        if !sale.change.is_zero() {
            *self.tenders.entry(TenderKind::Cash).or_default() -= sale.change;
        }
        for sum in &sale.priced.rates {
            match self.rates.iter_mut().find(|known| known.rate == sum.rate) {
                Some(known) => {
                    known.net += sum.net;
                    known.tax += sum.tax;
                    known.gross += sum.gross;
                }
                None => self.rates.push(sum.clone()),
            }
        }
    }

    /// Kept in one way to pay.
    pub fn tendered(&self, kind: TenderKind) -> Amount {
        self.tenders.get(&kind).copied().unwrap_or(Amount::ZERO)
    }
}

impl Shift {
    /// What the drawer must hold.
    pub fn expected_cash(&self) -> Amount {
        self.float + self.totals.tendered(TenderKind::Cash) + self.totals.cash_in - self.totals.cash_out
    }
}

/// A shift that is closed: what the Z report says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedShift {
    /// As it was.
    pub shift: Shift,
    /// By whom it was closed.
    pub closed_by: PersonId,
    /// When.
    pub closed_at: LocalTime,
    /// Cash counted in the drawer.
    pub counted: Amount,
}

impl ClosedShift {
    /// Counted minus expected: negative when cash is missing.
    pub fn difference(&self) -> Amount {
        self.counted - self.shift.expected_cash()
    }
}
