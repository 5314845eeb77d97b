//! The sale on screen, in progress and done.

use selvedge_contract::view::{
    DrawerState, Line, Paper, Parked, PrintState, PrinterState, Reduction, SaleDone, Selling, ShiftFigures, TakenTender,
};
use selvedge_domain::cart::{Cart, CartAction, CartLine, Discount, Priced, PricedLine, price};
use selvedge_domain::ids::SaleId;
use selvedge_domain::quantity::Unit;
use selvedge_domain::shift::Shift;
use selvedge_domain::tender::{TenderKind, coins, quick_amounts, settle};
use selvedge_domain::{Amount, Quantity};
use selvedge_store::Tx;
use selvedge_store::table::print_job::{self, PrintJob, State};
use selvedge_store::table::sale::Finished;
use selvedge_store::table::{cart, catalogue, drawer_job, parked, sale};

use super::sold::Acknowledged;
use crate::context::{Context, local_time};
use crate::papers::person_name;
use crate::{App, AppError};

impl App {
    pub(super) fn selling(&self, tx: &Tx, context: &Context, shift: &Shift) -> Result<Selling, AppError> {
        let nothing = SaleId(uuid::Uuid::nil());
        let (present, actions) = cart::load_with_actions(tx)?
            .unwrap_or_else(|| (Cart::new(nothing, context.site.currency, context.site.price_mode), Vec::new()));
        let priced = price(&present)?;
        let settlement = settle(priced.total, &present.tenders);
        let can_undo = present.tenders.is_empty() && actions.iter().any(CartAction::is_undoable);
        Ok(Selling {
            currency: present.currency,
            mode: present.mode,
            lines: lines(tx, &present, &priced)?,
            pieces: pieces(&present),
            line_count: u32::try_from(priced.lines.len()).unwrap_or(u32::MAX),
            subtotal: priced.subtotal,
            discounts: priced.discounts,
            sale_discount: present.discount.as_ref().map(|discount| reduction(discount, priced.sale_discount)),
            rates: priced.rates,
            total: priced.total,
            tenders: present.tenders.iter().map(taken).collect(),
            due: settlement.due,
            change: settlement.change,
            quick: quick_amounts(settlement.due, present.currency),
            coins: coins(settlement.change),
            can_undo,
            price_missing: present
                .live()
                .find(|line| line.unit_price.is_none() && line.amount_override.is_none())
                .map(|line| line.id),
            parked: parked_sales(tx, context)?,
            shift: figures(tx, shift)?,
            last_receipt: sale::last_receipt(tx)?,
        })
    }

    pub(super) fn sale_done(
        &self,
        tx: &Tx,
        context: &Context,
        shift: &Shift,
        found: &Finished,
    ) -> Result<SaleDone, AppError> {
        let done = &found.sale;
        let job = print_job::of_sale(tx, done.cart.id)?;
        let document = match &job {
            Some(job) => job.document.clone(),
            None => self.receipt_document(tx, context, done)?,
        };
        let cash = done.cart.tenders.iter().filter(|tender| tender.kind == TenderKind::Cash);
        Ok(SaleDone {
            sale: done.cart.id,
            receipt: done.receipt.clone(),
            currency: done.cart.currency,
            total: done.priced.total,
            cash: cash.map(|tender| tender.amount).sum(),
            change: done.change,
            coins: coins(done.change),
            paper: Paper { document, columns: self.columns() },
            print: self.print_state(context, job.as_ref()),
            drawer: self.drawer_state(tx, done.cart.id)?,
            landed: Acknowledged::default().landed(tx, context, found)?,
            parked: parked_sales(tx, context)?,
            shift: figures(tx, shift)?,
        })
    }

    pub(super) fn print_state(&self, context: &Context, job: Option<&PrintJob>) -> PrintState {
        let Some(job) = job else { return PrintState::NoPrinter };
        let at = local_time(job.changed_ms, &context.zone);
        match job.state {
            State::Waiting if self.live().devices.printer == PrinterState::None => PrintState::NoPrinter,
            State::Waiting => PrintState::Waiting,
            State::Sending => PrintState::Sending,
            State::Printed => PrintState::Printed(at),
            State::Sent => PrintState::Sent(at),
            State::Uncertain => PrintState::Uncertain,
            State::Dropped => PrintState::Dropped,
        }
    }

    fn drawer_state(&self, tx: &Tx, sale: SaleId) -> Result<DrawerState, AppError> {
        if self.live().devices.printer == PrinterState::None {
            return Ok(DrawerState::NotNeeded);
        }
        Ok(match drawer_job::of_sale(tx, sale)? {
            None => DrawerState::NotNeeded,
            Some(drawer_job::State::Waiting) => DrawerState::Waiting,
            Some(drawer_job::State::Sent) => DrawerState::Opened,
            Some(drawer_job::State::Expired) => DrawerState::Expired,
        })
    }
}

fn lines(tx: &Tx, present: &Cart, priced: &Priced) -> Result<Vec<Line>, AppError> {
    present
        .lines
        .iter()
        .map(|line| {
            let amounts = priced.lines.iter().find(|priced| priced.id == line.id);
            Ok(shown(line, amounts, catalogue::gtin_of(tx, line.product.id)?, present))
        })
        .collect()
}

fn shown(line: &CartLine, priced: Option<&PricedLine>, gtin: String, present: &Cart) -> Line {
    let discount = priced.map_or(Amount::ZERO, |priced| priced.discount);
    let before = priced.map_or(Amount::ZERO, |priced| priced.amount);
    Line {
        id: line.id,
        product: line.product.id,
        gtin,
        name: line.product.name.clone(),
        variant: line.product.variant.clone(),
        colour_code: line.product.colour_code.clone(),
        quantity: line.quantity,
        unit: line.product.unit,
        unit_price: line.unit_price,
        amount: before - discount,
        before: (!discount.is_zero()).then_some(before),
        discount: line.discount.as_ref().map(|given| reduction(given, discount)),
        refund_of: line.refund.as_ref().map(|refund| refund.receipt.clone()),
        set_aside: line.promise.is_some(),
        removed: line.removed,
        selected: present.selected == Some(line.id),
    }
}

fn reduction(discount: &Discount, amount: Amount) -> Reduction {
    Reduction { kind: discount.kind, reason: discount.reason.clone(), amount }
}

fn taken(tender: &selvedge_domain::tender::Tender) -> TakenTender {
    TakenTender { id: tender.id, kind: tender.kind, amount: tender.amount, reference: tender.reference.clone() }
}

/// Pieces; a weight or length counts as one.
pub(super) fn pieces(present: &Cart) -> i64 {
    present
        .live()
        .map(|line| match line.product.unit {
            Unit::Piece => line.quantity.thousandths() / Quantity::ONE.thousandths(),
            Unit::Kilogram | Unit::Metre => 1,
        })
        .sum()
}

fn parked_sales(tx: &Tx, context: &Context) -> Result<Vec<Parked>, AppError> {
    Ok(parked::list(tx)?
        .into_iter()
        .map(|aside| Parked {
            id: aside.id,
            name: aside.name,
            at: local_time(aside.at_ms, &context.zone),
            lines: aside.lines,
            total: aside.total,
        })
        .collect())
}

fn figures(tx: &Tx, shift: &Shift) -> Result<ShiftFigures, AppError> {
    let totals = &shift.totals;
    Ok(ShiftFigures {
        number: shift.number,
        business_day: shift.business_day,
        opened_at: shift.opened_at,
        opened_by: person_name(tx, shift.opened_by)?,
        float: shift.float,
        expected_cash: shift.expected_cash(),
        cash_in: totals.cash_in,
        cash_out: totals.cash_out,
        sales: totals.sales,
        turnover: totals.sold - totals.returned,
        tenders: totals.tenders.iter().map(|(kind, amount)| (*kind, *amount)).collect(),
    })
}
