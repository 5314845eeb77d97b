//! The bar on top: the sign, a title or the search field, and the way to help and menu.

use selvedge_texts::LANGUAGES;
use yew::prelude::*;

use super::{Button, Icon, Kind, icon};
use crate::keys::Key;
use crate::state::{Desk, Sheet, use_desk};

/// What the bar needs.
#[derive(Clone, PartialEq, Properties)]
pub struct TopBarProps {
    /// After the sign, or instead of it where `back` is there.
    pub children: Html,
    /// At the end.
    #[prop_or_default]
    pub actions: Html,
    /// The way back, instead of the sign.
    #[prop_or_default]
    pub back: Option<Html>,
}

/// The top bar.
#[component]
pub fn TopBar(props: &TopBarProps) -> Html {
    let desk = use_desk();
    let demo = desk.view().is_some_and(|view| view.status.demo).then(|| {
        html! {
            <span class="badge badge-warn demo-badge" title={desk.t("demo-badge")}>
                { icon(Icon::GraduationCap) }<strong class="words">{ desk.t("demo-short") }</strong>
                <span class="rest">{ desk.t("demo-rest") }</span>
            </span>
        }
    });
    html! {
        <header class="top-bar">
            { props.back.clone().unwrap_or_else(sign) }
            { props.children.clone() }
            { demo.unwrap_or_default() }
            <span class="top-actions">{ props.actions.clone() }</span>
        </header>
    }
}

/// The sign of the house: white edge with five weft lines, thread, cloth.
pub fn sign() -> Html {
    html! {
        <span class="sign" aria-hidden="true">
            <svg viewBox="0 0 28 28" focusable="false">
                <rect class="sign-edge" x="0" y="0" width="28" height="28" rx="6" />
                <path class="sign-cloth" d="M17 0h5a6 6 0 0 1 6 6v16a6 6 0 0 1-6 6h-5z" />
                <rect class="sign-thread" x="12" y="0" width="3" height="28" />
                <path class="sign-weft" d="M4 5h6M4 9.5h6M4 14h6M4 18.5h6M4 23h6" />
                <rect class="sign-rim" x="0.5" y="0.5" width="27" height="27" rx="5.5" />
            </svg>
        </span>
    }
}

/// Help, on every screen.
pub fn help_button(desk: &Desk) -> Html {
    html! { <Button label={desk.t("help")} kind={Kind::Quiet} keycap={Key::F1} onpress={desk.opens(Sheet::Help)} /> }
}

/// The language, where nobody is signed in.
pub fn language_button(desk: &Desk) -> Html {
    let code = desk.locale().code();
    let name = LANGUAGES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name);
    html! {
        <Button label={name.to_owned()} kind={Kind::Quiet} icon={Icon::Languages} onpress={desk.opens(Sheet::Languages)} />
    }
}
