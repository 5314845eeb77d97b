//! The translation files are complete, and the window uses nothing that is not in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;
use selvedge_texts::{LANGUAGES, Texts, Value, receipt_labels};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("locales")
}

/// All message ids of a language; every file must parse without a mistake.
fn ids(language: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for file in fs::read_dir(root().join(language)).expect("the language has a folder") {
        let path = file.expect("a readable folder").path();
        let text = fs::read_to_string(&path).expect("a readable file");
        let parsed = FluentResource::try_new(text.clone());
        assert!(parsed.is_ok(), "{} has a mistake: {:?}", path.display(), parsed.err().map(|(_, errors)| errors));
        for id in text.lines().filter_map(|line| line.split_once(" =")).map(|(id, _)| id).filter(|id| is_id(id)) {
            assert!(ids.insert(id.to_owned()), "{id} is in {} twice", path.display());
        }
    }
    ids
}

fn is_id(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(fs::read_to_string(&path).expect("a readable file"));
        }
    }
}

/// The literal first arguments of the calls that look a text up.
fn used(source: &str) -> Vec<String> {
    let mut used = Vec::new();
    for call in [".t(", ".with(", ".get("] {
        for (at, _) in source.match_indices(call) {
            let argument = source[at + call.len()..].trim_start();
            if let Some((id, _)) = argument.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
                used.push(id.to_owned());
            }
        }
    }
    used
}

/// Literals that stand in tables and matches and are looked up later have one of these beginnings.
const FAMILIES: &[&str] = &[
    "key-",
    "error-",
    "cap-",
    "stopped-",
    "advice-",
    "role-",
    "theme-",
    "printer-",
    "scanner-",
    "fact-",
    "finding-",
    "by-",
    "cause-",
    "standing-",
    "transit-",
];

#[test]
fn all_languages_say_the_same_things() {
    let english = ids("en");
    assert!(english.len() > 200, "the ids are read from the files");
    for (language, _) in LANGUAGES {
        let here = ids(language);
        assert_eq!(english.difference(&here).collect::<Vec<_>>(), Vec::<&String>::new(), "{language} lacks texts");
        assert_eq!(
            here.difference(&english).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{language} has texts of its own"
        );
    }
}

#[test]
fn the_window_uses_no_text_that_is_missing() {
    let mut files = Vec::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    sources(&crates.join("../ui/src"), &mut files);
    // The facts of the status pages are named by the app.
    sources(&crates.join("app/src/view"), &mut files);
    let texts = Texts::new("en");
    let mut count = 0;
    for source in &files {
        for id in used(source) {
            assert!(texts.has(&id), "the window uses {id:?}, which is in no file");
            count += 1;
        }
        for literal in source.split('"').skip(1).step_by(2) {
            let looks_up = is_id(literal) && FAMILIES.iter().any(|family| literal.starts_with(family));
            assert!(!looks_up || texts.has(literal), "the window names {literal:?}, which is in no file");
        }
    }
    assert!(count > 100, "the uses are found in the sources");
}

#[test]
fn whatever_needs_a_look_says_what_to_do() {
    let ids = ids("en");
    let findings: Vec<&String> = ids.iter().filter(|id| id.starts_with("finding-") && !id.ends_with("-do")).collect();
    assert!(findings.len() > 10, "the findings are in the files");
    for finding in findings {
        assert!(ids.contains(&format!("{finding}-do")), "{finding} says what is, and not what to do");
    }
}

#[test]
fn plurals_and_variables_work_in_every_language() {
    let english = Texts::new("en");
    assert_eq!(english.with("pieces", &[("count", 1_i64.into())]), "1 piece");
    assert_eq!(english.with("pieces", &[("count", 11_i64.into())]), "11 pieces");
    assert_eq!(english.with("join-missing", &[("count", 2_i64.into())]), "Join: 2 more characters");
    let german = Texts::new("de");
    assert_eq!(german.with("in-lines", &[("count", 1_i64.into())]), "in 1 Zeile");
    assert_eq!(
        german.with("connection-offline-since", &[("time", "10:42".into()), ("unsent", Value::Count(17))]),
        "Offline seit 10:42, 17 zu senden"
    );
}

#[test]
fn every_word_on_paper_is_translated() {
    for (language, _) in LANGUAGES {
        let labels = format!("{:?}", receipt_labels(language));
        assert!(!labels.contains("paper-"), "a word is missing in {language}: {labels}");
    }
    assert_eq!(receipt_labels("de").copy, "Kopie");
    assert_eq!(receipt_labels("xx"), receipt_labels("en"), "an unknown language speaks English");
}
