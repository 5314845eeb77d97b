//! What text fields have in common.

use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Takes the focus when it is drawn first; the field's `ref`.
#[hook]
pub fn use_first_focus() -> NodeRef {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(field) = node.cast::<HtmlInputElement>() {
                let _ = field.focus();
            }
        });
    }
    node
}

/// The field's `onkeydown` where Enter does something.
pub fn on_enter(then: impl Fn() + 'static) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            then();
        }
    })
}
