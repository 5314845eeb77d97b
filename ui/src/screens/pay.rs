//! Paying. What was typed or chosen is a payment in waiting: it is taken when the sale is completed, or when the next way
//! to pay is chosen. What the change would be meanwhile is the domain's own rule, not a second one.

use selvedge_contract::Failure;
use selvedge_contract::commands::{CompleteSale, ReturnTender, TakeTender};
use selvedge_contract::view::{Selling, TakenTender};
use selvedge_domain::tender::{TenderKind, coins};
use selvedge_domain::{Amount, Currency};
use yew::prelude::*;

use crate::components::{
    AmountField, Button, Icon, Kind, NumberPad, Order, Pad, TopBar, Trays, help_button, icon, read_amount,
};
use crate::dom;
use crate::keys::Key;
use crate::state::{Desk, Page, use_desk};

/// What the page needs.
#[derive(Clone, PartialEq, Properties)]
pub struct PayProps {
    /// The sale.
    pub selling: Selling,
}

/// What is being entered.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    kind: TenderKind,
    typed: String,
    reference: String,
}

impl Entry {
    fn empty(kind: TenderKind) -> Self {
        Entry { kind, typed: String::new(), reference: String::new() }
    }
}

/// Where the payment would stand with what is being entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outlook {
    waiting: Option<Amount>,
    wrong: bool,
    due: Amount,
    change: Amount,
}

impl Outlook {
    fn of(selling: &Selling, entry: &Entry) -> Self {
        let now = Outlook { waiting: None, wrong: false, due: selling.due, change: selling.change };
        if selling.due.is_zero() || entry.typed.trim().is_empty() {
            return now;
        }
        let out = selling.due.is_negative();
        let amount =
            read_amount(&entry.typed, None, selling.currency).map(|amount| if out { -amount.abs() } else { amount });
        let Some(amount) = amount.filter(|amount| !amount.is_zero() && amount.is_negative() == out) else {
            return Outlook { wrong: true, ..now };
        };
        let over = amount.abs() > selling.due.abs();
        if over && (out || entry.kind != TenderKind::Cash) {
            return Outlook { wrong: true, ..now };
        }
        let rest = selling.due - amount;
        let (due, change) = if over { (Amount::ZERO, -rest) } else { (rest, Amount::ZERO) };
        Outlook { waiting: Some(amount), wrong: false, due, change }
    }
}

/// The page.
#[component]
pub fn Pay(props: &PayProps) -> Html {
    let desk = use_desk();
    let entry = use_state(|| Entry::empty(TenderKind::Cash));
    let selling = &props.selling;
    let outlook = Outlook::of(selling, &entry);
    let back = {
        let desk = desk.clone();
        Callback::from(move |()| desk.go(Page::Due))
    };
    let back = html! {
        <Button label={desk.t("back-to-sale")} kind={Kind::Quiet} icon={Icon::ArrowLeft} keycap={Key::Esc} onpress={back} />
    };
    let title = if selling.total.is_negative() { "pay-out" } else { "pay" };
    html! {
        <>
            <TopBar back={back} actions={help_button(&desk)}><h1 class="bar-title">{ desk.t(title) }</h1></TopBar>
            <main class="pay">
                { payments(&desk, selling, &entry, outlook) }
                <section class="entry" aria-label={desk.t("payment")}>
                    { methods(&desk, selling, &entry, outlook) }
                    { entry_area(&desk, selling, &entry, outlook) }
                    <Trays />
                </section>
                { band(&desk, selling, &entry, outlook) }
            </main>
        </>
    }
}

fn payments(desk: &Desk, selling: &Selling, entry: &UseStateHandle<Entry>, outlook: Outlook) -> Html {
    let clear = {
        let entry = entry.clone();
        Callback::from(move |()| entry.set(Entry { typed: String::new(), ..(*entry).clone() }))
    };
    let waiting = outlook.waiting.map(|amount| {
        html! {
            <li class="payment">
                { icon(kind_icon(entry.kind)) }<span class="payment-name">{ desk.t(kind_id(entry.kind)) }</span>
                <strong>{ desk.amount(amount, selling.currency) }</strong>
                <Button label={desk.t("take-back")} icon={Icon::X} alone=true kind={Kind::Quiet} onpress={clear} />
            </li>
        }
    });
    let card = selling.tenders.iter().any(|tender| tender.kind == TenderKind::Card);
    let (hint_icon, hint) = if card { (Icon::Info, "card-back-hint") } else { (Icon::CirclePlus, "split-hint") };
    html! {
        <section class="payments" aria-label={desk.t("payments")}>
            <p class="second total-of">{ desk.with("total-of", &[("count", selling.pieces.abs().into())]) }</p>
            <p class="pay-total" data-testid="cart-total">{ desk.money(selling.total, selling.currency) }</p>
            <ul class="payment-list">
                { for selling.tenders.iter().map(|tender| taken(desk, tender, selling.currency)) }
                { waiting.unwrap_or_default() }
            </ul>
            <p class={classes!("still", (!outlook.due.is_zero()).then_some("open"))}>
                <span>{ desk.t(if outlook.due.is_negative() { "still-to-pay-out" } else { "still-to-pay" }) }</span>
                <output data-testid="due" aria-live="polite">{ desk.amount(outlook.due, selling.currency) }</output>
            </p>
            <p class="hint">{ icon(hint_icon) }<span>{ desk.t(hint) }</span></p>
        </section>
    }
}

fn taken(desk: &Desk, tender: &TakenTender, currency: Currency) -> Html {
    let card = tender.kind == TenderKind::Card;
    let (symbol, label) = if card { (Icon::Undo2, "reverse-card") } else { (Icon::X, "take-back") };
    let second = match (card, tender.reference.is_empty()) {
        (true, true) => Some(desk.t("approved")),
        (true, false) => Some(format!("{} {}", desk.t("approved"), tender.reference)),
        (false, false) => Some(tender.reference.clone()),
        (false, true) => None,
    };
    let second = second.map(|text| {
        html! { <span class={if card { "approved" } else { "second" }}>{ if card { icon(Icon::CircleCheck) } else { html! {} } }{ text }</span> }
    });
    html! {
        <li class="payment" key={tender.id.to_string()}>
            { icon(kind_icon(tender.kind)) }
            <span class="payment-name">{ desk.t(kind_id(tender.kind)) }{ second.unwrap_or_default() }</span>
            <strong>{ desk.amount(tender.amount, currency) }</strong>
            <Button label={desk.t(label)} icon={symbol} alone=true kind={Kind::Quiet} onpress={desk.runs(ReturnTender { tender: tender.id })} />
        </li>
    }
}

fn methods(desk: &Desk, selling: &Selling, entry: &UseStateHandle<Entry>, outlook: Outlook) -> Html {
    let settled = selling.due.is_zero();
    let method = |kind: TenderKind, keycap: Key, testid: &'static str| {
        let (desk_then, entry_then) = (desk.clone(), entry.clone());
        let onpress = Callback::from(move |()| choose(&desk_then, &entry_then, outlook, kind));
        let chosen = entry.kind == kind;
        let look = if chosen { Kind::Soft } else { Kind::Quiet };
        html! {
            <Button label={desk.t(kind_id(kind))} kind={look} icon={kind_icon(kind)} {keycap} {testid} {onpress} disabled={settled}
                chosen={chosen} class="method" />
        }
    };
    html! {
        <div class="methods" data-arrows="" role="group" aria-label={desk.t("payment-methods")}>
            { method(TenderKind::Cash, Key::F5, "pay-cash") }
            { method(TenderKind::Card, Key::F6, "pay-card") }
            { method(TenderKind::Voucher, Key::F7, "pay-voucher") }
        </div>
    }
}

/// Chooses a way to pay; what was entered for the one before is taken first.
fn choose(desk: &Desk, entry: &UseStateHandle<Entry>, outlook: Outlook, kind: TenderKind) {
    let next = Entry::empty(kind);
    match outlook.waiting {
        Some(amount) => {
            let (now, entry) = ((**entry).clone(), entry.clone());
            let then = Callback::from(move |done: Result<(), Failure>| {
                if done.is_ok() {
                    entry.set(next.clone());
                }
            });
            desk.run_then(TakeTender { kind: now.kind, amount, reference: now.reference }, then);
        }
        None => entry.set(next),
    }
    dom::focus("[data-home]");
}

fn entry_area(desk: &Desk, selling: &Selling, entry: &UseStateHandle<Entry>, outlook: Outlook) -> Html {
    if selling.due.is_zero() {
        return html! { <p class="all-paid" role="status">{ icon(Icon::CircleCheck) }{ desk.t("all-paid") }</p> };
    }
    let typed = |text: String| Entry { typed: text, ..(**entry).clone() };
    let onkey = {
        let entry = entry.clone();
        Callback::from(move |key: Pad| {
            entry.set(Entry { typed: key.apply(&entry.typed), ..(*entry).clone() });
            dom::focus("[data-home]");
        })
    };
    let onchange = {
        let entry = entry.clone();
        Callback::from(move |text: String| entry.set(Entry { typed: text, ..(*entry).clone() }))
    };
    let set = |amount: Amount| {
        let (entry, next) = (entry.clone(), typed(desk.locale().typed_amount(amount.abs(), selling.currency)));
        Callback::from(move |()| entry.set(next.clone()))
    };
    let (desk_then, selling_then, entry_then) = (desk.clone(), selling.clone(), entry.clone());
    let onenter = Callback::from(move |()| complete(&desk_then, &selling_then, &entry_then, outlook));
    let out = selling.due.is_negative();
    let label = match (entry.kind, out) {
        (TenderKind::Cash, false) => "cash-received",
        (TenderKind::Card, false) => "card-amount",
        (TenderKind::Voucher, false) => "voucher-amount",
        (TenderKind::Cash | TenderKind::Card | TenderKind::Voucher, true) => "pay-out-amount",
    };
    let wrong =
        outlook.wrong.then(|| desk.t(if entry.kind == TenderKind::Cash { "wrong-amount" } else { "wrong-not-more" }));
    html! {
        <>
            <AmountField label={desk.t(label)} value={entry.typed.clone()} {onchange} {onenter} {wrong} large=true testid="tendered"
                proposal={desk.amount(selling.due.abs(), selling.currency)} />
            <div class="entry-keys">
                <div class="quick" data-arrows="">
                    <Button label={desk.t("exact")} kind={Kind::Soft} keycap={Key::F8} testid="tender-exact" class="exact"
                        onpress={set(selling.due)}><strong class="exact-figure">{ desk.amount(selling.due.abs(), selling.currency) }</strong></Button>
                    { beside(desk, selling, entry, outlook, &set) }
                </div>
                <NumberPad order={Order::Calculator} {onkey} />
            </div>
        </>
    }
}

/// Beside the pad: what people hand over in cash, or what the terminal or the voucher says.
fn beside(
    desk: &Desk,
    selling: &Selling,
    entry: &UseStateHandle<Entry>,
    outlook: Outlook,
    set: &impl Fn(Amount) -> Callback<()>,
) -> Html {
    let (text, field) = match entry.kind {
        TenderKind::Cash => {
            let quick = selling.quick.iter().map(|amount| {
                let chosen = outlook.waiting == Some(*amount);
                let look = if chosen { Kind::Soft } else { Kind::Quiet };
                let label = desk.locale().short_amount(*amount, selling.currency);
                html! { <Button {label} kind={look} {chosen} class="quick-amount" onpress={set(*amount)} /> }
            });
            return html! { <>{ for quick }</> };
        }
        TenderKind::Card => ("card-text", "card-reference"),
        TenderKind::Voucher => ("voucher-text", "voucher-reference"),
    };
    let oninput = {
        let entry = entry.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                entry.set(Entry { reference: field.value(), ..(*entry).clone() });
            }
        })
    };
    html! {
        <div class="beside">
            <p>{ desk.t(text) }</p>
            <label class="field"><span>{ desk.t(field) }</span>
                <input type="text" autocomplete="off" spellcheck="false" dir="ltr" data-testid="reference" value={entry.reference.clone()} {oninput} />
            </label>
        </div>
    }
}

/// What Complete would take first: what was entered; for a card or voucher the whole rest, which the terminal or the
/// paper in the hand has proved. Cash is never assumed.
fn to_take(selling: &Selling, entry: &Entry, outlook: Outlook) -> Option<Amount> {
    match (outlook.waiting, entry.kind) {
        (Some(amount), _) => Some(amount),
        (None, TenderKind::Card | TenderKind::Voucher) if !outlook.wrong => Some(selling.due),
        (None, TenderKind::Cash | TenderKind::Card | TenderKind::Voucher) => None,
    }
}

fn complete(desk: &Desk, selling: &Selling, entry: &UseStateHandle<Entry>, outlook: Outlook) {
    if selling.due.is_zero() {
        desk.run(CompleteSale {});
        return;
    }
    let Some(amount) = to_take(selling, entry, outlook) else { return };
    let settles = amount.abs() >= selling.due.abs();
    let (desk_then, now, entry) = (desk.clone(), (**entry).clone(), entry.clone());
    let then = Callback::from(move |done: Result<(), Failure>| {
        if done.is_ok() {
            entry.set(Entry::empty(TenderKind::Cash));
            if settles {
                desk_then.run(CompleteSale {});
            }
        }
    });
    desk.run_then(TakeTender { kind: now.kind, amount, reference: now.reference }, then);
}

fn band(desk: &Desk, selling: &Selling, entry: &UseStateHandle<Entry>, outlook: Outlook) -> Html {
    let settles = selling.due.is_zero()
        || to_take(selling, entry, outlook).is_some_and(|amount| amount.abs() >= selling.due.abs());
    let changes = outlook.due.is_zero();
    let (label, figure, testid) = if changes {
        (desk.t("change-due"), outlook.change, Some("change-due"))
    } else if outlook.due.is_negative() {
        (desk.t("still-to-pay-out"), outlook.due.abs(), None)
    } else {
        (desk.t("still-to-pay"), outlook.due, None)
    };
    let second = if changes {
        coin_words(
            desk,
            &if outlook.waiting.is_some() { coins(outlook.change) } else { selling.coins.clone() },
            selling.currency,
        )
    } else {
        let how = desk.t(match entry.kind {
            TenderKind::Cash => "in-cash",
            TenderKind::Card => "by-card",
            TenderKind::Voucher => "by-voucher",
        });
        desk.with(
            "of-total",
            &[("total", desk.amount(selling.total.abs(), selling.currency).into()), ("method", how.into())],
        )
    };
    let (desk_then, selling_then, entry_then) = (desk.clone(), selling.clone(), entry.clone());
    let onpress = Callback::from(move |()| complete(&desk_then, &selling_then, &entry_then, outlook));
    html! {
        <div class="band pay-band">
            <p class="band-words"><strong>{ label }</strong><span>{ second }</span></p>
            <output class="huge" data-testid={testid} aria-live="polite">{ desk.money(figure, selling.currency) }</output>
            <Button label={desk.t(complete_id(selling, entry, outlook))} kind={Kind::Primary} icon={Icon::Check} keycap={Key::F12} class="forward"
                testid="complete-sale" {onpress} disabled={!settles} />
        </div>
    }
}

/// A card that nobody keyed is confirmed by the press itself, so the button says so.
fn complete_id(selling: &Selling, entry: &Entry, outlook: Outlook) -> &'static str {
    match entry.kind {
        TenderKind::Card if !selling.due.is_zero() && outlook.due == selling.due => "approved-complete",
        TenderKind::Cash | TenderKind::Card | TenderKind::Voucher => "complete",
    }
}

/// `1 × €10 · 2 × €2 · 50 c`: as they are counted into the hand.
pub fn coin_words(desk: &Desk, coins: &[(Amount, i64)], currency: Currency) -> String {
    let words = coins.iter().map(|(piece, count)| {
        let piece_words = desk.locale().piece(*piece, currency);
        let small = piece.minor() < 10_i64.pow(u32::from(currency.decimals()));
        if *count == 1 && small { piece_words } else { format!("{count} × {piece_words}") }
    });
    words.collect::<Vec<_>>().join(" · ")
}

/// The icon of a way to pay.
pub fn kind_icon(kind: TenderKind) -> Icon {
    match kind {
        TenderKind::Cash => Icon::Banknote,
        TenderKind::Card => Icon::CreditCard,
        TenderKind::Voucher => Icon::Ticket,
    }
}

/// The name of a way to pay.
pub fn kind_id(kind: TenderKind) -> &'static str {
    match kind {
        TenderKind::Cash => "cash",
        TenderKind::Card => "card",
        TenderKind::Voucher => "voucher",
    }
}
