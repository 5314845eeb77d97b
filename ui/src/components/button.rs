//! The button: icon, words, and the key that does the same.

use yew::prelude::*;

use super::{Icon, icon};
use crate::keys::Key;
use crate::state::use_desk;
use selvedge_texts::Texts;

/// How a button looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// The one thing to do on a screen.
    Primary,
    /// As any.
    #[default]
    Usual,
    /// With a hairline.
    Quiet,
    /// Chosen or recommended.
    Soft,
    /// Takes something away.
    Careful,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Kind::Primary => "button primary",
            Kind::Usual => "button",
            Kind::Quiet => "button quiet",
            Kind::Soft => "button soft",
            Kind::Careful => "button careful",
        }
    }
}

/// What a button needs.
#[derive(Clone, PartialEq, Properties)]
pub struct ButtonProps {
    /// The words; the accessible name where `alone` is set.
    pub label: String,
    /// Called on a press by touch, mouse or key.
    pub onpress: Callback<()>,
    /// How it looks.
    #[prop_or_default]
    pub kind: Kind,
    /// In front of the words.
    #[prop_or_default]
    pub icon: Option<Icon>,
    /// Only the icon is shown.
    #[prop_or_default]
    pub alone: bool,
    /// Printed at the end.
    #[prop_or_default]
    pub keycap: Option<Key>,
    /// For tests.
    #[prop_or_default]
    pub testid: Option<&'static str>,
    /// Not possible yet.
    #[prop_or_default]
    pub disabled: bool,
    /// Chosen among several.
    #[prop_or_default]
    pub chosen: Option<bool>,
    /// More classes.
    #[prop_or_default]
    pub class: Classes,
    /// Between the words and the key.
    #[prop_or_default]
    pub children: Html,
}

/// A button.
#[component]
pub fn Button(props: &ButtonProps) -> Html {
    let desk = use_desk();
    let onpress = props.onpress.clone();
    let onclick = Callback::from(move |_: MouseEvent| onpress.emit(()));
    let words = if props.alone {
        html! {}
    } else {
        html! { <span class="words">{ &props.label }</span> }
    };
    html! {
        <button type="button" class={classes!(props.kind.class(), props.class.clone(), props.alone.then_some("alone"))}
            {onclick} disabled={props.disabled} data-testid={props.testid}
            data-key={props.keycap.map(Key::name)} aria-keyshortcuts={props.keycap.map(Key::shortcut)}
            aria-label={props.alone.then(|| props.label.clone())}
            aria-pressed={props.chosen.map(|chosen| if chosen { "true" } else { "false" })}>
            { props.icon.map_or_else(Html::default, icon) }
            { words }
            { props.children.clone() }
            { props.keycap.map_or_else(Html::default, |key| key_cap(desk.texts(), key)) }
        </button>
    }
}

/// A key as it is printed.
pub fn key_cap(texts: &Texts, key: Key) -> Html {
    let cap = if key.cap().is_empty() { key.name().to_owned() } else { texts.get(key.cap()) };
    html! { <kbd class="cap" aria-hidden="true">{ cap }</kbd> }
}
