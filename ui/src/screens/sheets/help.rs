//! F1: every key and what it does, from the one table.

use yew::prelude::*;

use super::close_button;
use crate::components::{Drawer, key_cap};
use crate::keys;
use crate::state::use_desk;

/// The page.
#[component]
pub fn Help() -> Html {
    let desk = use_desk();
    html! {
        <Drawer title={desk.t("help-title")} actions={close_button(&desk)}>
            <p>{ desk.t("help-scan") }{ " " }{ desk.t("help-lists") }</p>
            <dl class="help-keys">
                { for keys::TABLE.iter().map(|(key, id)| html! {
                    <div><dt>{ key_cap(desk.texts(), *key) }<span class="hidden">{ key.name() }</span></dt><dd>{ desk.t(id) }</dd></div>
                }) }
            </dl>
        </Drawer>
    }
}
