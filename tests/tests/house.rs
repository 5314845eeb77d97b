//! The rules of the house: who may depend on whom, what builds for wasm, how long a file may be, what a file says first.

#[path = "house/faults.rs"]
mod faults;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Who may depend on whom, without the prefix `selvedge-`. What is missing here may depend on nobody.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("contract", &["domain"]),
    ("protocol", &["domain"]),
    ("texts", &["domain"]),
    ("ports", &["domain"]),
    ("store", &["domain", "protocol"]),
    ("app", &["domain", "contract", "protocol", "ports", "store", "texts"]),
    ("hardware", &["domain", "ports"]),
    ("sync", &["domain", "protocol", "ports", "store"]),
    ("station", &["app", "contract", "domain", "protocol", "ports", "store", "hardware", "sync", "texts"]),
    ("central", &["domain", "protocol"]),
    ("selvedge", &["station", "contract"]),
    ("ui", &["domain", "contract", "texts"]),
];

/// Only these see everything: they try it.
const TRIERS: &[&str] = &["tests", "simulation", "storm", "fleet", "e2e", "bench", "xtask"];

/// A dependency has one home.
const HOMES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store", "central", "bench"]),
    ("tokio-postgres", &["central", "bench"]),
    ("reqwest", &["sync"]),
    ("serialport", &["hardware"]),
    ("tauri", &["selvedge"]),
    ("axum", &["central"]),
    ("yew", &["ui"]),
];

/// What must never be pulled into the window's program. (`yew` brings the channels of `tokio`, which touch nothing.)
const NOT_IN_WASM: &[&str] = &["rusqlite", "reqwest", "serialport", "tauri", "axum"];
const WASM: &[&str] = &["domain", "contract", "texts", "ui"];

const LONGEST_FILE: usize = 1000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).exec().expect("cargo metadata")
}

fn short(name: &str) -> &str {
    name.strip_prefix("selvedge-").unwrap_or(name)
}

/// Our packages and what each uses, tests left out.
fn uses(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    metadata
        .workspace_packages()
        .iter()
        .map(|package| {
            let used = package.dependencies.iter().filter(|used| used.kind != DependencyKind::Development);
            (short(&package.name).to_owned(), used.map(|used| short(&used.name).to_owned()).collect())
        })
        .collect()
}

#[test]
fn dependencies_point_inwards() {
    let uses = uses(&metadata());
    let ours: BTreeSet<&str> = uses.keys().map(String::as_str).collect();
    for (name, used) in uses.iter().filter(|(name, _)| !TRIERS.contains(&name.as_str())) {
        let may = MAY_USE.iter().find(|(of, _)| of == name).map(|(_, may)| *may);
        let Some(may) = may else { continue };
        for one in used.iter().filter(|one| ours.contains(one.as_str())) {
            assert!(may.contains(&one.as_str()), "{name} may not depend on {one}: see ARCHITECTURE.md");
        }
    }
    for (name, _) in MAY_USE {
        assert!(ours.contains(name), "{name} is in the rules and not in the workspace");
    }
}

#[test]
fn every_library_has_its_home() {
    let uses = uses(&metadata());
    for (library, homes) in HOMES {
        for (name, used) in uses.iter().filter(|(name, _)| !TRIERS.contains(&name.as_str())) {
            assert!(!used.contains(*library) || homes.contains(&name.as_str()), "{library} does not live in {name}");
        }
    }
}

#[test]
fn the_window_carries_no_disk_and_no_wire() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().expect("a resolved graph");
    let name_of: BTreeMap<_, _> =
        metadata.packages.iter().map(|package| (&package.id, package.name.to_string())).collect();
    for start in WASM {
        let Some(package) = metadata.workspace_packages().into_iter().find(|package| short(&package.name) == *start)
        else {
            panic!("{start} is not in the workspace");
        };
        let mut todo = vec![&package.id];
        let mut seen = BTreeSet::new();
        while let Some(id) = todo.pop() {
            if !seen.insert(id) {
                continue;
            }
            let name = &name_of[id];
            assert!(!NOT_IN_WASM.contains(&name.as_str()), "{start} pulls {name} into the window");
            let node = resolve.nodes.iter().find(|node| node.id == *id).expect("a node");
            todo.extend(node.deps.iter().filter(|dep| is_used(dep)).map(|dep| &dep.pkg));
        }
    }
}

/// What `deny.toml` says, which `cargo deny` reads as well: of each crate in the lock file one of its licences is allowed,
/// and none is banned.
#[test]
fn every_licence_is_allowed_and_nothing_is_banned() {
    let text = fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let rules: toml::Table = text.parse().expect("TOML");
    let allowed: BTreeSet<&str> =
        rules["licenses"]["allow"].as_array().expect("a list").iter().filter_map(toml::Value::as_str).collect();
    let banned: BTreeSet<&str> =
        rules["bans"]["deny"].as_array().expect("a list").iter().filter_map(|ban| ban.get("crate")?.as_str()).collect();
    assert!(!allowed.is_empty() && !banned.is_empty());
    for package in &metadata().packages {
        let name = package.name.as_str();
        assert!(!banned.contains(name), "{name} is banned");
        let licence = package.license.as_deref().unwrap_or_else(|| panic!("{name} has no licence"));
        let says = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX);
        let says = says.unwrap_or_else(|error| panic!("{name}: {licence}: {error}"));
        let fits = says.evaluate(|asked| allowed.contains(asked.to_string().as_str()));
        assert!(fits, "{name} is under {licence}");
    }
}

/// Used by the program itself, on wasm: not in tests, not while building.
fn is_used(dep: &cargo_metadata::NodeDep) -> bool {
    dep.dep_kinds.iter().any(|kind| {
        let on_wasm = kind.target.as_ref().is_none_or(|target| target.to_string().contains("wasm"));
        kind.kind == DependencyKind::Normal && on_wasm
    })
}

fn sources() -> Vec<PathBuf> {
    let mut todo = vec![root()];
    let mut files = Vec::new();
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && !name.starts_with('.') && !["target", "node_modules", "dist", "gen"].contains(&name) {
                todo.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files
}

#[test]
fn no_file_is_too_long() {
    for file in sources() {
        let lines = fs::read_to_string(&file).expect("a source").lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines: does it still answer one question?", file.display());
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for file in sources() {
        let text = fs::read_to_string(&file).expect("a source");
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let fine = first.starts_with("//!") || first.starts_with("#!");
        assert!(fine, "{} does not begin with a line that says what it is for", file.display());
    }
}

#[test]
fn every_dependency_is_recorded() {
    let listed = fs::read_to_string(root().join("docs/dependencies.md")).expect("docs/dependencies.md");
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    let dependencies = text.split("[workspace.dependencies]").nth(1).expect("workspace dependencies");
    let dependencies = dependencies.split("\n[").next().unwrap_or_default();
    for line in dependencies.lines().filter(|line| line.contains('=') && !line.starts_with('#')) {
        let name = line.split('=').next().unwrap_or_default().trim();
        assert!(
            name.starts_with("selvedge-") || recorded(&listed, name),
            "{name} is not recorded in docs/dependencies.md"
        );
    }
}

/// In the first column, alone or among its relatives.
fn recorded(listed: &str, name: &str) -> bool {
    listed
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .any(|cell| cell.split(", ").any(|one| one == name))
}
