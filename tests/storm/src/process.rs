//! Children of the rounds, and what they say.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// A child that does not do what is awaited in this time hangs; other builds may run on the machine.
const PATIENCE: Duration = Duration::from_secs(240);

fn program(role: &str) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(role).env("RUST_LOG", "error");
    Ok(command)
}

/// Asks central's command line something.
pub fn ask_central(words: &[&str]) -> Result<String> {
    let output = program("central")?.args(words).output()?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "`central {}`: {complaint}", words.join(" "));
    Ok(String::from_utf8(output.stdout)?)
}

/// Central, serving.
pub struct Central {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Central {
    /// Starts on a store, at a free port, and waits until it listens.
    pub fn start(store: &str) -> Result<Self> {
        let mut command = program("central")?;
        command.args(["serve", "--listen", "127.0.0.1:0", "--store", store]);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut line)?;
        let Some(url) = line.trim().strip_prefix("listening on http://") else { bail!("central says {line:?}") };
        Ok(Central { child, address: url.to_owned() })
    }

    /// SIGKILL.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

/// A till, selling.
pub struct Till {
    child: Child,
    input: Option<ChildStdin>,
    settled: Receiver<()>,
    reader: std::thread::JoinHandle<()>,
}

impl Till {
    /// Starts on a folder; `done` gets the receipts as they are said.
    pub fn start(folder: &Path, central: &str, code: &str, done: &Arc<Mutex<Vec<String>>>) -> Result<Self> {
        let mut command = program("till")?;
        command.arg(folder).args([central, code]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().context("its output")?);
        let (told, settled) = channel();
        let done = Arc::clone(done);
        let reader = std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some(receipt) = line.strip_prefix("done ") {
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(receipt.to_owned());
                } else if line == "settled" {
                    let _gone = told.send(());
                }
            }
        });
        Ok(Till { child, input, settled, reader })
    }

    /// SIGKILL; what it had said is kept.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        ensure!(self.reader.join().is_ok(), "the reader of a till ended");
        Ok(())
    }

    /// Sells no more, and waits until central has everything.
    pub fn settle(mut self) -> Result<()> {
        drop(self.input.take());
        let heard = self.settled.recv_timeout(PATIENCE);
        if heard.is_err() {
            self.child.kill()?;
        }
        let status = self.child.wait()?;
        ensure!(heard.is_ok() && status.success(), "a till does not settle: {status}");
        Ok(())
    }
}
