//! A notice that leaves by itself, with the way back: it replaces a question. A sale that was put aside can be named
//! here, or not: typing does it, and whoever scans on has lost nothing.

use std::cell::Cell;
use std::rc::Rc;

use selvedge_contract::Failure;
use selvedge_contract::commands::{NameParked, Recall};
use selvedge_contract::view::Screen;
use selvedge_domain::ids::ParkedId;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::field::{on_enter, use_first_focus};
use super::{Button, Icon, icon};
use crate::keys::Key;
use crate::state::{Act, Desk, Offer, use_desk};

/// The notice, if there is one.
#[component]
pub fn ToastBar() -> Html {
    let desk = use_desk();
    let stays = use_memo((), |()| Rc::new(Cell::new(false)));
    {
        let (desk, stays) = (desk.clone(), stays.clone());
        let number = desk.shell.toast.as_ref().map(|(number, _)| *number);
        use_effect_with(number, move |number| {
            if let Some(number) = *number {
                stays.set(false);
                desk.end_notice_later(number, (*stays).clone());
            }
        });
    }
    let Some((number, toast)) = &desk.shell.toast else { return html! {} };
    let touched = |is: bool| {
        let stays = stays.clone();
        Callback::from(move |_: PointerEvent| stays.set(is))
    };
    // Once the next sale has begun, undo is of that one.
    let begun = desk.view().is_some_and(|view| match &view.screen {
        Screen::Selling(selling) => selling.line_count > 0,
        Screen::FirstStart(_) | Screen::SignIn(_) | Screen::OpenTill(_) | Screen::SaleDone(_) => false,
    });
    let undo = |parked: ParkedId| {
        if begun {
            return html! {};
        }
        html! { <Button label={desk.t("undo")} keycap={Key::CtrlZ} onpress={recall(&desk, parked)} /> }
    };
    let actions = match toast.offer {
        Offer::Name(parked) => {
            let stays = (*stays).clone();
            html! { <><NameField key={*number} {parked} number={*number} {stays} />{ undo(parked) }</> }
        }
        Offer::Recall(parked) => undo(parked),
        Offer::Nothing => html! {},
    };
    html! {
        <div class="tray tray-ok toast" role="status" data-testid="toast" onpointerenter={touched(true)} onpointerleave={touched(false)}>
            { icon(Icon::CircleCheck) }
            <p class="tray-words"><strong>{ &toast.title }</strong><span>{ &toast.text }</span></p>
            <span class="tray-actions">{ actions }</span>
        </div>
    }
}

fn recall(desk: &Desk, parked: ParkedId) -> Callback<()> {
    let desk = desk.clone();
    Callback::from(move |()| {
        // A name that was typed is kept first, and its notice comes after this press.
        let done = desk.clone();
        desk.run_then(Recall { parked }, Callback::from(move |_| done.act(Act::NoticeGone)));
    })
}

#[derive(Clone, PartialEq, Properties)]
struct NameFieldProps {
    parked: ParkedId,
    number: u32,
    stays: Rc<Cell<bool>>,
}

/// What to call the sale. Enter, or going elsewhere, keeps it.
#[component]
fn NameField(props: &NameFieldProps) -> Html {
    let desk = use_desk();
    let node = use_first_focus();
    let keep = {
        let (desk, node, parked, number) = (desk.clone(), node.clone(), props.parked, props.number);
        move |anyway: bool| {
            let name = node.cast::<HtmlInputElement>().map(|field| field.value().trim().to_owned()).unwrap_or_default();
            if name.is_empty() {
                if anyway {
                    desk.act(Act::NoticeOver(number));
                }
                return;
            }
            let told = desk.clone();
            let title = desk.with("parked-as", &[("name", name.as_str().into())]);
            let then = Callback::from(move |done: Result<(), Failure>| {
                if done.is_ok() {
                    told.notice(title.clone(), told.t("parked-notice-text"), Offer::Recall(parked));
                }
            });
            desk.run_then(NameParked { parked, name }, then);
        }
    };
    let oninput = {
        let stays = props.stays.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                stays.set(!field.value().trim().is_empty());
            }
        })
    };
    let onkeydown = {
        let keep = keep.clone();
        on_enter(move || keep(true))
    };
    let onblur = Callback::from(move |_: FocusEvent| keep(false));
    html! {
        <input ref={node} class="name-field" type="text" autocomplete="off" maxlength="40" data-testid="parked-name"
            aria-label={desk.t("parked-name")} placeholder={desk.t("parked-name")} {oninput} {onkeydown} {onblur} />
    }
}
