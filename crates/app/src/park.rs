//! Putting a sale aside and bringing it back.

use selvedge_contract::view::View;
use selvedge_contract::{Code, Failure};
use selvedge_domain::cart::price;
use selvedge_domain::ids::ParkedId;
use selvedge_domain::people::Right;
use selvedge_store::table::parked::Parked;
use selvedge_store::table::{cart, parked, setting};

use crate::cart::SHOWING;
use crate::context::{Context, local_time};
use crate::{App, AppError};

/// A longer name is cut.
const NAME_CHARS: usize = 40;

impl App {
    /// Puts the sale aside.
    ///
    /// # Errors
    /// [`Code::SaleEmpty`], [`Code::PaymentStarted`].
    pub fn park(&self, name: &str) -> Result<View, AppError> {
        self.store().write("park", |tx| {
            let (context, _) = self.at_the_till(tx, Right::Sell)?;
            let present = cart::load(tx)?.filter(|cart| !cart.is_empty()).ok_or(Failure::from(Code::SaleEmpty))?;
            if !present.tenders.is_empty() {
                return Err(AppError::from(Code::PaymentStarted));
            }
            let priced = price(&present)?;
            let at_ms = context.now.corrected_ms();
            let aside = Parked {
                id: ParkedId(self.outside.ids.new_id()),
                name: called(name, at_ms, &context),
                at_ms,
                lines: u32::try_from(priced.lines.len()).unwrap_or(u32::MAX),
                total: priced.total,
            };
            parked::insert(tx, &aside, &present, cart::actions(tx)?)?;
            cart::clear(tx)?;
            Ok(())
        })?;
        self.view()
    }

    /// Another name for a sale that was put aside.
    ///
    /// # Errors
    /// [`Code::NoSuchParked`].
    pub fn name_parked(&self, id: ParkedId, name: &str) -> Result<View, AppError> {
        self.store().write("name-parked", |tx| {
            let (context, _) = self.at_the_till(tx, Right::Sell)?;
            let aside = parked::list(tx)?.into_iter().find(|aside| aside.id == id);
            let aside = aside.ok_or(Failure::from(Code::NoSuchParked))?;
            Ok::<_, AppError>(parked::rename(tx, id, &called(name, aside.at_ms, &context))?)
        })?;
        self.view()
    }

    /// Brings a sale back.
    ///
    /// # Errors
    /// [`Code::SaleOpen`], [`Code::NoSuchParked`].
    pub fn recall(&self, id: ParkedId) -> Result<View, AppError> {
        self.store().write("recall", |tx| {
            self.at_the_till(tx, Right::Sell)?;
            if cart::load(tx)?.is_some_and(|cart| !cart.is_empty()) {
                return Err(AppError::from(Code::SaleOpen));
            }
            let (empty, actions) = parked::take(tx, id)?.ok_or(Failure::from(Code::NoSuchParked))?;
            cart::clear(tx)?;
            cart::begin(tx, &empty)?;
            cart::replace(tx, &actions)?;
            setting::clear(tx, SHOWING)?;
            Ok(())
        })?;
        self.view()
    }
}

/// What people call it; without a name the time at which it was put aside.
fn called(name: &str, at_ms: i64, context: &Context) -> String {
    let at = local_time(at_ms, &context.zone);
    match name.trim() {
        "" => format!("{:02}:{:02}", at.hour, at.minute),
        given => given.chars().take(NAME_CHARS).collect(),
    }
}
