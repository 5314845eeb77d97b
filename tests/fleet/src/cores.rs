//! Which processor does what. Who serves and who asks share the machine's cores; where it is measured how much central can
//! do, each has a half of them, so that asking more does not leave central less.

use std::fs;

use anyhow::{Context, Result};
use rustix::process::{Pid, Resource, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Every till has a connection, and each connection is a file.
pub fn raise_limits() -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}

/// Those who serve on one half of the cores, this process and what it starts from now on on the other, until it is dropped.
pub struct Apart {
    all: CpuSet,
    serving: Vec<i32>,
}

impl Apart {
    /// Central, and whatever it needs, apart from this process; none where there is but one core.
    pub fn begin() -> Result<Option<Self>> {
        let all = sched_getaffinity(None)?;
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).collect();
        if cores.len() < 2 {
            return Ok(None);
        }
        let (theirs, ours) = cores.split_at(cores.len() / 2);
        let own = i32::try_from(std::process::id())?;
        let serving = descendants(own)?;
        let apart = Apart { all, serving };
        for process in &apart.serving {
            pin(*process, &set(theirs))?;
        }
        pin(own, &set(ours))?;
        Ok(Some(apart))
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        let own = i32::try_from(std::process::id()).into_iter();
        for process in self.serving.iter().copied().chain(own) {
            // Who has ended meanwhile needs no core.
            pin(process, &self.all).ok();
        }
    }
}

fn set(cores: &[usize]) -> CpuSet {
    let mut set = CpuSet::new();
    cores.iter().for_each(|core| set.set(*core));
    set
}

/// All its threads; those that it begins later follow the one that begins them.
fn pin(process: i32, to: &CpuSet) -> Result<()> {
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let thread: i32 = thread?.file_name().to_str().context("a thread's id")?.parse()?;
        // A thread that has ended meanwhile needs no core.
        sched_setaffinity(Pid::from_raw(thread), to).ok();
    }
    Ok(())
}

/// What this process started, and what those started.
fn descendants(of: i32) -> Result<Vec<i32>> {
    let mut found = Vec::new();
    let mut todo = vec![of];
    while let Some(parent) = todo.pop() {
        let Ok(threads) = fs::read_dir(format!("/proc/{parent}/task")) else { continue };
        for thread in threads {
            let list = fs::read_to_string(thread?.path().join("children")).unwrap_or_default();
            let children: Vec<i32> = list.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
            found.extend(&children);
            todo.extend(children);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_started_is_apart_and_comes_back() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("sleep runs");
        let id = i32::try_from(child.id()).expect("an id");
        let cores = |of| sched_getaffinity(Pid::from_raw(of)).expect("its cores");
        let before = cores(id);
        assert!(descendants(i32::try_from(std::process::id()).expect("an id")).expect("children").contains(&id));
        if let Some(apart) = Apart::begin().expect("apart") {
            let (theirs, ours) = (cores(id), sched_getaffinity(None).expect("our cores"));
            assert!((0..CpuSet::MAX_CPU).all(|core| !(theirs.is_set(core) && ours.is_set(core))), "no core in both");
            assert_eq!(theirs.count() + ours.count(), before.count(), "and none is left out");
            drop(apart);
        }
        assert_eq!(cores(id), before);
        child.kill().expect("it ends");
        child.wait().expect("it has ended");
    }
}
