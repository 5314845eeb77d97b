//! F7: goods come back. The receipt is typed or scanned, then lines and quantities are chosen.

use std::collections::BTreeMap;

use selvedge_contract::Failure;
use selvedge_contract::commands::{FindSale, ReturnLines, Sold};
use selvedge_contract::view::{ReturnableLine, ReturnableSale};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{LineId, SaleId};
use selvedge_domain::quantity::Unit;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::close_button;
use crate::components::{Button, Drawer, Icon, Kind, on_enter};
use crate::keys::Key;
use crate::state::{Act, Desk, Sheet, use_desk};

type Chosen = BTreeMap<LineId, Quantity>;

/// Of which sale.
#[derive(Clone, PartialEq)]
pub enum Of {
    /// Somebody types or scans its receipt here.
    Typed,
    /// Its receipt was scanned.
    Receipt(String),
    /// It was chosen from the list.
    Sale(SaleId),
}

#[derive(Clone, PartialEq, Properties)]
pub struct ReturnsProps {
    pub of: Of,
}

/// The sheet.
#[component]
pub fn Returns(props: &ReturnsProps) -> Html {
    let desk = use_desk();
    let receipt = use_state(|| match &props.of {
        Of::Receipt(receipt) => receipt.clone(),
        Of::Typed | Of::Sale(_) => String::new(),
    });
    let sale = use_state(|| None::<ReturnableSale>);
    let chosen = use_state(Chosen::new);
    let find = find(&desk, &receipt, &sale);
    {
        let (desk, receipt, sale, find) = (desk.clone(), receipt.clone(), sale.clone(), find.clone());
        use_effect_with(props.of.clone(), move |of| match of {
            Of::Typed => {}
            Of::Receipt(_) => find.emit(()),
            Of::Sale(of) => desk.clone().ask(Sold { sale: *of }, move |answer| match answer {
                Ok(found) => {
                    receipt.set(found.sold.receipt.clone());
                    look_up(&desk, found.sold.receipt, &sale);
                }
                Err(failure) => desk.act(Act::Failed(failure)),
            }),
        });
    }
    let take = take(&desk, &sale, &chosen);
    let (forward, possible, deed) = match &*sale {
        Some(_) => ("take-back-lines", !chosen.is_empty(), take),
        None => ("find-receipt", !receipt.trim().is_empty(), find.clone()),
    };
    let actions = html! {
        <>
            { close_button(&desk) }
            <Button label={desk.t(forward)} kind={Kind::Primary} keycap={Key::F12} testid="return" onpress={deed} disabled={!possible} />
        </>
    };
    let body = match &*sale {
        Some(found) => lines(&desk, found, &chosen),
        None => html! {
            <>
                <p>{ desk.t("return-text") }</p>
                { number(&desk, &receipt, &find) }
                <p class="aside"><span class="second">{ desk.t("return-no-receipt") }</span>
                    <Button label={desk.t("sales-title")} kind={Kind::Quiet} icon={Icon::ReceiptText} keycap={Key::F8} onpress={desk.opens(Sheet::Sales)} /></p>
            </>
        },
    };
    html! { <Drawer title={desk.t("return-title")} {actions}>{ body }</Drawer> }
}

fn number(desk: &Desk, receipt: &UseStateHandle<String>, find: &Callback<()>) -> Html {
    let oninput = {
        let receipt = receipt.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                receipt.set(field.value());
            }
        })
    };
    let onkeydown = {
        let find = find.clone();
        on_enter(move || find.emit(()))
    };
    html! {
        <label class="field"><span>{ desk.t("receipt-number") }</span>
            <input type="text" autocomplete="off" spellcheck="false" dir="ltr" data-testid="return-receipt" data-takes-scan="receipt"
                value={(**receipt).clone()} {oninput} {onkeydown} /></label>
    }
}

fn find(desk: &Desk, receipt: &UseStateHandle<String>, sale: &UseStateHandle<Option<ReturnableSale>>) -> Callback<()> {
    let (desk, receipt, sale) = (desk.clone(), receipt.clone(), sale.clone());
    Callback::from(move |()| look_up(&desk, receipt.trim().to_owned(), &sale))
}

fn look_up(desk: &Desk, receipt: String, sale: &UseStateHandle<Option<ReturnableSale>>) {
    let (told, sale) = (desk.clone(), sale.clone());
    desk.ask(FindSale { receipt }, move |answer| match answer {
        Ok(found) => {
            told.act(Act::FailureSeen);
            sale.set(Some(found));
        }
        Err(failure) => told.act(Act::Failed(failure)),
    });
}

fn take(desk: &Desk, sale: &UseStateHandle<Option<ReturnableSale>>, chosen: &UseStateHandle<Chosen>) -> Callback<()> {
    let (desk, sale, chosen) = (desk.clone(), sale.clone(), chosen.clone());
    Callback::from(move |()| {
        let Some(found) = &*sale else { return };
        let lines = chosen.iter().map(|(line, quantity)| (*line, *quantity)).collect();
        let told = desk.clone();
        let then = Callback::from(move |done: Result<(), Failure>| {
            if done.is_ok() {
                told.close();
            }
        });
        desk.run_then(ReturnLines { sale: found.sale, lines }, then);
    })
}

fn lines(desk: &Desk, found: &ReturnableSale, chosen: &UseStateHandle<Chosen>) -> Html {
    let all = {
        let (chosen, found) = (chosen.clone(), found.clone());
        Callback::from(move |()| {
            chosen.set(found.lines.iter().filter_map(|line| Some((line.line, left(line)?))).collect())
        })
    };
    let head = desk.with(
        "return-of-sale",
        &[
            ("receipt", (&found.receipt).into()),
            ("date", desk.locale().date(found.at.day).into()),
            ("time", desk.locale().time(found.at).into()),
            ("total", desk.money(found.total, found.currency).into()),
        ],
    );
    html! {
        <>
            <p>{ head }</p>
            <Button label={desk.t("return-all")} kind={Kind::Soft} onpress={all} />
            <ul class="return-lines">{ for found.lines.iter().map(|line| row(desk, found, line, chosen)) }</ul>
        </>
    }
}

/// What can still come back.
fn left(line: &ReturnableLine) -> Option<Quantity> {
    let left = line.sold - line.returned;
    (left > Quantity::ZERO).then_some(left)
}

fn row(desk: &Desk, found: &ReturnableSale, line: &ReturnableLine, chosen: &UseStateHandle<Chosen>) -> Html {
    let most = left(line).unwrap_or(Quantity::ZERO);
    let now = chosen.get(&line.line).copied().unwrap_or(Quantity::ZERO);
    // A weight comes back whole; pieces one by one.
    let step = if line.unit == Unit::Piece { Quantity::ONE } else { most };
    let set = |to: Quantity| {
        let (chosen, id) = (chosen.clone(), line.line);
        Callback::from(move |()| {
            let mut next = (*chosen).clone();
            if to > Quantity::ZERO {
                next.insert(id, to);
            } else {
                next.remove(&id);
            }
            chosen.set(next);
        })
    };
    let less = set((now - step).max(Quantity::ZERO));
    let more = set((now + step).min(most));
    let state = if most.is_zero() {
        desk.t("return-none-left")
    } else {
        let left = desk.locale().quantity(most, line.unit);
        desk.with("return-left", &[("left", left.into()), ("amount", desk.amount(line.refund, found.currency).into())])
    };
    html! {
        <li class="return-line" key={line.line.to_string()} data-testid="return-line">
            <span class="line-name"><strong>{ &line.name }</strong><span class="second">{ &line.variant }{ " · " }{ state }</span></span>
            <span class="stepper">
                <Button label={desk.t("one-less")} icon={Icon::Minus} alone=true kind={Kind::Quiet} disabled={now.is_zero()} onpress={less} />
                <strong class="stepper-figure">{ desk.locale().quantity(now, line.unit) }</strong>
                <Button label={desk.t("one-more")} icon={Icon::Plus} alone=true kind={Kind::Quiet} disabled={now >= most} onpress={more} />
            </span>
        </li>
    }
}
