//! What the app tells by itself.

use selvedge_contract::Event;
use wasm_bindgen::JsValue;

use crate::backend;
use crate::state::{Act, Desk};

/// The name under which the app sends.
const CHANNEL: &str = "selvedge";

/// Starts to listen; `missed` is called when that fails, so that the window is not silently deaf.
pub fn listen(desk: Desk, missed: impl FnOnce(JsValue) + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        let heard = move |message: JsValue| {
            let payload = js_sys::Reflect::get(&message, &"payload".into()).unwrap_or(JsValue::NULL);
            match serde_wasm_bindgen::from_value::<Event>(payload) {
                Ok(Event::View(view)) => desk.act(Act::View(view)),
                Ok(Event::Status(status)) => desk.act(Act::Status(status)),
                Err(error) => web_sys::console::warn_1(&error.to_string().into()),
            }
        };
        if let Err(error) = backend::listen(CHANNEL, heard).await {
            missed(error);
        }
    });
}
