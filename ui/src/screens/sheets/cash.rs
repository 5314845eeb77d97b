//! Cash in and out of the drawer.

use selvedge_contract::Failure;
use selvedge_contract::commands::{CashIn, CashOut};
use selvedge_domain::Currency;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::close_button;
use crate::components::{AmountField, Button, Drawer, Kind, NumberPad, Order, Pad, read_amount};
use crate::keys::Key;
use crate::state::{Moved, Offer, use_desk};

#[derive(Clone, PartialEq, Properties)]
pub struct CashProps {
    pub moved: Moved,
    pub currency: Currency,
}

/// The sheet.
#[component]
pub fn Cash(props: &CashProps) -> Html {
    let desk = use_desk();
    let typed = use_state(String::new);
    let reason = use_state(String::new);
    let amount = read_amount(&typed, None, props.currency).filter(|amount| !amount.is_negative() && !amount.is_zero());
    let wrong = (amount.is_none() && !typed.trim().is_empty()).then(|| desk.t("wrong-amount"));
    let (title, testid) = match props.moved {
        Moved::In => ("cash-in", "cash-in"),
        Moved::Out => ("cash-out", "cash-out"),
    };
    let deed = {
        let (desk, moved, reason, currency) = (desk.clone(), props.moved, reason.clone(), props.currency);
        Callback::from(move |()| {
            let (Some(amount), reason) = (amount, reason.trim().to_owned()) else { return };
            let told = desk.clone();
            let then = Callback::from(move |done: Result<(), Failure>| {
                if done.is_ok() {
                    let id = match moved {
                        Moved::In => "cash-in-done",
                        Moved::Out => "cash-out-done",
                    };
                    let title = told.with(id, &[("amount", told.money(amount, currency).into())]);
                    told.close();
                    told.notice(title, told.t("cash-moved-text"), Offer::Nothing);
                }
            });
            match moved {
                Moved::In => desk.run_then(CashIn { amount, reason }, then),
                Moved::Out => desk.run_then(CashOut { amount, reason }, then),
            }
        })
    };
    let onchange = {
        let typed = typed.clone();
        Callback::from(move |text: String| typed.set(text))
    };
    let onkey = {
        let typed = typed.clone();
        Callback::from(move |key: Pad| typed.set(key.apply(&typed)))
    };
    let oninput = {
        let reason = reason.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                reason.set(field.value());
            }
        })
    };
    let actions = html! {
        <>
            { close_button(&desk) }
            <Button label={desk.t(title)} kind={Kind::Primary} keycap={Key::F12} {testid} onpress={deed.clone()} disabled={amount.is_none()} />
        </>
    };
    html! {
        <Drawer title={desk.t(title)} {actions}>
            <AmountField label={desk.t("amount")} value={(*typed).clone()} {onchange} onenter={deed} {wrong} testid="cash-amount" large=true />
            <label class="field"><span>{ desk.t("reason") }</span>
                <input type="text" autocomplete="off" maxlength="60" data-testid="cash-reason" value={(*reason).clone()} {oninput} /></label>
            <NumberPad order={Order::Calculator} {onkey} />
        </Drawer>
    }
}
