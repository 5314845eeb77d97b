//! `cargo xtask test`: every check and every test, cheapest first, with the time of each phase; ends with what was not
//! run and why.

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::arguments::Arguments;
use crate::build::{self, Profile};
use crate::shell::{self, Shell};
use crate::{bench, fleet, setup, ui};

/// The crates that the window is made of.
const WASM: &[&str] =
    &["-p", "selvedge-domain", "-p", "selvedge-contract", "-p", "selvedge-texts", "-p", "selvedge-ui"];
/// Real data that tests read when it is there.
const SAMPLES: &[&str] =
    &["uhtt_mixed_100k.tsv.gz", "completejourney_transactions_sample.csv.gz", "completejourney_products.csv.gz"];

/// Seeds of the simulation: about seven minutes on two cores.
const SEEDS: &str = "300";

/// What happened so far.
struct Report {
    phases: Vec<(&'static str, Duration)>,
    left_out: Vec<String>,
}

/// Runs everything, stops at the first phase that fails.
pub fn run(shell: &Shell, mut arguments: Arguments) -> Result<()> {
    let yes = arguments.flag("--yes");
    let require_samples = arguments.flag("--require-samples");
    arguments.finish()?;

    let mut report = Report { phases: Vec::new(), left_out: missing_samples() };
    ensure!(!require_samples || report.left_out.is_empty(), "--require-samples: {}", report.left_out.join("; "));
    let outcome = phases(shell, yes, &mut report);
    report.print();
    outcome
}

fn phases(shell: &Shell, yes: bool, report: &mut Report) -> Result<()> {
    report.phase("setup", || setup::run(shell, setup::Need::Everything, yes))?;
    if !setup::has_postgresql() {
        report.left_out.push("tests on PostgreSQL: it is not installed (Debian's package postgresql)".into());
    }
    report.phase("format", || shell::run(&mut shell.cargo(&["fmt", "--all", "--check"])))?;
    report.phase("window's files", || ui::build(shell, Profile::Debug))?;
    report.phase("clippy", || {
        let mut clippy = shell.cargo(&["clippy", "--workspace", "--exclude", "selvedge-ui", "--all-targets"]);
        shell::run(clippy.args(["--", "-D", "warnings"]))
    })?;
    report.phase("clippy for wasm", || {
        let mut clippy = shell.cargo(&["clippy", "--target", "wasm32-unknown-unknown"]);
        shell::run(clippy.args(WASM).args(["--", "-D", "warnings"]))
    })?;
    report.phase("tests of the page", || shell::run(&mut shell.cargo(&["test", "-p", "selvedge-ui"])))?;
    report.phase("programs", || build::programs(shell, Profile::Debug))?;
    report.phase("tests", || shell::run(shell.cargo(&["test"]).args(build::NATIVE)))?;
    report.phase("a company in virtual time", || {
        shell::run(shell.cargo(&["run", "-p", "selvedge-simulation", "--", "--seeds"]).arg(SEEDS))
    })?;
    report.phase("a fleet, smoke", || fleet::smoke(shell))?;
    report.phase("tests in a real window", || {
        shell::run(shell.cargo(&["test", "--test", "e2e"]).args(build::NATIVE).env("RUST_BACKTRACE", "0"))
    })?;
    if bench::is_there(shell) {
        report.phase("bench, smoke", || bench::measure(shell, true))
    } else {
        report.left_out.push("bench --smoke: there is no bench package yet".into());
        Ok(())
    }
}

impl Report {
    fn phase(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = work();
        self.phases.push((name, start.elapsed()));
        outcome.map_err(|error| error.context(format!("phase \"{name}\" failed")))
    }

    fn print(&self) {
        println!("\nphase                      seconds");
        for (name, time) in &self.phases {
            println!("{name:<26} {:>7}", time.as_secs());
        }
        let total: Duration = self.phases.iter().map(|(_, time)| *time).sum();
        println!("{:<26} {:>7}", "all", total.as_secs());
        println!();
        if self.left_out.is_empty() {
            println!("Nothing was left out.");
        }
        for left_out in &self.left_out {
            println!("Not run: {left_out}");
        }
    }
}

/// What the run has to do without, a sentence each.
fn missing_samples() -> Vec<String> {
    let Some(folder) = env::var_os("SELVEDGE_SAMPLE_DATA") else {
        return vec!["tests on real sample data: SELVEDGE_SAMPLE_DATA is not set".into()];
    };
    let folder = Path::new(&folder);
    let missing = SAMPLES.iter().filter(|file| !folder.join(file).is_file());
    missing.map(|file| format!("tests on {file}: it is not in {}", folder.display())).collect()
}
