//! The typed way to the app: one call for every command, answered or refused. Commands that change something are sent
//! one after the other, in the order in which the person and the scanner made them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;

use selvedge_contract::{Code, Command, Failure};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = invoke, catch)]
    async fn invoke(command: &str, arguments: JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = transformCallback, catch)]
    fn transform_callback(callback: &Closure<dyn FnMut(JsValue)>) -> Result<JsValue, JsValue>;
}

#[derive(Serialize)]
struct Call<'a, C> {
    name: &'a str,
    payload: &'a C,
}

/// Asks the app.
///
/// # Errors
/// The app's refusal, or [`Code::Internal`] when it did not answer in words that are understood.
pub async fn call<C: Command>(command: &C) -> Result<C::Reply, Failure> {
    let arguments = Call { name: C::NAME, payload: command }
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| Failure::new(Code::BadRequest, error.to_string()))?;
    match invoke("dispatch", arguments).await {
        Ok(reply) => serde_wasm_bindgen::from_value(reply)
            .map_err(|error| Failure::new(Code::Internal, format!("{}: {error}", C::NAME))),
        Err(refusal) => Err(serde_wasm_bindgen::from_value(refusal.clone())
            .unwrap_or_else(|_| Failure::new(Code::Internal, format!("{}: {refusal:?}", C::NAME)))),
    }
}

/// Listens to an event of the app for as long as the window lives.
pub async fn listen(event: &str, heard: impl FnMut(JsValue) + 'static) -> Result<(), JsValue> {
    let callback = Closure::<dyn FnMut(JsValue)>::new(heard);
    let handler = transform_callback(&callback)?;
    callback.forget();
    let arguments = js_sys::Object::new();
    let target = js_sys::Object::new();
    js_sys::Reflect::set(&target, &"kind".into(), &"Any".into())?;
    js_sys::Reflect::set(&arguments, &"event".into(), &event.into())?;
    js_sys::Reflect::set(&arguments, &"target".into(), &target)?;
    js_sys::Reflect::set(&arguments, &"handler".into(), &handler)?;
    invoke("plugin:event|listen", arguments.into()).await.map(|_| ())
}

type Job = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Line {
    waiting: VecDeque<Job>,
    busy: bool,
}

thread_local! {
    static LINE: RefCell<Line> = RefCell::default();
}

/// Runs `job` when all that were given before are done.
pub fn in_order(job: impl Future<Output = ()> + 'static) {
    let start = LINE.with_borrow_mut(|line| {
        line.waiting.push_back(Box::pin(job));
        !std::mem::replace(&mut line.busy, true)
    });
    if start {
        wasm_bindgen_futures::spawn_local(async {
            while let Some(job) = next() {
                job.await;
            }
        });
    }
}

fn next() -> Option<Job> {
    LINE.with_borrow_mut(|line| {
        let job = line.waiting.pop_front();
        line.busy = job.is_some();
        job
    })
}
