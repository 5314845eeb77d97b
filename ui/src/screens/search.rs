//! The search field and what it finds. Arrows choose, Enter takes, Esc clears.

use std::cell::RefCell;
use std::rc::Rc;

use selvedge_contract::commands::{AddProduct, Search as SearchCommand};
use selvedge_contract::view::SearchHit;
use selvedge_domain::Currency;
use selvedge_domain::ids::ProductId;
use selvedge_domain::quantity::Unit;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::components::{Button, Icon, Kind, Picture, icon, key_cap};
use crate::dom;
use crate::keys::Key;
use crate::state::{Desk, Sheet, use_desk};

/// So many are asked for.
const LIMIT: u32 = 12;
/// Typing settles for so long, so that a scan that goes through the field starts no search.
const SETTLE_MS: i32 = 70;

/// What the field needs.
#[derive(Clone, PartialEq, Properties)]
pub struct SearchProps {
    /// In the empty field.
    pub hint: String,
    /// Of the prices; without one none is shown.
    #[prop_or_default]
    pub currency: Option<Currency>,
    /// What becomes of what is chosen; it is sold where nobody says otherwise.
    #[prop_or_default]
    pub onpick: Option<Callback<ProductId>>,
    /// Of the field.
    #[prop_or("search")]
    pub testid: &'static str,
}

/// What was found for which text.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    text: String,
    hits: Vec<SearchHit>,
}

/// The field and its list.
#[component]
pub fn Search(props: &SearchProps) -> Html {
    let desk = use_desk();
    let text = use_state(String::new);
    let found = use_state(Found::default);
    let at = use_state(|| 0_usize);
    let node = use_node_ref();
    // Enter came before the answer for what was typed: its best hit is taken when it is there.
    let hurry = use_mut_ref(|| false);
    let take = take(&desk, &text, props.onpick.clone());
    {
        let (hurry, take) = (hurry.clone(), take.clone());
        use_effect_with((*found).clone(), move |found: &Found| {
            if let Some(hit) = found.hits.first().filter(|_| hurry.replace(false)) {
                take.emit(hit.clone());
            }
        });
    }
    {
        let (desk, found, at, node) = (desk.clone(), found.clone(), at.clone(), node.clone());
        use_effect_with((*text).clone(), move |text| look(&desk, text.clone(), found, at, node));
    }
    let oninput = {
        let (text, hurried) = (text.clone(), hurry.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                hurried.replace(false);
                text.set(field.value());
            }
        })
    };
    let clear = {
        let text = text.clone();
        Callback::from(move |_: MouseEvent| text.set(String::new()))
    };
    let focus = {
        let field = format!("[data-testid={}]", props.testid);
        Callback::from(move |_: MouseEvent| dom::focus(&field))
    };
    let open = !text.trim().is_empty();
    let cap = if open {
        html! { <button type="button" class="field-key" data-key="Esc" aria-label={desk.t("clear-search")} onclick={clear}>{ key_cap(desk.texts(), Key::Esc) }</button> }
    } else {
        html! { <button type="button" class="field-key" data-key="F2" tabindex="-1" aria-label={desk.t("key-search")} onclick={focus}>{ key_cap(desk.texts(), Key::F2) }</button> }
    };
    html! {
        <div class="search" role="search">
            <label class="search-box">
                { icon(Icon::Search) }
                <input ref={node} type="text" autocomplete="off" spellcheck="false" data-testid={props.testid} role="combobox"
                    aria-label={props.hint.clone()} aria-expanded={if open { "true" } else { "false" }} aria-controls="search-results"
                    aria-activedescendant={open.then(|| format!("hit-{}", *at))} placeholder={props.hint.clone()}
                    value={(*text).clone()} {oninput} onkeydown={onkeydown(&text, &found, &at, &take, &hurry)} />
            </label>
            { cap }
            { if open { results(&desk, &found, *at, &take, props, &text) } else { html! {} } }
        </div>
    }
}

fn look(desk: &Desk, text: String, found: UseStateHandle<Found>, at: UseStateHandle<usize>, node: NodeRef) {
    if text.trim().is_empty() {
        if *found != Found::default() {
            found.set(Found::default());
        }
        return;
    }
    let desk = desk.clone();
    // What is typed by now, not when this was set up: the field knows.
    let current =
        move || node.cast::<HtmlInputElement>().is_some_and(|field| field.value() == text).then(|| text.clone());
    dom::after_ms(SETTLE_MS, move || {
        let Some(text) = current() else { return };
        desk.ask(SearchCommand { text, limit: LIMIT }, move |answer| {
            // An answer for what is no longer typed is late.
            if let (Ok(hits), Some(text)) = (answer, current()) {
                at.set(0);
                found.set(Found { text, hits });
            }
        });
    });
}

fn take(desk: &Desk, text: &UseStateHandle<String>, onpick: Option<Callback<ProductId>>) -> Callback<SearchHit> {
    let (desk, text) = (desk.clone(), text.clone());
    Callback::from(move |hit: SearchHit| {
        match &onpick {
            Some(onpick) => onpick.emit(hit.product),
            None => desk.run(AddProduct { product: hit.product }),
        }
        text.set(String::new());
    })
}

fn onkeydown(
    text: &UseStateHandle<String>,
    found: &UseStateHandle<Found>,
    at: &UseStateHandle<usize>,
    take: &Callback<SearchHit>,
    hurry: &Rc<RefCell<bool>>,
) -> Callback<KeyboardEvent> {
    let (text, found, at, take, hurry) = (text.clone(), found.clone(), at.clone(), take.clone(), hurry.clone());
    Callback::from(move |event: KeyboardEvent| {
        let last = found.hits.len().saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => at.set((*at + 1).min(last)),
            "ArrowUp" => at.set(at.saturating_sub(1)),
            "Enter" => {
                // Only what is found for what stands in the field is taken.
                if found.text == *text {
                    found.hits.get(*at).into_iter().for_each(|hit| take.emit(hit.clone()));
                } else {
                    hurry.replace(!text.trim().is_empty());
                }
            }
            _ => return,
        }
        event.prevent_default();
    })
}

fn results(
    desk: &Desk,
    found: &Found,
    at: usize,
    take: &Callback<SearchHit>,
    props: &SearchProps,
    text: &UseStateHandle<String>,
) -> Html {
    if found.hits.is_empty() {
        let waiting = found.text != **text;
        let words =
            if waiting { "\u{a0}".to_owned() } else { desk.with("nothing-found", &[("text", text.as_str().into())]) };
        return html! { <div class="results" id="search-results" role="status"><p class="none">{ words }</p></div> };
    }
    let corrected = found.hits.iter().any(|hit| hit.corrected);
    html! {
        <div class="results">
            { if corrected { html! { <p class="none">{ desk.with("nearly-found", &[("text", text.as_str().into())]) }</p> } } else { html! {} } }
            <ul id="search-results" role="listbox" aria-label={desk.t("search-results")}>
                { for found.hits.iter().enumerate().map(|(place, hit)| row(desk, hit, place, place == at, take, props, text)) }
            </ul>
        </div>
    }
}

fn row(
    desk: &Desk,
    hit: &SearchHit,
    place: usize,
    chosen: bool,
    take: &Callback<SearchHit>,
    props: &SearchProps,
    text: &UseStateHandle<String>,
) -> Html {
    let onclick = {
        let (take, hit) = (take.clone(), hit.clone());
        Callback::from(move |_: MouseEvent| take.emit(hit.clone()))
    };
    let price = props.currency.map(|currency| {
        let price = hit.price.map_or_else(|| desk.t("no-price"), |price| desk.amount(price, currency));
        html! { <strong class="line-amount">{ price }</strong> }
    });
    let on_hand = desk.with("on-hand", &[("count", desk.locale().quantity(hit.on_hand, Unit::Piece).into())]);
    // Where goods are only chosen nobody sets any aside.
    let set_aside = props.onpick.is_none().then(|| {
        // A press on it is not a press on the row.
        let apart = Callback::from(|event: MouseEvent| event.stop_propagation());
        let (open, text, product) = (desk.clone(), text.clone(), hit.product);
        let onpress = Callback::from(move |()| {
            text.set(String::new());
            open.open(Sheet::SetAside(product));
        });
        html! { <span onclick={apart}><Button label={desk.t("set-aside")} icon={Icon::Inbox} alone=true kind={Kind::Quiet} testid="hit-set-aside" {onpress} /></span> }
    });
    html! {
        <li key={hit.product.to_string()} id={format!("hit-{place}")} class={classes!("hit", chosen.then_some("chosen"))} role="option"
            aria-selected={if chosen { "true" } else { "false" }} data-testid="search-result" data-gtin={hit.gtin.clone()} {onclick}>
            <Picture colour={hit.colour_code.clone()} />
            <span class="line-name"><strong>{ &hit.name }</strong><span class="second">{ &hit.variant }</span></span>
            <span class="second">{ on_hand }</span>
            { price.unwrap_or_default() }
            { set_aside.unwrap_or_default() }
        </li>
    }
}
