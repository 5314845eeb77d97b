//! What stands on top of a page: the dialog for what cannot be undone, and the drawer for everything else. Both take
//! the focus when they open and give it back; top bar and status line stay in use.

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::dom;
use crate::failures::sentence;
use crate::state::{Desk, use_desk};
use selvedge_contract::Failure;
use wasm_bindgen::JsCast;

/// What a layer needs.
#[derive(Clone, PartialEq, Properties)]
pub struct LayerProps {
    /// The question, or what it is.
    pub title: String,
    /// The consequence, or the content.
    pub children: Html,
    /// The safe way first, the deed last.
    pub actions: Html,
    /// For tests.
    #[prop_or_default]
    pub testid: Option<&'static str>,
}

/// A question about something that cannot be undone.
#[component]
pub fn Dialog(props: &LayerProps) -> Html {
    layer(props, "dialog", "alertdialog", use_layer())
}

/// A sheet at the inline end, between top bar and status line.
#[component]
pub fn Drawer(props: &LayerProps) -> Html {
    layer(props, "drawer", "dialog", use_layer())
}

fn layer(props: &LayerProps, class: &'static str, role: &'static str, node: NodeRef) -> Html {
    html! {
        <div class={classes!("scrim", format!("scrim-{class}"))} data-layer={class}>
            <section ref={node} class={class} {role} aria-modal={(class == "dialog").then_some("true")} aria-labelledby="layer-title" tabindex="-1" data-layer-body=""
                data-testid={props.testid}>
                <h2 id="layer-title" class="layer-title">{ &props.title }</h2>
                <div class="layer-body">{ props.children.clone() }<Refusal /></div>
                <div class="layer-actions">{ props.actions.clone() }</div>
            </section>
        </div>
    }
}

/// Focus on opening and closing.
#[hook]
fn use_layer() -> NodeRef {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let before = dom::focused().and_then(|element| element.dyn_into::<HtmlElement>().ok());
            if let Some(layer) = node.cast::<HtmlElement>() {
                let first = layer.query_selector("[data-home], input, [data-first]").ok().flatten();
                let target = first.and_then(|element| element.dyn_into::<HtmlElement>().ok()).unwrap_or(layer);
                let _ = target.focus();
            }
            move || {
                if let Some(before) = before.filter(|element| element.is_connected()) {
                    let _ = before.focus();
                }
            }
        });
    }
    node
}

#[component]
fn Refusal() -> Html {
    let desk = use_desk();
    refusal(&desk, desk.shell.failure.as_ref())
}

/// A refusal as a sentence, with its code in small for the telephone.
pub fn refusal(desk: &Desk, failure: Option<&Failure>) -> Html {
    let Some(failure) = failure else { return html! {} };
    html! {
        <p class="refused" role="alert">
            { super::icon(super::Icon::CircleAlert) }
            <span>{ sentence(desk.texts(), failure) }{ " " }<small class="code">{ crate::failures::code(failure) }</small></span>
        </p>
    }
}
