//! Opening and closing the till, and cash in between.

use selvedge_contract::Code;
use selvedge_contract::view::View;
use selvedge_domain::Amount;
use selvedge_domain::ids::{JobId, ShiftId};
use selvedge_domain::people::Right;
use selvedge_domain::shift::{ClosedShift, Shift, ShiftTotals};
use selvedge_protocol::journal::{CashMovedV1, DrawerPulsedV1, Fact, ShiftOpenedV1};
use selvedge_store::Tx;
use selvedge_store::table::print_job::{PrintJob, State};
use selvedge_store::table::{cart, counter, drawer_job, parked, print_job, setting, shift};

use crate::cart::SHOWING;
use crate::complete::DRAWER_LIFE_MS;
use crate::context::Context;
use crate::{App, AppError, Nudge};

/// The setting that remembers that the till was closed by who is still signed in.
pub(crate) const JUST_CLOSED: &str = "just-closed";
/// A longer reason is cut.
const REASON_CHARS: usize = 80;

impl App {
    /// Opens the till for a shift; its day is today's.
    ///
    /// # Errors
    /// [`Code::TillOpen`], [`Code::WrongAmount`].
    pub fn open_till(&self, float: Amount) -> Result<View, AppError> {
        self.store().write("open-till", |tx| {
            let context = self.joined(tx)?;
            let person = context.signed_in(Right::HandleCash)?.id;
            if shift::open(tx)?.is_some() {
                return Err(AppError::from(Code::TillOpen));
            }
            if float.is_negative() || float.minor() > Amount::LIMIT_MINOR {
                return Err(Code::WrongAmount.into());
            }
            let opened = Shift {
                id: ShiftId(self.outside.ids.new_id()),
                number: counter::next(tx, "z")?,
                business_day: context.today(),
                currency: context.site.currency,
                opened_by: person,
                opened_at: context.local_now(),
                float,
                totals: ShiftTotals::default(),
            };
            let fact = ShiftOpenedV1 {
                shift: opened.id.0,
                number: opened.number,
                business_day: opened.business_day.to_string(),
                currency: opened.currency.code().to_owned(),
                float_minor: float.minor(),
            };
            self.record(tx, &context, Fact::ShiftOpened(fact))?;
            setting::clear(tx, JUST_CLOSED)?;
            setting::clear(tx, SHOWING)?;
            Ok(shift::save(tx, &opened)?)
        })?;
        self.nudge(Nudge::Journal);
        self.view()
    }

    /// Puts cash into the drawer.
    ///
    /// # Errors
    /// [`Code::WrongAmount`].
    pub fn cash_in(&self, amount: Amount, reason: &str) -> Result<View, AppError> {
        self.move_cash("cash-in", amount, reason, 1)
    }

    /// Takes cash out of the drawer: not more than it should hold.
    ///
    /// # Errors
    /// [`Code::WrongAmount`], [`Code::MoreThanInDrawer`].
    pub fn cash_out(&self, amount: Amount, reason: &str) -> Result<View, AppError> {
        self.move_cash("cash-out", amount, reason, -1)
    }

    /// Opens the drawer without a sale.
    ///
    /// # Errors
    /// [`Code::TillClosed`].
    pub fn open_drawer(&self) -> Result<View, AppError> {
        self.store().write("open-drawer", |tx| {
            let (context, shift) = self.at_the_till(tx, Right::HandleCash)?;
            self.record(tx, &context, Fact::DrawerPulsed(DrawerPulsedV1 { shift: Some(shift.id.0) }))?;
            self.pulse(tx, &context)
        })?;
        self.nudge(Nudge::Print);
        self.nudge(Nudge::Journal);
        self.view()
    }

    /// Closes the shift with the counted cash.
    ///
    /// # Errors
    /// [`Code::SaleOpen`] while the present sale is not finished, [`Code::SalesParked`] while a parked one is not,
    /// [`Code::WrongAmount`].
    pub fn close_till(&self, counted: Amount) -> Result<View, AppError> {
        self.store().write("close-till", |tx| {
            let (context, shift) = self.at_the_till(tx, Right::HandleCash)?;
            let person = context.signed_in(Right::HandleCash)?.id;
            if cart::load(tx)?.is_some_and(|cart| !cart.is_empty()) {
                return Err(AppError::from(Code::SaleOpen));
            }
            if !parked::list(tx)?.is_empty() {
                return Err(AppError::from(Code::SalesParked));
            }
            if counted.is_negative() || counted.minor() > Amount::LIMIT_MINOR {
                return Err(Code::WrongAmount.into());
            }
            let closed = ClosedShift { shift, closed_by: person, closed_at: context.local_now(), counted };
            self.record(tx, &context, Fact::ShiftClosed((&closed).into()))?;
            shift::close(tx, &closed)?;
            let document = self.z_document(tx, &context, &closed)?;
            let title = format!("Z {}", closed.shift.number);
            self.print(tx, &context, title, document, Some(closed.shift.id))?;
            setting::set(tx, JUST_CLOSED, &closed.shift.id)?;
            Ok(setting::clear(tx, SHOWING)?)
        })?;
        self.nudge(Nudge::Print);
        self.nudge(Nudge::Journal);
        self.view()
    }

    fn move_cash(&self, name: &'static str, amount: Amount, reason: &str, sign: i64) -> Result<View, AppError> {
        self.store().write(name, |tx| {
            let (context, mut shift) = self.at_the_till(tx, Right::HandleCash)?;
            if amount <= Amount::ZERO || amount.minor() > Amount::LIMIT_MINOR {
                return Err(AppError::from(Code::WrongAmount));
            }
            let reason: String = reason.trim().chars().take(REASON_CHARS).collect();
            let moved = Amount::from_minor(amount.minor() * sign);
            if sign < 0 {
                if amount > shift.expected_cash() {
                    return Err(Code::MoreThanInDrawer.into());
                }
                shift.totals.cash_out += amount;
            } else {
                shift.totals.cash_in += amount;
            }
            let fact = CashMovedV1 {
                shift: shift.id.0,
                currency: shift.currency.code().to_owned(),
                amount_minor: moved.minor(),
                reason: reason.clone(),
            };
            self.record(tx, &context, Fact::CashMoved(fact))?;
            shift::save(tx, &shift)?;
            let document = self.cash_document(tx, &context, moved, &reason)?;
            let title = if sign < 0 { "Cash out" } else { "Cash in" };
            self.print(tx, &context, title.to_owned(), document, None)?;
            self.pulse(tx, &context)
        })?;
        self.nudge(Nudge::Print);
        self.nudge(Nudge::Journal);
        self.view()
    }

    fn pulse(&self, tx: &Tx, context: &Context) -> Result<(), AppError> {
        Ok(drawer_job::insert(tx, JobId(self.outside.ids.new_id()), None, context.now, DRAWER_LIFE_MS)?)
    }

    pub(crate) fn print(
        &self,
        tx: &Tx,
        context: &Context,
        title: String,
        document: selvedge_domain::receipt::Document,
        shift: Option<ShiftId>,
    ) -> Result<JobId, AppError> {
        let id = JobId(self.outside.ids.new_id());
        let job = PrintJob {
            id,
            title,
            sale: None,
            shift,
            copy: false,
            state: State::Waiting,
            document,
            changed_ms: context.now.corrected_ms(),
        };
        print_job::insert(tx, &job)?;
        Ok(id)
    }
}
