//! A product without a photo is drawn as a shirt in its colour.

use yew::prelude::*;

/// What the drawing needs.
#[derive(Clone, PartialEq, Properties)]
pub struct ShirtProps {
    /// `#RRGGBB`; empty draws cloth without dye.
    pub colour: String,
    /// Class of the frame.
    #[prop_or("thumb")]
    pub class: &'static str,
}

const BODY: &str =
    "M17 6 C19 9.5 29 9.5 31 6 L36 8 L44 16 L38.5 22.5 L35 20 L35 41.5 L13 41.5 L13 20 L9.5 22.5 L4 16 L12 8 Z";

/// A shirt.
#[component]
pub fn Shirt(props: &ShirtProps) -> Html {
    let colour = if is_colour(&props.colour) { props.colour.clone() } else { "#C9C5BC".to_owned() };
    html! {
        <span class={props.class} aria-hidden="true">
            <svg viewBox="0 0 48 48" focusable="false">
                <path class="shirt" d={BODY} fill={colour} />
                <path class="shirt-collar" d="M17 6 C19 9.5 29 9.5 31 6" fill="none" />
            </svg>
        </span>
    }
}

/// A colour as the catalogue writes it; nothing else gets into the page's markup.
pub fn is_colour(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
}
