//! Central as a process of its own, on a store in a folder of its own.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::Process;
use crate::programs;
use crate::window::PATIENCE;

/// A central that can be stopped and started again at the same address.
pub struct Central {
    store: String,
    address: String,
    server: RefCell<Option<Process>>,
    _folder: TempDir,
}

impl Central {
    /// With the demo company, running.
    pub fn demo() -> Result<Self> {
        Central::set_up(&[])
    }

    /// With the company of a `company.toml`, running.
    pub fn of_company(file: &Path) -> Result<Self> {
        Central::set_up(&[file])
    }

    fn set_up(company: &[&Path]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("selvedge-central-").tempdir()?;
        let store = format!("sqlite:{}", folder.path().join("central.sqlite").display());
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string();
        let central = Central { store, address, server: RefCell::new(None), _folder: folder };
        match company {
            [file] => central.ask(&["init", &file.to_string_lossy()])?,
            _ => central.ask(&["demo"])?,
        };
        central.start()?;
        Ok(central)
    }

    /// Where stations find it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its store, as its commands take it.
    pub fn store(&self) -> &str {
        &self.store
    }

    /// A one-time code for a till.
    pub fn enrol(&self, site: &str, till: &str) -> Result<String> {
        let answer = self.ask(&["enrol", "--site", site, "--till", till])?;
        // The code is the last word of the last line; before it stands a sentence for people.
        Ok(answer.split_whitespace().next_back().context("central gave no code")?.to_owned())
    }

    /// What it knows of one kind: `sales`, `stock`.
    pub fn export(&self, kind: &str) -> Result<Vec<Value>> {
        let lines = self.ask(&["export", "--kind", kind])?;
        lines.lines().map(|line| serde_json::from_str(line).with_context(|| format!("reading {line}"))).collect()
    }

    /// Posts something as an operator, and wants it done.
    pub fn post(&self, path: &str, body: &Value) -> Result<()> {
        let token = self.ask(&["operator", "e2e"])?;
        let (token, body) = (token.trim(), body.to_string());
        let mut line = TcpStream::connect(&self.address)?;
        write!(
            line,
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut answer = String::new();
        line.read_to_string(&mut answer)?;
        ensure!(answer.starts_with("HTTP/1.1 2"), "central says to {path}: {answer}");
        Ok(())
    }

    /// Starts it, and waits until it answers.
    pub fn start(&self) -> Result<()> {
        let mut serve = Command::new(program()?);
        serve.args(["serve", "--listen", &self.address, "--store", &self.store]).stdout(Stdio::null());
        let mut server = Process::start(serve.stderr(programs::log("central")?))?;
        let start = Instant::now();
        while TcpStream::connect(&self.address).is_err() {
            ensure!(server.is_running(), "central ended by itself");
            if start.elapsed() > PATIENCE {
                bail!("central does not answer at {}", self.address);
            }
            sleep(Duration::from_millis(20));
        }
        self.server.replace(Some(server));
        Ok(())
    }

    /// Stops it: from now on nobody answers.
    pub fn stop(&self) {
        self.server.replace(None);
    }

    fn ask(&self, words: &[&str]) -> Result<String> {
        let output = Command::new(program()?).args(words).args(["--store", &self.store]).output()?;
        ensure!(
            output.status.success(),
            "`selvedge-central {}` ended with {}: {}",
            words.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }
}

fn program() -> Result<PathBuf> {
    programs::find("selvedge-central")
}
