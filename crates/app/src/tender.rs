//! Taking and giving back payments.

use selvedge_contract::view::View;
use selvedge_domain::Amount;
use selvedge_domain::cart::CartAction;
use selvedge_domain::ids::TenderId;
use selvedge_domain::people::Right;
use selvedge_domain::tender::{Tender, TenderKind};

use crate::{App, AppError};

/// A longer reference is cut.
const REFERENCE_CHARS: usize = 64;

impl App {
    /// Takes a payment.
    ///
    /// # Errors
    /// What the cart refuses.
    pub fn take_tender(&self, kind: TenderKind, amount: Amount, reference: &str) -> Result<View, AppError> {
        let tender = Tender {
            id: TenderId(self.outside.ids.new_id()),
            kind,
            amount,
            reference: reference.trim().chars().take(REFERENCE_CHARS).collect(),
        };
        self.edit("take-tender", Right::Sell, &CartAction::Tender { tender })
    }

    /// Gives a payment back.
    ///
    /// # Errors
    /// What the cart refuses.
    pub fn return_tender(&self, tender: TenderId) -> Result<View, AppError> {
        self.edit("return-tender", Right::Sell, &CartAction::ReturnTender { tender })
    }
}
