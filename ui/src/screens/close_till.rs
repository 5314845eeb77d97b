//! Closing the till: count first, then see what was expected, then be asked once.

use selvedge_contract::commands::CloseTill;
use selvedge_contract::view::ShiftFigures;
use selvedge_domain::tender::TenderKind;
use selvedge_domain::{Amount, Currency};
use yew::prelude::*;

use super::pay::kind_id;
use crate::components::{
    AmountField, Button, Dialog, Icon, Kind, NumberPad, Order, Pad, TopBar, Trays, help_button, icon, read_amount,
};
use crate::keys::Key;
use crate::state::{Desk, Page, Sheet, use_desk};

/// What the page needs.
#[derive(Clone, PartialEq, Properties)]
pub struct CloseProps {
    /// The shift.
    pub shift: ShiftFigures,
    /// Of its amounts.
    pub currency: Currency,
    /// Sales put aside, which must be finished first.
    pub parked: usize,
}

/// The page.
#[component]
pub fn Close(props: &CloseProps) -> Html {
    let desk = use_desk();
    let typed = use_state(String::new);
    let asking = use_state(|| false);
    let counted = read_amount(&typed, None, props.currency).filter(|amount| !amount.is_negative());
    let wrong = (counted.is_none() && !typed.trim().is_empty()).then(|| desk.t("wrong-amount"));
    let back = {
        let desk = desk.clone();
        Callback::from(move |()| desk.go(Page::Due))
    };
    let back = html! {
        <Button label={desk.t("back")} kind={Kind::Quiet} icon={Icon::ArrowLeft} keycap={Key::Esc} onpress={back} />
    };
    let ask = {
        let asking = asking.clone();
        Callback::from(move |()| asking.set(true))
    };
    let onkey = {
        let typed = typed.clone();
        Callback::from(move |key: Pad| typed.set(key.apply(&typed)))
    };
    let onchange = {
        let typed = typed.clone();
        Callback::from(move |text: String| typed.set(text))
    };
    let possible = counted.is_some() && props.parked == 0;
    let label = match (props.parked, counted) {
        (0, Some(_)) => desk.t("close-till"),
        (0, None) => desk.t("close-till-count"),
        (parked, _) => desk.with("close-till-parked", &[("count", parked.into())]),
    };
    let enter = if possible { ask.clone() } else { Callback::noop() };
    html! {
        <>
            <TopBar back={back} actions={help_button(&desk)}><h1 class="bar-title">{ desk.t("close-till") }</h1></TopBar>
            <main class="split close-till">
                <section class="split-start" aria-label={desk.t("shift")}>
                    { figures(&desk, props, counted) }
                    { if props.parked > 0 { parked_first(&desk, props.parked) } else { html! {} } }
                    <Trays />
                </section>
                <section class="split-end">
                    <AmountField label={desk.t("counted-label")} value={(*typed).clone()} {onchange} testid="counted-cash" large=true
                        onenter={enter} {wrong} />
                    <NumberPad order={Order::Calculator} {onkey} />
                    <Button {label} kind={Kind::Primary} icon={Icon::Lock}
                        keycap={Key::F12} class="forward" testid={(!*asking).then_some("close-till")} onpress={ask} disabled={!possible} />
                </section>
            </main>
            { counted.filter(|_| *asking).map(|counted| question(&desk, props, counted, &asking)).unwrap_or_default() }
        </>
    }
}

/// Said before anybody counts: the till is not closed over a sale that somebody comes back for.
fn parked_first(desk: &Desk, parked: usize) -> Html {
    html! {
        <div class="tray tray-warn" role="status">
            { icon(Icon::CirclePause) }
            <p class="tray-words"><strong>{ desk.with("close-parked", &[("count", parked.into())]) }</strong>
                <span>{ desk.t("close-parked-text") }</span></p>
            <span class="tray-actions"><Button label={desk.t("parked-title")} keycap={Key::ShiftF8} onpress={desk.opens(Sheet::Parked)} /></span>
        </div>
    }
}

fn figures(desk: &Desk, props: &CloseProps, counted: Option<Amount>) -> Html {
    let shift = &props.shift;
    let money = |amount| desk.money(amount, props.currency);
    let row = |label: String, value: String| html! { <div><dt>{ label }</dt><dd>{ value }</dd></div> };
    // Who counts does not see what is expected before the count stands, nor what it follows from.
    let drawer = counted.map(|counted| {
        let difference = counted - shift.expected_cash;
        html! {
            <dl class="facts facts-large">
                <div><dt>{ desk.t("expected") }</dt><dd data-testid="expected-cash">{ money(shift.expected_cash) }</dd></div>
                <div class={if difference.is_zero() { "good" } else { "attention" }}><dt>{ desk.t(difference_id(difference)) }</dt><dd>{ money(difference) }</dd></div>
            </dl>
        }
    });
    html! {
        <>
            <h2>{ desk.with("shift-title", &[("number", shift.number.into()), ("time", desk.locale().time(shift.opened_at).into()), ("person", (&shift.opened_by).into())]) }</h2>
            <dl class="facts">
                { row(desk.t("sales"), desk.locale().count(u64::from(shift.sales))) }
                { row(desk.t("turnover"), money(shift.turnover)) }
                { for shift.tenders.iter().filter(|(kind, _)| counted.is_some() || *kind != TenderKind::Cash).map(|(kind, amount)| row(desk.t(kind_id(*kind)), money(*amount))) }
                { row(desk.t("float-opening"), money(shift.float)) }
                { row(desk.t("cash-in"), money(shift.cash_in)) }
                { row(desk.t("cash-out"), money(shift.cash_out)) }
            </dl>
            { drawer.unwrap_or_else(|| html! { <p class="hint"><span>{ desk.t("count-first") }</span></p> }) }
        </>
    }
}

fn difference_id(difference: Amount) -> &'static str {
    if difference.is_zero() {
        "difference"
    } else if difference.is_negative() {
        "difference-short"
    } else {
        "difference-over"
    }
}

fn question(desk: &Desk, props: &CloseProps, counted: Amount, asking: &UseStateHandle<bool>) -> Html {
    let unsent = desk.view().map_or(0, |view| view.status.connection.unsent);
    let station = desk.view().map(|view| view.status.station.clone()).unwrap_or_default();
    let difference = counted - props.shift.expected_cash;
    let keep = {
        let asking = asking.clone();
        Callback::from(move |()| asking.set(false))
    };
    let close = {
        let (desk, asking) = (desk.clone(), asking.clone());
        Callback::from(move |()| {
            asking.set(false);
            desk.run(CloseTill { counted });
        })
    };
    let actions = html! {
        <>
            <Button label={desk.t("keep-open")} keycap={Key::Esc} onpress={keep} kind={Kind::Quiet} />
            <Button label={desk.t("close-the-till")} keycap={Key::F12} onpress={close} kind={Kind::Primary} testid="close-till" />
        </>
    };
    html! {
        <Dialog title={desk.with("close-question", &[("station", station.into())])} {actions}>
            <p>
                { desk.t("close-consequence") }
                { if difference.is_zero() { String::new() } else {
                    format!(" {}", desk.with("close-difference", &[("difference", desk.money(difference, props.currency).into())]))
                } }
                { if unsent == 0 { String::new() } else { format!(" {}", desk.with("close-unsent", &[("count", unsent.into())])) } }
            </p>
        </Dialog>
    }
}
