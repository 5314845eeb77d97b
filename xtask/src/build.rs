//! `cargo xtask build`: the window's files first, then the three programs, in one call of cargo.

use std::path::PathBuf;

use anyhow::Result;

use crate::shell::{self, Shell};
use crate::ui;

/// How much time the compiler gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Debug,
    /// Quick to run.
    Release,
}

impl Profile {
    /// The folder's name under the target folder.
    pub fn folder(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
        }
    }

    /// Cargo's flag.
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            Profile::Debug => &[],
            Profile::Release => &["--release"],
        }
    }
}

/// The packages whose programs a shop runs.
const PACKAGES: &[&str] = &["-p", "selvedge", "-p", "selvedge-central", "-p", "selvedge-station"];
/// Everything but what the window's files are made of. Cargo compiles a dependency once for each set of features, and
/// the features follow from the packages named; so building and testing name the same ones.
pub const NATIVE: &[&str] = &["--workspace", "--exclude", "selvedge-ui", "--exclude", "ui-build"];
/// Their programs.
pub const PROGRAMS: &[&str] = &["selvedge", "selvedge-central", "selvedgectl"];

/// Builds all and says where it is.
pub fn run(shell: &Shell, profile: Profile) -> Result<()> {
    ui::build(shell, profile)?;
    programs(shell, profile)?;
    for program in PROGRAMS {
        println!("{}", path(shell, profile, program).display());
    }
    Ok(())
}

/// Builds the programs around window files that are there already.
pub fn programs(shell: &Shell, profile: Profile) -> Result<()> {
    let packages = match profile {
        Profile::Debug => NATIVE,
        // Nobody tests these, so they need not wait for what only tests need.
        Profile::Release => PACKAGES,
    };
    shell::run(shell.cargo(&["build", "--bins"]).args(packages).args(profile.flags()))
}

/// Where a program is, once it is built.
pub fn path(shell: &Shell, profile: Profile, program: &str) -> PathBuf {
    shell.target().join(profile.folder()).join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
}
