//! `ui-build WASM UI DIST [--release]`: binds the wasm to JavaScript and lays `ui/dist` out: bindings, index.html,
//! styles, assets. A package of its own, because the binder takes longer to compile than all of xtask. Only files that
//! differ are written, so that the app is not rebuilt for nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [wasm, ui, dist, rest @ ..] = arguments.as_slice() else {
        bail!("usage: ui-build WASM UI DIST [--release]");
    };
    let (ui, dist) = (Path::new(ui), Path::new(dist));
    let fresh = dist.with_extension("next");
    empty(&fresh)?;

    let release = rest.iter().any(|flag| flag == "--release");
    Bindgen::new()
        .input_path(wasm)
        .out_name("selvedge_ui")
        .web(true)?
        .typescript(false)
        .remove_name_section(release)
        .remove_producers_section(release)
        .generate(&fresh)
        .with_context(|| format!("binding {wasm}"))?;

    fs::copy(ui.join("index.html"), fresh.join("index.html")).context("copying ui/index.html")?;
    for folder in ["styles", "assets"] {
        copy(&ui.join(folder), &fresh.join(folder))?;
    }
    take_over(&fresh, dist)
}

/// An empty folder at `path`.
fn empty(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("removing {}", path.display()))?;
    }
    fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        fs::copy(from.join(&file), &target).with_context(|| format!("copying {}", file.display()))?;
    }
    Ok(())
}

/// Makes `dist` equal to `fresh`, leaving files alone that are equal already.
fn take_over(fresh: &Path, dist: &Path) -> Result<()> {
    fs::create_dir_all(dist)?;
    let wanted = files(fresh)?;
    for file in &wanted {
        let (new, old) = (fresh.join(file), dist.join(file));
        let content = fs::read(&new)?;
        if fs::read(&old).ok().as_ref() != Some(&content) {
            fs::create_dir_all(old.parent().unwrap_or(dist))?;
            fs::write(&old, content).with_context(|| format!("writing {}", old.display()))?;
        }
    }
    for file in files(dist)?.difference(&wanted) {
        fs::remove_file(dist.join(file)).with_context(|| format!("removing {}", file.display()))?;
    }
    fs::remove_dir_all(fresh).with_context(|| format!("removing {}", fresh.display()))
}

/// All files below `folder`, relative to it; none where there is no such folder.
fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(folder)?.to_path_buf());
            }
        }
    }
    Ok(found)
}
