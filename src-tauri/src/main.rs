//! The window around the station: flags, one command, events. All rules are in `selvedge-station` and below it.

mod boundary;
mod ending;
mod options;
mod refusal;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use clap::Parser;
use selvedge_station::{Listener, StartError, Station, default_data_dir};
use tauri::{AppHandle, Manager, RunEvent};
use tracing_subscriber::EnvFilter;

use crate::boundary::Held;
use crate::options::{Options, Role};

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    window::draw_plainly();
    let options = Options::parse();
    let filter = EnvFilter::try_from_env("SELVEDGE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refusal::tell(&error),
    }
}

/// Starts the station, then its window; returns when the window was closed.
fn run(options: Options) -> Result<()> {
    let handle: Arc<OnceLock<AppHandle>> = Arc::default();
    let data_dir = match options.data_dir {
        Some(folder) => folder,
        None => default_data_dir().context("there is no home folder; say --data-dir")?,
    };
    if options.empty_window {
        return empty_window(data_dir);
    }
    // The only home screen that there is; the next one does not compile before it is thought of here.
    let Role::Till = options.role;
    let start = selvedge_station::Options {
        central: options.central.unwrap_or_default(),
        enrol: options.enrol.unwrap_or_default(),
        devices: options.devices,
        ..selvedge_station::Options::at(data_dir.clone())
    };
    let station = Station::start(start, listener(&handle))?;

    let app = tauri::Builder::default()
        .manage(Held::new(station))
        .invoke_handler(tauri::generate_handler![boundary::dispatch])
        .setup(move |built| {
            // The first call of the page asks for all that is to be shown, so nothing is missed before this.
            handle.set(built.handle().clone()).ok();
            ending::on_request(built.handle());
            window::open(built, &data_dir, window::PAGE)?;
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("the window cannot be opened")?;
    app.run(|app, event| {
        if matches!(event, RunEvent::Exit) {
            app.state::<Held>().let_go();
        }
    });
    Ok(())
}

/// The same shell with no station behind it and nothing in it.
fn empty_window(data_dir: PathBuf) -> Result<()> {
    tauri::Builder::default()
        .setup(move |built| {
            window::open(built, &data_dir, window::EMPTY_PAGE)?;
            Ok(())
        })
        .run(tauri::generate_context!())
        .context("the window cannot be opened")
}

fn listener(app: &Arc<OnceLock<AppHandle>>) -> Listener {
    let app = Arc::clone(app);
    Arc::new(move |event| {
        if let Some(app) = app.get() {
            boundary::tell(app, &event);
        }
    })
}

/// Whether the station refused because another app has its data.
fn is_in_use(error: &anyhow::Error) -> bool {
    error.downcast_ref::<StartError>().is_some_and(StartError::is_in_use)
}
