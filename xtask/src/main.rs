//! `cargo xtask`: what a person needs from a fresh clone on. Few dependencies, so that it is there in seconds.

mod arguments;
mod bench;
mod build;
mod demo;
mod fleet;
mod package;
mod setup;
mod shell;
mod test;
mod ui;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::arguments::Arguments;
use crate::shell::Shell;

const USAGE: &str = "\
cargo xtask COMMAND

  setup [--yes]            installs what is missing on this machine
  build [--release]        selvedge, selvedge-central and selvedgectl, each runnable by itself
  demo [--fresh] [--yes]   a demo shop: central, an enrolled till, virtual devices
  test [--yes] [--require-samples]
                           every check and every test, those in a real window among them
  bench [--smoke]          the table of figures
  fleet-load [--smoke] [--tills N] [--postgres] [--scenes day,storm]
                           thousands of tills over real sockets against one central
  package                  an installer for this system

Without a display, demo and test use a virtual one. CARGO_TARGET_DIR is respected.";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = Arguments::of_process();
    let command = arguments.command();
    if command.is_none() || arguments.flag("--help") || arguments.flag("-h") {
        println!("{USAGE}");
        return Ok(());
    }
    let shell = Shell::new()?;
    match command.as_deref() {
        Some("setup") => {
            let yes = arguments.flag("--yes");
            arguments.finish()?;
            setup::run(&shell, setup::Need::Everything, yes)
        }
        Some("build") => {
            let profile = arguments.profile();
            let yes = arguments.flag("--yes");
            arguments.finish()?;
            setup::run(&shell, setup::Need::Building, yes)?;
            build::run(&shell, profile)
        }
        Some("demo") => demo::run(&shell, arguments),
        Some("test") => test::run(&shell, arguments),
        Some("bench") => bench::run(&shell, arguments),
        Some("fleet-load") => fleet::run(&shell, arguments),
        Some("package") => package::run(&shell, arguments),
        other => bail!("no such command: {}\n\n{USAGE}", other.unwrap_or_default()),
    }
}
