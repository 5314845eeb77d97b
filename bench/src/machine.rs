//! What the figures were measured on, in words for the README.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// `2 cores of a virtual machine, 24 GiB, Debian GNU/Linux 12 (bookworm), 21 November 2026`.
pub fn description() -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let kind = if field(&processors, "flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "hypervisor")) {
        "virtual machine"
    } else {
        "machine"
    };
    let memory = fs::read_to_string("/proc/meminfo")?;
    let memory = field(&memory, "MemTotal").context("memory has a size")?;
    let kibibytes: u64 = memory.trim_end_matches("kB").trim().parse()?;
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = system.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("an unnamed system");
    let date = Command::new("date").args(["-u", "+%-d %B %Y"]).env("LC_ALL", "C").output()?;
    ensure!(date.status.success(), "the machine tells no date");
    Ok(format!(
        "{cores} cores of a {kind}, {} GiB, {}, {}",
        (kibibytes + (1 << 19)) >> 20,
        system.trim_matches('"'),
        String::from_utf8_lossy(&date.stdout).trim()
    ))
}

/// The value of the first `name : value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim())
    })
}
