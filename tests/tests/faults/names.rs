//! Every durable write of the till, by name. A write in the sources that is not listed here fails, and so does a name
//! that no source has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The writes of the use cases, of the print queue and of sync: each is killed in every phase, see [`super::writes`].
pub const WRITES: &[&str] = &[
    "add-product",
    "answer-uncertain",
    "ask-for",
    "begin-generation",
    "begin-transfer",
    "cancel-sale",
    "cancel-transfer",
    "cash-in",
    "cash-out",
    "close-till",
    "close-transfer",
    "collect",
    "complete-sale",
    "count-wrong",
    "discount-line",
    "discount-sale",
    "dismiss-tray",
    "drawer-expire",
    "drawer-sent",
    "drop-print",
    "drop-transfer",
    "finish-transfer",
    "join",
    "let-go",
    "name-parked",
    "next-sale",
    "open-drawer",
    "open-till",
    "park",
    "print-badge",
    "print-ended",
    "print-recover",
    "print-sending",
    "print-slip",
    "print-test",
    "promise-told",
    "put-back",
    "recall",
    "remove-line",
    "reprint",
    "reprint-transfer",
    "return-lines",
    "return-tender",
    "scan",
    "select-line",
    "set-amount",
    "set-aside",
    "set-counted",
    "set-language",
    "set-price",
    "set-quantity",
    "sign-in",
    "sign-out",
    "sync-acknowledged",
    "sync-allotments",
    "sync-balances",
    "sync-feed",
    "sync-handed-in",
    "sync-promises",
    "sync-transfers",
    "take-tender",
    "tend-allotments",
    "undo",
    "undo-counted",
    "wrong-pin",
];

/// The writes of the station around the till: killed in every phase by [`super::demo`].
pub const STATION_WRITES: &[&str] = &["choose-demo"];

/// The writes after a damage: killed in every phase by [`super::damage`].
pub const RECOVERY_WRITES: &[&str] = &["finish-recovery", "rescue", "sync-recovered"];

/// The writes by which entries make room for a base: killed in every phase by [`super::pruning`].
pub const PRUNING_WRITES: &[&str] = &["ask-to-prune", "prune-journal", "pruning-tried"];

/// The functions that open a write, here or by way of [`selvedge_store::Store::write`], and are given its name.
const OPENERS: &[&str] = &["write", "edit", "move_cash", "advance", "recount"];

#[test]
fn every_write_of_the_till_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = BTreeSet::new();
    for folder in ["crates/app/src", "hardware/src", "sync/src", "station/src"] {
        for file in sources(&root.join(folder)).iter().filter(|file| !is_test(file)) {
            found.extend(names_in(&fs::read_to_string(file).unwrap()));
        }
    }
    let listed: BTreeSet<String> = WRITES
        .iter()
        .chain(STATION_WRITES)
        .chain(RECOVERY_WRITES)
        .chain(PRUNING_WRITES)
        .map(|&name| name.to_owned())
        .collect();
    let new: Vec<_> = found.difference(&listed).collect();
    assert!(new.is_empty(), "these writes are killed nowhere: add them to WRITES and to the day in day.rs: {new:?}");
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(gone.is_empty(), "these writes are listed and no source has them: {gone:?}");
}

#[test]
fn a_write_is_found_however_it_is_written() {
    let text = r#"self.store().write("a", |tx| 1); store
        .write::<_, StoreError>(
            "b", work); self.edit("c", x); rewrite("d"); write(e); println!("write");"#;
    assert_eq!(names_in(text), ["a", "b", "c"]);
}

/// A module that its parent compiles for tests only, by its name.
fn is_test(file: &Path) -> bool {
    let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    name == "tests" || name.ends_with("_tests") || file.ends_with("sync/src/simulation.rs")
}

/// The names that are given to an opener.
fn names_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for opener in OPENERS {
        for (at, _) in text.match_indices(opener) {
            let before = text[..at].chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || before == '_' {
                continue;
            }
            let rest = &text[at + opener.len()..];
            let rest = match rest.strip_prefix("::<") {
                Some(generic) => generic.split_once('(').map_or("", |(_, rest)| rest),
                None => rest.strip_prefix('(').unwrap_or(""),
            };
            if let Some(name) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"')) {
                names.push(name.0.to_owned());
            }
        }
    }
    names.sort();
    names
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}
