//! The window of Selvedge: draws the app's view, sends what people press and scan, and decides nothing.
//!
//! `backend` and `events` are the way to the app, `wedge` and `keys` take the keyboard, `state` holds what is only the
//! window's, `screens` and `components` draw.

mod app;
mod backend;
mod components;
mod dom;
mod events;
mod failures;
mod keys;
mod scans;
mod screens;
mod state;
mod tones;
mod wedge;

fn main() {
    let root = dom::document().and_then(|document| document.get_element_by_id("app"));
    match root {
        Some(root) => {
            yew::Renderer::<app::App>::with_root(root).render();
        }
        None => web_sys::console::error_1(&"the page has no element with the id app".into()),
    }
}
