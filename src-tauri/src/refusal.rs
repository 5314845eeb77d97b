//! What a person sees when the app cannot start: a line on stderr for the log, a native message for the counter.

use std::process::ExitCode;

/// Another app has the data folder open.
const IN_USE: u8 = 3;
/// Anything else.
const FAILED: u8 = 1;

/// Says why, waits until it was read, and gives the exit code.
pub fn tell(error: &anyhow::Error) -> ExitCode {
    let why = format!("{error:#}");
    eprintln!("selvedge: {why}");
    show(&why);
    ExitCode::from(if crate::is_in_use(error) { IN_USE } else { FAILED })
}

#[cfg(target_os = "linux")]
fn show(why: &str) {
    use gtk::prelude::{DialogExt, GtkWindowExt};

    // Without a display the line on stderr has to do.
    if gtk::init().is_err() {
        return;
    }
    let message = gtk::MessageDialog::new(
        None::<&gtk::Window>,
        gtk::DialogFlags::MODAL,
        gtk::MessageType::Warning,
        gtk::ButtonsType::Close,
        why,
    );
    message.set_title("Selvedge");
    message.run();
}

#[cfg(not(target_os = "linux"))]
fn show(_why: &str) {}
