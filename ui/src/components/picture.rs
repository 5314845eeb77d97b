//! A product without a photo is drawn: a shirt in its colour, and a box when it has none.

use yew::prelude::*;

/// What the drawing needs.
#[derive(Clone, PartialEq, Properties)]
pub struct PictureProps {
    /// `#RRGGBB`; empty draws a box.
    pub colour: String,
    /// Class of the frame.
    #[prop_or("thumb")]
    pub class: &'static str,
}

const BODY: &str =
    "M17 6 C19 9.5 29 9.5 31 6 L36 8 L44 16 L38.5 22.5 L35 20 L35 41.5 L13 41.5 L13 20 L9.5 22.5 L4 16 L12 8 Z";

const BOX: &str = "M24 6 L41 14 L41 34 L24 42 L7 34 L7 14 Z";
const BOX_EDGES: &str = "M7 14 L24 22 L41 14 M24 22 L24 42 M15.5 10 L32.5 18";

/// A shirt, or a box.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let drawing = if is_colour(&props.colour) {
        html! {
            <>
                <path class="shirt" d={BODY} fill={props.colour.clone()} />
                <path class="shirt-collar" d="M17 6 C19 9.5 29 9.5 31 6" fill="none" />
            </>
        }
    } else {
        html! {
            <>
                <path class="shirt" d={BOX} fill="#C9C5BC" />
                <path class="box-edges" d={BOX_EDGES} fill="none" />
            </>
        }
    };
    html! {
        <span class={props.class} aria-hidden="true">
            <svg viewBox="0 0 48 48" focusable="false">
                { drawing }
            </svg>
        </span>
    }
}

/// A colour as the catalogue writes it; nothing else gets into the page's markup.
pub fn is_colour(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
}
