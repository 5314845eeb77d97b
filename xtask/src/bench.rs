//! `cargo xtask bench`: builds with optimisation and hands over to the bench package, which measures and prints.

use anyhow::{Result, ensure};

use crate::arguments::Arguments;
use crate::build::{self, Profile};
use crate::setup;
use crate::shell::{self, Shell};

/// The package that measures. It finds the programs beside its own.
const PACKAGE: &str = "selvedge-bench";
/// Plays a small fleet for it.
const FLEET: &str = "selvedge-fleet";

/// Measures everything; `--smoke` with few products and no goals.
pub fn run(shell: &Shell, mut arguments: Arguments) -> Result<()> {
    let smoke = arguments.flag("--smoke");
    let yes = arguments.flag("--yes");
    arguments.finish()?;
    ensure!(is_there(shell), "there is no bench package in this tree");
    setup::run(shell, setup::Need::Everything, yes)?;
    build::run(shell, profile(smoke))?;
    measure(shell, smoke)
}

/// Whether this tree has the package.
pub fn is_there(shell: &Shell) -> bool {
    shell.root().join("bench/Cargo.toml").is_file()
}

/// Measures with programs that are built already. A full run puts its table into the README.
pub fn measure(shell: &Shell, smoke: bool) -> Result<()> {
    if smoke {
        // Built with everything else: built by itself, half of it would be compiled anew for other features.
        return shell::run(shell.command(build::path(shell, Profile::Debug, PACKAGE)).arg("--smoke"));
    }
    shell::run(&mut shell.cargo(&["build", "--release", "-p", PACKAGE, "-p", FLEET]))?;
    let mut bench = shell.command(build::path(shell, Profile::Release, PACKAGE));
    shell::run(bench.arg("--readme").arg(shell.root().join("README.md")))
}

/// The smoke run takes what the tests have built; its figures are not for the table.
fn profile(smoke: bool) -> Profile {
    if smoke { Profile::Debug } else { Profile::Release }
}
