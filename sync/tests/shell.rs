//! The thread and its HTTP against servers that are away, slow, cut off and full of nonsense.

#![allow(missing_docs)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use selvedge_domain::ids::{BootId, DeviceId, GenerationId, SiteId};
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::{CodeUnknownV1, DeviceKey, Fact, NewBody};
use selvedge_protocol::v1::*;
use selvedge_store::table::station::Station;
use selvedge_store::table::{config, journal, station};
use selvedge_store::{Store, StoreError};
use selvedge_sync::fake::{FakeCentral, SITE};
use selvedge_sync::{
    Answer, CallError, CentralApi, Download, EnrolError, Have, HttpCentral, Itself, Pieces, Settings, Setup, Sync,
    SyncHandle, SyncState, SyncStatus, Update, UrlError, enrol, pull_once,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

const DEVICE: DeviceId = DeviceId(Uuid::from_u128(0xd1));
const GENERATION: GenerationId = GenerationId(Uuid::from_u128(1));
const LONG: Duration = Duration::from_secs(20);

fn key() -> DeviceKey {
    DeviceKey::from_seed([3; 32])
}

/// A server that answers every connection with the same bytes; it ends with the test's process.
struct Server {
    url: String,
    calls: Arc<AtomicUsize>,
}

#[derive(Clone, Copy)]
enum Habit {
    Says(&'static str),
    HangsUp,
    CutsHalf,
    NeverAnswers,
    NeverEnds,
}

fn server(habit: Habit) -> Server {
    let (told, hear) = channel();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            told.send(listener.local_addr().expect("an address")).expect("the test listens");
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(answer(stream, habit));
            }
        });
    });
    let address = hear.recv().expect("it listens");
    Server { url: format!("http://{address}"), calls }
}

async fn answer(mut stream: TcpStream, habit: Habit) {
    let mut request = [0; 16 * 1024];
    let _read = stream.read(&mut request).await;
    match habit {
        Habit::Says(text) => {
            let _sent = stream.write_all(text.as_bytes()).await;
        }
        Habit::HangsUp => {}
        Habit::CutsHalf => {
            let _sent = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"device\"").await;
        }
        Habit::NeverAnswers => tokio::time::sleep(Duration::from_secs(3_600)).await,
        Habit::NeverEnds => {
            let _sent = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n").await;
            while stream.write_all(&[b' '; 64 * 1024]).await.is_ok() {}
        }
    }
}

fn request() -> EnrolRequest {
    EnrolRequest {
        code: "K7QM-2D9F".to_owned(),
        public_key: key().public().to_string(),
        generation: GENERATION.0,
        short: "1".to_owned(),
        app: "test".to_owned(),
        revision: selvedge_protocol::v1::REVISION,
    }
}

fn store(central: &str) -> Arc<Store> {
    joined(Store::in_memory().expect("a store"), central)
}

fn joined(store: Store, central: &str) -> Arc<Store> {
    let store = Arc::new(store);
    let who = Station {
        device: DEVICE,
        generation: GENERATION,
        short: "1".to_owned(),
        public_key: key().public().to_string(),
        site: SiteId(SITE),
        till: "01".to_owned(),
        name: "Till 1".to_owned(),
        central: central.to_owned(),
        demo: false,
    };
    store.write::<_, StoreError>("join", |tx| station::set(tx, &who)).expect("joined");
    store
}

fn sell(store: &Store, number: u64) {
    let body = NewBody {
        id: Uuid::from_u128(u128::from(number)),
        at: Stamp { clock_ms: 1, boot: BootId(Uuid::nil()), ticks_ms: number, offset_ms: None, floor_ms: None },
        person: None,
        site: SITE,
        fact: Fact::CodeUnknown(CodeUnknownV1 { text: number.to_string(), device: "wedge".to_owned() }),
    };
    store
        .write::<_, StoreError>("sell", |tx| journal::append(tx, DEVICE, GENERATION, &key(), &body))
        .expect("an entry");
}

fn setup(store: &Arc<Store>) -> (Setup, Receiver<SyncStatus>) {
    let (told, hear) = channel();
    let on_status = Box::new(move |status| {
        let _gone = told.send(status);
    });
    let now_ms = Arc::new(|| 1_795_250_000_000);
    let keys = [key()].into_iter().collect();
    let on_parted = Box::new(|_| Ok(()));
    let itself = Itself { app: "0.2.0".to_owned(), errors: Box::new(|| vec!["printer".to_owned()]) };
    (Setup { store: Arc::clone(store), keys, now_ms, on_parted, itself, on_status }, hear)
}

fn until(hear: &Receiver<SyncStatus>, what: &str, is: impl Fn(&SyncStatus) -> bool) -> SyncStatus {
    let began = Instant::now();
    let mut last = None;
    while let Some(left) = LONG.checked_sub(began.elapsed()) {
        match hear.recv_timeout(left) {
            Ok(status) if is(&status) => return status,
            Ok(status) => last = Some(status),
            Err(_) => break,
        }
    }
    panic!("never told: {what}; last {last:?}");
}

fn stops_promptly(sync: SyncHandle) {
    let began = Instant::now();
    drop(sync);
    assert!(began.elapsed() < Duration::from_secs(1), "stopping took {:?}", began.elapsed());
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for fine in ["https://central.example", "http://127.0.0.1:9", "http://localhost:1/", "http://[::1]:80/shop"] {
        assert!(HttpCentral::new(fine).is_ok(), "{fine}");
    }
    for plain in ["http://central.example", "http://192.168.0.5:80", "http://127.0.0.1.example", "http://0.0.0.0:1"] {
        assert!(matches!(HttpCentral::new(plain), Err(UrlError::PlainOutside(_))), "{plain}");
    }
    for none in ["", "central", "ftp://127.0.0.1", "file:///etc", "https://"] {
        assert!(matches!(HttpCentral::new(none), Err(UrlError::NotAnAddress(_))), "{none:?}");
    }
}

#[test]
fn joining_says_why_it_failed() {
    let mut wrong = request();
    wrong.code = "K7".to_owned();
    assert_eq!(enrol("http://127.0.0.1:9", &wrong).err(), Some(EnrolError::WrongCode), "nobody need be asked");
    let no_code = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n\
                   {\"code\":\"enrol-code\",\"detail\":\"it is used\",\"request_id\":\"1\"}";
    assert_eq!(enrol(&server(Habit::Says(no_code)).url, &request()).err(), Some(EnrolError::WrongCode));
    let too_often = "HTTP/1.1 429 Too Many\r\nRetry-After: 60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for away in [Habit::HangsUp, Habit::CutsHalf, Habit::Says(too_often)] {
        let error = enrol(&server(away).url, &request()).expect_err("no answer");
        assert!(matches!(error, EnrolError::Away(_)), "{error:?}");
    }
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>";
    let moved = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let packed = "HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>";
    for nonsense in [Habit::Says(page), Habit::Says(moved), Habit::Says(packed), Habit::NeverEnds] {
        let error = enrol(&server(nonsense).url, &request()).expect_err("no central");
        assert!(matches!(error, EnrolError::Nonsense(_)), "{error:?}");
    }
    let error = enrol("http://central.example", &request()).expect_err("not encrypted");
    assert!(matches!(error, EnrolError::Nonsense(_)), "{error:?}");
}

#[tokio::test]
async fn joining_works_wherever_it_is_called() {
    let error = enrol(&server(Habit::HangsUp).url, &request()).expect_err("no answer");
    assert!(matches!(error, EnrolError::Away(_)), "in a runtime, too: {error:?}");
    let store = store(&server(Habit::HangsUp).url);
    assert!(pull_once(&store, &[key()].into_iter().collect()).is_err());
}

#[tokio::test]
async fn a_refusal_is_read_with_its_words_and_its_wait() {
    let busy = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nConnection: close\r\n\r\n\
                {\"code\":\"busy\",\"detail\":\"wait\",\"request_id\":\"abc\"}";
    let central = HttpCentral::new(&server(Habit::Says(busy)).url).expect("an address");
    let Err(CallError::Refused { status, error, retry_after_ms }) = central.enrol(&request()).await else {
        panic!("it is refused")
    };
    assert_eq!((status, error.code.as_str(), retry_after_ms), (503, "busy", Some(7_000)));
}

#[test]
fn an_outage_of_any_kind_is_a_state_that_is_told_and_not_hammered() {
    let error = "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\nConnection: close\r\n\r\nOops";
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>";
    for habit in [Habit::HangsUp, Habit::CutsHalf, Habit::Says(error), Habit::Says(page)] {
        let server = server(habit);
        let store = store(&server.url);
        sell(&store, 1);
        let (setup, hear) = setup(&store);
        let sync = Sync::start(setup).expect("it starts");
        let status = until(&hear, "offline", |status| status.state == SyncState::Offline);
        assert!(status.last_error.is_some() && status.unsent == 1, "{status:?}");
        for number in 2..30 {
            sell(&store, number);
            sync.poke();
        }
        until(&hear, "what waits", |status| status.unsent == 29);
        assert!(server.calls.load(Ordering::Relaxed) <= 4, "sales do not hammer a central that is ill");
        stops_promptly(sync);
    }
}

#[test]
fn central_is_told_how_the_station_is() {
    let central = Arc::new(FakeCentral::new());
    central.know(DEVICE.0, GENERATION.0, key().public());
    let store = store("http://localhost");
    sell(&store, 1);
    let (setup, hear) = setup(&store);
    let api = Arc::clone(&central) as Arc<dyn CentralApi>;
    let settings = Settings { report_gap_ms: 1, ..Settings::default() };
    let sync = Sync::start_with(setup, api, settings).expect("it starts");
    until(&hear, "all sent", |status| status.unsent == 0 && status.state == SyncState::Online);
    let told = |what: &str, is: &dyn Fn(&StationReportV1) -> bool| {
        let began = Instant::now();
        loop {
            match central.report_of(DEVICE.0) {
                Some(report) if is(&report) => return report,
                last => assert!(began.elapsed() < LONG, "never told: {what}; last {last:?}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let report = told("that all is sent", &|report| report.unsent == 0);
    assert_eq!((report.app.as_str(), report.generation), ("0.2.0", GENERATION.0));
    assert_eq!((report.oldest_unsent_ms, report.errors), (None, vec!["printer".to_owned()]));
    assert_eq!(report.offset_ms, Some(0), "the fake has our clock");
    stops_promptly(sync);
}

#[test]
fn a_newer_app_with_an_older_central_or_the_other_way() {
    for (revision, side) in [(REVISION + 1, Update::Station), (REVISION - 1, Update::Central)] {
        let central = Arc::new(FakeCentral::new());
        central.know(DEVICE.0, GENERATION.0, key().public());
        central.set_of_another_time(revision);
        let store = store("http://localhost");
        sell(&store, 1);
        let (setup, hear) = setup(&store);
        let api = Arc::clone(&central) as Arc<dyn CentralApi>;
        let sync = Sync::start_with(setup, api, Settings::default()).expect("it starts");
        let status = until(&hear, "which side", |status| status.update.is_some());
        assert_eq!((status.update, status.unsent), (Some(side), 1), "no entry is lost");
        stops_promptly(sync);
    }
}

#[test]
fn a_server_that_never_answers_does_not_hold_the_end() {
    let server = server(Habit::NeverAnswers);
    let store = store(&server.url);
    let (setup, _hear) = setup(&store);
    let sync = Sync::start(setup).expect("it starts");
    let began = Instant::now();
    while server.calls.load(Ordering::Relaxed) == 0 {
        assert!(began.elapsed() < LONG, "it asks");
        std::thread::sleep(Duration::from_millis(5));
    }
    stops_promptly(sync);
}

#[test]
fn entries_go_up_and_the_feed_comes_down() {
    let central = Arc::new(FakeCentral::new());
    central.know(DEVICE.0, GENERATION.0, key().public());
    // More than one write, and the last one counts.
    for number in 0..1_200 {
        let name = format!("Company {number}");
        central.publish(&FeedBody::Company(CompanyV1 { id: Uuid::from_u128(1), name }));
    }
    let store = store("http://localhost");
    (1..=3).for_each(|number| sell(&store, number));
    let (setup, hear) = setup(&store);
    let api = Arc::clone(&central) as Arc<dyn CentralApi>;
    let sync = Sync::start_with(setup, api, Settings::default()).expect("it starts");
    let status = until(&hear, "in step", |status| status.unsent == 0 && status.initial_done);
    assert_eq!(status.state, SyncState::Online);
    let company = store.read::<_, StoreError>(config::company).expect("the company").expect("it came down");
    assert_eq!(company.name, "Company 1199");
    sell(&store, 4);
    sync.poke();
    // A segment that was being made may have it before the poke is heard: then it is never told as waiting.
    let began = Instant::now();
    while central.entries_of(GENERATION.0).len() < 4 {
        assert!(began.elapsed() < LONG, "the sale is at central");
        std::thread::sleep(Duration::from_millis(5));
    }
    stops_promptly(sync);
}

#[test]
fn the_stream_brings_changes_at_once_and_is_opened_again() {
    let central = Arc::new(FakeCentral::new());
    central.know(DEVICE.0, GENERATION.0, key().public());
    let store = store("http://localhost");
    let (setup, hear) = setup(&store);
    let api = Arc::clone(&central) as Arc<dyn CentralApi>;
    // Nobody asks by itself within the time of a test.
    let hour_ms = 3_600_000;
    let settings =
        Settings { feed_every_ms: hour_ms, balances_every_ms: hour_ms, poked_every_ms: hour_ms, ..Settings::default() };
    let sync = Sync::start_with(setup, api, settings).expect("it starts");
    until(&hear, "in step", |status| status.initial_done);
    for round in 1..=3_u64 {
        let began = Instant::now();
        while central.listeners() == 0 {
            assert!(began.elapsed() < LONG, "it listens, round {round}");
            std::thread::sleep(Duration::from_millis(5));
        }
        let name = format!("Company {round}");
        central.publish(&FeedBody::Company(CompanyV1 { id: Uuid::from_u128(1), name: name.clone() }));
        let known = || store.read::<_, StoreError>(config::company).expect("the company").map(|company| company.name);
        while known().as_ref() != Some(&name) {
            assert!(began.elapsed() < LONG, "round {round} came down");
            std::thread::sleep(Duration::from_millis(5));
        }
        central.end_streams();
    }
    stops_promptly(sync);
}

#[test]
fn a_download_that_hangs_does_not_hold_an_upload_nor_the_other_way() {
    for hangs in [Hanging::Down, Hanging::Up] {
        let central = Arc::new(Half { whole: FakeCentral::new(), hangs });
        central.whole.know(DEVICE.0, GENERATION.0, key().public());
        central.whole.publish(&FeedBody::Company(CompanyV1 { id: Uuid::from_u128(1), name: "Here".to_owned() }));
        let store = store("http://localhost");
        sell(&store, 1);
        let (setup, hear) = setup(&store);
        let api = Arc::clone(&central) as Arc<dyn CentralApi>;
        let sync = Sync::start_with(setup, api, Settings::default()).expect("it starts");
        match hangs {
            Hanging::Down => until(&hear, "sent", |status| status.unsent == 0),
            Hanging::Up => until(&hear, "come down", |status| status.initial_done),
        };
        stops_promptly(sync);
    }
}

/// A snapshot of the feed of [`FakeCentral`], packed.
fn snapshot_of(central: &FakeCentral) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("snapshot.db");
    let mut file = rusqlite::Connection::open(&path).expect("a SQLite file");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let now_ms = central.now_ms();
    let signed = TokenRequest::sign(&key(), DEVICE.0, GENERATION.0, now_ms, Uuid::from_u128(1));
    let token = runtime.block_on(central.token(&signed)).expect("a token").token;
    let page = runtime.block_on(central.feed(&token, &FeedQuery::default())).expect("the feed");
    let tx = file.transaction().expect("a transaction");
    tx.execute_batch(
        "CREATE TABLE row (number INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL);
         CREATE TABLE snapshot (format INTEGER NOT NULL, site BLOB NOT NULL, cursor TEXT NOT NULL);",
    )
    .expect("tables");
    for row in &page.rows {
        let body = serde_json::to_string(row).expect("JSON");
        tx.execute("INSERT INTO row (number, body) VALUES (?1, ?2)", (row.number, body)).expect("a row");
    }
    let cursor = serde_json::to_string(&page.next).expect("JSON");
    let line = (SNAPSHOT_FORMAT, SITE.into_bytes(), cursor);
    tx.execute("INSERT INTO snapshot (format, site, cursor) VALUES (?1, ?2, ?3)", line).expect("a line");
    tx.commit().expect("made");
    drop(file);
    let plain = std::fs::read(&path).expect("the file");
    zstd::encode_all(plain.as_slice(), 3).expect("packed")
}

/// A central whose line breaks in the middle of a download, every time a little later.
struct Breaking {
    whole: FakeCentral,
    snapshot: Vec<u8>,
    asked: Mutex<Vec<u64>>,
}

struct Part(Vec<u8>, bool);

impl Pieces for Part {
    fn next(&mut self) -> Answer<'_, Option<Vec<u8>>> {
        let piece = std::mem::take(&mut self.0);
        Box::pin(std::future::ready(match (piece.is_empty(), self.1) {
            (false, _) => Ok(Some(piece)),
            (true, true) => Err(CallError::Away("the line broke".to_owned())),
            (true, false) => Ok(None),
        }))
    }
}

impl CentralApi for Breaking {
    fn enrol<'a>(&'a self, request: &'a EnrolRequest) -> Answer<'a, EnrolAnswer> {
        self.whole.enrol(request)
    }
    fn token<'a>(&'a self, request: &'a TokenRequest) -> Answer<'a, TokenAnswer> {
        self.whole.token(request)
    }
    fn generation<'a>(&'a self, token: &'a str, request: &'a GenerationRequest) -> Answer<'a, GenerationAnswer> {
        self.whole.generation(token, request)
    }
    fn journal<'a>(&'a self, token: &'a str, request: &'a JournalRequest) -> Answer<'a, JournalAnswer> {
        self.whole.journal(token, request)
    }
    fn entries<'a>(&'a self, token: &'a str, query: &'a EntriesQuery) -> Answer<'a, EntriesPage> {
        self.whole.entries(token, query)
    }
    fn feed<'a>(&'a self, token: &'a str, query: &'a FeedQuery) -> Answer<'a, FeedPage> {
        assert!(query.number.is_some(), "it begins after the snapshot");
        self.whole.feed(token, query)
    }
    fn balances<'a>(&'a self, token: &'a str, query: &'a BalanceQuery) -> Answer<'a, BalancePage> {
        self.whole.balances(token, query)
    }
    fn snapshot<'a>(&'a self, _: &'a str, have: Option<&'a Have>) -> Answer<'a, Download> {
        let from = have.map_or(0, |have| have.bytes);
        let mut asked = self.asked.lock().expect("the log");
        asked.push(from);
        let begin = usize::try_from(from).expect("a part");
        let breaks = asked.len() < 4;
        let end = if breaks { (begin + self.snapshot.len() / 4).min(self.snapshot.len()) } else { self.snapshot.len() };
        let pieces = Box::new(Part(self.snapshot[begin..end].to_vec(), breaks));
        Box::pin(std::future::ready(Ok(Download { etag: "\"one\"".to_owned(), from, pieces })))
    }
}

#[test]
fn a_snapshot_goes_on_where_it_broke_off_and_the_feed_after_it() {
    let whole = FakeCentral::new();
    whole.know(DEVICE.0, GENERATION.0, key().public());
    for number in 0..1_300 {
        let name = format!("Company {number}");
        whole.publish(&FeedBody::Company(CompanyV1 { id: Uuid::from_u128(1), name }));
    }
    let snapshot = snapshot_of(&whole);
    whole.publish(&FeedBody::Company(CompanyV1 { id: Uuid::from_u128(1), name: "After it".to_owned() }));
    let bytes = snapshot.len();
    let central = Arc::new(Breaking { whole, snapshot, asked: Mutex::default() });
    let folder = tempfile::tempdir().expect("a folder");
    let store = joined(Store::open(folder.path()).expect("a store"), "http://localhost");
    let (setup, hear) = setup(&store);
    let api = Arc::clone(&central) as Arc<dyn CentralApi>;
    let sync = Sync::start_with(setup, api, Settings::default()).expect("it starts");
    until(&hear, "all of it", |status| status.initial_done);
    let company = store.read::<_, StoreError>(config::company).expect("the company").expect("it came down");
    assert_eq!(company.name, "After it");
    let quarter = u64::try_from(bytes / 4).expect("small");
    let asked = central.asked.lock().expect("the log").clone();
    assert_eq!(asked, [0, quarter, 2 * quarter, 3 * quarter], "never the same twice");
    stops_promptly(sync);
}

#[derive(Clone, Copy)]
enum Hanging {
    Up,
    Down,
}

/// A central that never answers one way.
struct Half {
    whole: FakeCentral,
    hangs: Hanging,
}

impl CentralApi for Half {
    fn enrol<'a>(&'a self, request: &'a EnrolRequest) -> Answer<'a, EnrolAnswer> {
        self.whole.enrol(request)
    }
    fn token<'a>(&'a self, request: &'a TokenRequest) -> Answer<'a, TokenAnswer> {
        self.whole.token(request)
    }
    fn generation<'a>(&'a self, token: &'a str, request: &'a GenerationRequest) -> Answer<'a, GenerationAnswer> {
        self.whole.generation(token, request)
    }
    fn journal<'a>(&'a self, token: &'a str, request: &'a JournalRequest) -> Answer<'a, JournalAnswer> {
        match self.hangs {
            Hanging::Up => Box::pin(std::future::pending()),
            Hanging::Down => self.whole.journal(token, request),
        }
    }
    fn entries<'a>(&'a self, token: &'a str, query: &'a EntriesQuery) -> Answer<'a, EntriesPage> {
        self.whole.entries(token, query)
    }
    fn feed<'a>(&'a self, token: &'a str, query: &'a FeedQuery) -> Answer<'a, FeedPage> {
        match self.hangs {
            Hanging::Down => Box::pin(std::future::pending()),
            Hanging::Up => self.whole.feed(token, query),
        }
    }
    fn balances<'a>(&'a self, token: &'a str, query: &'a BalanceQuery) -> Answer<'a, BalancePage> {
        match self.hangs {
            Hanging::Down => Box::pin(std::future::pending()),
            Hanging::Up => self.whole.balances(token, query),
        }
    }
}

#[test]
fn only_a_joined_station_has_something_to_sync_with() {
    let (setup, _hear) = setup(&Arc::new(Store::in_memory().expect("a store")));
    assert!(Sync::start(setup).is_err());
}
