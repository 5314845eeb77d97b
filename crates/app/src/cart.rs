//! Changing the present sale.

use selvedge_contract::view::View;
use selvedge_contract::{Code, Failure};
use selvedge_domain::cart::{Cart, CartAction, Discount, price};
use selvedge_domain::ids::{LineId, ProductId, SaleId};
use selvedge_domain::people::Right;
use selvedge_domain::{Amount, Quantity};
use selvedge_protocol::journal::{CartCancelledV1, Fact};
use selvedge_store::Tx;
use selvedge_store::table::{cart, catalogue, setting};

use crate::context::Context;
use crate::{App, AppError, Nudge};

/// The setting that holds the sale shown as done.
pub(crate) const SHOWING: &str = "showing-sale";

impl App {
    /// Adds one of a product that was chosen by hand.
    ///
    /// # Errors
    /// [`Code::NoSuchProduct`] and what the cart refuses.
    pub fn add_product(&self, product: ProductId) -> Result<View, AppError> {
        self.store().write("add-product", |tx| {
            let (context, _) = self.at_the_till(tx, Right::Sell)?;
            let listed = catalogue::by_id(tx, product, context.today())?.ok_or(Failure::from(Code::NoSuchProduct))?;
            let action = CartAction::Add {
                line: LineId(self.outside.ids.new_id()),
                product: listed.product,
                scanned: None,
                quantity: Quantity::ONE,
            };
            self.change_cart(tx, &context, &action)
        })?;
        self.view()
    }

    /// Another quantity of a line.
    ///
    /// # Errors
    /// What the cart refuses.
    pub fn set_quantity(&self, line: LineId, quantity: Quantity) -> Result<View, AppError> {
        self.edit("set-quantity", Right::Sell, &CartAction::SetQuantity { line, quantity })
    }

    /// The price of one.
    ///
    /// # Errors
    /// What the cart refuses.
    pub fn set_price(&self, line: LineId, price: Amount) -> Result<View, AppError> {
        self.edit("set-price", Right::SetPrice, &CartAction::SetPrice { line, price })
    }

    /// The amount of a whole line, instead of price times quantity.
    ///
    /// # Errors
    /// What the cart refuses.
    pub fn set_amount(&self, line: LineId, amount: Amount) -> Result<View, AppError> {
        self.edit("set-amount", Right::SetPrice, &CartAction::SetAmount { line, amount })
    }

    /// A reduction of a line.
    ///
    /// # Errors
    /// What the cart refuses.
    pub fn discount_line(&self, line: LineId, discount: Option<Discount>) -> Result<View, AppError> {
        self.edit("discount-line", Right::Discount, &CartAction::DiscountLine { line, discount })
    }

    /// A reduction of the sale.
    ///
    /// # Errors
    /// What the cart refuses.
    pub fn discount_sale(&self, discount: Option<Discount>) -> Result<View, AppError> {
        self.edit("discount-sale", Right::Discount, &CartAction::DiscountSale { discount })
    }

    /// Takes a line out.
    ///
    /// # Errors
    /// What the cart refuses.
    pub fn remove_line(&self, line: LineId) -> Result<View, AppError> {
        self.edit("remove-line", Right::Sell, &CartAction::Remove { line })
    }

    /// Puts a line back.
    ///
    /// # Errors
    /// What the cart refuses.
    pub fn put_back(&self, line: LineId) -> Result<View, AppError> {
        self.edit("put-back", Right::Sell, &CartAction::PutBack { line })
    }

    /// Chooses a line.
    ///
    /// # Errors
    /// What the cart refuses.
    pub fn select_line(&self, line: LineId) -> Result<View, AppError> {
        self.edit("select-line", Right::Sell, &CartAction::Select { line })
    }

    /// Takes the last change back. Payments are given back by name, not by undo.
    ///
    /// # Errors
    /// [`Code::NothingToUndo`], [`Code::PaymentStarted`].
    pub fn undo(&self) -> Result<View, AppError> {
        self.store().write("undo", |tx| {
            self.at_the_till(tx, Right::Sell)?;
            let cart = cart::load(tx)?.ok_or(Failure::from(Code::NothingToUndo))?;
            if !cart.tenders.is_empty() {
                return Err(AppError::from(Code::PaymentStarted));
            }
            let mut actions = cart::actions(tx)?;
            let last = actions.iter().rposition(CartAction::is_undoable).ok_or(Failure::from(Code::NothingToUndo))?;
            actions.truncate(last);
            cart::replace(tx, &actions)?;
            if actions.is_empty() {
                cart::clear(tx)?;
            }
            Ok(())
        })?;
        self.view()
    }

    /// Throws the sale away; recorded when there was something in it.
    ///
    /// # Errors
    /// [`Code::PaymentStarted`].
    pub fn cancel_sale(&self) -> Result<View, AppError> {
        self.store().write("cancel-sale", |tx| {
            let (context, _) = self.at_the_till(tx, Right::Sell)?;
            let Some(present) = cart::load(tx)? else { return Ok(()) };
            if !present.tenders.is_empty() {
                return Err(AppError::from(Code::PaymentStarted));
            }
            let priced = price(&present)?;
            if !priced.lines.is_empty() {
                let fact = CartCancelledV1 {
                    cart: present.id.0,
                    lines: u32::try_from(priced.lines.len()).unwrap_or(u32::MAX),
                    total_minor: priced.total.minor(),
                    currency: present.currency.code().to_owned(),
                };
                self.record(tx, &context, Fact::CartCancelled(fact))?;
            }
            cart::clear(tx)?;
            Ok(())
        })?;
        self.nudge(Nudge::Journal);
        self.view()
    }

    /// Does something to the present sale, and begins one where there is none.
    pub(crate) fn change_cart(&self, tx: &Tx, context: &Context, action: &CartAction) -> Result<(), AppError> {
        let mut present = match cart::load(tx)? {
            Some(cart) => cart,
            None => self.begin(tx, context)?,
        };
        present.apply(action)?;
        cart::append(tx, action)?;
        setting::clear(tx, SHOWING)?;
        Ok(())
    }

    pub(crate) fn edit(&self, name: &'static str, right: Right, action: &CartAction) -> Result<View, AppError> {
        self.store().write(name, |tx| {
            let (context, _) = self.at_the_till(tx, right)?;
            self.change_cart(tx, &context, action)
        })?;
        self.view()
    }

    /// A sale that is begun can be finished: so none is begun when the disk is nearly full.
    fn begin(&self, tx: &Tx, context: &Context) -> Result<Cart, AppError> {
        if !self.store().has_room() {
            return Err(Code::DiskFull.into());
        }
        let cart = Cart::new(SaleId(self.outside.ids.new_id()), context.site.currency, context.site.price_mode);
        cart::begin(tx, &cart)?;
        Ok(cart)
    }
}
