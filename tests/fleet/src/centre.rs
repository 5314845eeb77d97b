//! Central as a process, and how much memory it takes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

/// Central, serving.
pub struct Centre {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Centre {
    /// Starts on a store and waits until it listens; port 0 finds a free one.
    pub fn start(store: &str, port: u16) -> Result<Self> {
        Self::run(&["central", "serve", "--listen", &format!("127.0.0.1:{port}"), "--store", store])
    }

    /// Starts the smallest server instead.
    pub fn smallest(bytes: usize) -> Result<Self> {
        Self::run(&["smallest", &bytes.to_string()])
    }

    fn run(words: &[&str]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(words);
        let mut child = command.env("RUST_LOG", "error").stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut line)?;
        let Some(url) = line.trim().strip_prefix("listening on http://") else { bail!("central says {line:?}") };
        Ok(Centre { child, address: url.to_owned() })
    }

    /// The port.
    pub fn port(&self) -> Result<u16> {
        Ok(self.address.rsplit(':').next().context("a port")?.parse()?)
    }

    /// The most memory that it ever had, in bytes.
    pub fn peak_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("a VmHWM line")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    }

    /// As in a power cut.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

/// A scene that fails leaves none behind.
impl Drop for Centre {
    fn drop(&mut self) {
        // It may have been killed before.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
