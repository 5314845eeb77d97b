//! An app to be started: its data, its flags, its environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::display::Display;
use crate::process::Process;
use crate::programs;
use crate::window::Window;

/// One station. Its data outlives its windows, and ends with it.
pub struct Station {
    data: PathBuf,
    words: Vec<String>,
    environment: Vec<(String, String)>,
    _folder: Option<TempDir>,
}

impl Station {
    /// With an empty data folder of its own.
    pub fn fresh() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("selvedge-e2e-").tempdir()?;
        let mut station = Station::at(folder.path());
        station._folder = Some(folder);
        Ok(station)
    }

    /// On a data folder that somebody else owns.
    pub fn at(data: &Path) -> Self {
        Station { data: data.to_path_buf(), words: Vec::new(), environment: Vec::new(), _folder: None }
    }

    /// Adds words to the app's command line.
    #[must_use]
    pub fn with(mut self, words: &[&str]) -> Self {
        self.words.extend(words.iter().map(ToString::to_string));
        self
    }

    /// Sets a variable of the app's environment.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Where its data is.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Opens its window under the WebDriver. May be called again after the window was closed or killed.
    pub fn open<'a>(&self, display: &'a Display) -> Result<Window<'a>> {
        Window::open(display, &programs::find("selvedge")?, &self.arguments(), &self.environment)
    }

    /// Starts the app without a WebDriver, as a person would.
    pub fn start(&self, display: &Display) -> Result<Process> {
        let mut app = Command::new(programs::find("selvedge")?);
        app.args(self.arguments()).env("DISPLAY", display.name()).env("NO_AT_BRIDGE", "1");
        app.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Process::start(app.stderr(std::process::Stdio::piped()))
    }

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--data-dir".to_owned(), self.data.to_string_lossy().into_owned()];
        arguments.extend(self.words.iter().cloned());
        arguments
    }
}
