//! The app's window under a WebDriver: found by test handle, read, pressed, pictured, killed.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::display::Display;
use crate::keys;
use crate::process::{self, Process};
use crate::programs;

/// How long a window may take to show what is expected. Machines are slow; a right answer ends the waiting at once.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How long the app may take from its start to its window.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at the page.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// An open window.
pub struct Window<'a> {
    display: &'a Display,
    client: Option<Client>,
    runtime: Runtime,
    app: u32,
    driver: Process,
}

impl<'a> Window<'a> {
    /// Starts the driver, and through it the app.
    pub fn open(display: &'a Display, app: &Path, words: &[String], environment: &[(String, String)]) -> Result<Self> {
        let (driver, port) = start_driver(display, environment)?;
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let mut capabilities = Capabilities::new();
        capabilities.insert("browserName".into(), "wry".into());
        capabilities.insert("tauri:options".into(), json!({ "application": app, "args": words }));
        let address = format!("http://127.0.0.1:{port}");
        let mut session = ClientBuilder::new(HttpConnector::new());
        session.capabilities(capabilities);
        // An app that shows no window keeps the driver waiting for ever.
        let client = runtime
            .block_on(async { timeout(START_PATIENCE, session.connect(&address)).await })
            .context("the app shows no window")?
            .context("the window did not open")?;
        let app = process::descendant_running(driver.id(), &app.canonicalize()?).context("the app does not run")?;
        Ok(Window { display, client: Some(client), runtime, app, driver })
    }

    /// The app's process.
    pub fn app(&self) -> u32 {
        self.app
    }

    /// Waits until something with this handle is shown.
    pub fn wait_for(&self, handle: &str) -> Result<()> {
        self.until(&format!("{handle} is shown"), || self.is_shown(handle))
    }

    /// Waits until a CSS selector finds something.
    pub fn wait_for_css(&self, css: &str) -> Result<()> {
        let there =
            || Ok(self.script("return !!document.querySelector(arguments[0])", vec![css.into()])? == json!(true));
        self.until(&format!("{css} is there"), there)
    }

    /// Waits until one of these is shown.
    pub fn wait_for_any(&self, handles: &[&str]) -> Result<()> {
        self.until(&format!("one of {} is shown", handles.join(", ")), || {
            handles.iter().try_fold(false, |found, handle| Ok(found || self.is_shown(handle)?))
        })
    }

    /// Waits until nothing with this handle is shown.
    pub fn wait_gone(&self, handle: &str) -> Result<()> {
        self.until(&format!("{handle} is gone"), || Ok(!self.is_shown(handle)?))
    }

    /// Waits until the condition holds. When it does not, a picture of the window is left beside the built programs.
    pub fn until(&self, what: &str, condition: impl Fn() -> Result<bool>) -> Result<()> {
        let start = Instant::now();
        while !condition()? {
            if start.elapsed() > PATIENCE {
                return Err(self.complaint(what));
            }
            sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    /// What the window shows in place of what was expected.
    fn complaint(&self, what: &str) -> anyhow::Error {
        let page = self.script("return document.body.innerText", vec![]).unwrap_or_default();
        let page = page.as_str().unwrap_or_default();
        let picture = programs::pictures().and_then(|folder| {
            let test = std::thread::current().name().unwrap_or("window").replace("::", "-");
            self.picture(&folder.join(format!("{test}.png")))
        });
        let picture = picture.map_or_else(|error| error.to_string(), |path| path.display().to_string());
        anyhow!("after {PATIENCE:?} it is not so that {what}; picture: {picture}; the window says:\n{page}")
    }

    /// Whether something with this handle is shown now.
    pub fn is_shown(&self, handle: &str) -> Result<bool> {
        let elements = self.all(handle)?;
        for element in &elements {
            // An element may be redrawn between the two questions; the next look finds the new one.
            if self.ask(element.is_displayed()).unwrap_or(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many there are.
    pub fn count(&self, handle: &str) -> Result<usize> {
        Ok(self.all(handle)?.len())
    }

    /// Presses what has this handle, once it is shown.
    pub fn click(&self, handle: &str) -> Result<()> {
        self.click_css(&selector(handle))
    }

    /// Presses what a CSS selector finds, once it can be pressed.
    pub fn click_css(&self, css: &str) -> Result<()> {
        let start = Instant::now();
        loop {
            let client = self.client()?;
            let pressed = self.ask(async { client.find(Locator::Css(css)).await?.click().await });
            match pressed {
                Ok(()) => return Ok(()),
                Err(error) if start.elapsed() > PATIENCE => return Err(error.context(format!("pressing {css}"))),
                Err(_) => sleep(LOOK_AGAIN),
            }
        }
    }

    /// Presses the one of these that shows a text, once it is there.
    pub fn click_text(&self, handle: &str, text: &str) -> Result<()> {
        let script =
            "return [...document.querySelectorAll(arguments[0])].findIndex(e => e.innerText.includes(arguments[1]))";
        let find =
            || -> Result<Option<u64>> { Ok(self.script(script, vec![selector(handle).into(), text.into()])?.as_u64()) };
        self.until(&format!("a {handle} shows {text}"), || Ok(find()?.is_some()))?;
        let index = find()?.and_then(|index| usize::try_from(index).ok()).context("it has gone again")?;
        let elements = self.all(handle)?;
        let element = elements.get(index).context("it has gone again")?;
        self.ask(element.click())
    }

    /// The text of the first one, once it is shown.
    pub fn text(&self, handle: &str) -> Result<String> {
        self.wait_for(handle)?;
        let script = "const e = document.querySelector(arguments[0]); return e ? (e.value ?? e.innerText) : ''";
        let text = self.script(script, vec![selector(handle).into()])?;
        Ok(text.as_str().unwrap_or_default().trim().to_owned())
    }

    /// An attribute of the first one, if both are there.
    pub fn attribute(&self, handle: &str, name: &str) -> Result<Option<String>> {
        let script = "return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null";
        let value = self.script(script, vec![selector(handle).into(), name.into()])?;
        Ok(value.as_str().map(ToOwned::to_owned))
    }

    /// An attribute of all of them, in their order.
    pub fn attributes(&self, handle: &str, name: &str) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.getAttribute(arguments[1]) ?? '')";
        let values = self.script(script, vec![selector(handle).into(), name.into()])?;
        Ok(serde_json::from_value(values)?)
    }

    /// Waits until an attribute has a value.
    pub fn wait_attribute(&self, handle: &str, name: &str, value: &str) -> Result<()> {
        let so = || Ok(self.attribute(handle, name)?.as_deref() == Some(value));
        self.until(&format!("{handle} has {name}={value}"), so)
    }

    /// Runs a script in the page.
    pub fn script(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        self.ask(self.client()?.execute(script, arguments))
    }

    /// Scans a code with the wedge: from the display, wherever the focus is.
    pub fn scan(&self, code: &str) -> Result<()> {
        keys::scan(self.display, code)
    }

    /// Types like a person.
    pub fn typed(&self, text: &str) -> Result<()> {
        keys::typed(self.display, text)
    }

    /// Presses a key: `F12`, `Return`, `ctrl+z`.
    pub fn press(&self, key: &str) -> Result<()> {
        keys::press(self.display, key)
    }

    /// Puts a picture of the page into a file.
    pub fn picture(&self, file: &Path) -> Result<PathBuf> {
        let png = self.ask(self.client()?.screenshot())?;
        std::fs::write(file, png).with_context(|| format!("writing {}", file.display()))?;
        Ok(file.to_path_buf())
    }

    /// Pictures of the page, light and dark, beside the built programs; only where somebody looks at them, who says so by
    /// `SELVEDGE_PICTURES`.
    pub fn pictures(&self, name: &str) -> Result<()> {
        if std::env::var_os("SELVEDGE_PICTURES").is_none() {
            return Ok(());
        }
        let folder = programs::pictures()?;
        for theme in ["light", "dark"] {
            let set = "document.documentElement.dataset.theme = arguments[0]";
            self.script(set, vec![json!(theme)])?;
            self.picture(&folder.join(format!("{name}-{theme}.png")))?;
        }
        self.script("delete document.documentElement.dataset.theme", vec![])?;
        Ok(())
    }

    /// Puts a picture of what has this handle into a file.
    pub fn picture_of(&self, handle: &str, file: &Path) -> Result<PathBuf> {
        self.wait_for(handle)?;
        let element = self.all(handle)?.into_iter().next().context("it has gone again")?;
        let png = self.ask(element.screenshot())?;
        std::fs::write(file, png).with_context(|| format!("writing {}", file.display()))?;
        Ok(file.to_path_buf())
    }

    /// Kills the app without a warning, as a power cut does.
    pub fn kill(mut self) -> Result<()> {
        process::signal("KILL", self.app);
        ensure!(process::gone_within(self.app, PATIENCE), "the app survived SIGKILL");
        // The session is gone with the app; asking the driver to close it would only wait.
        self.client = None;
        self.driver.end();
        Ok(())
    }

    /// Ends the app in good order, as a person who logs out does.
    pub fn close(mut self) -> Result<()> {
        process::signal("TERM", self.app);
        ensure!(process::gone_within(self.app, PATIENCE), "the app does not end when it is asked to");
        self.client = None;
        self.driver.end();
        Ok(())
    }

    fn all(&self, handle: &str) -> Result<Vec<Element>> {
        let start = Instant::now();
        loop {
            match self.ask(self.client()?.find_all(Locator::Css(&selector(handle)))) {
                Ok(found) => return Ok(found),
                // What was found was redrawn while the driver made a handle for it.
                Err(error) if is_stale(&error) && start.elapsed() < PATIENCE => sleep(LOOK_AGAIN),
                Err(error) => return Err(error),
            }
        }
    }

    /// What the driver answers. One that has lost its window may never answer.
    fn ask<T>(&self, question: impl Future<Output = Result<T, CmdError>>) -> Result<T> {
        let answer = self.runtime.block_on(async { timeout(START_PATIENCE, question).await });
        Ok(answer.context("the driver does not answer")??)
    }

    fn client(&self) -> Result<&Client> {
        self.client.as_ref().context("the window is closed")
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // Whether it closes in time or not, its process is ended next.
            self.ask(client.close()).ok();
        }
    }
}

fn is_stale(error: &anyhow::Error) -> bool {
    error.to_string().to_lowercase().contains("stale element")
}

/// The CSS selector of a test handle.
pub fn selector(handle: &str) -> String {
    format!("[data-testid=\"{handle}\"]")
}

/// A driver on two free ports. Somebody else may take them in between, so it is tried again.
fn start_driver(display: &Display, environment: &[(String, String)]) -> Result<(Process, u16)> {
    for _ in 0..5 {
        let (port, native) = (free_port()?, free_port()?);
        let mut command = Command::new("tauri-driver");
        command.args(["--port", &port.to_string(), "--native-port", &native.to_string()]);
        command.env("DISPLAY", display.name()).env_remove("WAYLAND_DISPLAY").env("NO_AT_BRIDGE", "1");
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::null()).stderr(programs::log("app")?);
        let mut driver = Process::start(&mut command).context("`cargo xtask setup` installs the driver")?;
        let start = Instant::now();
        while driver.is_running() && start.elapsed() < PATIENCE {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() && TcpStream::connect(("127.0.0.1", native)).is_ok() {
                return Ok((driver, port));
            }
            sleep(LOOK_AGAIN);
        }
    }
    bail!("tauri-driver does not start")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
