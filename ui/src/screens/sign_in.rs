//! Who is at the till? People as tiles, and the PIN pad from the start.

use selvedge_contract::Code;
use selvedge_contract::commands::SignIn as SignInCommand;
use selvedge_contract::view::{DemoPins, PersonTile, SignInScreen, StatusLine};
use selvedge_domain::ids::PersonId;
use selvedge_domain::people::Role;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::components::{
    Icon, NumberPad, Order, Pad, TopBar, Trays, help_button, icon, key_cap, language_button, large_icon, on_enter,
    refusal, use_first_focus,
};
use crate::dom;
use crate::keys::Key;
use crate::screens::leave_demo;
use crate::state::{Act, Desk, use_desk};

/// PINs have four to eight digits.
const LEAST_DIGITS: usize = 4;
const MOST_DIGITS: usize = 8;

/// So many people have a large tile each.
const MOST_TILES: usize = 6;
/// More have small ones; those beyond are found by name or badge.
const MOST_SMALL_TILES: usize = 15;

/// What the screen needs.
#[derive(Clone, PartialEq, Properties)]
pub struct SignInProps {
    /// People and shift.
    pub screen: SignInScreen,
    /// For the place and the day.
    pub status: StatusLine,
}

/// The screen.
#[component]
pub fn SignIn(props: &SignInProps) -> Html {
    let desk = use_desk();
    let screen = &props.screen;
    let sought = use_state(|| None::<String>);
    let pin = use_state(String::new);
    let picked = desk.shell.picked;
    {
        // Another person, by her tile or her badge: her own PIN.
        let (pin, sought) = (pin.clone(), sought.clone());
        use_effect_with(picked, move |_| {
            pin.set(String::new());
            sought.set(None);
            dom::focus("[data-home]");
        });
    }
    // Who was here last is proposed; people may arrive from central while this stands.
    let person = screen.people.iter().find(|person| Some(person.id) == picked).or_else(|| screen.people.first());
    let chosen = person.map(|person| person.id);
    let choose = {
        let (pin, sought, desk) = (pin.clone(), sought.clone(), desk.clone());
        Callback::from(move |id: PersonId| {
            desk.act(Act::Pick(id));
            pin.set(String::new());
            sought.set(None);
            dom::focus("[data-home]");
        })
    };
    let place =
        format!("{}, {}. {}", props.status.site, props.status.station, desk.locale().long_date(props.status.clock.day));
    let found: Vec<&PersonTile> =
        screen.people.iter().filter(|person| is_called(&person.name, sought.as_deref().unwrap_or_default())).collect();
    let many = screen.people.len() > MOST_TILES;
    let most = if many { MOST_SMALL_TILES } else { MOST_TILES };
    html! {
        <>
            <TopBar actions={html! { <>{ language_button(&desk) }{ help_button(&desk) }</> }}>
                <span class="brand">{ "Selvedge" }</span><span class="company">{ &screen.company }</span>
            </TopBar>
            <main class="sign-in">
                <section class="people">
                    <h1>{ desk.t("sign-in-title") }</h1>
                    <p class="place">{ place }</p>
                    { sought.as_ref().map(|_| html! {
                        <NameField sought={sought.clone()} first={found.first().map(|person| person.id)} choose={choose.clone()} />
                    }).unwrap_or_default() }
                    <div class={classes!("people-grid", many.then_some("many"))} data-arrows="">
                        { for found.iter().take(most).map(|person| tile(&desk, person, chosen, &choose)) }
                    </div>
                    { if found.is_empty() && sought.is_some() { html! { <p class="second">{ desk.t("nobody-found") }</p> } } else { html! {} } }
                    <div class="people-foot">
                        <Trays refusals=false />
                        { badge_hint(&desk, screen.people.len() > most && sought.is_none(), &sought) }
                        { demo_hint(&desk, screen.demo_pins.as_ref(), person) }
                    </div>
                </section>
                <section class="pin" aria-label={desk.t("pin-label")}>
                    { person.map_or_else(|| html! { <p>{ desk.t("choose-person") }</p> }, |person| {
                        html! { <PinEntry person={person.clone()} {pin} /> }
                    }) }
                    <p class="shift-state">{ shift_state(&desk, screen) }</p>
                </section>
            </main>
        </>
    }
}

/// Whether each word of `sought` begins a word of the name.
fn is_called(name: &str, sought: &str) -> bool {
    let name = name.to_lowercase();
    sought.to_lowercase().split_whitespace().all(|part| name.split([' ', '-']).any(|word| word.starts_with(part)))
}

/// How else to sign in.
fn badge_hint(desk: &Desk, more: bool, sought: &UseStateHandle<Option<String>>) -> Html {
    let begin = {
        let sought = sought.clone();
        Callback::from(move |_: MouseEvent| sought.set(Some(String::new())))
    };
    html! {
        <p class="badge-hint">
            { large_icon(Icon::IdCard) }
            <span>{ desk.t("or-badge") }
                { if more { html! {
                    <>
                        { " " }{ desk.t("not-in-list") }{ " " }
                        <button type="button" class="link" data-testid="find-name" data-key={Key::F2.name()} aria-keyshortcuts="F2" onclick={begin}>
                            { desk.t("find-name") }{ " " }{ key_cap(desk.texts(), Key::F2) }</button>
                    </>
                } } else { html! {} } }
            </span>
        </p>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct NameFieldProps {
    sought: UseStateHandle<Option<String>>,
    first: Option<PersonId>,
    choose: Callback<PersonId>,
}

/// Finds somebody among many: the tiles follow what is typed, Enter takes the first, Esc shows all again.
#[component]
fn NameField(props: &NameFieldProps) -> Html {
    let desk = use_desk();
    let node = use_first_focus();
    let oninput = {
        let sought = props.sought.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                sought.set(Some(field.value()));
            }
        })
    };
    let onkeydown = {
        let (first, choose) = (props.first, props.choose.clone());
        on_enter(move || first.into_iter().for_each(|id| choose.emit(id)))
    };
    let end = {
        let sought = props.sought.clone();
        Callback::from(move |_: MouseEvent| sought.set(None))
    };
    html! {
        <div class="search name-search" role="search">
            <label class="search-box">
                { icon(Icon::Search) }
                <input ref={node} type="text" autocomplete="off" spellcheck="false" data-testid="sought-name" aria-label={desk.t("find-name")}
                    placeholder={desk.t("find-name")} value={(*props.sought).clone().unwrap_or_default()} {oninput} {onkeydown} />
            </label>
            <button type="button" class="field-key" data-key="Esc" aria-label={desk.t("clear-search")} onclick={end}>{ key_cap(desk.texts(), Key::Esc) }</button>
        </div>
    }
}

fn tile(desk: &Desk, person: &PersonTile, chosen: Option<PersonId>, choose: &Callback<PersonId>) -> Html {
    let is_chosen = chosen == Some(person.id);
    let id = person.id;
    let choose = choose.clone();
    html! {
        <button type="button" key={id.to_string()} class={classes!("person", is_chosen.then_some("chosen"))}
            data-testid="person" data-person={id.to_string()} aria-pressed={if is_chosen { "true" } else { "false" }}
            onclick={Callback::from(move |_: MouseEvent| choose.emit(id))}>
            <span class="initials" aria-hidden="true">{ initials(&person.name) }</span>
            <span class="person-name">{ &person.name }</span>
            <span class="person-role">{ person.locked_s.map_or_else(|| desk.t(role(person.role)), |_| desk.t("person-locked")) }</span>
            { if is_chosen { icon(Icon::CircleCheck) } else { html! {} } }
        </button>
    }
}

fn initials(name: &str) -> String {
    let mut letters = name.split_whitespace().filter_map(|part| part.chars().next());
    let first = letters.next();
    first.into_iter().chain(letters.next_back()).collect()
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Cashier => "role-cashier",
        Role::Counter => "role-counter",
        Role::Picker => "role-picker",
        Role::Manager => "role-manager",
    }
}

fn demo_hint(desk: &Desk, pins: Option<&DemoPins>, person: Option<&PersonTile>) -> Html {
    let (Some(pins), Some(person)) = (pins, person) else { return html! {} };
    let pin = if person.role == Role::Manager { &pins.manager } else { &pins.others };
    let values = [("name", person.name.as_str().into()), ("pin", pin.into())];
    html! {
        <p class="demo-hint">{ icon(Icon::GraduationCap) }{ desk.with("demo-pin", &values) }{ leave_demo(desk) }</p>
    }
}

fn shift_state(desk: &Desk, screen: &SignInScreen) -> String {
    match &screen.shift {
        Some((since, by)) => {
            desk.with("shift-open", &[("time", desk.locale().time(*since).into()), ("person", by.into())])
        }
        None => desk.t("shift-none"),
    }
}

#[derive(Clone, PartialEq, Properties)]
struct PinEntryProps {
    person: PersonTile,
    pin: UseStateHandle<String>,
}

#[component]
fn PinEntry(props: &PinEntryProps) -> Html {
    let desk = use_desk();
    let pin = props.pin.clone();
    let ready = pin.len() >= LEAST_DIGITS;
    let submit = submit(&desk, props.person.id, &pin);
    let onkey = {
        let pin = pin.clone();
        Callback::from(move |key: Pad| {
            let text = key.apply(&pin);
            if text.len() <= MOST_DIGITS {
                pin.set(text);
            }
            dom::focus("[data-home]");
        })
    };
    let arrow = html! {
        <button type="button" class={classes!("pad-key", ready.then_some("pad-go"))} data-testid="sign-in" disabled={!ready}
            aria-label={desk.t("sign-in")} data-key={Key::F12.name()} aria-keyshortcuts="F12"
            onclick={let submit = submit.clone(); Callback::from(move |_: MouseEvent| submit.emit(()))}>
            { icon(Icon::ArrowRight) }
        </button>
    };
    html! {
        <>
            <h2>{ &props.person.name }</h2>
            <p class="pin-hint" id="pin-hint">{ desk.t("enter-pin") }</p>
            <div class="pin-pad" data-testid="pin-pad" tabindex="-1">
                <PinBoxes pin={pin} {submit} label={desk.with("pin-of", &[("person", (&props.person.name).into())])} />
                { refusal(&desk, desk.shell.failure.as_ref().filter(|_| desk.shell.sheet.is_none())) }
                <NumberPad order={Order::Telephone} {onkey} last={arrow} />
            </div>
        </>
    }
}

fn submit(desk: &Desk, person: PersonId, pin: &UseStateHandle<String>) -> Callback<()> {
    let (desk, pin) = (desk.clone(), pin.clone());
    Callback::from(move |()| {
        if pin.len() < LEAST_DIGITS {
            return;
        }
        let cleared = pin.clone();
        let answered = Callback::from(move |done: Result<(), selvedge_contract::Failure>| {
            // A PIN that was refused is never sent twice by a second press.
            if done.is_err_and(|failure| failure.code != Code::Internal) {
                cleared.set(String::new());
            }
        });
        desk.run_then(SignInCommand { person, pin: (*pin).clone() }, answered);
    })
}

#[derive(Clone, PartialEq, Properties)]
struct PinBoxesProps {
    pin: UseStateHandle<String>,
    submit: Callback<()>,
    label: String,
}

/// One real field, drawn as boxes: so a scan at the pad is put back like in any other field.
#[component]
fn PinBoxes(props: &PinBoxesProps) -> Html {
    let node = use_first_focus();
    let typing = use_state(|| true);
    let oninput = {
        let pin = props.pin.clone();
        Callback::from(move |event: InputEvent| {
            let Some(field) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let digits: String = field.value().chars().filter(char::is_ascii_digit).take(MOST_DIGITS).collect();
            if digits != field.value() {
                field.set_value(&digits);
            }
            pin.set(digits);
        })
    };
    let onkeydown = {
        let submit = props.submit.clone();
        on_enter(move || submit.emit(()))
    };
    let length = props.pin.len();
    let focus = |has: bool| {
        let typing = typing.clone();
        Callback::from(move |_: FocusEvent| typing.set(has))
    };
    let boxes = (0..LEAST_DIGITS.max(length)).map(|at| {
        let next = *typing && at == length.min(MOST_DIGITS - 1);
        html! { <span class={classes!("pin-box", next.then_some("next"))}>{ if at < length { "•" } else { "" } }</span> }
    });
    html! {
        <label class="pin-field">
            <input ref={node} type="password" inputmode="numeric" autocomplete="off" data-home="" aria-label={props.label.clone()}
                aria-describedby="pin-hint" value={(*props.pin).clone()} {oninput} {onkeydown}
                onfocus={focus(true)} onblur={focus(false)} />
            <span class="pin-boxes" aria-hidden="true" dir="ltr">{ for boxes }</span>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::is_called;

    #[test]
    fn a_person_is_found_by_the_beginnings_of_her_names() {
        assert!(is_called("Ana Maria de la Cruz", "cru an"));
        assert!(is_called("Anne-Sophie Öztürk", "soph öz"));
        assert!(is_called("Mira Byrne", ""), "nothing sought shows everybody");
        assert!(!is_called("Mira Byrne", "yrne"), "only beginnings count");
    }
}
