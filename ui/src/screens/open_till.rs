//! No shift is open: count the float, open the till. After closing, the Z report stands beside it.

use selvedge_contract::commands::{OpenTill as OpenTillCommand, SignOut};
use selvedge_contract::view::{ClosedTill, OpenTillScreen};
use yew::prelude::*;

use super::sale_done::print_fact;
use crate::components::{
    AmountField, Button, Icon, Kind, NumberPad, Order, Pad, Receipt, TopBar, Trays, help_button, icon, read_amount,
};
use crate::keys::Key;
use crate::state::{Desk, Sheet, use_desk};

/// What the screen needs.
#[derive(Clone, PartialEq, Properties)]
pub struct OpenTillProps {
    /// Proposal, and the report of the shift before.
    pub screen: OpenTillScreen,
}

/// The screen.
#[component]
pub fn OpenTill(props: &OpenTillProps) -> Html {
    let desk = use_desk();
    let typed = use_state(String::new);
    let screen = &props.screen;
    let float =
        read_amount(&typed, Some(screen.proposed_float), screen.currency).filter(|amount| !amount.is_negative());
    let open = {
        let desk = desk.clone();
        Callback::from(move |()| {
            if let Some(float) = float {
                desk.run(OpenTillCommand { float });
            }
        })
    };
    let onkey = {
        let typed = typed.clone();
        Callback::from(move |key: Pad| typed.set(key.apply(&typed)))
    };
    let onchange = {
        let typed = typed.clone();
        Callback::from(move |text: String| typed.set(text))
    };
    let actions = html! {
        <>
            <Button label={desk.t("sign-out")} kind={Kind::Quiet} icon={Icon::LogOut} testid="sign-out" onpress={desk.runs(SignOut {})} />
            { help_button(&desk) }
            <Button label={desk.t("menu")} kind={Kind::Quiet} keycap={Key::F10} onpress={desk.opens(Sheet::Menu)} />
        </>
    };
    html! {
        <>
            <TopBar {actions}><h1 class="bar-title">{ desk.t("open-till-title") }</h1></TopBar>
            <main class="split open-till">
                <section class="split-start">
                    { screen.closed.as_deref().map_or_else(|| explain(&desk), |closed| report(&desk, closed, screen)) }
                </section>
                <section class="split-end">
                    <AmountField label={desk.t("float-label")} value={(*typed).clone()} {onchange} testid="counted-float" large=true
                        proposal={desk.amount(screen.proposed_float, screen.currency)} onenter={open.clone()}
                        wrong={float.is_none().then(|| desk.t("wrong-amount"))} />
                    <NumberPad order={Order::Calculator} {onkey} />
                    <Trays />
                    <Button label={desk.t("open-till")} kind={Kind::Primary} icon={Icon::Coins} keycap={Key::F12} class="forward"
                        testid="open-till" onpress={open} disabled={float.is_none()} />
                </section>
            </main>
        </>
    }
}

fn explain(desk: &Desk) -> Html {
    html! {
        <div class="explain">
            <h2>{ desk.t("open-till-heading") }</h2>
            <p>{ desk.t("open-till-text") }</p>
        </div>
    }
}

/// The shift that was just closed.
fn report(desk: &Desk, closed: &ClosedTill, screen: &OpenTillScreen) -> Html {
    let money = |amount| desk.money(amount, screen.currency);
    html! {
        <div class="report">
            <h2 class="done-title">{ icon(Icon::CircleCheck) }{ desk.with("till-closed", &[("number", closed.number.into())]) }</h2>
            <dl class="facts">
                <div><dt>{ desk.t("expected") }</dt><dd>{ money(closed.expected) }</dd></div>
                <div><dt>{ desk.t("counted") }</dt><dd>{ money(closed.counted) }</dd></div>
                <div><dt>{ desk.t("difference") }</dt><dd>{ money(closed.counted - closed.expected) }</dd></div>
            </dl>
            <dl class="facts">{ print_fact(desk, closed.print, desk.t("z-report")) }</dl>
            <div class="paper-ground"><Receipt paper={closed.report.clone()} label={desk.t("z-report")} /></div>
        </div>
    }
}
