//! A display of one's own, so that tests neither disturb a person nor each other.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

use crate::process::{self, Process};

/// A running Xvfb. There is one at a time: keys are timed, and two windows that draw at once on a small machine make a
/// scanner's keys come as slowly as a person's.
pub struct Display {
    name: String,
    _server: Process,
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::new(());

impl Display {
    /// As big as the till's usual screen.
    pub fn start() -> Result<Self> {
        Display::of_size(1366, 768)
    }

    /// Of a size in pixels. The server looks for a free number itself and says which.
    pub fn of_size(width: u32, height: u32) -> Result<Self> {
        // A test that failed in its turn has ended its processes all the same.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let screen = format!("{width}x{height}x24");
        let mut server = Process::start(
            process::first_in_line("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp"])
                .stdout(Stdio::piped()),
        )
        .context("Xvfb is needed: `cargo xtask setup` installs it")?;
        let stdout = server.child().stdout.take().context("Xvfb has a pipe")?;
        let mut number = String::new();
        BufReader::new(stdout).read_line(&mut number)?;
        let number: u32 = number.trim().parse().context("Xvfb did not say which display it is")?;
        Ok(Display { name: format!(":{number}"), _server: server, _turn: turn })
    }

    /// What `DISPLAY` has to be.
    pub fn name(&self) -> &str {
        &self.name
    }
}
