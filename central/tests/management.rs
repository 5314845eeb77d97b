//! Who manages central: the company's file applied again, people who are forgotten, what is held, and the trail of it all.

#![allow(missing_docs)]
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use selvedge_central::store::Store;
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::suite::{Bench, TestStation};
use selvedge_protocol::v1::{FeedBody, ProductV1};
use serde_json::Value;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Desk { folder: tempfile::tempdir().expect("a folder") }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("central.db")
    }

    fn opened(&self) -> SqliteStore {
        SqliteStore::open(&self.store()).expect("a store")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge-central"));
        command.env("SELVEDGE_CENTRAL_STORE", format!("sqlite:{}", self.store().display())).env("USER", "mira");
        command.env_remove("SUDO_USER").args(arguments).output().expect("it starts")
    }

    fn out(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Nothing on stdout, and why not on stderr.
    fn no(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?} should have failed");
        String::from_utf8(output.stderr).expect("text")
    }

    fn file(&self, text: &str) -> String {
        let path = self.folder.path().join("company.toml");
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    }

    fn lines(&self, kind: &str) -> Vec<Value> {
        let text = self.out(&["export", "--kind", kind]);
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Whether the bytes of the store, or of its log of writes, hold a text.
    fn holds(&self, text: &str) -> bool {
        let files = ["central.db", "central.db-wal"].map(|name| self.folder.path().join(name));
        let read = |path: &PathBuf| std::fs::read(path).unwrap_or_default();
        files.iter().any(|path| read(path).windows(text.len()).any(|window| window == text.as_bytes()))
    }
}

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/company.toml");
    std::fs::read_to_string(path).expect("the example is there")
}

/// The example as somebody goes on with it: without PINs.
fn later() -> String {
    example().replace("pin = \"7315\"\n", "").replace("pin = \"2846\"\n", "")
}

#[test]
fn the_file_applied_again_says_what_is_different_and_does_it() {
    let desk = Desk::new();
    desk.out(&["init", &desk.file(&example())]);
    let same = desk.out(&["apply", &desk.file(&example())]);
    assert_eq!(same, "nothing is different\n", "the PINs are those that are there");
    assert_eq!(desk.out(&["apply", &desk.file(&later())]), "nothing is different\n", "without a PIN it stays");

    let changed = later()
        .replace("name = \"High Street\"", "name = \"Main Street\"")
        .replace("footer = [\"Thank you.\"]", "footer = [\"Come again.\"]")
        .replace("name = \"Till 2\"\n", "name = \"Till 2\"\n\n[[site.till]]\ncode = \"03\"\nname = \"Till 3\"\n")
        .replace("percent = \"23\"\n", "percent = \"23\"\nvalid-to = \"2998-12-31\"\n\n[[tax-rate]]\ncode = \"standard\"\npercent = \"25\"\nvalid-from = \"2999-01-01\"\n")
        .replace("name = \"Max Brand\"\nrole = \"cashier\"\nsites = [\"main\"]", "name = \"Nora Walsh\"\nrole = \"counter\"\npin = \"1177\"\nsites = [\"main\"]")
        .replace("role = \"manager\"\n", "role = \"manager\"\npin = \"9090\"\n");
    let expected = [
        "site main: name High Street is now Main Street",
        "site main: footer \"Thank you.\" is now \"Come again.\"",
        "till 03 at main: new, Till 3",
        "tax rate standard from 2000-01-01: without an end is now until 2998-12-31",
        "tax rate standard from 2999-01-01: new, 25 %, without an end",
        "Ruth Kelly: another PIN",
        "Nora Walsh: new, counter, at main",
        "Max Brand: is not in the file, leaves: signs in nowhere any more",
    ];
    let file = desk.file(&changed);
    let dry = desk.out(&["apply", &file, "--dry-run"]);
    assert_eq!(dry.lines().collect::<Vec<_>>(), [&expected[..], &["dry run, nothing was written"]].concat());
    assert_eq!(desk.out(&["apply", &file]).lines().collect::<Vec<_>>(), expected, "the dry run did nothing");
    assert_eq!(desk.out(&["apply", &file]), "nothing is different\n");
    let people = desk.out(&["person", "list"]);
    let states: Vec<(&str, &str)> = people
        .lines()
        .map(|line| line.split_once('\t').expect("an id").1)
        .filter_map(|line| line.split_once('\t'))
        .collect();
    assert_eq!(
        states,
        [("Max Brand", "cashier\tleft"), ("Nora Walsh", "counter\tat main"), ("Ruth Kelly", "manager\tat main")]
    );
    desk.out(&["enrol", "--site", "main", "--till", "03"]);

    let back = changed + "\n[[person]]\nname = \"Max Brand\"\nrole = \"manager\"\nsites = [\"main\"]\n";
    assert!(desk.no(&["apply", &desk.file(&back)]).contains("Max Brand needs a PIN"), "the one he had is not kept");
    let back = back.replace("name = \"Max Brand\"", "name = \"Max Brand\"\npin = \"5566\"");
    let told = desk.out(&["apply", &desk.file(&back)]);
    assert_eq!(told, "Max Brand: cashier is now manager\nMax Brand: is back, at main\nMax Brand: another PIN\n");
    let id = people.split('\t').next().expect("an id");
    let married = back.replace("name = \"Max Brand\"", &format!("id = \"{id}\"\nname = \"Max Doyle\""));
    assert_eq!(desk.out(&["apply", &desk.file(&married)]), "Max Brand: is called Max Doyle now\n");
    assert!(desk.out(&["person", "list"]).starts_with(&format!("{id}\tMax Doyle")), "he is who he was");
}

#[test]
fn what_cannot_be_changed_is_refused_and_nothing_is_done() {
    let desk = Desk::new();
    desk.out(&["init", &desk.file(&example())]);
    let refused = later()
        .replace("name = \"High Street\"", "name = \"Main Street\"")
        .replace("currency = \"EUR\"", "currency = \"GBP\"")
        .replace("price-mode = \"inclusive\"", "price-mode = \"exclusive\"")
        .replace("percent = \"23\"", "percent = \"21\"")
        .replace("name = \"Max Brand\"", "name = \"Ruth Kelly\"");
    let told = desk.no(&["apply", &desk.file(&refused)]);
    for line in [
        "site main: its books are in EUR, and stay so",
        "site main: its prices are inclusive of tax, and stay so",
        "tax rate standard from 2000-01-01: 23 % has begun",
        "Ruth Kelly is there twice",
    ] {
        assert!(told.contains(line), "{line} is missing in\n{told}");
    }
    let twice = later() + "\n[[person]]\nname = \"Ada\"\nrole = \"cashier\"\npin = \"1\"\nsites = [\"main\"]\n";
    assert!(desk.no(&["apply", &desk.file(&twice)]).contains("person.pin has 4 to 12 digits"));
    let moved = later().replace("[[site.till]]\ncode = \"02\"\nname = \"Till 2\"\n", "")
        + "\n[[site]]\ncode = \"second\"\nname = \"Second\"\n\n[[site.till]]\ncode = \"02\"\nname = \"Till 2\"\n";
    assert!(desk.no(&["apply", &desk.file(&moved)]).contains("till 02 does not move to second"));
    let overlaps = later().replace("percent = \"23\"\n", "percent = \"23\"\nvalid-from = \"2999-01-01\"\n");
    assert!(
        desk.no(&["apply", &desk.file(&overlaps)]).contains("there is one from 2000-01-01 on; name it with its end")
    );
    let fewer = later().replace("[[site.till]]\ncode = \"02\"\nname = \"Till 2\"\n", "");
    let output = desk.run(&["apply", &desk.file(&fewer)]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "nothing is different\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("till 02 is not in the file; it has a history and stays"));
    assert_eq!(desk.out(&["apply", &desk.file(&example())]), "nothing is different\n", "nothing of all this was done");
}

#[test]
fn who_is_erased_is_in_no_byte_of_the_store() {
    let desk = Desk::new();
    desk.out(&["init", &desk.file(&example())]);
    let people = desk.out(&["person", "list"]);
    let max = people.lines().find(|line| line.contains("Max Brand")).expect("he is there");
    let id = max.split('\t').next().expect("an id");
    let hash = {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let company = runtime.block_on(desk.opened().company()).expect("a store");
        let at = company.people.into_iter().find(|at| at.person.id.to_string() == id).expect("he is there");
        at.person.verifier
    };
    assert!(desk.holds("Max Brand") && desk.holds(&hash));
    assert!(desk.no(&["person", "erase", "00000000-0000-0000-0000-000000000001"]).contains("there is no person"));
    assert_eq!(desk.out(&["person", "erase", id]), format!("{id} is erased\n"));
    assert!(!desk.holds("Max Brand") && !desk.holds(&hash), "neither his name nor his PIN");
    assert!(desk.out(&["audit"]).contains("all is well"), "the chain of the feed holds");
    let listed = desk.out(&["person", "list"]);
    assert!(listed.contains(&format!("{id}\t\tcashier\terased")), "{listed}");
    let told = desk
        .out(&["apply", &desk.file(&later().replace("name = \"Max Brand\"", "name = \"Max Brand\"\npin = \"1212\""))]);
    assert_eq!(told, "Max Brand: new, cashier, at main\n", "somebody else who has the name");
    assert!(!desk.out(&["person", "list"]).lines().any(|line| line.contains(id) && line.contains("Max")));
}

/// A demo company with a sale that is held, one that nobody can read, and a station.
async fn with_held(desk: &Desk) -> (TestStation, ProductV1) {
    let bench = Bench::of(std::sync::Arc::new(desk.opened()), 1).await;
    let mut station = TestStation::joined(&bench, "galway", "04").await;
    let product = bench.demo.products[0].clone();
    let held = vec![station.sells(&product, 1_000_000), station.seals("not a body".to_owned())];
    let taken = bench.store.take(station.device, held, 1).await.expect("a store");
    assert_eq!(taken.problems.len(), 2, "{:?}", taken.problems);
    (station, product)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_shown_released_and_dismissed() {
    let desk = Desk::new();
    let (station, _) = with_held(&desk).await;
    let held = desk.lines("held");
    let codes: Vec<&str> = held.iter().map(|line| line["code"].as_str().expect("a code")).collect();
    assert_eq!(codes, ["impossible-number", "unreadable"]);
    let name = |line: &Value| format!("{}:{}", line["generation"].as_str().expect("an id"), line["sequence"]);
    assert_eq!(desk.out(&["release"]), "0 entries applied\n", "by itself none of it can be");
    assert_eq!(desk.out(&["release", "--entry", &name(&held[0])]), "1 entries applied\n");
    let told = desk.no(&["release", "--entry", &name(&held[1])]);
    assert!(told.contains("stays held, it cannot be applied: the body is not"), "{told}");
    assert!(desk.no(&["release", "--entry", &name(&held[0])]).contains("nothing is held"));
    assert!(desk.no(&["release", "--dismiss"]).contains("say which"));
    assert!(desk.no(&["release", "--entry", "7"]).contains("GENERATION:SEQUENCE"));
    let device = station.device.to_string();
    assert_eq!(desk.out(&["release", "--device", &device, "--dismiss"]), "1 entries dismissed\n");
    assert!(desk.lines("held").is_empty());
    assert!(desk.out(&["audit"]).contains("all is well"));
    let told: Vec<String> =
        desk.lines("commands").iter().map(|line| line["about"].as_str().expect("a text").to_owned()).collect();
    assert!(
        told.contains(&name(&held[0])) && told.contains(&format!("dismissed: all of station {device}")),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_moves_in_one_step() {
    let desk = Desk::new();
    let (mut station, product) = with_held(&desk).await;
    let device = station.device.to_string();
    assert!(desk.no(&["move", &device, "--site", "cork", "--till", "04"]).contains("no till"), "04 is Galway's");
    let store = desk.opened();
    assert!(!store.device(station.device).await.expect("a store").expect("known").revoked, "it stays where it is");
    let code = desk.out(&["move", &device, "--site", "cork", "--till", "05"]);
    let was = store.device(station.device).await.expect("a store").expect("known");
    assert_eq!((was.revoked, was.till.as_str()), (true, "04"), "what it wrote stays under the till that it was");
    let late = station.sells(&product, 1);
    let taken = store.take(station.device, vec![late], 2).await.expect("a store");
    assert_eq!(taken.problems[0].code, "device-revoked", "what it still writes for the old site is stored, and held");
    assert_eq!(desk.out(&["release", "--device", &device, "--dismiss"]), "3 entries dismissed\n");
    let demo = selvedge_protocol::demo::DemoCompany::new(1);
    let there = TestStation::new(demo.site("cork").expect("Cork").clone(), 9);
    let normal = selvedge_protocol::v1::normal_code(code.trim()).expect("a code");
    let hash = selvedge_central::secret::code_hash(&normal);
    let joined = store.enrol(there.asks(hash), 3).await.expect("a store").expect("the code is good");
    assert_eq!((joined.site.code.as_str(), joined.till.code.as_str()), ("cork", "05"));
    assert_ne!(joined.device, station.device, "it begins anew");
    let (cork, mut after, mut devices) = (joined.site.id, None, 0);
    loop {
        let page = store.feed(cork, after, 5_000, 4).await.expect("a feed");
        devices += page.rows.iter().filter(|row| matches!(row.read(), Ok(FeedBody::Device(_)))).count();
        after = Some(page.next);
        if !page.more {
            break;
        }
    }
    assert_eq!(devices, 2, "all stations hear of both");
}

#[test]
fn whatever_changes_or_reveals_something_is_written_down() {
    let desk = Desk::new();
    let company = desk.file(&example());
    desk.out(&["init", &company]);
    let key = desk.out(&["key"]);
    let code = desk.out(&["enrol", "--site", "main", "--till", "01"]);
    let tokens = [desk.out(&["operator", "ruth"]), desk.out(&["shop", "web"])];
    desk.out(&["operator", "ruth", "--revoke"]);
    desk.out(&["shop", "web", "--revoke"]);
    desk.out(&["checkpoint"]);
    desk.out(&["migrate"]);
    desk.out(&["release"]);
    desk.out(&["apply", &company]);
    desk.no(&["revoke", "00000000-0000-0000-0000-000000000001"]);
    desk.no(&["demo"]);
    for looks in [&["apply", company.as_str(), "--dry-run"][..], &["person", "list"], &["audit"], &["rebuild"]] {
        desk.out(looks);
    }
    let lines = desk.lines("commands");
    let what: Vec<&str> = lines.iter().map(|line| line["what"].as_str().expect("a word")).collect();
    let expected = [
        "init",
        "key",
        "enrol",
        "operator",
        "shop",
        "operator",
        "shop",
        "checkpoint",
        "migrate",
        "release",
        "apply",
        "revoke",
        "demo",
    ];
    assert_eq!(what, expected, "in their order, also those that failed; none that only looks");
    assert!(lines.iter().all(|line| line["who"] == "mira"), "{lines:?}");
    let trail = desk.out(&["export", "--kind", "commands"]);
    let secrets = key.lines().chain(tokens.iter().map(|token| token.trim())).chain([code.trim(), "7315", "2846"]);
    for secret in secrets
        .flat_map(str::split_whitespace)
        .filter(|word| word.len() > 3 && word.bytes().any(|byte| byte.is_ascii_digit()))
    {
        assert!(!trail.contains(secret), "{secret} stands in the trail");
    }
}
