//! `cargo xtask package`: the installer of this system. Debian's own tools make the deb, so that nothing is downloaded
//! and the list of what it depends on is read off the programs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::arguments::Arguments;
use crate::build::{self, PROGRAMS, Profile};
use crate::setup;
use crate::shell::{self, Shell};

/// Sizes of the icon that are drawn already.
const ICONS: &[u32] = &[32, 128, 256, 512];

/// Makes the deb and says where it is.
pub fn run(shell: &Shell, mut arguments: Arguments) -> Result<()> {
    let yes = arguments.flag("--yes");
    arguments.finish()?;
    if !cfg!(target_os = "linux") || shell.command("dpkg-deb").arg("--version").output().is_err() {
        bail!("only Debian packages are made so far, and this system has no dpkg-deb");
    }
    setup::run(shell, setup::Need::Building, yes)?;
    build::run(shell, Profile::Release)?;

    let folder = shell.target().join("package");
    let tree = folder.join("selvedge");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    lay_out(shell, &tree)?;
    let architecture = shell::read(shell.command("dpkg").arg("--print-architecture"))?;
    write_control(shell, &folder, &tree, architecture.trim())?;

    let deb = folder.join(format!("selvedge_{}_{}.deb", env!("CARGO_PKG_VERSION"), architecture.trim()));
    shell::run(shell.command("dpkg-deb").args(["--build", "--root-owner-group"]).arg(&tree).arg(&deb))?;
    println!("{}", deb.display());
    Ok(())
}

/// The package as it will lie on the disk.
fn lay_out(shell: &Shell, tree: &Path) -> Result<()> {
    for program in PROGRAMS {
        place(&build::path(shell, Profile::Release, program), &tree.join("usr/bin").join(program))?;
    }
    let (debian, icons) = (shell.root().join("installers/debian"), shell.root().join("src-tauri/icons"));
    let share = tree.join("usr/share");
    place(&debian.join("selvedge.desktop"), &share.join("applications/selvedge.desktop"))?;
    place(&debian.join("copyright"), &share.join("doc/selvedge/copyright"))?;
    place(&icons.join("sign.svg"), &share.join("icons/hicolor/scalable/apps/selvedge.svg"))?;
    for size in ICONS {
        let drawn = icons.join(format!("sign-{size}.png"));
        place(&drawn, &share.join(format!("icons/hicolor/{size}x{size}/apps/selvedge.png")))?;
    }
    Ok(())
}

fn place(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
    fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    Ok(())
}

fn write_control(shell: &Shell, folder: &Path, tree: &Path, architecture: &str) -> Result<()> {
    let template = fs::read_to_string(shell.root().join("installers/debian/control"))?;
    let size = shell::read(shell.command("du").args(["--summarize", "--block-size=1024"]).arg(tree))?;
    let control = template
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@ARCHITECTURE@", architecture)
        .replace("@SIZE_KB@", size.split_whitespace().next().unwrap_or("0"))
        .replace("@DEPENDS@", &depends(shell, folder, tree)?);
    fs::create_dir_all(tree.join("DEBIAN"))?;
    fs::write(tree.join("DEBIAN/control"), control)?;
    Ok(())
}

/// The packages whose libraries the programs load. `dpkg-shlibdeps` wants to see a source package around it.
fn depends(shell: &Shell, folder: &Path, tree: &Path) -> Result<String> {
    let around = folder.join("shlibdeps");
    fs::create_dir_all(around.join("debian"))?;
    fs::write(around.join("debian/control"), "Source: selvedge\n\nPackage: selvedge\nArchitecture: any\n")?;
    let programs: Vec<PathBuf> = PROGRAMS.iter().map(|program| tree.join("usr/bin").join(program)).collect();
    let answer =
        shell::read(shell.command("dpkg-shlibdeps").args(["--warnings=0", "-O"]).args(programs).current_dir(&around))?;
    let found = answer.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    Ok(found.context("dpkg-shlibdeps found no libraries")?.to_owned())
}
