//! The browser's things that the window needs: timers, focus, storage, the root element's attributes.

use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, Event, EventInit, HtmlElement, HtmlInputElement, Window};

/// The window, which is there as long as this code runs.
pub fn window() -> Option<Window> {
    web_sys::window()
}

/// Its document.
pub fn document() -> Option<Document> {
    window()?.document()
}

/// Milliseconds since the window opened, on the clock of the events' time stamps.
pub fn now_ms() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Runs `then` once after `delay_ms`.
pub fn after_ms(delay_ms: i32, then: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(then);
    if let Some(window) = window() {
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(callback.unchecked_ref(), delay_ms);
    }
}

/// Runs `then` before the next frame is painted.
pub fn next_frame(then: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(then);
    if let Some(window) = window() {
        let _ = window.request_animation_frame(callback.unchecked_ref());
    }
}

/// Listens on the window, ahead of everything in it, for as long as the window lives.
pub fn on_window_first<E: wasm_bindgen::convert::FromWasmAbi + 'static>(event: &str, heard: impl FnMut(E) + 'static) {
    let callback = Closure::<dyn FnMut(E)>::new(heard);
    if let Some(window) = window() {
        let _ = window.add_event_listener_with_callback_and_bool(event, callback.as_ref().unchecked_ref(), true);
    }
    callback.forget();
}

/// What has the focus.
pub fn focused() -> Option<Element> {
    document()?.active_element()
}

/// The field that has the focus.
pub fn focused_field() -> Option<HtmlInputElement> {
    focused()?.dyn_into().ok()
}

/// The last visible element that `selector` finds, in the topmost layer.
pub fn topmost(selector: &str) -> Option<HtmlElement> {
    in_topmost_layer(selector).pop()
}

/// The first one.
pub fn topmost_first(selector: &str) -> Option<HtmlElement> {
    in_topmost_layer(selector).into_iter().next()
}

/// All that are visible.
fn in_topmost_layer(selector: &str) -> Vec<HtmlElement> {
    let found = document().and_then(|document| {
        let layers = document.query_selector_all("[data-layer]").ok()?;
        match layers.length().checked_sub(1) {
            None => document.query_selector_all(selector).ok(),
            Some(last) => layers.item(last)?.dyn_into::<Element>().ok()?.query_selector_all(selector).ok(),
        }
    });
    let Some(found) = found else { return Vec::new() };
    (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into::<HtmlElement>().ok())
        .filter(|element| element.offset_width() > 0)
        .collect()
}

/// Sets a field's value and tells the component that listens to it.
pub fn type_into(field: &HtmlInputElement, value: &str) {
    field.set_value(value);
    let how = EventInit::new();
    how.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict("input", &how) {
        let _ = field.dispatch_event(&event);
    }
}

/// Gives the focus to what `selector` finds.
pub fn focus(selector: &str) {
    if let Some(element) = topmost(selector) {
        let _ = element.focus();
    }
}

/// Sets an attribute of the root element; none takes it away.
pub fn root_attribute(name: &str, value: Option<&str>) {
    let Some(root) = document().and_then(|document| document.document_element()) else { return };
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}

/// Sets a CSS variable of the root element.
pub fn root_variable(name: &str, value: &str) {
    let root = document().and_then(|document| document.document_element());
    if let Some(root) = root.and_then(|root| root.dyn_into::<HtmlElement>().ok()) {
        let _ = root.style().set_property(name, value);
    }
}

/// What this window remembers under `name`.
pub fn remembered(name: &str) -> Option<String> {
    window()?.local_storage().ok()??.get_item(name).ok()?
}

/// Remembers `value` under `name`, where the web view can.
pub fn remember(name: &str, value: &str) {
    if let Some(Ok(Some(storage))) = window().map(|window| window.local_storage()) {
        let _ = storage.set_item(name, value);
    }
}
