//! Finding what `cargo xtask build` has made: the programs lie beside the tests, a folder or two up.

use std::env;
use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The path of a built program.
pub fn find(name: &str) -> Result<PathBuf> {
    let own = env::current_exe().context("a test knows where it is")?;
    let beside =
        own.ancestors().skip(1).take(3).map(|folder| folder.join(format!("{name}{}", env::consts::EXE_SUFFIX)));
    let found = beside.into_iter().find(|path| path.is_file());
    match found {
        Some(path) => Ok(path),
        None => bail!("there is no built {name}: run `cargo xtask build` first, with the same CARGO_TARGET_DIR"),
    }
}

/// Where pictures of failures and logs are left: `e2e` in the target folder.
pub fn pictures() -> Result<PathBuf> {
    let program = find("selvedge")?;
    let target = program.ancestors().nth(2).context("programs lie in a folder of the target folder")?;
    let folder = target.join("e2e");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A log file beside the pictures, for what programs say on stderr.
pub fn log(name: &str) -> Result<File> {
    let path = pictures()?.join(format!("{name}.log"));
    File::options().create(true).append(true).open(&path).with_context(|| format!("opening {}", path.display()))
}
