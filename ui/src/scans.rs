//! From a caught scan to the line on screen: sent in order, kept until the app answered, measured until it is painted.

use selvedge_contract::Code;
use selvedge_contract::commands::Scan;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlInputElement;

use crate::state::{Act, Desk};
use crate::wedge::Caught;
use crate::{backend, dom};

/// A sheet that asks for a receipt takes the scan of one: anything that is no product number.
fn goes_into_sheet(text: &str) -> bool {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let field = dom::topmost("[data-takes-scan]").and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    let Some(field) = field else { return false };
    dom::type_into(&field, text);
    dom::next_frame(|| {
        if let Some(forward) = dom::topmost("[data-key=F12]:not([disabled])") {
            forward.click();
        }
    });
    true
}

/// Sends a scan. An inside error is tried once more; after that the scan waits in the tray, so that none is lost.
pub fn send(desk: &Desk, caught: Caught) {
    if goes_into_sheet(&caught.text) {
        return;
    }
    let desk = desk.clone();
    dom::root_attribute("data-scan-ms", Some(&caught.at_ms.to_string()));
    backend::in_order(async move {
        let scan = Scan { text: caught.text };
        let mut answer = backend::call(&scan).await;
        if answer.as_ref().is_err_and(|failure| failure.code == Code::Internal) {
            answer = backend::call(&scan).await;
        }
        match answer {
            Ok(view) => {
                desk.act(Act::View(Box::new(view)));
                painted_since(caught.at_ms);
            }
            Err(failure) => {
                desk.act(Act::ScanLost(scan.text));
                desk.act(Act::Failed(failure));
            }
        }
    });
}

/// Marks how long a scan took from its last key until the second frame after the change: a measure `selvedge-scan` in
/// the page's performance timeline, which the bench reads.
fn painted_since(at_ms: f64) {
    dom::next_frame(move || {
        dom::next_frame(move || {
            let Some(performance) = dom::window().and_then(|window| window.performance()) else { return };
            let from = js_sys::Object::new();
            let _ = js_sys::Reflect::set(&from, &"start".into(), &JsValue::from_f64(at_ms));
            let _ = js_sys::Reflect::set(&from, &"end".into(), &JsValue::from_f64(performance.now()));
            if let Ok(measure) = js_sys::Reflect::get(&performance, &"measure".into())
                && let Ok(measure) = measure.dyn_into::<js_sys::Function>()
            {
                let _ = measure.call2(&performance, &"selvedge-scan".into(), &from);
            }
        });
    });
}
