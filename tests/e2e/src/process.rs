//! Processes that end with their owner, together with whatever they have started.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How long a process may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running program. Dropping it ends it and its descendants.
pub struct Process {
    child: Child,
    name: String,
}

impl Process {
    /// Starts a program.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().with_context(|| format!("starting {name}"))?;
        Ok(Process { child, name })
    }

    /// The running child, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended by itself.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for it to end by itself, and gives its exit code.
    pub fn wait(&mut self, patience: Duration) -> Result<Option<i32>> {
        let start = Instant::now();
        while start.elapsed() < patience {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            sleep(Duration::from_millis(20));
        }
        anyhow::bail!("{} has not ended after {patience:?}", self.name)
    }

    /// Asks it to end, and sees to it that it does.
    pub fn end(&mut self) {
        let started = descendants(self.child.id());
        signal("TERM", self.child.id());
        if self.wait(PATIENCE).is_err() {
            self.child.kill().ok();
            self.child.wait().ok();
        }
        for id in started.into_iter().filter(|id| is_alive(*id)) {
            signal("TERM", id);
            if !gone_within(id, PATIENCE) {
                signal("KILL", id);
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// A command that goes first where the system allows it. A scanner and a display are no programs of a busy machine, so
/// what plays them must not wait for one.
pub fn first_in_line(program: &str) -> Command {
    let mut command = Command::new("nice");
    command.args(["-n", "-15", program]).stderr(Stdio::null());
    command
}

/// Sends a signal to one process.
pub fn signal(name: &str, id: u32) {
    // A process that ended meanwhile is what was wanted.
    Command::new("kill").args([format!("-{name}"), id.to_string()]).stderr(Stdio::null()).status().ok();
}

/// Whether the process has gone by then.
pub fn gone_within(id: u32, patience: Duration) -> bool {
    let start = Instant::now();
    while is_alive(id) {
        if start.elapsed() > patience {
            return false;
        }
        sleep(Duration::from_millis(10));
    }
    true
}

/// The first descendant of `id` that runs `program`.
pub fn descendant_running(id: u32, program: &Path) -> Option<u32> {
    descendants(id).into_iter().find(|id| fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == program))
}

/// The first descendant of `id` whose program has this file name.
pub fn descendant_named(id: u32, name: &str) -> Option<u32> {
    let program = |id: &u32| fs::read_link(format!("/proc/{id}/exe")).ok();
    descendants(id).into_iter().find(|id| program(id).is_some_and(|exe| exe.ends_with(name)))
}

/// Every process that `id` has started, directly or not.
pub fn descendants(id: u32) -> Vec<u32> {
    let mut found = vec![id];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(children(parent));
        next += 1;
    }
    found.split_off(1)
}

fn children(id: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Whether any thread of the process still runs: its first one may be a zombie while another still holds a file.
fn is_alive(id: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { return false };
    threads.flatten().any(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
    })
}
