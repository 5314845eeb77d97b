//! The station's window, without what a web view brings along for browsing.

use std::path::Path;
#[cfg(target_os = "linux")]
use std::time::Duration;

use tauri::window::Color;
use tauri::{App, PhysicalSize, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

/// The window itself.
pub const PAGE: &str = "index.html";
/// Nothing: what the bench measures the window beside.
pub const EMPTY_PAGE: &str = "assets/empty.html";
/// The label that the capabilities name.
const LABEL: &str = "station";
/// `--paper`, so that nothing flashes white before the first paint.
const PAPER: Color = Color(0xF4, 0xF3, 0xF0, 0xFF);

/// Before a page whose process ended is loaded again: one that never lives does not keep the machine busy.
#[cfg(target_os = "linux")]
const BREATH: Duration = Duration::from_millis(500);

/// Opens the window. What the web view itself remembers lies beside the station's data, so that two stations on one
/// machine share nothing.
pub fn open(app: &App, data_dir: &Path, page: &str) -> tauri::Result<WebviewWindow> {
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App(page.into()))
        .title("Selvedge")
        .inner_size(1366.0, 768.0)
        .min_inner_size(1024.0, 768.0)
        .center()
        .background_color(PAPER)
        .data_directory(data_dir.join("window"))
        .disable_drag_drop_handler()
        .zoom_hotkeys_enabled(false)
        .devtools(cfg!(debug_assertions))
        .on_navigation(|url| url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost"));
    let window = builder.build()?;
    fit(&window)?;
    settle(&window)?;
    Ok(window)
}

/// A till has the whole screen of a counter; where nobody manages windows, at least not more than the screen.
fn fit(window: &WebviewWindow) -> tauri::Result<()> {
    if let Some(monitor) = window.current_monitor()? {
        let (screen, own) = (monitor.size(), window.inner_size()?);
        if screen.width < own.width || screen.height < own.height {
            window.set_size(PhysicalSize::new(own.width.min(screen.width), own.height.min(screen.height)))?;
            window.set_position(*monitor.position())?;
        }
    }
    window.maximize()
}

/// Has the web view draw without the graphics card, unless the environment says otherwise: boxes and text are drawn as
/// quickly by the processor, it takes less memory, and no driver can fail. (WebKit's setting for it, the policy *never*, also
/// stops the wheel from scrolling.) To be called before anything else, while there is one thread.
#[cfg(target_os = "linux")]
pub fn draw_plainly() {
    gtk::glib::setenv("WEBKIT_DISABLE_DMABUF_RENDERER", "1", false).ok();
}

/// Takes the browser's menu and gestures away; the page takes the keys F5, F7, F10 and F12 itself.
#[cfg(target_os = "linux")]
fn settle(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{SettingsExt, WebViewExt};

    window.with_webview(|webview| {
        let view = webview.inner();
        if !cfg!(debug_assertions) {
            view.connect_context_menu(|_, _, _, _| true);
        }
        if let Some(settings) = WebViewExt::settings(&view) {
            settings.set_enable_back_forward_navigation_gestures(false);
            settings.set_enable_caret_browsing(false);
            settings.set_media_playback_requires_user_gesture(false);
        }
        let page = view.uri();
        view.connect_web_process_terminated(move |view, reason| {
            tracing::error!(?reason, "the page's process ended; it is loaded again");
            let (view, page) = (view.clone(), view.uri().or_else(|| page.clone()));
            gtk::glib::timeout_add_local_once(BREATH, move || {
                if let Some(page) = page {
                    view.load_uri(&page);
                }
            });
        });
    })
}

/// Elsewhere the web view's defaults hold until they are tried there.
#[cfg(not(target_os = "linux"))]
fn settle(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}
