//! Shift F9: a product is set aside for a customer, here or where there is some. Central is asked, and says no or yes.

use selvedge_contract::Failure;
use selvedge_contract::commands::{AvailabilityOf, SetAside as SetAsideCommand};
use selvedge_contract::view::{Availability, FiguresAge, Place, PromisedLine};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, SiteId};
use selvedge_domain::quantity::Unit;
use selvedge_domain::stock::promise::PromiseKind;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::close_button;
use crate::components::{AmountField, Button, Drawer, Icon, Kind, Picture, icon, refusal};
use crate::keys::Key;
use crate::state::{Act, Desk, Sheet, use_desk};

/// The days that a press chooses: today, tomorrow, and so on.
const DAYS: [u32; 5] = [0, 1, 3, 7, 14];

/// What was chosen so far.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    site: Option<SiteId>,
    kind: PromiseKind,
    days: u32,
    quantity: Quantity,
    /// Typed, where it is measured.
    measured: String,
    customer: String,
}

#[derive(Clone, PartialEq, Properties)]
pub struct SetAsideProps {
    pub product: ProductId,
}

/// The sheet.
#[component]
pub fn SetAside(props: &SetAsideProps) -> Html {
    let desk = use_desk();
    let product = props.product;
    let found = use_state(|| None::<Result<Availability, Failure>>);
    let asking = use_state(|| false);
    let choice = use_state(|| Choice {
        site: None,
        kind: PromiseKind::Hold,
        days: 3,
        quantity: Quantity::ONE,
        measured: String::new(),
        customer: String::new(),
    });
    {
        let (desk, found) = (desk.clone(), found.clone());
        use_effect_with(product, move |product| {
            desk.ask(AvailabilityOf { product: *product }, move |answer| found.set(Some(answer)));
        });
    }
    let Some(answer) = (*found).clone() else {
        return html! {
            <Drawer title={desk.t("set-aside")} actions={close_button(&desk)} testid="set-aside-sheet"><p>{ desk.t("asking-central") }</p></Drawer>
        };
    };
    let there = match answer {
        Ok(there) => there,
        Err(failure) => {
            return html! {
                <Drawer title={desk.t("set-aside")} actions={close_button(&desk)}>{ refusal(&desk, Some(&failure)) }</Drawer>
            };
        }
    };
    let quantity = quantity(&choice, &there.line);
    let site = choice.site.or_else(|| first(&there));
    let deed = {
        let (desk, choice, asking) = (desk.clone(), choice.clone(), asking.clone());
        Callback::from(move |()| {
            let (Some(quantity), Some(site), false) = (quantity, site, *asking) else { return };
            asking.set(true);
            let Choice { kind, days, customer, .. } = (*choice).clone();
            let (told, asking) = (desk.clone(), asking.clone());
            desk.ask(SetAsideCommand { product, quantity, site, kind, days, customer }, move |answer| {
                asking.set(false);
                match answer {
                    Ok(shown) => told.open(Sheet::Promise(shown.promise)),
                    Err(failure) => told.act(Act::Failed(failure)),
                }
            });
        })
    };
    let label = desk.t(if *asking { "asking-central" } else { "set-aside" });
    let actions = html! {
        <>
            { close_button(&desk) }
            <Button {label} kind={Kind::Primary} keycap={Key::F12} onpress={deed} disabled={*asking || quantity.is_none()} testid="set-aside-ask" />
        </>
    };
    html! {
        <Drawer title={desk.t("set-aside")} {actions} testid="set-aside-sheet">
            { head(&desk, &there.line, &choice) }
            { places(&desk, &there, site, &choice) }
            { kinds(&desk, &choice) }
            { days(&desk, &choice) }
            { customer(&desk, &choice) }
        </Drawer>
    }
}

/// Here where there is some, else where there is most, else here.
fn first(there: &Availability) -> Option<SiteId> {
    let some = |place: &&Place| place.available.max(place.lent) > Quantity::ZERO;
    there.places.iter().find(some).or_else(|| there.places.first()).map(|place| place.site)
}

fn quantity(choice: &Choice, line: &PromisedLine) -> Option<Quantity> {
    if line.unit == Unit::Piece || choice.measured.trim().is_empty() {
        return Some(choice.quantity);
    }
    Quantity::parse(&choice.measured).ok().filter(|quantity| !quantity.is_zero() && !quantity.is_negative())
}

fn set(choice: &UseStateHandle<Choice>, change: impl Fn(&mut Choice) + 'static) -> Callback<()> {
    let choice = choice.clone();
    Callback::from(move |()| {
        let mut next = (*choice).clone();
        change(&mut next);
        choice.set(next);
    })
}

fn head(desk: &Desk, line: &PromisedLine, choice: &UseStateHandle<Choice>) -> Html {
    let now = choice.quantity;
    let stepper = if line.unit == Unit::Piece {
        let less = set(choice, move |choice| choice.quantity = (now - Quantity::ONE).max(Quantity::ONE));
        let more = set(choice, move |choice| choice.quantity = now + Quantity::ONE);
        html! {
            <span class="stepper">
                <Button label={desk.t("one-less")} icon={Icon::Minus} alone=true kind={Kind::Quiet} disabled={now <= Quantity::ONE} onpress={less} />
                <strong class="stepper-figure" data-testid="set-aside-quantity">{ desk.locale().quantity(now, line.unit) }</strong>
                <Button label={desk.t("one-more")} icon={Icon::Plus} alone=true kind={Kind::Quiet} onpress={more} />
            </span>
        }
    } else {
        let onchange = {
            let choice = choice.clone();
            Callback::from(move |measured: String| choice.set(Choice { measured, ..(*choice).clone() }))
        };
        let wrong = quantity(choice, line).is_none().then(|| desk.t("wrong-quantity"));
        html! {
            <AmountField label={desk.t("quantity")} value={choice.measured.clone()} {onchange} {wrong} testid="set-aside-measure"
                proposal={desk.locale().quantity(now, line.unit)} />
        }
    };
    html! {
        <div class="set-aside-head">
            <Picture colour={line.colour_code.clone()} />
            <span class="line-name"><strong>{ &line.name }</strong><span class="second">{ &line.variant }</span></span>
            { stepper }
        </div>
    }
}

fn places(desk: &Desk, there: &Availability, chosen: Option<SiteId>, choice: &UseStateHandle<Choice>) -> Html {
    let unit = there.line.unit;
    let row = |place: &Place| {
        let site = place.site;
        let choose = set(choice, move |choice| choice.site = Some(site));
        let is_chosen = chosen == Some(site);
        let available = desk.locale().quantity(place.available.max(Quantity::ZERO), unit);
        let figures = desk.with(
            "place-figures",
            &[
                ("on_hand", desk.locale().quantity(place.on_hand, unit).into()),
                ("promised", desk.locale().quantity(place.promised, unit).into()),
            ],
        );
        let lent = (place.lent > Quantity::ZERO).then(|| {
            let count = desk.locale().quantity(place.lent, unit);
            html! { <span class="second" data-testid="place-lent">{ desk.with("place-lent", &[("count", count.into())]) }</span> }
        });
        let name =
            if place.here { desk.with("place-here", &[("site", (&place.name).into())]) } else { place.name.clone() };
        html! {
            <li key={site.to_string()}>
                <button type="button" class={classes!("row", "place", is_chosen.then_some("chosen"))} data-testid="place"
                    data-available={place.available.to_string()} data-here={place.here.then_some("true")}
                    aria-pressed={if is_chosen { "true" } else { "false" }} onclick={Callback::from(move |_: MouseEvent| choose.emit(()))}>
                    { icon(if is_chosen { Icon::CircleCheck } else { Icon::Store }) }
                    <span class="row-name"><strong>{ name }</strong><span class="second">{ figures }</span>{ lent.unwrap_or_default() }</span>
                    <strong class="line-amount">{ desk.with("place-available", &[("count", available.into())]) }</strong>
                </button>
            </li>
        }
    };
    let (old, age) = match there.age {
        FiguresAge::Central(seconds) => {
            (false, desk.with("figures-central", &[("seconds", u64::from(seconds).into())]))
        }
        FiguresAge::Till(Some(minutes)) => (true, desk.with("figures-till", &[("minutes", u64::from(minutes).into())])),
        FiguresAge::Till(None) => (true, desk.t("figures-never")),
    };
    html! {
        <>
            <p class={classes!("age", old.then_some("old"))} data-testid="figures-age">{ if old { icon(Icon::History) } else { html! {} } }{ age }</p>
            <ul data-arrows="">{ for there.places.iter().map(row) }</ul>
        </>
    }
}

fn kinds(desk: &Desk, choice: &UseStateHandle<Choice>) -> Html {
    let pick = |kind: PromiseKind, id: &str, testid: &'static str| {
        let chosen = choice.kind == kind;
        let onpress = set(choice, move |choice| choice.kind = kind);
        html! { <Button label={desk.t(id)} kind={if chosen { Kind::Soft } else { Kind::Quiet }} {chosen} {onpress} {testid} /> }
    };
    html! {
        <div class="choices" role="group" aria-label={desk.t("what-customer-is-told")}>
            { pick(PromiseKind::Hold, "kind-hold", "kind-hold") }
            { pick(PromiseKind::Order, "kind-order", "kind-order") }
        </div>
    }
}

fn days(desk: &Desk, choice: &UseStateHandle<Choice>) -> Html {
    let title = desk.t(if choice.kind == PromiseKind::Order { "expected-by" } else { "kept-until" });
    let pick = DAYS.map(|days| {
        let chosen = choice.days == days;
        let onpress = set(choice, move |choice| choice.days = days);
        let label = match days {
            0 => desk.t("day-today"),
            1 => desk.t("day-tomorrow"),
            more => desk.with("day-in", &[("days", u64::from(more).into())]),
        };
        html! { <Button {label} kind={if chosen { Kind::Soft } else { Kind::Quiet }} {chosen} {onpress} /> }
    });
    html! {
        <div class="taste"><h3>{ &title }</h3><div class="choices" data-arrows="" role="group" aria-label={title}>{ for pick }</div></div>
    }
}

fn customer(desk: &Desk, choice: &UseStateHandle<Choice>) -> Html {
    let oninput = {
        let choice = choice.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                choice.set(Choice { customer: field.value(), ..(*choice).clone() });
            }
        })
    };
    html! {
        <label class="field"><span>{ desk.t("customer-words") }</span>
            <input type="text" autocomplete="off" data-testid="customer" maxlength="120" value={choice.customer.clone()} {oninput} />
            <small class="second">{ desk.t("customer-words-hint") }</small>
        </label>
    }
}
