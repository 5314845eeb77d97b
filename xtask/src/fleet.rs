//! `cargo xtask fleet-load`: thousands of tills over real sockets against one central, built with optimisation.

use anyhow::Result;

use crate::arguments::Arguments;
use crate::build::{self, Profile};
use crate::shell::{self, Shell};

/// The package that plays the fleet, and central with it.
const PACKAGE: &str = "selvedge-fleet";

/// Runs it with the words that follow; `--smoke` with few tills.
pub fn run(shell: &Shell, arguments: Arguments) -> Result<()> {
    let words = arguments.rest();
    shell::run(shell.cargo(&["run", "--release", "-p", PACKAGE, "--", "load"]).args(words))
}

/// With what the tests have built: that it works, not how well.
pub fn smoke(shell: &Shell) -> Result<()> {
    shell::run(shell.command(build::path(shell, Profile::Debug, PACKAGE)).args(["load", "--smoke"]))
}
