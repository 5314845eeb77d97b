//! Children of the rounds, and what they say. Each ends when the rounds end, however that happens: a child whose input
//! ends has lost them.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

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

/// A child that is killed when nobody holds it any more.
struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Ends this process when its standard input does: whoever started it is gone.
pub fn end_with_input() {
    std::thread::spawn(|| {
        std::io::stdin().read_to_end(&mut Vec::new()).ok();
        std::process::exit(1);
    });
}

/// Waits for something, not for ever.
pub fn awaits(what: &str, mut is_there: impl FnMut() -> bool) -> Result<()> {
    let start = Instant::now();
    while !is_there() {
        ensure!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Central, serving.
pub struct Central {
    child: Held,
    /// Where it listens.
    pub address: String,
}

impl Central {
    /// Starts on a store, at a free port, and waits until it listens.
    pub fn start(store: &str) -> Result<Self> {
        let mut command = program("central")?;
        command.args(["serve", "--listen", "127.0.0.1:0", "--store", store]);
        let mut child = Held(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
        let mut output = BufReader::new(child.0.stdout.take().context("its output")?);
        let (says, said) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            // An output that ends has said nothing.
            output.read_line(&mut line).ok();
            says.send(line).ok();
        });
        let line = said.recv_timeout(PATIENCE).context("central listens")?;
        let Some(url) = line.trim().strip_prefix("listening on http://") else { bail!("central says {line:?}") };
        Ok(Central { child, address: url.to_owned() })
    }

    /// SIGKILL.
    pub fn kill(self) {
        drop(self.child);
    }
}

/// A till, selling.
pub struct Till {
    child: Held,
    input: Option<ChildStdin>,
    settled: Receiver<()>,
    reader: std::thread::JoinHandle<()>,
}

impl Till {
    /// Starts on a folder; `done` gets the receipts as they are said.
    pub fn start(folder: &Path, central: &str, code: &str, done: &Arc<Mutex<Vec<String>>>) -> Result<Self> {
        let mut command = program("till")?;
        command.arg(folder).args([central, code]);
        let mut child = Held(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
        let input = child.0.stdin.take();
        let output = BufReader::new(child.0.stdout.take().context("its output")?);
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
    pub fn kill(self) -> Result<()> {
        drop(self.child);
        ensure!(self.reader.join().is_ok(), "the reader of a till ended");
        Ok(())
    }

    /// Sells no more, and waits until central has everything.
    pub fn settle(mut self) -> Result<()> {
        drop(self.input.take());
        self.settled.recv_timeout(PATIENCE).context("a till settles")?;
        let status = self.child.0.wait()?;
        ensure!(status.success(), "a till that has settled ends well: {status}");
        Ok(())
    }
}
