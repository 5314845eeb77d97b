//! The papers of a shift: the Z report that closes it, and the slip of cash that was put in or taken out.

use serde::{Deserialize, Serialize};

use super::{BOLD, Header, LARGE, PLAIN, Wording, centred, head, row, styled_row};
use crate::money::{Amount, Currency};
use crate::receipt::{Block, Document};
use crate::shift::ClosedShift;
use crate::tender::TenderKind;
use crate::time::LocalTime;

/// Cash that was put into a drawer, or taken out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashSlip {
    /// The till's code.
    pub till: String,
    /// When.
    pub at: LocalTime,
    /// Of the drawer.
    pub currency: Currency,
    /// Above zero when put in, below when taken out.
    pub amount: Amount,
    /// What for; may be empty.
    pub reason: String,
}

/// The slip of cash put in or taken out, with a line to sign on.
pub fn cash_slip(slip: &CashSlip, header: &Header, person: &str, wording: Wording<'_>) -> Document {
    let Wording { labels, figures } = wording;
    let title = if slip.amount.is_negative() { &labels.cash_out } else { &labels.cash_in };
    let mut blocks = head(header);
    blocks.push(centred(title, LARGE));
    blocks.push(Block::Blank);
    blocks.push(row(format!("{} {}", labels.till, slip.till), person));
    blocks.push(row(figures.day(slip.at.day), figures.time(slip.at)));
    blocks.push(Block::Rule);
    let amount = figures.amount(slip.amount.abs(), slip.currency);
    blocks.push(styled_row(slip.currency.code(), amount, LARGE));
    if !slip.reason.is_empty() {
        blocks.push(row(&slip.reason, ""));
    }
    blocks.extend([Block::Blank, Block::Blank, Block::Rule, centred(&labels.signature, PLAIN)]);
    Document { blocks }
}

/// The report that closes a shift; the names are those of who opened and who closed it.
pub fn z_report(
    closed: &ClosedShift,
    till: &str,
    header: &Header,
    (opened_by, closed_by): (&str, &str),
    wording: Wording<'_>,
) -> Document {
    let Wording { labels, figures } = wording;
    let shift = &closed.shift;
    let moment = |at: LocalTime| format!("{} {}", figures.day(at.day), figures.time(at));
    let mut blocks = head(header);
    blocks.push(centred(&format!("{} {}", labels.z_report, shift.number), LARGE));
    blocks.push(Block::Blank);
    blocks.push(row(format!("{} {till}", labels.till), shift.currency.code()));
    blocks.push(row(&labels.business_day, figures.day(shift.business_day)));
    blocks.push(row(format!("{} {opened_by}", labels.opened), moment(shift.opened_at)));
    blocks.push(row(format!("{} {closed_by}", labels.closed), moment(closed.closed_at)));
    blocks.push(Block::Rule);
    blocks.extend(takings(closed, wording));
    blocks.push(Block::Rule);
    blocks.extend(drawer(closed, wording));
    Document { blocks }
}

fn takings(closed: &ClosedShift, wording: Wording<'_>) -> Vec<Block> {
    let Wording { labels, figures } = wording;
    let currency = closed.shift.currency;
    let totals = &closed.shift.totals;
    let amount = |amount: Amount| figures.amount(amount, currency);
    let mut blocks = vec![
        row(&labels.sales, totals.sales.to_string()),
        row(&labels.sold, amount(totals.sold)),
        row(&labels.returned, amount(-totals.returned)),
        styled_row(labels.total.to_uppercase(), amount(totals.sold - totals.returned), LARGE),
        row(&labels.discounts, amount(totals.discounts)),
    ];
    for sum in &totals.rates {
        let percent = figures.percent(sum.rate.percent);
        blocks.push(row(format!("{} {percent} {} {}", labels.tax, labels.tax_of, amount(sum.net)), amount(sum.tax)));
    }
    blocks.push(Block::Rule);
    for (kind, kept) in &totals.tenders {
        blocks.push(row(labels.tender(*kind), amount(*kept)));
    }
    blocks
}

fn drawer(closed: &ClosedShift, wording: Wording<'_>) -> Vec<Block> {
    let Wording { labels, figures } = wording;
    let currency = closed.shift.currency;
    let totals = &closed.shift.totals;
    let amount = |amount: Amount| figures.amount(amount, currency);
    vec![
        styled_row(&labels.drawer, "", BOLD),
        row(&labels.float, amount(closed.shift.float)),
        row(&labels.cash, amount(totals.tendered(TenderKind::Cash))),
        row(&labels.cash_in, amount(totals.cash_in)),
        row(&labels.cash_out, amount(-totals.cash_out)),
        styled_row(&labels.expected, amount(closed.shift.expected_cash()), BOLD),
        styled_row(&labels.counted, amount(closed.counted), BOLD),
        styled_row(&labels.difference, amount(closed.difference()), BOLD),
    ]
}
