//! One of the transfers: how it stands, its goods, and what can be done about it.

use selvedge_contract::commands::{BeginDispatch, BeginReceipt, CancelTransfer, CloseTransfer, ReprintTransfer};
use selvedge_contract::view::{TransferRow, TransferRowLine};
use selvedge_domain::Quantity;
use selvedge_domain::ids::TransferId;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{difference, goods_name, stands, state_word, symbol, use_page, way};
use crate::components::{Button, Drawer, Icon, Kind, icon, refusal};
use crate::keys::Key;
use crate::state::{Desk, Sheet, use_desk};

#[derive(Clone, PartialEq, Properties)]
pub struct OneProps {
    pub transfer: TransferId,
}

/// The sheet of one.
#[component]
pub fn OneTransfer(props: &OneProps) -> Html {
    let desk = use_desk();
    let page = use_page();
    let back = html! {
        <Button label={desk.t("back")} kind={Kind::Quiet} icon={Icon::ArrowLeft} keycap={Key::Esc} onpress={desk.opens(Sheet::Transfers)} />
    };
    let failure = page.as_ref().and_then(|page| page.as_ref().err()).cloned();
    let rows = page.and_then(Result::ok).map(|page| page.transfers).unwrap_or_default();
    let Some(shown) = rows.into_iter().find(|row| row.id == props.transfer) else {
        return html! {
            <Drawer title={desk.t("transfers-title")} actions={back}><p></p>{ refusal(&desk, failure.as_ref()) }</Drawer>
        };
    };
    let (picture, tone) = symbol(&shown);
    let (title, text) = stands(&shown);
    let refusal = (!shown.refusal.is_empty()).then(|| html! { <p class="second">{ &shown.refusal }</p> });
    let actions = html! { <>{ back }{ deeds(&desk, &shown) }</> };
    let note = (!shown.note.is_empty()).then(|| html! { <p class="second">{ &shown.note }</p> });
    html! {
        <Drawer title={way(&desk, shown.outgoing, &shown.other)} {actions} testid="transfer">
            <div class={classes!("standing", format!("standing-{tone}"))} role="status" data-testid="transfer-state" data-state={state_word(&shown)}>
                { icon(picture) }
                <p class="tray-words"><strong>{ desk.t(title) }</strong><span>{ desk.t(text) }</span></p>
            </div>
            { refusal.unwrap_or_default() }
            { note.unwrap_or_default() }
            <ul>{ for shown.lines.iter().map(|line| goods(&desk, line)) }</ul>
        </Drawer>
    }
}

fn deeds(desk: &Desk, shown: &TransferRow) -> Html {
    let (transfer, to) = (shown.id, shown.to);
    let close = shown.may_close.then(|| {
        html! {
            <Button label={desk.t("write-off")} kind={Kind::Careful} icon={Icon::X} testid="write-off" onpress={desk.opens(Sheet::WriteOff(transfer))} />
        }
    });
    let cancel = shown.may_cancel.then(|| {
        html! {
            <Button label={desk.t("cancel-request")} kind={Kind::Careful} icon={Icon::X} testid="cancel-request" onpress={desk.runs(CancelTransfer { transfer })} />
        }
    });
    let sent = shown.outgoing && shown.lines.iter().any(|line| !line.dispatched.is_zero());
    let again = sent.then(|| {
        html! {
            <Button label={desk.t("print-again")} kind={Kind::Usual} icon={Icon::Printer} testid="reprint-transfer" onpress={desk.runs(ReprintTransfer { transfer })} />
        }
    });
    let next = if shown.may_send {
        let send = desk.runs(BeginDispatch { transfer: Some(transfer), to });
        html! { <Button label={desk.t("send-these")} kind={Kind::Primary} icon={Icon::ScanBarcode} keycap={Key::F12} testid="send-these" onpress={send} /> }
    } else if shown.may_receive {
        let receive = desk.runs(BeginReceipt { transfer });
        html! { <Button label={desk.t("receive-these")} kind={Kind::Primary} icon={Icon::ScanBarcode} keycap={Key::F12} testid="receive-these" onpress={receive} /> }
    } else {
        html! {}
    };
    html! { <>{ cancel.unwrap_or_default() }{ close.unwrap_or_default() }{ again.unwrap_or_default() }{ next }</> }
}

/// Its name, and what was said of it so far.
fn goods(desk: &Desk, line: &TransferRowLine) -> Html {
    let said = [("goods-asked", line.requested), ("goods-sent", line.dispatched), ("goods-there", line.received)];
    let words = said
        .into_iter()
        .filter(|(_, quantity)| *quantity != Quantity::ZERO)
        .map(|(id, quantity)| desk.with(id, &[("quantity", desk.locale().quantity(quantity, line.goods.unit).into())]));
    let open = line.in_transit.is_negative().then(|| difference(desk, &line.goods, line.in_transit));
    let words: Vec<String> = words.chain(open).collect();
    html! {
        <li key={line.goods.product.to_string()} class="row" data-testid="transfer-line">
            <span class="row-name"><strong>{ goods_name(desk, &line.goods) }</strong><span class="second">{ words.join(" · ") }</span></span>
        </li>
    }
}

/// What is in transit is not on the way: a manager says why.
#[component]
pub fn WriteOff(props: &OneProps) -> Html {
    let desk = use_desk();
    let transfer = props.transfer;
    let reason = use_state(String::new);
    let page = use_page();
    let rows = page.and_then(Result::ok).map(|page| page.transfers).unwrap_or_default();
    let lines = rows.into_iter().find(|row| row.id == transfer).map(|row| row.lines).unwrap_or_default();
    let open = lines.iter().filter(|line| !line.in_transit.is_zero());
    let oninput = {
        let reason = reason.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                reason.set(field.value());
            }
        })
    };
    let deed = {
        let (desk, reason) = (desk.clone(), (*reason).clone());
        Callback::from(move |()| {
            let told = desk.clone();
            let then = Callback::from(move |done: Result<_, _>| {
                if done.is_ok() {
                    told.open(Sheet::Transfer(transfer));
                }
            });
            desk.run_then(CloseTransfer { transfer, reason: reason.clone() }, then);
        })
    };
    let actions = html! {
        <>
            <Button label={desk.t("back")} kind={Kind::Quiet} icon={Icon::ArrowLeft} keycap={Key::Esc} onpress={desk.opens(Sheet::Transfer(transfer))} />
            <Button label={desk.t("write-off")} kind={Kind::Primary} keycap={Key::F12} testid="confirm" disabled={reason.trim().is_empty()} onpress={deed} />
        </>
    };
    let row = |line: &TransferRowLine| {
        html! {
            <li key={line.goods.product.to_string()} class="row">
                <span class="row-name"><strong>{ goods_name(&desk, &line.goods) }</strong></span>
                <strong class="line-amount">{ difference(&desk, &line.goods, line.in_transit) }</strong>
            </li>
        }
    };
    html! {
        <Drawer title={desk.t("write-off-title")} {actions} testid="write-off-sheet">
            <p>{ desk.t("write-off-text") }</p>
            <label class="field"><span>{ desk.t("reason") }</span>
                <input type="text" autocomplete="off" data-testid="transfer-reason" maxlength="200" value={(*reason).clone()} {oninput} /></label>
            <ul>{ for open.map(row) }</ul>
        </Drawer>
    }
}
