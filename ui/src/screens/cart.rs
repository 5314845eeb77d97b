//! The lines of the sale. Newest is at the bottom and always in view.

use selvedge_contract::commands::{PutBack, Recall, RemoveLine, SelectLine, SetPrice, SetQuantity};
use selvedge_contract::view::{Line, Parked, Reduction};
use selvedge_domain::cart::DiscountKind;
use selvedge_domain::ids::LineId;
use selvedge_domain::quantity::Unit;
use selvedge_domain::{Currency, Quantity};
use web_sys::{Element, HtmlInputElement, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

use crate::components::{Button, Icon, Kind, Picture, large_icon, on_enter, read_amount, small_icon};
use crate::state::{Desk, use_desk};

/// What the list needs.
#[derive(Clone, PartialEq, Properties)]
pub struct CartProps {
    /// In order.
    pub lines: Vec<Line>,
    /// Of all amounts.
    pub currency: Currency,
    /// Sales put aside; shown where nothing is in the sale.
    pub parked: Vec<Parked>,
}

/// The list.
#[component]
pub fn Cart(props: &CartProps) -> Html {
    let desk = use_desk();
    let list = use_node_ref();
    {
        let list = list.clone();
        let shown: Vec<_> = props.lines.iter().map(|line| (line.id, line.selected)).collect();
        use_effect_with(shown, move |_| show_selected(&list));
    }
    if props.lines.is_empty() {
        return empty(&desk, &props.parked, props.currency);
    }
    let currency = props.currency;
    html! {
        <ol class="cart" ref={list}>
            { for props.lines.iter().map(|line| html! { <CartLine key={line.id.to_string()} line={line.clone()} {currency} /> }) }
        </ol>
    }
}

fn show_selected(list: &NodeRef) {
    let Some(list) = list.cast::<Element>() else { return };
    let Ok(Some(line)) = list.query_selector(".line-selected") else { return };
    let how = ScrollIntoViewOptions::new();
    how.set_block(ScrollLogicalPosition::Nearest);
    line.scroll_into_view_with_scroll_into_view_options(&how);
}

fn empty(desk: &Desk, parked: &[Parked], currency: Currency) -> Html {
    let text = if parked.is_empty() {
        desk.t("empty-text")
    } else {
        desk.with("empty-text-parked", &[("count", parked.len().into())])
    };
    html! {
        <div class="empty">
            { large_icon(Icon::ScanBarcode) }
            <div>
                <h2>{ desk.t("empty-title") }</h2><p>{ text }</p>
                { if desk.shell.sheet.is_none() { parked_list(desk, parked, currency, true) } else { html! {} } }
            </div>
        </div>
    }
}

/// Sales put aside, each a press away.
pub fn parked_list(desk: &Desk, parked: &[Parked], currency: Currency, possible: bool) -> Html {
    let row = |sale: &Parked| {
        let (desk_then, id) = (desk.clone(), sale.id);
        let recall = Callback::from(move |_: MouseEvent| desk_then.run_and_close(Recall { parked: id }));
        let time = desk.locale().time(sale.at);
        let name = if sale.name.is_empty() { time.clone() } else { sale.name.clone() };
        let since = if name == time {
            desk.with("parked-lines", &[("count", sale.lines.into())])
        } else {
            desk.with("parked-lines-since", &[("count", sale.lines.into()), ("time", time.into())])
        };
        html! {
            <button type="button" class="parked-sale" key={sale.id.to_string()} data-testid="parked-sale" onclick={recall} disabled={!possible}>
                <strong>{ name }</strong>
                <span class="second">{ since }</span>
                <strong class="line-amount">{ desk.money(sale.total, currency) }</strong>
            </button>
        }
    };
    html! { <div class="parked-list" data-arrows="">{ for parked.iter().map(row) }</div> }
}

#[derive(Clone, PartialEq, Properties)]
struct CartLineProps {
    line: Line,
    currency: Currency,
}

#[component]
fn CartLine(props: &CartLineProps) -> Html {
    let desk = use_desk();
    let line = &props.line;
    let select = {
        let (desk, id, inert) = (desk.clone(), line.id, line.selected || line.removed);
        Callback::from(move |_: MouseEvent| {
            if !inert {
                desk.run(SelectLine { line: id });
            }
        })
    };
    let class = classes!("line", line.selected.then_some("line-selected"), line.removed.then_some("line-removed"));
    html! {
        <li {class} onclick={select} data-testid="cart-line" data-gtin={line.gtin.clone()} data-quantity={line.quantity.to_string()}
            data-removed={line.removed.then_some("true")} aria-current={line.selected.then_some("true")}>
            <Picture colour={line.colour_code.clone()} />
            <span class="line-name"><strong>{ &line.name }</strong>
                <span class="second">{ &line.variant }{ badge(&desk, line, props.currency) }</span></span>
            { middle(&desk, line, props.currency) }
            { amount(&desk, line, props.currency) }
        </li>
    }
}

fn middle(desk: &Desk, line: &Line, currency: Currency) -> Html {
    if line.removed {
        return html! {
            <Button label={desk.t("put-back")} icon={Icon::Undo2} class="put-back" onpress={desk.runs(PutBack { line: line.id })} />
        };
    }
    let Some(price) = line.unit_price else {
        return html! { <PriceEntry line={line.id} {currency} /> };
    };
    if line.selected && line.refund_of.is_none() && line.unit == Unit::Piece {
        return stepper(desk, line);
    }
    html! {
        <span class="times"><strong>{ desk.locale().quantity(line.quantity, line.unit) }</strong>
            { " × " }{ desk.amount(price, currency) }</span>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct PriceEntryProps {
    line: LineId,
    currency: Currency,
}

/// A product without a price asks for it in its line; scanning goes on meanwhile.
#[component]
fn PriceEntry(props: &PriceEntryProps) -> Html {
    let desk = use_desk();
    let wrong = use_state(|| false);
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(field) = node.cast::<HtmlInputElement>() {
                let _ = field.focus();
            }
        });
    }
    let set = {
        let (desk, line, currency, wrong, node) =
            (desk.clone(), props.line, props.currency, wrong.clone(), node.clone());
        Callback::from(move |()| {
            let typed = node.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
            match read_amount(&typed, None, currency).filter(|price| !price.is_negative()) {
                Some(price) => desk.run(SetPrice { line, price }),
                None => wrong.set(true),
            }
        })
    };
    let onkeydown = {
        let set = set.clone();
        on_enter(move || set.emit(()))
    };
    html! {
        <span class={classes!("price-entry", wrong.then_some("is-wrong"))}>
            <input ref={node} type="text" inputmode="decimal" autocomplete="off" dir="ltr" data-testid="price" {onkeydown}
                aria-label={desk.t("price-of-one")} aria-invalid={wrong.then_some("true")} placeholder={desk.t("price")} />
            <Button label={desk.t("set-price")} onpress={set} />
        </span>
    }
}

fn stepper(desk: &Desk, line: &Line) -> Html {
    let less = if line.quantity <= Quantity::ONE {
        desk.runs(RemoveLine { line: line.id })
    } else {
        desk.runs(SetQuantity { line: line.id, quantity: line.quantity - Quantity::ONE })
    };
    let more = desk.runs(SetQuantity { line: line.id, quantity: line.quantity + Quantity::ONE });
    html! {
        <span class="stepper">
            <Button label={desk.t("one-less")} icon={Icon::Minus} alone=true kind={Kind::Quiet} onpress={less} />
            <strong class="stepper-figure">{ desk.locale().quantity(line.quantity, line.unit) }</strong>
            <Button label={desk.t("one-more")} icon={Icon::Plus} alone=true kind={Kind::Quiet} onpress={more} />
        </span>
    }
}

fn amount(desk: &Desk, line: &Line, currency: Currency) -> Html {
    if line.unit_price.is_none() {
        return html! { <span class="line-amount second">{ desk.t("no-price") }</span> };
    }
    let before = line.before.map(|before| html! { <s>{ desk.amount(before, currency) }</s> });
    html! {
        <span class="line-amount">{ before.unwrap_or_default() }<strong>{ desk.amount(line.amount, currency) }</strong></span>
    }
}

/// One badge at most: where a line comes back from, else the reason of its reduction, else that it was set aside.
fn badge(desk: &Desk, line: &Line, currency: Currency) -> Html {
    if let Some(receipt) = &line.refund_of {
        let text = desk.with("return-of", &[("receipt", receipt.into())]);
        return html! { <span class="badge">{ small_icon(Icon::Undo2) }{ text }</span> };
    }
    let Some(reduction) = &line.discount else {
        let set_aside = line.set_aside.then(
            || html! { <span class="badge badge-accent">{ small_icon(Icon::Inbox) }{ desk.t("collected") }</span> },
        );
        return set_aside.unwrap_or_default();
    };
    html! { <span class="badge badge-accent">{ small_icon(Icon::Tag) }{ reduction_words(desk, reduction, currency) }</span> }
}

/// `−20 % worn hem`.
pub fn reduction_words(desk: &Desk, reduction: &Reduction, currency: Currency) -> String {
    let how = match reduction.kind {
        DiscountKind::Percent(percent) => format!("\u{2212}{}\u{a0}%", desk.locale().decimal(&percent.to_string())),
        DiscountKind::Amount(amount) => desk.amount(-amount, currency),
    };
    if reduction.reason.is_empty() { how } else { format!("{how} {}", reduction.reason) }
}
