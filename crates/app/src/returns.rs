//! Taking goods back by the receipt of this till: never more than was bought, and for what was paid.

use selvedge_contract::view::{ReturnableLine, ReturnableSale, View};
use selvedge_contract::{Code, Failure};
use selvedge_domain::cart::CartAction;
use selvedge_domain::ids::{LineId, SaleId};
use selvedge_domain::people::Right;
use selvedge_domain::receipt_number::ReceiptNumber;
use selvedge_domain::sale::{TakenBack, refund_amount};
use selvedge_domain::tax::PriceMode;
use selvedge_domain::{Amount, Quantity};
use selvedge_store::Tx;
use selvedge_store::table::sale::Finished;
use selvedge_store::table::{base, cart, sale};

use crate::{App, AppError};

impl App {
    /// Finds a sale of this till.
    ///
    /// # Errors
    /// [`Code::NoSuchSale`]; [`Code::SaleTooOld`] when it was one, and its entry is not kept any more.
    pub fn find_sale(&self, receipt: &str) -> Result<ReturnableSale, AppError> {
        self.store().read(|tx| {
            self.at_the_till(tx, Right::Return)?;
            let receipt = receipt.trim();
            let number = ReceiptNumber::parse(receipt);
            let text = number.as_ref().map_or_else(|_| receipt.to_owned(), ToString::to_string);
            if let Some(found) = sale::by_receipt(tx, &text)? {
                return returnable(tx, &found);
            }
            let was_ours = match &number {
                Ok(number) => base::had_receipt(tx, number.generation(), &text)?,
                Err(_) => false,
            };
            Err(Failure::from(if was_ours { Code::SaleTooOld } else { Code::NoSuchSale }).into())
        })
    }

    /// Takes lines of a sale back into the present one.
    ///
    /// # Errors
    /// [`Code::NoSuchSale`], [`Code::NoSuchLine`], [`Code::MoreThanBought`], and what the cart refuses.
    pub fn return_lines(&self, of: SaleId, lines: &[(LineId, Quantity)]) -> Result<View, AppError> {
        self.store().write("return-lines", |tx| {
            let (context, _) = self.at_the_till(tx, Right::Return)?;
            let found = sale::by_id(tx, of)?.ok_or(Failure::from(Code::NoSuchSale))?;
            let mode = cart::load(tx)?.map_or(context.site.price_mode, |cart| cart.mode);
            for (line, quantity) in lines {
                let action = self.take_back(tx, &found, (*line, *quantity), mode)?;
                self.change_cart(tx, &context, &action)?;
            }
            Ok::<_, AppError>(())
        })?;
        self.view()
    }

    fn take_back(
        &self,
        tx: &Tx,
        found: &Finished,
        (id, quantity): (LineId, Quantity),
        mode: PriceMode,
    ) -> Result<CartAction, AppError> {
        let before = taken_back(tx, found.sale.cart.id, id)?;
        let new = LineId(self.outside.ids.new_id());
        Ok(found.sale.take_back(id, before, quantity, mode, new)?)
    }
}

/// What was taken back by finished sales and by the present one.
pub(crate) fn returned(tx: &Tx, of: SaleId, line: LineId) -> Result<Quantity, AppError> {
    let present: Quantity = cart::load(tx)?
        .iter()
        .flat_map(|cart| cart.live())
        .filter(|back| back.refund.as_ref().is_some_and(|refund| refund.sale == of && refund.line == line))
        .map(|back| back.quantity.abs())
        .sum();
    Ok(sale::returned(tx, of, line)? + present)
}

/// The same, with what was given back for it.
fn taken_back(tx: &Tx, of: SaleId, line: LineId) -> Result<TakenBack, AppError> {
    let mut back = TakenBack::default();
    for taker in sale::takers(tx, of, line)? {
        let finished = sale::by_id(tx, taker)?.ok_or(Failure::from(Code::NoSuchSale))?;
        back.add(&finished.sale.cart, of, line);
    }
    if let Some(present) = cart::load(tx)? {
        back.add(&present, of, line);
    }
    Ok(back)
}

fn returnable(tx: &Tx, found: &Finished) -> Result<ReturnableSale, AppError> {
    let bought = &found.sale;
    let mut lines = Vec::new();
    for (line, priced) in bought.cart.lines.iter().zip(&bought.priced.lines) {
        if line.refund.is_some() {
            continue;
        }
        let returned = returned(tx, bought.cart.id, line.id)?;
        let rest = line.quantity - returned;
        let refund = if rest > Quantity::ZERO {
            let before = taken_back(tx, bought.cart.id, line.id)?;
            let paid = match bought.cart.mode {
                PriceMode::Inclusive => priced.net,
                PriceMode::Exclusive => priced.net + priced.tax,
            };
            refund_amount(line.quantity, paid, (before.quantity, before.gross), rest)?
        } else {
            Amount::ZERO
        };
        lines.push(ReturnableLine {
            line: line.id,
            name: line.product.name.clone(),
            variant: line.product.variant.clone(),
            unit: line.product.unit,
            sold: line.quantity,
            returned,
            refund,
        });
    }
    Ok(ReturnableSale {
        sale: bought.cart.id,
        receipt: bought.receipt.clone(),
        at: bought.at,
        currency: bought.cart.currency,
        total: bought.priced.total,
        lines,
    })
}
