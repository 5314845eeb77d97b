//! `cargo xtask bench`: builds with optimisation and hands over to the bench package, which measures and prints.

use anyhow::{Result, ensure};

use crate::arguments::Arguments;
use crate::build::{self, Profile};
use crate::setup;
use crate::shell::{self, Shell};

/// The package that measures. It finds the programs beside its own.
const PACKAGE: &str = "selvedge-bench";

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

/// Measures with programs that are built already.
pub fn measure(shell: &Shell, smoke: bool) -> Result<()> {
    let mut bench = shell.cargo(&["run", "-p", PACKAGE]);
    bench.args(profile(smoke).flags()).arg("--");
    if smoke {
        bench.arg("--smoke");
    }
    shell::run(&mut bench)
}

/// The smoke run takes what the tests have built; its figures are not for the table.
fn profile(smoke: bool) -> Profile {
    if smoke { Profile::Debug } else { Profile::Release }
}
