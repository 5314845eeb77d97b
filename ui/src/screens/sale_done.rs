//! After the sale: the change stays huge until the next scan; below it facts, each with its proof.

use selvedge_contract::commands::Reprint;
use selvedge_contract::view::{ConnectionState, DrawerState, Landed, PrintState, SaleDone as SaleDoneScreen};
use yew::prelude::*;

use super::pay::coin_words;
use super::search::Search;
use super::till::{next_sale, top_actions};
use crate::components::{Button, Icon, Kind, Receipt, ToastBar, TopBar, Trays, icon, large_icon, small_icon};
use crate::keys::Key;
use crate::state::{Desk, Sheet, use_desk};

/// What the screen needs.
#[derive(Clone, PartialEq, Properties)]
pub struct SaleDoneProps {
    /// The finished sale.
    pub done: SaleDoneScreen,
}

/// The screen.
#[component]
pub fn SaleDone(props: &SaleDoneProps) -> Html {
    let desk = use_desk();
    let done = &props.done;
    html! {
        <>
            <TopBar actions={top_actions(&desk, &done.parked)}>
                <span class="brand only-wide">{ "Selvedge" }</span>
                <Search currency={done.currency} hint={desk.t("next-hint")} />
            </TopBar>
            <main class="split sale-done" data-testid="sale-done">
                <section class="split-start">
                    <h1 class="done-title">{ large_icon(Icon::CircleCheck) }{ desk.t("sale-done") }</h1>
                    { figure(&desk, done) }
                    <dl class="facts">
                        <div>
                            <dt>{ icon(Icon::ReceiptText) }{ desk.t("receipt") }</dt>
                            <dd class="strong" data-testid="receipt-number" dir="ltr">{ &done.receipt }</dd>
                        </div>
                        { print_fact(&desk, done.print, desk.t("receipt")) }
                        { drawer_fact(&desk, done.drawer) }
                        { landed_fact(&desk, done.landed) }
                    </dl>
                    <ToastBar />
                    <Trays />
                    <div class="done-actions">
                        <Button label={desk.t("print-copy")} kind={Kind::Quiet} icon={Icon::Printer} keycap={Key::F3} testid="reprint"
                            onpress={desk.runs(Reprint {})} />
                        <Button label={desk.t("return")} kind={Kind::Quiet} icon={Icon::Undo2} keycap={Key::F7} onpress={desk.opens(Sheet::Return)} />
                    </div>
                    <Button label={desk.t("next-sale")} kind={Kind::Primary} keycap={Key::F12} class="forward next-sale" onpress={next_sale(&desk)}>
                        <span class="or-scan">{ desk.t("or-scan") }</span>
                    </Button>
                </section>
                <section class="split-end paper-ground" aria-label={desk.t("receipt")}>
                    <Receipt paper={done.paper.clone()} label={desk.with("receipt-picture", &[("receipt", (&done.receipt).into())])} />
                </section>
            </main>
        </>
    }
}

fn figure(desk: &Desk, done: &SaleDoneScreen) -> Html {
    let currency = done.currency;
    let (label, amount, testid) = if done.total.is_negative() {
        (desk.t("paid-out"), done.total.abs(), None)
    } else if done.cash.is_zero() {
        (desk.t("paid"), done.total, None)
    } else {
        let cash = desk.amount(done.cash, currency);
        (desk.with("change-from", &[("cash", cash.into())]), done.change, Some("change-due"))
    };
    let coins = coin_words(desk, &done.coins, currency);
    html! {
        <div class="done-figure">
            <p class="second">{ label }</p>
            <output class="huge" data-testid={testid}>{ desk.money(amount, currency) }</output>
            { if coins.is_empty() { html! {} } else { html! { <p class="second">{ coins }</p> } } }
        </div>
    }
}

/// A fact: icon, what, and the proof.
fn fact(class: &'static str, symbol: Icon, what: String, proof: String) -> Html {
    html! { <div class={class}><dt>{ icon(symbol) }{ what }</dt><dd>{ proof }</dd></div> }
}

/// Where a paper is; `paper` is what it is called.
pub fn print_fact(desk: &Desk, print: PrintState, paper: String) -> Html {
    let say = |id: &str| desk.with(id, &[("paper", (&paper).into())]);
    match print {
        PrintState::NoPrinter => fact("", Icon::Printer, desk.t("print-none"), say("print-none-proof")),
        PrintState::Waiting => fact("attention", Icon::PrinterX, say("print-waiting"), desk.t("print-waiting-proof")),
        PrintState::Sending => fact("", Icon::Printer, say("print-sending"), String::new()),
        PrintState::Printed(at) => fact("good", Icon::PrinterCheck, say("print-printed"), desk.locale().time_s(at)),
        PrintState::Sent(at) => fact("", Icon::Printer, say("print-sent"), desk.locale().time_s(at)),
        PrintState::Uncertain => {
            fact("attention", Icon::Printer, say("print-uncertain"), desk.t("print-uncertain-proof"))
        }
        PrintState::Dropped => fact("", Icon::PrinterX, say("print-dropped"), String::new()),
    }
}

fn drawer_fact(desk: &Desk, drawer: DrawerState) -> Html {
    match drawer {
        DrawerState::NotNeeded => html! {},
        DrawerState::Waiting => fact("", Icon::Inbox, desk.t("drawer-waiting"), String::new()),
        DrawerState::Opened => fact("good", Icon::Inbox, desk.t("drawer-opened"), desk.t("drawer-once")),
        DrawerState::Expired => fact("attention", Icon::Inbox, desk.t("drawer-expired"), desk.t("drawer-key")),
    }
}

/// Where a sale is safe, and what follows.
pub fn landed_fact(desk: &Desk, landed: Landed) -> Html {
    match landed {
        Landed::Central => fact("good", Icon::CloudCheck, desk.t("at-central"), desk.t("at-central-proof")),
        Landed::Disk => fact("", Icon::HardDrive, desk.t("kept-here"), desk.t(waits_for(desk))),
        Landed::DemoOnly => fact("", Icon::GraduationCap, desk.t("kept-in-demo"), desk.t("kept-in-demo-proof")),
    }
}

/// Why it is not at central yet.
fn waits_for(desk: &Desk) -> &'static str {
    let state = desk.view().map(|view| view.status.connection.state);
    match state {
        Some(ConnectionState::Online) => "kept-here-sending",
        Some(ConnectionState::Offline | ConnectionState::Connecting | ConnectionState::NotJoined) | None => {
            "kept-here-proof"
        }
    }
}

/// The same in a list: icon and word.
pub fn landed_badge(desk: &Desk, landed: Landed) -> Html {
    let (class, symbol, id, state) = match landed {
        Landed::Central => ("badge badge-ok", Icon::CloudCheck, "at-central", "central"),
        Landed::Disk => ("badge", Icon::HardDrive, "kept-here", "disk"),
        Landed::DemoOnly => ("badge", Icon::GraduationCap, "demo-short", "demo"),
    };
    html! { <span {class} data-landed={state}>{ small_icon(symbol) }{ desk.t(id) }</span> }
}
