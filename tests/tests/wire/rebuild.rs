//! Coming back as an operator does it: by the commands of selvedge-central, each a process of its own, on a file and on
//! PostgreSQL.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use selvedge_central::cli::Cli;
use selvedge_central::store::suite::PrivatePostgres;
use selvedge_protocol::v1::ProductV1;
use selvedge_store::Store;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::LONG;
use crate::recovery::Post;

const WORDS: &str = "SELVEDGE_TEST_WORDS";
/// What stands before the program's own words: the test harness says something too.
const MARK: &str = "---- selvedge-central ----";
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../central/examples/company.toml");
const BARCODES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../central/tests/fixtures/barcodes.tsv.gz");

/// Not a test by itself: selvedge-central, with the words that the parent gives.
#[test]
fn the_program() {
    let Ok(words) = std::env::var(WORDS) else { return };
    println!("\n{MARK}");
    let cli = Cli::parse_from(std::iter::once("selvedge-central").chain(words.lines()));
    let runtime = Runtime::new().expect("a runtime");
    let done = runtime.block_on(cli.run());
    if let Err(error) = &done {
        eprintln!("Error: {error:#}");
    }
    std::process::exit(i32::from(done.is_err()));
}

/// Whoever runs central.
struct Office {
    runtime: Arc<Runtime>,
    folder: TempDir,
    store: String,
    listen: String,
    serving: Option<Child>,
}

impl Office {
    fn open(folder: TempDir, store: String) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = Arc::new(runtime.expect("a runtime"));
        Office { runtime, folder, store, listen: "127.0.0.1:0".to_owned(), serving: None }
    }

    fn on_a_file() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = format!("sqlite:{}", folder.path().join("central.db").display());
        Self::open(folder, store)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["rebuild::the_program", "--exact", "--nocapture"]);
        command.env(WORDS, words.join("\n")).env("SELVEDGE_CENTRAL_STORE", &self.store);
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("it starts")
    }

    /// What it prints.
    fn says(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).expect("text");
        said.split_once(&format!("{MARK}\n")).expect("the program's words").1.to_owned()
    }

    /// What it refuses, and why.
    fn refuses(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(!output.status.success(), "{words:?} should have failed");
        String::from_utf8(output.stderr).expect("text")
    }

    /// At the address that it had, if it had one, which somebody else on the machine may have for a moment.
    fn serve(&mut self) {
        let began = Instant::now();
        loop {
            let mut child =
                self.command(&["serve", "--listen", &self.listen]).stdout(Stdio::piped()).spawn().expect("it starts");
            let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
            let said = lines.find_map(|line| line.strip_prefix("listening on http://").map(str::to_owned));
            self.serving = Some(child);
            if let Some(address) = said {
                self.listen = address;
                return;
            }
            self.stop();
            assert!(began.elapsed() < LONG, "it does not serve at {}", self.listen);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn stop(&mut self) {
        let mut child = self.serving.take().expect("it serves");
        child.kill().expect("killed");
        child.wait().expect("gone");
    }

    fn join(&self, till: &str, seed: u8) -> Post {
        let code = self.says(&["enrol", "--site", "main", "--till", till]).trim().to_owned();
        let store = Store::in_memory().expect("a store");
        Post::join_at(&self.runtime, format!("http://{}", self.listen), code, seed, store)
    }

    /// All that a company asks central for. Neither numbers of rows nor times of arrival, which are another life's.
    fn books(&self) -> Vec<String> {
        let mut books: Vec<String> = ["products", "sales", "stock", "entries"]
            .into_iter()
            .flat_map(|kind| self.says(&["export", "--kind", kind]).lines().map(str::to_owned).collect::<Vec<_>>())
            .map(|line| {
                let mut line: Value = serde_json::from_str(&line).expect("JSON");
                line.as_object_mut().expect("an object").remove("received_ms");
                line.to_string()
            })
            .collect();
        books.sort();
        books
    }

    fn lost(&self) -> Vec<Value> {
        let said = self.says(&["export", "--kind", "lost"]);
        said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn product(&self, at: usize) -> ProductV1 {
        let said = self.says(&["export", "--kind", "products"]);
        let line: Value = serde_json::from_str(said.lines().nth(at).expect("a product")).expect("JSON");
        serde_json::from_value(line).expect("a product")
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(mut child) = self.serving.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// A company with two tills that sold; then `copy` says what is left of central's store, and after that life goes on.
/// Gives the tills and what central had in the end.
fn a_company(office: &mut Office, copy: impl FnOnce(&mut Office)) -> (Post, Post, Vec<String>) {
    office.says(&["init", EXAMPLE]);
    office.serve();
    let (mut one, mut other) = (office.join("01", 1), office.join("02", 2));
    let shirt = office.product(0);
    one.sell(&shirt, 1);
    other.sell(&shirt, 2);
    one.sync();
    other.sync();
    copy(office);
    office.says(&["import", BARCODES, "--tax", "standard"]);
    assert_eq!(office.says(&["checkpoint"]), "signed\n");
    let late = office.product(14);
    for post in [&mut one, &mut other] {
        post.sync();
        post.sell(&late, 3);
        post.sell(&shirt, 1);
        post.sync();
    }
    let books = office.books();
    (one, other, books)
}

/// Both tills come to a central that lost something; the operator looks at it meanwhile.
fn comes_back(office: &Office, one: &Post, other: &Post, before: &[String]) {
    one.sync();
    let said = office.says(&["rebuild"]);
    assert!(said.contains("1 handed in all they have, 0 declared dead, 0 revoked, 1 waited for"), "{said}");
    assert!(said.contains("till 02") && !said.contains("till 01"), "who is waited for: {said}");
    assert!(said.contains("came back: ") && !said.contains("came back: 0 decisions"), "{said}");
    assert_eq!(office.lost(), Vec::<Value>::new(), "nothing is lost while somebody is waited for");
    let refused = office.refuses(&["enrol", "--site", "main", "--till", "01"]);
    assert!(refused.contains("rebuild"), "it says where to look: {refused}");
    other.sync();
    one.sync();
    let said = office.says(&["rebuild", "--watch"]);
    assert!(said.contains("nobody is waited for") && !said.contains("lost"), "{said}");
    assert_eq!(office.lost(), Vec::<Value>::new());
    let after = office.books();
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(was, is, "facts, decisions and balances equal those before");
    }
    assert_eq!(before.len(), after.len());
    office.says(&["audit"]);
    office.says(&["enrol", "--site", "main", "--till", "01"]);
}

#[test]
fn central_restored_from_an_old_backup() {
    let mut office = Office::on_a_file();
    let (file, backup) = (office.folder.path().join("central.db"), office.folder.path().join("yesterday.db"));
    let (one, other, before) = a_company(&mut office, |office| {
        office.stop();
        office.says(&["audit"]);
        std::fs::copy(&file, &backup).expect("a backup");
        office.serve();
    });
    office.stop();
    remove(&file);
    std::fs::copy(&backup, &file).expect("restored");
    office.serve();
    comes_back(&office, &one, &other, &before);
}

#[test]
fn central_lost_altogether_but_for_its_key_file() {
    let mut office = Office::on_a_file();
    let file = office.folder.path().join("central.db");
    let (one, other, before) = a_company(&mut office, |_| ());
    let (key, kept) = (office.folder.path().join("central.db.key"), office.folder.path().join("in-a-safe-place"));
    std::fs::copy(&key, &kept).expect("init wrote the key's file");
    office.stop();
    remove(&file);
    let kept = kept.to_str().expect("text").to_owned();
    assert!(office.says(&["rebuild", "--key", &kept]).contains("Ten Shirts: started with nothing but its key"));
    let again = office.refuses(&["rebuild", "--key", &kept]);
    assert!(again.contains("Ten Shirts"), "what it holds is not thrown away: {again}");
    office.serve();
    let said = office.says(&["rebuild"]);
    assert!(said.contains("it was started with nothing but its key"), "{said}");
    assert!(said.contains("no station is known yet"), "{said}");
    comes_back(&office, &one, &other, &before);
}

#[test]
fn central_replaced_by_a_replica_without_the_tail() {
    let Some(server) = PrivatePostgres::start() else {
        eprintln!("left out: PostgreSQL is not installed");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Office::open(folder, server.database(None));
    let mut replica = String::new();
    let (one, other, before) = a_company(&mut office, |office| {
        office.stop();
        replica = server.database(Some(&office.store));
        office.serve();
    });
    office.stop();
    office.store = replica;
    office.serve();
    comes_back(&office, &one, &other, &before);
}

#[test]
fn central_killed_again_and_again_while_it_takes_back() {
    let mut office = Office::on_a_file();
    let file = office.folder.path().join("central.db");
    let (one, other, before) = a_company(&mut office, |_| ());
    office.stop();
    remove(&file);
    let key = office.folder.path().join("central.db.key");
    office.says(&["rebuild", "--key", key.to_str().expect("text")]);
    office.serve();
    let mut kills = 0;
    let mut killed = || {
        kills += 1;
        office.stop();
        office.serve();
    };
    one.sync_with(&mut killed);
    other.sync_with(&mut killed);
    one.sync_with(&mut killed);
    assert!(kills > 10, "after every answer: {kills}");
    assert_eq!(office.books(), before, "what was answered is there");
    assert!(office.says(&["rebuild"]).contains("nobody is waited for"));
    office.says(&["audit"]);
}

#[test]
fn what_nobody_holds_is_listed_until_it_comes_after_all() {
    let mut office = Office::on_a_file();
    let file = office.folder.path().join("central.db");
    let (one, other, before) = a_company(&mut office, |_| ());
    let key: PathBuf = office.folder.path().join("central.db.key");
    // The last checkpoint stands before the last sales: what only the other till has is known by it.
    assert_eq!(office.says(&["checkpoint"]), "signed\n");
    one.sync();
    office.stop();
    remove(&file);
    office.says(&["rebuild", "--key", key.to_str().expect("text")]);
    office.serve();
    one.sync();
    one.sync();
    let said = office.says(&["rebuild"]);
    assert!(said.contains("not here yet: 0 decisions, 3 entries"), "{said}");
    let other_id = other.device().to_string();
    assert!(office.refuses(&["declare-dead"]).contains("DEVICE"), "somebody is to be named");
    assert!(office.says(&["declare-dead", &other_id]).contains(&other_id));
    let said = office.says(&["rebuild"]);
    assert!(said.contains("lost, nobody has them: 0 decisions, 3 entries"), "{said}");
    let lost = office.lost();
    let [entries] = lost.as_slice() else { panic!("one stretch of one journal: {lost:?}") };
    assert_eq!(
        (&entries["kind"], &entries["device"], &entries["first"], &entries["last"]),
        (&Value::from("entries"), &Value::from(other_id), &Value::from(1), &Value::from(3))
    );
    other.sync();
    one.sync();
    assert_eq!(office.lost(), Vec::<Value>::new(), "what comes after all is not lost");
    assert_eq!(office.books(), before);
    office.says(&["audit"]);
    assert!(office.says(&["export", "--kind", "commands"]).contains("declare-dead"), "who gave a station up is known");
    assert!(office.says(&["declare-dead", "--all"]).contains("nobody is waited for"));
}

fn remove(file: &std::path::Path) {
    for ending in ["", "-wal", "-shm"] {
        let _missing = std::fs::remove_file(format!("{}{ending}", file.display()));
    }
}
