//! Finishing a sale: journal, stock, totals, receipt, drawer and the empty cart, in one transaction.

use selvedge_contract::view::{Tone, View};
use selvedge_contract::{Code, Failure};
use selvedge_domain::Amount;
use selvedge_domain::cart::{Cart, CartLine, Refund};
use selvedge_domain::ids::JobId;
use selvedge_domain::people::Right;
use selvedge_domain::receipt_number::ReceiptNumber;
use selvedge_domain::sale::{Sale, SaleError, Till, finish};
use selvedge_domain::shift::Shift;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_protocol::journal::Fact;
use selvedge_store::Tx;
use selvedge_store::table::print_job::{PrintJob, State};
use selvedge_store::table::{cart, catalogue, counter, drawer_job, print_job, sale, setting, shift};

use crate::cart::SHOWING;
use crate::context::Context;
use crate::cover::uncovered;
use crate::{App, AppError, Nudge, promise};

/// A drawer that opens later than this frightens somebody.
pub(crate) const DRAWER_LIFE_MS: u64 = 5_000;

impl App {
    /// Finishes the present sale.
    ///
    /// # Errors
    /// [`Code::SaleEmpty`], [`Code::PriceMissing`], [`Code::NotPaid`], [`Code::MoreThanBought`].
    pub fn complete_sale(&self) -> Result<View, AppError> {
        self.store().write("complete-sale", |tx| {
            let (context, mut shift) = self.at_the_till(tx, Right::Sell)?;
            let present = cart::load(tx)?.ok_or(Failure::from(Code::SaleEmpty))?;
            let done = self.finished(tx, &context, &shift, &present)?;
            check_returns(tx, &done)?;
            let uncovered = uncovered(tx, &context, &done)?;
            let entry = self.record(tx, &context, Fact::Sale((&done).into()))?;
            sale::insert(tx, &done, &entry.id)?;
            promise::hand_over(tx, &context, &done, &entry)?;
            if let Some(uncovered) = &uncovered {
                self.raise_count(tx, &context, &done, uncovered)?;
            }
            shift.totals.add(&done);
            shift::save(tx, &shift)?;
            self.print_receipt(tx, &context, &done)?;
            if needs_drawer(&done) {
                self.open_drawer_for(tx, &context, &done)?;
            }
            let sold: Vec<_> = done.cart.lines.iter().map(|line| line.product.id).collect();
            catalogue::note_sold(tx, &sold)?;
            cart::clear(tx)?;
            setting::set(tx, SHOWING, &done.cart.id)?;
            Ok::<_, AppError>(())
        })?;
        self.signal(Tone::Done);
        self.nudge(Nudge::Print);
        self.nudge(Nudge::Journal);
        self.view()
    }

    /// Leaves the finished sale.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn next_sale(&self) -> Result<View, AppError> {
        self.store().write("next-sale", |tx| setting::clear(tx, SHOWING).map_err(AppError::from))?;
        self.view()
    }

    fn finished(&self, tx: &Tx, context: &Context, shift: &Shift, present: &Cart) -> Result<Sale, AppError> {
        let number = counter::next(tx, &format!("receipt {}", context.station.generation))?;
        let receipt = ReceiptNumber::new(&context.station.till, context.station.generation, number)
            .map_err(|error| AppError::given("the till's code", error))?;
        let person = context.signed_in(Right::Sell)?.id;
        let till = Till {
            receipt: receipt.to_string(),
            site: context.site.id,
            till: context.station.till.clone(),
            location: context.site.sales_floor,
            returns_location: context.site.returns,
            shift: shift.id,
            business_day: shift.business_day,
            person,
            at: context.local_now(),
        };
        Ok(finish(present, till)?)
    }

    fn print_receipt(&self, tx: &Tx, context: &Context, done: &Sale) -> Result<(), AppError> {
        let job = PrintJob {
            id: JobId(self.outside.ids.new_id()),
            title: done.receipt.clone(),
            sale: Some(done.cart.id),
            shift: None,
            copy: false,
            state: State::Waiting,
            document: self.receipt_document(tx, context, done)?,
            changed_ms: context.now.corrected_ms(),
        };
        Ok(print_job::insert(tx, &job)?)
    }

    fn open_drawer_for(&self, tx: &Tx, context: &Context, done: &Sale) -> Result<(), AppError> {
        let id = JobId(self.outside.ids.new_id());
        Ok(drawer_job::insert(tx, id, Some(done.cart.id), context.now, DRAWER_LIFE_MS)?)
    }
}

fn needs_drawer(done: &Sale) -> bool {
    !done.change.is_zero() || done.cart.tenders.iter().any(|tender| tender.kind == TenderKind::Cash)
}

/// Looked at again at the end: the same line may stand in this sale twice, or in another that was finished meanwhile.
fn check_returns(tx: &Tx, done: &Sale) -> Result<(), AppError> {
    for line in &done.cart.lines {
        let Some(refund) = &line.refund else { continue };
        let bought = sale::by_id(tx, refund.sale)?.ok_or(Failure::from(Code::NoSuchSale))?;
        let lines = &bought.sale.cart.lines;
        let at = lines.iter().position(|sold| sold.id == refund.line).ok_or(Failure::from(Code::NoSuchLine))?;
        let mut given_back = taken_back(done, refund);
        for taker in sale::takers(tx, refund.sale, refund.line)? {
            let finished = sale::by_id(tx, taker)?.ok_or(Failure::from(Code::NoSuchSale))?;
            given_back += taken_back(&finished.sale, refund);
        }
        let more = crate::returns::returned(tx, refund.sale, refund.line)? > lines[at].quantity;
        if more || given_back > paid(&bought.sale, at) {
            return Err(SaleError::MoreThanBought.into());
        }
    }
    Ok(())
}

/// What a sale gives back for a line of an earlier one, with its tax.
fn taken_back(of: &Sale, refund: &Refund) -> Amount {
    let same = |line: &CartLine| {
        line.refund.as_ref().is_some_and(|other| other.sale == refund.sale && other.line == refund.line)
    };
    let lines = of.cart.lines.iter().enumerate().filter(|(_, line)| same(line));
    lines.map(|(at, _)| -paid(of, at)).sum()
}

/// What was paid for a line, with its tax.
fn paid(of: &Sale, at: usize) -> Amount {
    of.priced.lines.get(at).map_or(Amount::ZERO, |line| match of.cart.mode {
        PriceMode::Inclusive => line.net,
        PriceMode::Exclusive => line.net + line.tax,
    })
}
