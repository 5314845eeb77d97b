//! `cargo xtask setup`: packages of the system, the wasm target, the WebDriver of the window. What is there already is
//! left alone, so that asking costs a fraction of a second.

use std::env;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::shell::{self, Shell};

/// What the next command needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To compile the programs.
    Building,
    /// And to drive the window without a person.
    Everything,
}

/// Debian's packages to compile the window.
const TO_BUILD: &[&str] = &["build-essential", "pkg-config", "libwebkit2gtk-4.1-dev"];
/// Debian's packages for a window without a person: a display, a driver, keys, a typeface.
const TO_DRIVE: &[&str] = &["webkit2gtk-driver", "xvfb", "xdotool", "fonts-dejavu-core"];
/// Debian's package for tests that start a server of their own.
const POSTGRESQL: &str = "postgresql";
/// Where the system keeps its servers, a folder a version.
const POSTGRESQL_VERSIONS: &str = "/usr/lib/postgresql";
/// Said before the package is installed, so that it brings programs only and leaves no server running.
const NO_SERVER: &str = "mkdir -p /etc/postgresql-common && cd /etc/postgresql-common && \
                         test -e createcluster.conf || echo 'create_main_cluster = false' > createcluster.conf";
/// The version that fits our Tauri.
const TAURI_DRIVER: &str = "2.1.0";

/// What an empty target folder grows to when everything is built and tested.
const ROOM_KB: u64 = 12_000_000;

/// Installs what is missing.
pub fn run(shell: &Shell, need: Need, yes: bool) -> Result<()> {
    warn_of_a_full_disk(shell);
    let mut packages = TO_BUILD.to_vec();
    if need == Need::Everything {
        packages.extend(TO_DRIVE);
        packages.push(POSTGRESQL);
    }
    if cfg!(target_os = "linux") {
        debian_packages(shell, &packages, yes)?;
    }
    wasm_target(shell)?;
    if need == Need::Everything {
        tauri_driver(shell)?;
    }
    Ok(())
}

/// A linker on a full disk ends with a bus error, which nobody understands.
fn warn_of_a_full_disk(shell: &Shell) {
    let target = shell.target();
    let there = target.ancestors().find(|folder| folder.exists()).unwrap_or(shell.root());
    let Ok(answer) = shell.command("df").args(["--output=avail", "-k"]).arg(there).stderr(Stdio::null()).output()
    else {
        return;
    };
    let free = free_kb(&String::from_utf8_lossy(&answer.stdout));
    let built = target.join("debug/deps").exists();
    if let Some(free) = free.filter(|free| !built && *free < ROOM_KB) {
        eprintln!(
            "xtask: {} has {} GB left; building and testing everything takes about {} GB.",
            there.display(),
            free / 1_000_000,
            ROOM_KB / 1_000_000
        );
    }
}

/// What `df --output=avail` says: a head, and a number.
fn free_kb(answer: &str) -> Option<u64> {
    answer.lines().nth(1)?.trim().parse().ok()
}

fn debian_packages(shell: &Shell, wanted: &[&str], yes: bool) -> Result<()> {
    let query = shell
        .command("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status} ${Package}\\n"])
        .args(wanted)
        .stderr(Stdio::null())
        .output();
    let Ok(query) = query else {
        eprintln!(
            "xtask: this is no Debian, so nothing is installed. Needed are what Debian calls {}.",
            wanted.join(" ")
        );
        return Ok(());
    };
    let missing = missing_of(wanted, &String::from_utf8_lossy(&query.stdout));
    if missing.is_empty() {
        return Ok(());
    }

    let root = shell::read(shell.command("id").arg("-u"))?.trim() == "0";
    let sudo = if root { "" } else { "sudo " };
    let quiet = if missing.contains(&POSTGRESQL) { format!("{sudo}sh -c \"{NO_SERVER}\" && ") } else { String::new() };
    let line = format!(
        "{quiet}{sudo}apt-get update && {sudo}apt-get install --yes --no-install-recommends {}",
        missing.join(" ")
    );
    if !root && !yes {
        ask(&line)?;
    }
    println!("{line}");
    shell::run(shell.command("sh").args(["-c", &line]).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Those of `wanted` that dpkg's answer does not call installed.
fn missing_of<'a>(wanted: &[&'a str], answer: &str) -> Vec<&'a str> {
    let there: Vec<&str> = answer.lines().filter_map(|line| line.strip_prefix("installed ")).collect();
    wanted.iter().copied().filter(|package| !there.contains(package)).collect()
}

/// Shows the line and waits for a yes.
fn ask(line: &str) -> Result<()> {
    println!("These packages are missing. This line installs them:\n\n    {line}\n");
    if !std::io::stdin().is_terminal() {
        bail!("packages are missing; run the line above, or call this command again with --yes");
    }
    print!("Run it now? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if !matches!(answer.trim(), "y" | "Y" | "yes") {
        bail!("packages are missing; nothing was changed");
    }
    Ok(())
}

/// `rust-toolchain.toml` names the target too, but not every rustup installs it from there.
fn wasm_target(shell: &Shell) -> Result<()> {
    let target = "wasm32-unknown-unknown";
    let sysroot = shell::read(shell.command("rustc").args(["--print", "sysroot"]))?;
    let library = PathBuf::from(sysroot.trim()).join("lib/rustlib").join(target).join("lib");
    if library.is_dir() {
        return Ok(());
    }
    shell::run(shell.command("rustup").args(["target", "add", target]))
}

fn tauri_driver(shell: &Shell) -> Result<()> {
    let installed = shell::read(&mut shell.cargo(&["install", "--list"]))?;
    let line = format!("tauri-driver v{TAURI_DRIVER}:");
    if installed.lines().any(|there| there == line) {
        return Ok(());
    }
    let mut install = shell.cargo(&["install", "tauri-driver", "--version", TAURI_DRIVER, "--locked"]);
    shell::run(install.arg("--target-dir").arg(shell.target().join("tauri-driver")))
}

/// Whether tests can start a PostgreSQL of their own.
pub fn has_postgresql() -> bool {
    let versions = std::fs::read_dir(POSTGRESQL_VERSIONS).into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin/initdb")).any(|initdb| initdb.is_file())
}

/// Whether a window can be shown to a person.
pub fn has_display() -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Ends a child by its id, and waits for it.
pub fn end(child: &mut std::process::Child) {
    let asked = Command::new("kill").arg(child.id().to_string()).status().is_ok_and(|status| status.success());
    if !asked {
        child.kill().ok();
    }
    child.wait().ok();
}

#[cfg(test)]
mod tests {
    use super::{free_kb, missing_of};

    #[test]
    fn the_room_is_the_number_below_the_head() {
        assert_eq!(free_kb("    Avail\n 6893364\n"), Some(6_893_364));
        assert_eq!(free_kb("df: no such file"), None, "where there is no such df, nothing is said");
    }

    #[test]
    fn only_what_dpkg_calls_installed_is_there() {
        let answer = "installed xvfb\nconfig-files xdotool\nnot-installed pkg-config\n";
        let missing = missing_of(&["xvfb", "xdotool", "pkg-config", "never-heard-of"], answer);
        assert_eq!(
            missing,
            ["xdotool", "pkg-config", "never-heard-of"],
            "a package that left its settings behind is missing"
        );
    }
}
