//! From the store to what is shown: read after every command, in one consistent state.

mod pages;
mod sale;
mod sold;
mod status;
mod tray;

use std::sync::PoisonError;

use selvedge_contract::view::{
    ClosedTill, DemoPins, FirstStart, OpenTillScreen, Paper, PersonTile, Screen, SignInScreen, View,
};
use selvedge_domain::Amount;
use selvedge_domain::ids::{SaleId, ShiftId};
use selvedge_protocol::demo::{CASHIER_PIN, MANAGER_PIN};
use selvedge_store::Tx;
use selvedge_store::table::{config, person, print_job, sale as sales, setting, shift};

use crate::cart::SHOWING;
use crate::context::Context;
use crate::papers::person_name;
use crate::shift::JUST_CLOSED;
use crate::transfers::duty;
use crate::{App, AppError};

impl App {
    /// The whole of what is to be shown.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn view(&self) -> Result<View, AppError> {
        let mut revision = self.revision.lock().unwrap_or_else(PoisonError::into_inner);
        let (language, status, trays, transfers, screen) = self.store().look(|tx| {
            let context = self.context(tx)?;
            let screen = match &context {
                None => self.first_start(),
                Some(context) => self.screen(tx, context)?,
            };
            let language = self.language(tx)?;
            let transfers = context.as_ref().map(|context| duty(tx, context)).transpose()?.flatten();
            let (status, trays) = (self.status(tx, context.as_ref())?, self.trays(tx, context.as_ref())?);
            Ok::<_, AppError>((language, status, trays, transfers, screen))
        })?;
        *revision += 1;
        let live = self.live();
        Ok(View {
            revision: *revision,
            language,
            status,
            trays,
            signal: live.signal,
            prompt: live.prompt.clone(),
            transfers,
            screen,
        })
    }

    fn first_start(&self) -> Screen {
        let live = self.live();
        Screen::FirstStart(FirstStart {
            central: live.offered_central.clone(),
            code: live.offered_code.clone(),
            devices: live.devices.found.clone(),
        })
    }

    fn screen(&self, tx: &Tx, context: &Context) -> Result<Screen, AppError> {
        let open = shift::open(tx)?;
        if context.person.is_none() {
            let shift = match &open {
                Some(open) => Some((open.opened_at, person_name(tx, open.opened_by)?)),
                None => None,
            };
            return Ok(Screen::SignIn(sign_in(tx, context, shift)?));
        }
        let Some(open) = open else { return self.open_till_screen(tx, context) };
        if let Some(showing) = setting::get::<SaleId>(tx, SHOWING)?
            && let Some(found) = sales::by_id(tx, showing)?
        {
            return Ok(Screen::SaleDone(Box::new(self.sale_done(tx, context, &open, &found)?)));
        }
        Ok(Screen::Selling(Box::new(self.selling(tx, context, &open)?)))
    }

    fn open_till_screen(&self, tx: &Tx, context: &Context) -> Result<Screen, AppError> {
        let last = shift::last_closed(tx)?;
        let proposed_float = last.as_ref().map_or(Amount::ZERO, |closed| closed.counted);
        let just: Option<ShiftId> = setting::get(tx, JUST_CLOSED)?;
        let closed = match last {
            Some(closed) if just == Some(closed.shift.id) => {
                let job = print_job::of_shift(tx, closed.shift.id)?;
                Some(Box::new(ClosedTill {
                    number: closed.shift.number,
                    expected: closed.shift.expected_cash(),
                    counted: closed.counted,
                    report: Paper {
                        document: match &job {
                            Some(job) => job.document.clone(),
                            None => self.z_document(tx, context, &closed)?,
                        },
                        columns: self.columns(),
                    },
                    print: self.print_state(context, job.as_ref()),
                }))
            }
            Some(_) | None => None,
        };
        Ok(Screen::OpenTill(OpenTillScreen { currency: context.site.currency, proposed_float, closed }))
    }
}

fn sign_in(
    tx: &Tx,
    context: &Context,
    shift: Option<(selvedge_domain::time::LocalTime, String)>,
) -> Result<SignInScreen, AppError> {
    let now_ms = context.now.corrected_ms();
    let people = person::list(tx)?
        .into_iter()
        .map(|known| PersonTile {
            id: known.person.id,
            name: known.person.name,
            role: known.person.role,
            locked_s: (known.locked_until_ms > now_ms)
                .then(|| u32::try_from((known.locked_until_ms - now_ms) / 1000 + 1).unwrap_or(u32::MAX)),
        })
        .collect();
    Ok(SignInScreen {
        company: config::company(tx)?.map(|company| company.name).unwrap_or_default(),
        people,
        shift,
        demo_pins: context
            .station
            .demo
            .then(|| DemoPins { manager: MANAGER_PIN.to_owned(), others: CASHIER_PIN.to_owned() }),
    })
}
