//! The slip of what is set aside: one lies with the goods, one goes with the customer.

use selvedge_contract::view::{PromiseShown, View};
use selvedge_contract::{Code, Failure};
use selvedge_domain::barcode::Slip;
use selvedge_domain::ids::PromiseId;
use selvedge_domain::people::Right;
use selvedge_domain::receipt::Document;
use selvedge_domain::receipt::compose::{self, PromiseSlip, SlipLine};
use selvedge_store::Tx;
use selvedge_store::table::promise;

use super::shown;
use crate::context::Context;
use crate::papers::{header, short_name};
use crate::{App, AppError, Nudge};

impl App {
    /// Prints the slip of what is set aside; nothing that is not promised has one.
    ///
    /// # Errors
    /// [`Code::NoSuchPromise`], [`Code::SignedOut`], [`Code::NotAllowed`].
    pub fn print_slip(&self, id: PromiseId) -> Result<View, AppError> {
        self.store().write("print-slip", |tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::SetAside)?;
            let shown = shown::shown(tx, &context, id)?.filter(|shown| shown.standing.is_promised());
            let shown = shown.ok_or(Failure::from(Code::NoSuchPromise))?;
            let document = self.slip_document(tx, &context, &shown)?;
            let job = self.print(tx, &context, "Slip".to_owned(), document, None)?;
            // The customer's words stand on it: they are erased there too.
            Ok::<_, AppError>(promise::note_paper(tx, id, job)?)
        })?;
        self.nudge(Nudge::Print);
        self.view()
    }

    fn slip_document(&self, tx: &Tx, context: &Context, shown: &PromiseShown) -> Result<Document, AppError> {
        let slip = PromiseSlip {
            kind: shown.kind,
            site: shown.site.clone(),
            slip: Slip::of(shown.promise),
            at: shown.at,
            until: shown.until.map(|until| until.day),
            customer: shown.customer.clone(),
            lines: shown
                .lines
                .iter()
                .map(|line| SlipLine {
                    quantity: line.quantity,
                    name: line.name.clone(),
                    variant: line.variant.clone(),
                })
                .collect(),
        };
        let person = short_name(&shown.person);
        self.worded(tx, |wording| Ok(compose::promise_slip(&slip, &header(tx, context)?, &person, wording)))
    }
}
