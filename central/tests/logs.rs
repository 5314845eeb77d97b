//! A whole run on either store, logged as finely as can be: no secret and nobody's name is in it, and the commands that
//! people gave are written down.

#![allow(missing_docs)]
#![cfg(unix)]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use reqwest::Client;
use selvedge_central::store::Store;
use selvedge_central::store::postgres::{At, PostgresStore};
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::suite::{PrivatePostgres, TestStation};
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_domain::ids::GenerationId;
use selvedge_domain::receipt_number::generation_short;
use selvedge_protocol::demo::{DemoCompany, SEED};
use selvedge_protocol::v1::*;

/// The program, with its log appended to a file.
struct Program<'a> {
    store: &'a str,
    log: &'a Path,
}

impl Program<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge-central"));
        let log = File::options().create(true).append(true).open(self.log).expect("a log");
        command.env("SELVEDGE_CENTRAL_STORE", self.store).env("RUST_LOG", "trace").env("USER", "keeper");
        command.env_remove("SUDO_USER").args(arguments).stdout(Stdio::piped()).stderr(log);
        command
    }

    fn says(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("it runs");
        let log = || std::fs::read_to_string(self.log).unwrap_or_default();
        assert!(output.status.success(), "{arguments:?}: {}", log());
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    fn serves(&self) -> (Child, String) {
        let mut child = self.command(&["serve", "--listen", "127.0.0.1:0"]).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its stdout")).read_line(&mut line).expect("a line");
        (child, line.trim().strip_prefix("listening on ").expect("where it listens").to_owned())
    }
}

async fn post<Q: serde::Serialize, A: serde::de::DeserializeOwned>(url: &str, path: &str, token: &str, asked: &Q) -> A {
    let answer = Client::new().post(format!("{url}{path}")).bearer_auth(token).json(asked).send().await;
    let text = answer.expect("an answer").text().await.expect("a body");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
}

/// A day of a station, with mistakes; what must not be in the log.
async fn day(url: &str, demo: &DemoCompany, code: &str) -> Vec<String> {
    let mut station = TestStation::new(demo.site("galway").expect("Galway").clone(), 5);
    let asked = EnrolRequest {
        code: code.to_owned(),
        public_key: station.key().public().to_string(),
        generation: station.generation,
        short: generation_short(GenerationId(station.generation)),
        app: "0.1.0".to_owned(),
        revision: selvedge_protocol::v1::REVISION,
    };
    station.device = post::<_, EnrolAnswer>(url, "/api/v1/enrol", "none", &asked).await.device;
    let wrong: ApiError = post(url, "/api/v1/enrol", "none", &EnrolRequest { code: "ZZZZ-9999".into(), ..asked }).await;
    assert_eq!(wrong.code, code::ENROL_CODE);
    let at_ms = Machine.now_ms();
    let asked = TokenRequest::sign(&station.key(), station.device, station.generation, at_ms, Machine.new_id());
    let token = post::<_, TokenAnswer>(url, "/api/v1/token", "none", &asked).await.token;
    let sale = station.sells(&demo.products[0], 1);
    let segment = JournalRequest { entries: vec![EntryV1::from(&sale)], ..Default::default() };
    let taken: JournalAnswer = post(url, "/api/v1/journal", &token, &segment).await;
    assert_eq!(taken.heads[0].sequence, 1);
    let malformed: ApiError = post(url, "/api/v1/journal", &token, &serde_json::json!({"entries": "Mira Byrne"})).await;
    assert_eq!(malformed.code, code::BAD_REQUEST);
    for path in ["/api/v1/feed", "/api/v1/balances", "/api/v1/devices", "/metrics", "/ready"] {
        let get = Client::new().get(format!("{url}{path}")).bearer_auth(&token).send().await.expect("an answer");
        assert_eq!(get.status(), 200, "{path}");
        get.bytes().await.expect("a body");
    }
    let forged = Client::new().get(format!("{url}/api/v1/feed")).bearer_auth(format!("{token}00")).send().await;
    assert_eq!(forged.expect("an answer").status(), 401);
    vec![token, "ZZZZ-9999".into(), "ZZZZ9999".into(), hex::encode(station.seed), sale.body, "tenders".into()]
}

async fn whole_run(address: &str, folder: &Path, open: impl AsyncFn() -> Arc<dyn Store>) {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let log = folder.join("log");
    let program = Program { store: address, log: &log };
    let demo = DemoCompany::new(SEED);
    program.says(&["demo"]);
    let code = program.says(&["enrol", "--site", "galway", "--till", "04"]);
    let operator = program.says(&["operator", "inspector"]);
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/products.csv");
    program.says(&["import", fixture, "--site", "galway"]);
    let (mut child, url) = program.serves();
    let mut secrets = day(&url, &demo, &code).await;
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().expect("kill runs").success());
    assert!(child.wait().expect("it ends").success(), "an orderly end");
    let station = open().await.state().await.expect("a store").devices.remove(0).device.to_string();
    program.says(&["release"]);
    program.says(&["revoke", &station]);
    assert!(program.says(&["audit"]).ends_with("all is well"));
    assert!(program.says(&["export", "--kind", "sales"]).contains("tenders"), "the sale is there");

    let commands = program.says(&["export", "--kind", "commands"]);
    let done: Vec<(String, String)> = commands
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|line| (line["who"].as_str().unwrap_or_default().into(), line["what"].as_str().unwrap_or_default().into()))
        .collect();
    let done: Vec<(&str, &str)> = done.iter().map(|(who, what)| (who.as_str(), what.as_str())).collect();
    let keeper = |what| ("keeper", what);
    let expected = [
        keeper("demo"),
        keeper("enrol"),
        keeper("operator"),
        keeper("import"),
        (station.as_str(), "join"),
        keeper("release"),
        keeper("revoke"),
    ];
    assert_eq!(done, expected, "who had central do what");

    let central = open().await.central().await.expect("a store").expect("set up");
    secrets.extend([code.replace('-', ""), code, operator, hex::encode(central.key_seed)]);
    secrets.extend(demo.people.iter().flat_map(|one| [one.person.name.clone(), one.person.verifier.clone()]));
    let text = std::fs::read_to_string(&log).expect("a log");
    assert!(text.contains("a segment is on disk") && text.contains(&station), "it is the log of the run");
    for line in text.lines() {
        let found = secrets.iter().find(|secret| line.contains(secret.as_str()));
        assert!(found.is_none(), "{:?} stands in the log: {line}", found.map(|secret| &secret[..secret.len().min(12)]));
    }
    assert!(!commands.contains(&secrets[0]) && secrets.iter().all(|secret| !commands.contains(secret.as_str())));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_logged_with_the_embedded_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("central.db");
    let open = async || Arc::new(SqliteStore::open(&path).expect("the store")) as Arc<dyn Store>;
    whole_run(&format!("sqlite:{}", path.display()), folder.path(), open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_logged_with_postgresql() {
    let Some(server) = PrivatePostgres::start() else {
        eprintln!("left out: PostgreSQL is not installed (Debian's package postgresql)");
        return;
    };
    let address = server.database(None);
    let folder = tempfile::tempdir().expect("a folder");
    let at = At::new(&address).expect("an address");
    let open = async || Arc::new(PostgresStore::open(at.clone()).await.expect("the store")) as Arc<dyn Store>;
    whole_run(&address, folder.path(), open).await;
}
