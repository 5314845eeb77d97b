//! Cash in and out of the drawer.

use selvedge_contract::commands::{CashIn, CashOut};
use selvedge_domain::Currency;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::close_button;
use crate::components::{AmountField, Button, Drawer, Kind, NumberPad, Order, Pad, read_amount};
use crate::keys::Key;
use crate::state::{Moved, use_desk};

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
        let (desk, moved, reason) = (desk.clone(), props.moved, reason.clone());
        Callback::from(move |()| {
            let (Some(amount), reason) = (amount, reason.trim().to_owned()) else { return };
            match moved {
                Moved::In => desk.run_and_close(CashIn { amount, reason }),
                Moved::Out => desk.run_and_close(CashOut { amount, reason }),
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
