//! The program itself: what it prints, how it ends.

#![allow(missing_docs)]
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn central(store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge-central"));
    command.env("SELVEDGE_CENTRAL_STORE", format!("sqlite:{}", store.display())).env("RUST_LOG", "warn");
    command
}

fn run(store: &Path, arguments: &[&str]) -> Output {
    central(store).args(arguments).output().expect("it starts")
}

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn no(output: &Output) -> String {
    assert!(!output.status.success(), "it should have failed");
    assert!(output.stdout.is_empty(), "nothing is said on stdout when nothing was done");
    String::from_utf8(output.stderr.clone()).expect("text")
}

#[test]
fn from_a_company_file_to_an_export() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("central.db");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/company.toml");
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/barcodes.tsv.gz");
    assert!(no(&run(&store, &["enrol", "--site", "main", "--till", "01"])).contains("no till"));
    assert_eq!(out(&run(&store, &["init", example])), "Ten Shirts; sites: 1, tills: 2, people: 2, products: 10\n");
    assert!(no(&run(&store, &["init", example])).contains("holds the company \"Ten Shirts\" already"));
    let code = out(&run(&store, &["enrol", "--site", "main", "--till", "01"]));
    assert_eq!((code.len(), code.chars().nth(4)), (10, Some('-')), "only the code: {code:?}");
    assert!(no(&run(&store, &["enrol", "--site", "main", "--till", "09"])).contains("has no till \"09\""));
    let imported = run(&store, &["import", fixture]);
    assert_eq!(out(&imported), "14 lines: 6 added, 0 changed, 0 unchanged, 2 duplicates left out, 6 bad left out\n");
    let told = String::from_utf8_lossy(&imported.stderr).into_owned();
    assert!(told.contains("line 6: gtin: 9520000010035: the check digit"), "{told}");
    let products = out(&run(&store, &["export", "--kind", "products"]));
    assert_eq!(products.lines().count(), 16);
    assert!(products.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    assert_eq!(out(&run(&store, &["export", "--kind", "sales"])), "", "nothing was sold");
    assert_eq!(out(&run(&store, &["migrate"])), "up to date; 0 entries that waited were applied\n");
}

#[test]
fn a_company_with_a_mistake_leaves_an_empty_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("central.db");
    let file = folder.path().join("company.toml");
    std::fs::write(&file, "name = \"X\"\ncurrencies = \"EUR\"\n").expect("written");
    let told = no(&run(&store, &["init", file.to_str().expect("text")]));
    assert!(told.contains("company.toml, line 2: unknown field `currencies`"), "{told}");
    assert!(no(&run(&store, &["export", "--kind", "products"])).contains("holds no company yet"));
    let demo = out(&run(&store, &["demo"]));
    assert!(demo.contains("Mira Byrne, cashier, PIN 1234") && demo.contains("--site galway"), "{demo}");
}

#[test]
fn it_serves_until_it_is_asked_to_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("central.db");
    assert!(no(&run(&store, &["serve", "--listen", "127.0.0.1:0"])).contains("holds no company yet"));
    out(&run(&store, &["demo"]));
    assert!(no(&run(&store, &["serve", "--listen", "0.0.0.0:0"])).contains("plain HTTP is for loopback only"));
    for signal in ["TERM", "INT"] {
        let serve = ["serve", "--listen", "127.0.0.1:0"];
        let mut child = central(&store).args(serve).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its stdout")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("the line that says where").to_owned();
        let address = url.strip_prefix("http://").expect("plain");
        std::net::TcpStream::connect(address).expect("it listens there");
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().expect("kill runs").success());
        assert!(child.wait().expect("it ends").success(), "{signal} is an orderly end");
    }
}

#[test]
fn the_document_and_the_stores_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("central.db");
    let document: serde_json::Value = serde_json::from_str(&out(&run(&store, &["openapi"]))).expect("JSON");
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    for address in ["central.db", "mysql://here", "sqlite:"] {
        let told = no(&run(&store, &["migrate", "--store", address]));
        assert!(told.contains("is no store: use sqlite:PATH"), "{told}");
    }
    std::fs::write(&store, "These are notes, and no store. ".repeat(50)).expect("written");
    assert!(no(&run(&store, &["migrate"])).contains("this is not a store of selvedge-central"));
}
