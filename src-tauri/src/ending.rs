//! The system asks programs to end when a person logs out or switches the machine off: the same good order as when the
//! window is closed.

use tauri::AppHandle;

/// Ends the app when the system asks for it.
#[cfg(unix)]
pub fn on_request(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};

    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            tracing::warn!("the system's request to end will not be heard");
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        app.exit(0);
    });
}

/// Elsewhere the window is closed for us.
#[cfg(not(unix))]
pub fn on_request(_app: &AppHandle) {}
