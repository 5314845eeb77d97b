//! The list of what goes between this site and others, and where goods can be sent.

use selvedge_contract::commands::{BeginAsking, BeginDispatch};
use selvedge_contract::view::TransferRow;
use selvedge_domain::ids::SiteId;
use yew::prelude::*;

use super::super::close_button;
use super::{stands, state_word, symbol, use_page, way};
use crate::components::{Button, Drawer, Icon, Kind, icon, refusal, small_icon};
use crate::keys::Key;
use crate::state::{Desk, Sheet, use_desk};

/// The list.
#[component]
pub fn Transfers() -> Html {
    let desk = use_desk();
    let (page, failure) = match use_page() {
        Some(Ok(page)) => (Some(page), None),
        Some(Err(failure)) => (None, Some(failure)),
        None => (None, None),
    };
    let rows = page.map(|page| page.transfers).unwrap_or_default();
    let actions = html! {
        <>
            { close_button(&desk) }
            <Button label={desk.t("ask-for-goods")} kind={Kind::Usual} icon={Icon::ArrowDownToLine} keycap={Key::F7} testid="ask-for-goods"
                onpress={desk.opens(Sheet::AskWhom)} />
            <Button label={desk.t("send-goods")} kind={Kind::Primary} icon={Icon::ArrowUpFromLine} keycap={Key::F12} testid="send-goods"
                onpress={desk.opens(Sheet::SendTo)} />
        </>
    };
    html! {
        <Drawer title={desk.t("transfers-title")} {actions} testid="transfers">
            <p class="second">{ desk.t(if rows.is_empty() { "transfers-none" } else { "transfers-text" }) }</p>
            { refusal(&desk, failure.as_ref()) }
            <ul data-arrows="">{ for rows.iter().map(|shown| row(&desk, shown)) }</ul>
        </Drawer>
    }
}

fn row(desk: &Desk, shown: &TransferRow) -> Html {
    let open = desk.opens(Sheet::Transfer(shown.id));
    let pieces = desk.with("pieces", &[("count", shown.pieces.into())]);
    let at = shown.at.map(|at| format!(" · {} {}", desk.locale().date(at.day), desk.locale().time(at)));
    html! {
        <li key={shown.id.to_string()}>
            <button type="button" class="row" data-testid="transfer-row" data-state={state_word(shown)}
                onclick={Callback::from(move |_: MouseEvent| open.emit(()))}>
                <span class="row-name"><strong>{ way(desk, shown.outgoing, &shown.other) }</strong>
                    <span class="second">{ pieces }{ at.unwrap_or_default() }</span></span>
                { badge(desk, shown) }
            </button>
        </li>
    }
}

/// How it stands, as icon, word and colour.
fn badge(desk: &Desk, shown: &TransferRow) -> Html {
    let (picture, tone) = symbol(shown);
    let (title, _) = stands(shown);
    html! { <span class={classes!("badge", format!("badge-{tone}"))}>{ small_icon(picture) }{ desk.t(title) }</span> }
}

#[derive(Clone, PartialEq, Properties)]
pub struct PlacesProps {
    /// They are asked for goods; otherwise goods are sent there.
    pub asks: bool,
}

/// Where to, or whom? A press begins.
#[component]
pub fn Places(props: &PlacesProps) -> Html {
    let desk = use_desk();
    let page = use_page();
    let failure = page.as_ref().and_then(|page| page.as_ref().err()).cloned();
    let places = page.and_then(Result::ok).map(|page| page.places);
    let (title, whom, testid) =
        if props.asks { ("ask-for-goods", "ask-whom", "ask-whom") } else { ("send-goods", "send-where", "send-to") };
    let text = match &places {
        Some(places) if places.is_empty() => "send-nowhere",
        Some(_) | None => whom,
    };
    let actions = html! {
        <Button label={desk.t("back")} kind={Kind::Quiet} icon={Icon::ArrowLeft} keycap={Key::Esc} onpress={desk.opens(Sheet::Transfers)} />
    };
    html! {
        <Drawer title={desk.t(title)} {actions} {testid}>
            <p class="second">{ desk.t(text) }</p>
            { refusal(&desk, failure.as_ref()) }
            <ul data-arrows="">{ for places.iter().flatten().map(|place| site(&desk, props.asks, place)) }</ul>
        </Drawer>
    }
}

fn site(desk: &Desk, asks: bool, (id, name): &(SiteId, String)) -> Html {
    let begin =
        if asks { desk.runs(BeginAsking { from: *id }) } else { desk.runs(BeginDispatch { transfer: None, to: *id }) };
    html! {
        <li key={id.to_string()}>
            <button type="button" class="row" data-testid={if asks { "ask-place" } else { "send-place" }} data-first="" onclick={Callback::from(move |_: MouseEvent| begin.emit(()))}>
                { icon(Icon::Store) }<span class="row-name"><strong>{ name }</strong></span>
            </button>
        </li>
    }
}
