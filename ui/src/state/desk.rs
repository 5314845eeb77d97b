//! What a component needs: the state, the words, and the way to act.

use std::cell::Cell;
use std::rc::Rc;

use selvedge_contract::view::View;
use selvedge_contract::{Command, Failure};
use selvedge_domain::{Amount, Currency};
use selvedge_texts::{Locale, Texts, Value};
use yew::prelude::*;

use super::{Act, Offer, Page, Sheet, Shell, Toast};
use crate::{backend, dom};

/// How long a notice stays.
const NOTICE_MS: i32 = 6000;

/// The counter that all components stand at.
#[derive(Clone, PartialEq)]
pub struct Desk {
    /// All that the window knows.
    pub shell: UseReducerHandle<Shell>,
}

/// The desk; components are always below its provider.
#[hook]
pub fn use_desk() -> Desk {
    use_context::<Desk>().expect("the app provides the desk to all components")
}

impl Desk {
    /// A text.
    pub fn t(&self, id: &str) -> String {
        self.texts().get(id)
    }

    /// A text with its variables.
    pub fn with(&self, id: &str, values: &[(&str, Value)]) -> String {
        self.texts().with(id, values)
    }

    /// The texts of the language shown.
    pub fn texts(&self) -> &Texts {
        &self.shell.texts
    }

    /// The forms of numbers.
    pub fn locale(&self) -> Locale {
        self.shell.texts.locale()
    }

    /// `€24.00`.
    pub fn money(&self, amount: Amount, currency: Currency) -> String {
        self.locale().money(amount, currency)
    }

    /// `24.00`.
    pub fn amount(&self, amount: Amount, currency: Currency) -> String {
        self.locale().amount(amount, currency)
    }

    /// The view, when the app has answered.
    pub fn view(&self) -> Option<Rc<View>> {
        self.shell.view.clone()
    }

    /// Changes the window's own state.
    pub fn act(&self, act: Act) {
        self.shell.dispatch(act);
    }

    /// Opens something on top.
    pub fn open(&self, sheet: Sheet) {
        self.act(Act::Open(sheet));
    }

    /// Whether something stands on top of the page: what was opened, or what is being scanned between sites.
    pub fn has_sheet(&self) -> bool {
        let scanning =
            self.view().is_some_and(|view| view.transfers.as_ref().is_some_and(|duty| duty.scanning.is_some()));
        scanning || self.shell.sheet.is_some()
    }

    /// Closes what is on top.
    pub fn close(&self) {
        self.act(Act::Close);
    }

    /// Goes to a page of the window's own.
    pub fn go(&self, page: Page) {
        self.act(Act::Go(page));
    }

    /// A press that opens something on top.
    pub fn opens(&self, sheet: Sheet) -> Callback<()> {
        let desk = self.clone();
        Callback::from(move |()| desk.open(sheet))
    }

    /// A press that closes what is on top.
    pub fn closes(&self) -> Callback<()> {
        let desk = self.clone();
        Callback::from(move |()| desk.close())
    }

    /// A press that runs a command.
    pub fn runs<C: Command<Reply = View> + Clone + 'static>(&self, command: C) -> Callback<()> {
        let desk = self.clone();
        Callback::from(move |()| desk.run(command.clone()))
    }

    /// Runs a command that changes something; the answer is shown, a refusal is told.
    pub fn run<C: Command<Reply = View> + 'static>(&self, command: C) {
        self.run_then(command, Callback::noop());
    }

    /// The same, and tells whether it was done.
    pub fn run_then<C: Command<Reply = View> + 'static>(&self, command: C, then: Callback<Result<(), Failure>>) {
        self.run_and_see(command, Callback::from(move |done: Result<View, Failure>| then.emit(done.map(drop))));
    }

    /// The same, and tells what is shown now.
    pub fn run_and_see<C: Command<Reply = View> + 'static>(&self, command: C, then: Callback<Result<View, Failure>>) {
        let desk = self.clone();
        backend::in_order(async move {
            match backend::call(&command).await {
                Ok(view) => {
                    desk.act(Act::FailureSeen);
                    desk.act(Act::View(Box::new(view.clone())));
                    then.emit(Ok(view));
                }
                Err(failure) => {
                    desk.act(Act::Failed(failure.clone()));
                    then.emit(Err(failure));
                }
            }
        });
    }

    /// Runs a command and closes the sheet when it was done.
    pub fn run_and_close<C: Command<Reply = View> + 'static>(&self, command: C) {
        let desk = self.clone();
        self.run_then(
            command,
            Callback::from(move |done: Result<(), Failure>| {
                if done.is_ok() {
                    desk.close();
                }
            }),
        );
    }

    /// Asks for something; the answer goes to the component.
    pub fn ask<C: Command + 'static>(&self, command: C, then: impl FnOnce(Result<C::Reply, Failure>) + 'static) {
        wasm_bindgen_futures::spawn_local(async move { then(backend::call(&command).await) });
    }

    /// Tells something that needs no answer.
    pub fn notice(&self, title: String, text: String, offer: Offer) {
        self.act(Act::Notice(Toast { title, text, offer }));
    }

    /// Ends a notice after its time, and not while it `stays`: somebody touches it or types into it.
    pub fn end_notice_later(&self, number: u32, stays: Rc<Cell<bool>>) {
        let desk = self.clone();
        dom::after_ms(NOTICE_MS, move || {
            if stays.get() {
                desk.end_notice_later(number, stays);
            } else {
                desk.act(Act::NoticeOver(number));
            }
        });
    }
}
