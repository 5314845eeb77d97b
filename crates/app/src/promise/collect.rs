//! Collecting what is set aside: its lines go into the sale, and the sale ends the promise.

use selvedge_contract::view::{Tone, View};
use selvedge_contract::{Code, Failure};
use selvedge_domain::Quantity;
use selvedge_domain::cart::CartAction;
use selvedge_domain::ids::{EntryUuid, LineId, PromiseId};
use selvedge_domain::people::Right;
use selvedge_domain::sale::Sale;
use selvedge_protocol::journal::{Body, Entry};
use selvedge_store::Tx;
use selvedge_store::table::{cart, catalogue, promise};

use super::shown;
use crate::context::Context;
use crate::{App, AppError};

impl App {
    /// Puts what is set aside into the sale.
    ///
    /// # Errors
    /// [`Code::NoSuchPromise`] when nothing is promised here under that, [`Code::AlreadyInSale`], and what the cart
    /// refuses.
    pub fn collect(&self, id: PromiseId) -> Result<View, AppError> {
        self.store().write("collect", |tx| {
            let (context, _) = self.at_the_till(tx, Right::Sell)?;
            self.collect_into_sale(tx, &context, id)
        })?;
        self.signal(Tone::Done);
        self.view()
    }

    /// The same, within what else is written.
    pub(crate) fn collect_into_sale(&self, tx: &Tx, context: &Context, id: PromiseId) -> Result<(), AppError> {
        let shown = shown::shown(tx, context, id)?.filter(|shown| shown.here && shown.standing.is_promised());
        shown.ok_or(Failure::from(Code::NoSuchPromise))?;
        let known = promise::known(tx, id)?.ok_or(Failure::from(Code::NoSuchPromise))?;
        let read = known.promise.read().map_err(|error| AppError::given("a promise", error))?;
        if is_in_sale(tx, id)? {
            return Err(Code::AlreadyInSale.into());
        }
        for product in read.products().collect::<Vec<_>>() {
            let quantity = read.open_of(product);
            if quantity == Quantity::ZERO {
                continue;
            }
            let listed = catalogue::by_id(tx, product, context.today())?.ok_or(Failure::from(Code::NoSuchProduct))?;
            let line = LineId(self.outside.ids.new_id());
            let action = CartAction::Collect { line, product: listed.product, quantity, promise: id };
            self.change_cart(tx, context, &action)?;
        }
        Ok(())
    }
}

/// Whether the present sale collects it already.
pub(crate) fn is_in_sale(tx: &Tx, id: PromiseId) -> Result<bool, AppError> {
    Ok(cart::load(tx)?.is_some_and(|cart| cart.live().any(|line| line.promise == Some(id))))
}

/// The sale that was just written handed over what was promised: the till need not wait for central to know it.
pub(crate) fn hand_over(tx: &Tx, context: &Context, done: &Sale, entry: &Entry) -> Result<(), AppError> {
    let mut fact = None;
    for line in done.cart.lines.iter().filter(|line| line.quantity > Quantity::ZERO) {
        let Some(id) = line.promise else { continue };
        let fact = match fact {
            Some(known) => known,
            None => {
                let body = Body::decode(&entry.body).map_err(|error| AppError::given("the entry", error))?;
                *fact.insert(EntryUuid(body.id))
            }
        };
        let sold: Quantity = done
            .cart
            .lines
            .iter()
            .filter(|other| other.promise == Some(id))
            .filter(|other| other.product.id == line.product.id)
            .map(|other| other.quantity)
            .sum();
        promise::deliver(tx, id, fact, (line.product.id, sold), context.now.corrected_ms())?;
    }
    Ok(())
}
