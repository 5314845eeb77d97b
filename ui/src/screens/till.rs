//! The till: what is in the sale, what it comes to, and Pay.

use selvedge_contract::Failure;
use selvedge_contract::commands::{DemoScan, NextSale, Park, RemoveLine, Undo};
use selvedge_contract::view::{Line, Parked, Screen, Selling, View};
use selvedge_domain::tax::PriceMode;
use yew::prelude::*;

use super::cart::Cart;
use super::search::Search;
use super::side::{Side, SideTabs};
use crate::components::{Button, Icon, Kind, ToastBar, TopBar, Trays, help_button};
use crate::keys::Key;
use crate::state::{Desk, Offer, Page, Sheet, use_desk};

/// What the screen needs.
#[derive(Clone, PartialEq, Properties)]
pub struct TillProps {
    /// The sale.
    pub selling: Selling,
}

/// The screen.
#[component]
pub fn Till(props: &TillProps) -> Html {
    let desk = use_desk();
    let selling = &props.selling;
    let selected = selling.lines.iter().find(|line| line.selected && !line.removed);
    html! {
        <>
            <TopBar actions={top_actions(&desk, &selling.parked)}>
                <span class="brand only-wide">{ "Selvedge" }</span>
                <Search currency={selling.currency} hint={desk.t("search-hint")} />
            </TopBar>
            <main class="till">
                <section class="till-cart" aria-label={desk.t("cart")}>
                    { head(&desk, selling, selected) }
                    <Cart lines={selling.lines.clone()} currency={selling.currency} parked={selling.parked.clone()} />
                    <ToastBar />
                    <Trays />
                </section>
                <section class="till-side" aria-label={desk.t("side-panel")}>
                    <Side selected={selected.cloned()} currency={selling.currency} tabs={SideTabs::All} />
                    { actions(&desk, selling, selected) }
                </section>
                <section class="till-more" aria-label={desk.t("favourites")}>
                    <Side selected={None::<Line>} currency={selling.currency} tabs={SideTabs::Lists} />
                </section>
                { band(&desk, selling) }
            </main>
        </>
    }
}

/// Parked sales, help and menu: the same on the till and after a sale.
pub fn top_actions(desk: &Desk, parked: &[Parked]) -> Html {
    let count = html! { <strong class="count">{ parked.len() }</strong> };
    html! {
        <>
            <Button label={desk.t("parked")} kind={Kind::Quiet} icon={Icon::CirclePause} keycap={Key::ShiftF8}
                onpress={desk.opens(Sheet::Parked)}>{ count }</Button>
            { help_button(desk) }
            <Button label={desk.t("menu")} kind={Kind::Quiet} keycap={Key::F10} onpress={desk.opens(Sheet::Menu)} />
        </>
    }
}

fn head(desk: &Desk, selling: &Selling, selected: Option<&Line>) -> Html {
    let set_aside = selected.filter(|line| line.refund_of.is_none()).map(|line| {
        html! {
            <Button label={desk.t("set-aside")} kind={Kind::Quiet} class="plain" icon={Icon::Inbox} keycap={Key::ShiftF9} testid="set-aside"
                onpress={desk.opens(Sheet::SetAside(line.product))} />
        }
    });
    html! {
        <div class="cart-head">
            <span><strong>{ desk.with("pieces", &[("count", selling.pieces.abs().into())]) }</strong>
                { " " }<span class="second">{ desk.with("in-lines", &[("count", selling.line_count.into())]) }</span></span>
            <span class="cart-head-actions">
                { demo_scan(desk) }
                { set_aside.unwrap_or_default() }
                <Button label={desk.t("sizes")} kind={Kind::Quiet} class="plain only-narrow" onpress={desk.opens(Sheet::Side)} />
                <Button label={desk.t("undo")} kind={Kind::Quiet} class="plain" icon={Icon::Undo2} keycap={Key::CtrlZ}
                    disabled={!selling.can_undo} onpress={desk.runs(Undo {})} />
            </span>
        </div>
    }
}

/// The demo's virtual scanner: one of the shop's shirts, as if somebody held it under the beam.
pub fn demo_scan(desk: &Desk) -> Html {
    if !desk.view().is_some_and(|view| view.status.demo) {
        return html! {};
    }
    html! {
        <Button label={desk.t("demo-scan")} kind={Kind::Soft} icon={Icon::ScanBarcode} keycap={Key::ShiftF2}
            testid="demo-scan" onpress={desk.runs(DemoScan {})} />
    }
}

fn actions(desk: &Desk, selling: &Selling, selected: Option<&Line>) -> Html {
    let none = selected.is_none();
    let fixed = selected.is_none_or(|line| line.refund_of.is_some());
    let remove = selected.map_or_else(Callback::noop, |line| desk.runs(RemoveLine { line: line.id }));
    let empty = selling.line_count == 0;
    html! {
        <div class="actions">
            { action(desk, "quantity", Icon::Hash, Key::F4, None, none, desk.opens(Sheet::Quantity)) }
            { action(desk, "discount", Icon::Tag, Key::F6, None, empty, desk.opens(Sheet::Discount)) }
            { action(desk, "return", Icon::Undo2, Key::F7, None, false, desk.opens(Sheet::Return)) }
            { action(desk, "park-sale", Icon::CirclePause, Key::F8, Some("park"), empty, park(desk)) }
            { action(desk, "price", Icon::Coins, Key::ShiftF4, None, fixed, desk.opens(Sheet::Price)) }
            { action(desk, "remove", Icon::Trash2, Key::Del, None, none, remove) }
        </div>
    }
}

fn action(
    desk: &Desk,
    id: &str,
    symbol: Icon,
    keycap: Key,
    testid: Option<&'static str>,
    disabled: bool,
    onpress: Callback<()>,
) -> Html {
    html! {
        <Button label={desk.t(id)} kind={Kind::Quiet} icon={symbol} {keycap} {testid} {disabled} {onpress} class="action" />
    }
}

fn band(desk: &Desk, selling: &Selling) -> Html {
    let can_pay = selling.line_count > 0 && selling.price_missing.is_none();
    let pays_out = selling.total.is_negative();
    let pay = {
        let desk = desk.clone();
        Callback::from(move |()| desk.go(Page::Pay))
    };
    html! {
        <div class="band till-band">
            <dl class="sums">{ sums(desk, selling) }</dl>
            <p class="total"><span class="total-label">{ desk.t(if pays_out { "to-pay-out" } else { "total" }) }</span>
                { " " }<output class="total-figure" data-testid="cart-total" aria-live="polite">
                    { desk.money(selling.total, selling.currency) }</output></p>
            <Button label={desk.t(if pays_out { "pay-out" } else { "pay" })} kind={Kind::Primary} icon={Icon::Banknote}
                keycap={Key::F12} testid="pay" class="forward" onpress={pay} disabled={!can_pay} />
        </div>
    }
}

fn sums(desk: &Desk, selling: &Selling) -> Html {
    let row = |label: String, amount| {
        html! { <div><dt>{ label }</dt><dd>{ desk.amount(amount, selling.currency) }</dd></div> }
    };
    let tax_id = match selling.mode {
        PriceMode::Inclusive => "tax-included",
        PriceMode::Exclusive => "tax-added",
    };
    let discounts = (!selling.discounts.is_zero()).then(|| row(desk.t("discount"), -selling.discounts));
    let rates = selling.rates.iter().map(|sum| {
        let percent = desk.locale().decimal(&sum.rate.percent.to_string());
        row(desk.with(tax_id, &[("percent", percent.into())]), sum.tax)
    });
    html! { <>{ discounts.unwrap_or_default() }{ for rates }</> }
}

/// Puts the sale aside at once, named by its time; a notice says how it comes back and takes a name for it.
fn park(desk: &Desk) -> Callback<()> {
    let desk = desk.clone();
    Callback::from(move |()| {
        let told = desk.clone();
        let then = Callback::from(move |done: Result<View, Failure>| {
            if let Ok(View { screen: Screen::Selling(selling), .. }) = done
                && let Some(newest) = selling.parked.first()
            {
                told.notice(told.t("parked-notice"), told.t("parked-notice-text"), Offer::Name(newest.id));
            }
        });
        desk.run_and_see(Park { name: String::new() }, then);
    })
}

/// Leaves the finished sale.
pub fn next_sale(desk: &Desk) -> Callback<()> {
    desk.runs(NextSale {})
}
