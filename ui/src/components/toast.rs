//! A notice that leaves by itself, with Undo where that helps; it replaces a question.

use selvedge_contract::commands::Undo;
use yew::prelude::*;

use super::{Button, Icon, icon};
use crate::state::use_desk;

/// The notice, if there is one.
#[component]
pub fn ToastBar() -> Html {
    let desk = use_desk();
    {
        let desk = desk.clone();
        let number = desk.shell.toast.as_ref().map(|(number, _)| *number);
        use_effect_with(number, move |number| {
            if let Some(number) = *number {
                desk.end_notice_later(number);
            }
        });
    }
    let Some((_, toast)) = &desk.shell.toast else { return html! {} };
    let undo = toast.undo.then(|| html! { <Button label={desk.t("undo")} onpress={desk.runs(Undo {})} /> });
    html! {
        <div class="tray tray-ok toast" role="status">
            { icon(Icon::CircleCheck) }
            <p class="tray-words"><strong>{ &toast.title }</strong><span>{ &toast.text }</span></p>
            { undo.unwrap_or_default() }
        </div>
    }
}
