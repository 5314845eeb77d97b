//! Quantity, price and discount of the chosen line, and the discount of the whole sale.

use selvedge_contract::commands::{DiscountLine, DiscountSale, SetPrice, SetQuantity};
use selvedge_contract::view::{Line, Selling};
use selvedge_domain::cart::{Discount, DiscountKind};
use selvedge_domain::quantity::Unit;
use selvedge_domain::{Amount, Currency, Quantity};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::close_button;
use crate::components::{AmountField, Button, Drawer, Kind, NumberPad, Order, Pad, read_amount};
use crate::keys::Key;
use crate::state::{Desk, use_desk};

/// The reductions that a press gives.
const PERCENTS: [i64; 4] = [10, 20, 30, 50];

/// A typed text and what changes it: by the field, by the pad.
struct Typed {
    text: UseStateHandle<String>,
    onchange: Callback<String>,
    onkey: Callback<Pad>,
}

#[hook]
fn use_typed() -> Typed {
    let text = use_state(String::new);
    let onchange = {
        let text = text.clone();
        Callback::from(move |typed: String| text.set(typed))
    };
    let onkey = {
        let text = text.clone();
        Callback::from(move |key: Pad| text.set(key.apply(&text)))
    };
    Typed { text, onchange, onkey }
}

fn actions(desk: &Desk, id: &str, possible: bool, deed: Callback<()>) -> Html {
    html! {
        <>
            { close_button(desk) }
            <Button label={desk.t(id)} kind={Kind::Primary} keycap={Key::F12} onpress={deed} disabled={!possible} />
        </>
    }
}

fn name(line: &Line) -> String {
    if line.variant.is_empty() { line.name.clone() } else { format!("{}, {}", line.name, line.variant) }
}

#[derive(Clone, PartialEq, Properties)]
pub struct QuantityProps {
    pub line: Line,
}

/// F4.
#[component]
pub fn QuantityEntry(props: &QuantityProps) -> Html {
    let desk = use_desk();
    let typed = use_typed();
    let line = &props.line;
    let whole = line.unit == Unit::Piece;
    let quantity = Quantity::parse(&typed.text)
        .ok()
        .filter(|quantity| !quantity.is_zero() && !quantity.is_negative() && (!whole || quantity.is_whole()));
    let wrong = (quantity.is_none() && !typed.text.trim().is_empty())
        .then(|| desk.t(if whole { "wrong-pieces" } else { "wrong-quantity" }));
    let deed = {
        let (desk, id) = (desk.clone(), line.id);
        Callback::from(move |()| {
            if let Some(quantity) = quantity {
                desk.run_and_close(SetQuantity { line: id, quantity });
            }
        })
    };
    html! {
        <Drawer title={desk.with("quantity-of", &[("name", name(line).into())])} actions={actions(&desk, "set-quantity", quantity.is_some(), deed.clone())}>
            <AmountField label={desk.t("quantity")} value={(*typed.text).clone()} onchange={typed.onchange} onenter={deed} {wrong} testid="quantity"
                proposal={desk.locale().quantity(line.quantity, line.unit)} large=true />
            <NumberPad order={Order::Calculator} onkey={typed.onkey} />
        </Drawer>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct PriceProps {
    pub line: Line,
    pub currency: Currency,
}

/// Shift F4.
#[component]
pub fn PriceEntry(props: &PriceProps) -> Html {
    let desk = use_desk();
    let typed = use_typed();
    let line = &props.line;
    let price = read_amount(&typed.text, None, props.currency).filter(|price| !price.is_negative());
    let wrong = (price.is_none() && !typed.text.trim().is_empty()).then(|| desk.t("wrong-amount"));
    let proposal = line.unit_price.map(|price| desk.amount(price, props.currency)).unwrap_or_default();
    let deed = {
        let (desk, id) = (desk.clone(), line.id);
        Callback::from(move |()| {
            if let Some(price) = price {
                desk.run_and_close(SetPrice { line: id, price });
            }
        })
    };
    html! {
        <Drawer title={desk.with("price-of", &[("name", name(line).into())])} actions={actions(&desk, "set-price", price.is_some(), deed.clone())}>
            <AmountField label={desk.t("price-of-one")} value={(*typed.text).clone()} onchange={typed.onchange} onenter={deed} {wrong} testid="price-entry"
                {proposal} large=true />
            <NumberPad order={Order::Calculator} onkey={typed.onkey} />
        </Drawer>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct DiscountProps {
    pub line: Option<Line>,
    pub selling: Selling,
}

/// What the sheet has chosen so far.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    whole_sale: bool,
    percent: bool,
    reason: String,
}

/// F6.
#[component]
pub fn DiscountEntry(props: &DiscountProps) -> Html {
    let desk = use_desk();
    let typed = use_typed();
    let may_line = props.line.as_ref().is_some_and(|line| line.refund_of.is_none());
    let choice = use_state(|| Choice { whole_sale: !may_line, percent: true, reason: String::new() });
    let currency = props.selling.currency;
    let kind = kind(&typed.text, choice.percent, currency);
    let wrong = (kind.is_none() && !typed.text.trim().is_empty())
        .then(|| desk.t(if choice.percent { "wrong-percent" } else { "wrong-amount" }));
    let give = {
        let (desk, choice, line) = (desk.clone(), choice.clone(), props.line.clone());
        move |kind: Option<DiscountKind>| {
            let discount = kind.map(|kind| Discount { kind, reason: choice.reason.trim().to_owned() });
            match line.as_ref().filter(|_| !choice.whole_sale) {
                Some(line) => desk.run_and_close(DiscountLine { line: line.id, discount }),
                None => desk.run_and_close(DiscountSale { discount }),
            }
        }
    };
    let deed = {
        let give = give.clone();
        Callback::from(move |()| {
            if kind.is_some() {
                give(kind);
            }
        })
    };
    let has = if choice.whole_sale {
        props.selling.sale_discount.is_some()
    } else {
        props.line.as_ref().is_some_and(|line| line.discount.is_some())
    };
    let take_away = {
        let give = give.clone();
        Callback::from(move |()| give(None))
    };
    let percents = PERCENTS.map(|percent| {
        let onchange = typed.onchange.clone();
        let choice = choice.clone();
        let onpress = Callback::from(move |()| {
            choice.set(Choice { percent: true, ..(*choice).clone() });
            onchange.emit(percent.to_string());
        });
        html! { <Button label={format!("{percent}\u{a0}%")} kind={Kind::Quiet} {onpress} /> }
    });
    html! {
        <Drawer title={desk.t("discount-title")} actions={actions(&desk, "give-discount", kind.is_some(), deed.clone())}>
            { pairs(&desk, &choice, may_line, props.line.as_ref(), currency) }
            <div class="choices">{ for percents }
                <Button label={desk.t("no-discount")} kind={Kind::Careful} disabled={!has} onpress={take_away} /></div>
            <AmountField label={desk.t(if choice.percent { "percent" } else { "amount" })} value={(*typed.text).clone()} onchange={typed.onchange}
                onenter={deed} {wrong} testid="discount" large=true />
            { reason(&desk, &choice) }
            <NumberPad order={Order::Calculator} onkey={typed.onkey} />
        </Drawer>
    }
}

fn kind(typed: &str, percent: bool, currency: Currency) -> Option<DiscountKind> {
    let positive = |amount: &Amount| !amount.is_zero() && !amount.is_negative();
    if !percent {
        return read_amount(typed, None, currency).filter(positive).map(DiscountKind::Amount);
    }
    // A percentage has at most two decimals, like an amount of euros.
    let hundredths = read_amount(typed, None, Currency::EUR).filter(positive)?;
    (hundredths.minor() <= 10_000)
        .then(|| DiscountKind::Percent(Quantity::from_thousandths(hundredths.minor() * 10).to_decimal().normalize()))
}

fn pairs(
    desk: &Desk,
    choice: &UseStateHandle<Choice>,
    may_line: bool,
    line: Option<&Line>,
    currency: Currency,
) -> Html {
    let pick = |label: String, chosen: bool, disabled: bool, next: Choice| {
        let choice = choice.clone();
        let onpress = Callback::from(move |()| choice.set(next.clone()));
        html! { <Button {label} kind={if chosen { Kind::Soft } else { Kind::Quiet }} {chosen} {disabled} {onpress} /> }
    };
    let now = (**choice).clone();
    let line_name = line.map_or_else(|| desk.t("one-line"), name);
    html! {
        <div class="choices">
            { pick(line_name, !now.whole_sale, !may_line, Choice { whole_sale: false, ..now.clone() }) }
            { pick(desk.t("whole-sale"), now.whole_sale, false, Choice { whole_sale: true, ..now.clone() }) }
            <span class="gap"></span>
            { pick("%".to_owned(), now.percent, false, Choice { percent: true, ..now.clone() }) }
            { pick(currency.sign().to_owned(), !now.percent, false, Choice { percent: false, ..now.clone() }) }
        </div>
    }
}

fn reason(desk: &Desk, choice: &UseStateHandle<Choice>) -> Html {
    let oninput = {
        let choice = choice.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                choice.set(Choice { reason: field.value(), ..(*choice).clone() });
            }
        })
    };
    html! {
        <label class="field"><span>{ desk.t("reason") }</span>
            <input type="text" autocomplete="off" data-testid="discount-reason" maxlength="60" value={choice.reason.clone()} {oninput} />
        </label>
    }
}
