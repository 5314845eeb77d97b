//! The end of what is sent or received: the quantity of a product by key, the reason where it differs, and giving it up.

use selvedge_contract::commands::{DropTransfer, FinishTransfer, SetCounted};
use selvedge_contract::view::{Goods, TransferScan, TransferScanLine};
use selvedge_domain::Quantity;
use selvedge_domain::quantity::Unit;
use selvedge_domain::stock::transfer::TransferTask;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::super::close_button;
use super::{difference, goods_name};
use crate::components::{AmountField, Button, Dialog, Drawer, Kind, NumberPad, Order, Pad};
use crate::keys::Key;
use crate::state::{Desk, Sheet, use_desk};

#[derive(Clone, PartialEq, Properties)]
pub struct CountedProps {
    pub line: TransferScanLine,
}

/// F4: so many of them are there, in all.
#[component]
pub fn CountedEntry(props: &CountedProps) -> Html {
    let desk = use_desk();
    let typed = use_state(String::new);
    let TransferScanLine { goods, counted, .. } = &props.line;
    let whole = goods.unit == Unit::Piece;
    let possible = |quantity: &Quantity| !quantity.is_negative() && (!whole || quantity.is_whole());
    let quantity = Quantity::parse(&typed).ok().filter(possible);
    let wrong = (quantity.is_none() && !typed.trim().is_empty())
        .then(|| desk.t(if whole { "wrong-count" } else { "wrong-quantity" }));
    let deed = {
        let (desk, product) = (desk.clone(), goods.product);
        Callback::from(move |()| {
            if let Some(quantity) = quantity {
                desk.run_and_close(SetCounted { product, quantity });
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
    let actions = html! {
        <>
            { close_button(&desk) }
            <Button label={desk.t("set-quantity")} kind={Kind::Primary} keycap={Key::F12} testid="set-counted" onpress={deed.clone()} disabled={quantity.is_none()} />
        </>
    };
    html! {
        <Drawer title={desk.with("quantity-of", &[("name", goods_name(&desk, goods).into())])} {actions}>
            <AmountField label={desk.t("quantity")} value={(*typed).clone()} {onchange} onenter={deed} {wrong} testid="counted"
                proposal={desk.locale().quantity(*counted, goods.unit)} large=true />
            <NumberPad order={Order::Calculator} {onkey} />
        </Drawer>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct FinishProps {
    pub scan: TransferScan,
}

/// F12: the goods are gone, or there, or asked for.
#[component]
pub fn Finish(props: &FinishProps) -> Html {
    let desk = use_desk();
    let scan = &props.scan;
    let reason = use_state(String::new);
    let complete = use_state(|| true);
    let differs = !scan.difference.is_empty();
    let must_say = scan.task == TransferTask::Received && differs && *complete;
    let oninput = {
        let reason = reason.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                reason.set(field.value());
            }
        })
    };
    let deed = {
        let (desk, transfer) = (desk.clone(), scan.transfer);
        let finish = FinishTransfer { complete: *complete, reason: (*reason).clone() };
        Callback::from(move |()| {
            let told = desk.clone();
            let then = Callback::from(move |done: Result<_, _>| {
                if done.is_ok() {
                    told.open(Sheet::Transfer(transfer));
                }
            });
            desk.run_then(finish.clone(), then);
        })
    };
    let (title, label, text) = match scan.task {
        TransferTask::Asked => ("finish-ask-title", "finish-ask", "finish-ask-text"),
        TransferTask::Dispatched => ("finish-out-title", "finish-out", "finish-out-text"),
        TransferTask::Received => ("finish-in-title", "finish-in", "finish-in-text"),
    };
    let actions = html! {
        <>
            <Button label={desk.t("back")} kind={Kind::Quiet} keycap={Key::Esc} onpress={desk.closes()} />
            <Button label={desk.t(label)} kind={Kind::Primary} keycap={Key::F12} testid="confirm" disabled={must_say && reason.trim().is_empty()} onpress={deed} />
        </>
    };
    let text = if differs { "finish-differs" } else { text };
    let field = match scan.task {
        TransferTask::Asked => "note-for-sender",
        TransferTask::Dispatched => "note-for-them",
        TransferTask::Received => "reason",
    };
    let words = (scan.task != TransferTask::Received || differs).then(|| {
        html! {
            <label class="field"><span>{ desk.t(field) }</span>
                <input type="text" autocomplete="off" data-testid="transfer-reason" maxlength="200" value={(*reason).clone()} {oninput} /></label>
        }
    });
    html! {
        <Drawer title={desk.t(title)} {actions} testid="finish">
            <p>{ desk.t(text) }</p>
            <ul>{ for scan.difference.iter().map(|(goods, missing)| differing(&desk, goods, *missing)) }</ul>
            { if scan.task == TransferTask::Received { rest(&desk, &complete) } else { html! {} } }
            { words.unwrap_or_default() }
        </Drawer>
    }
}

fn differing(desk: &Desk, goods: &Goods, missing: Quantity) -> Html {
    html! {
        <li key={goods.product.to_string()} class="row" data-testid="differs">
            <span class="row-name"><strong>{ goods_name(desk, goods) }</strong></span>
            <span class="badge badge-warn">{ difference(desk, goods, missing) }</span>
        </li>
    }
}

/// Whether more is to come.
fn rest(desk: &Desk, complete: &UseStateHandle<bool>) -> Html {
    let pick = |id: &str, value: bool, testid: &'static str| {
        let chosen = **complete == value;
        let complete = complete.clone();
        let onpress = Callback::from(move |()| complete.set(value));
        html! { <Button label={desk.t(id)} kind={if chosen { Kind::Soft } else { Kind::Quiet }} {chosen} {onpress} {testid} /> }
    };
    html! {
        <div class="choices" role="group" aria-label={desk.t("rest-of-goods")}>
            { pick("nothing-more", true, "nothing-more") }
            { pick("rest-later", false, "rest-later") }
        </div>
    }
}

/// Giving it up is asked once.
pub fn stop(desk: &Desk) -> Html {
    let (done, keep) = (desk.clone(), desk.closes());
    let deed = Callback::from(move |()| done.run_and_close(DropTransfer {}));
    let actions = html! {
        <>
            <Button label={desk.t("go-on-scanning")} kind={Kind::Quiet} keycap={Key::Esc} onpress={keep} />
            <Button label={desk.t("stop-scanning")} kind={Kind::Primary} keycap={Key::F12} testid="confirm" onpress={deed} />
        </>
    };
    html! { <Dialog title={desk.t("stop-question")} {actions} testid="stop-scanning"><p>{ desk.t("stop-consequence") }</p></Dialog> }
}
