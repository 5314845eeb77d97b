//! The one way between the page and the station: a command with a name and a payload there, events back.

use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::thread;
use std::time::Duration;

use selvedge_contract::{Code, Event, Failure};
use selvedge_station::Station;
use serde_json::Value;
use tauri::{AppHandle, Emitter, State, async_runtime};

/// The name under which the page hears from the station.
const EVENT: &str = "selvedge";

/// How long the end of the app waits for what the station is about: a receipt that is half printed.
const LAST_WORK: Duration = Duration::from_secs(5);

/// The station, for as long as there is a window.
pub struct Held(RwLock<Option<Arc<Station>>>);

impl Held {
    /// Holds it.
    pub fn new(station: Station) -> Self {
        Held(RwLock::new(Some(Arc::new(station))))
    }

    fn station(&self) -> Option<Arc<Station>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it in good order. A device that takes longer is left to the rules for a kill: nothing that was done is lost.
    pub fn let_go(&self) {
        let station = self.0.write().unwrap_or_else(PoisonError::into_inner).take();
        let (ended, end) = mpsc::channel();
        thread::spawn(move || {
            drop(station);
            ended.send(()).ok();
        });
        if end.recv_timeout(LAST_WORK).is_err() {
            tracing::warn!("a device was still at work when the app ended");
        }
    }
}

/// Forwards a call to the station, on a thread that may wait: the window's own never does.
#[tauri::command]
pub async fn dispatch(held: State<'_, Held>, name: String, payload: Value) -> Result<Value, Failure> {
    let station = held.station().ok_or_else(|| Failure::new(Code::NotNow, "the app is ending"))?;
    async_runtime::spawn_blocking(move || station.dispatch(&name, payload))
        .await
        .unwrap_or_else(|error| Err(Failure::new(Code::Internal, error.to_string())))
}

/// Tells the page what happened by itself.
pub fn tell(app: &AppHandle, event: &Event) {
    if let Err(error) = app.emit(EVENT, event) {
        tracing::warn!(%error, "the window was not told");
    }
}
