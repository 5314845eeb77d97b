//! Central: its real store on a file, its real routes without a socket, in two replicas. It can lose its power, be
//! copied and be brought back from a copy.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, Response};
use selvedge_central::http::{App, router};
use selvedge_central::snapshot::Snapshots;
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::{Answer, ExportKind, Recovery, Store};
use selvedge_central::surroundings::Around;
use selvedge_protocol::journal::{Base, Entry, ReadBase};
use selvedge_protocol::v1::{EntryV1, FeedRow};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tower::ServiceExt;
use uuid::Uuid;

use crate::company;
use crate::listening;
use crate::loss::{self, Rows};

/// Servers on the one store.
pub const REPLICAS: usize = 2;
const FILE: &str = "central.db";

/// Central, up or down.
pub struct Central {
    folder: PathBuf,
    around: Around,
    runtime: Arc<Runtime>,
    up: Option<Up>,
    /// A feed of more rows than this has a snapshot; none where all are too short.
    pub from_rows: Option<u32>,
}

struct Up {
    store: Arc<dyn Store>,
    replicas: Vec<Router>,
}

/// An entry as central has it.
pub struct Kept {
    /// The entry.
    pub entry: Entry,
    /// `applied`, `held` …
    pub state: String,
}

impl Central {
    /// In a folder; down.
    pub fn new(folder: &Path, around: Around, runtime: &Arc<Runtime>) -> Self {
        Central { folder: folder.to_owned(), around, runtime: Arc::clone(runtime), up: None, from_rows: None }
    }

    /// Makes the company in an empty folder.
    pub fn found(&self) {
        fs::create_dir_all(&self.folder).expect("central's folder");
        let store = SqliteStore::open(&self.folder.join(FILE)).expect("central's store");
        self.wait(store.set_up(company::central(), company::company(), self.around.now_ms()));
    }

    /// Starts on what lies in the folder.
    pub fn start(&mut self) {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&self.folder.join(FILE)).expect("central's store"));
        let central = self.wait(store.central()).expect("a company");
        let snapshots = |replica: usize| {
            // Replicas share no disk.
            let kept = Snapshots::in_folder(self.folder.with_extension(format!("snapshots-{replica}")));
            self.from_rows.map_or(kept.clone(), |rows| kept.from_rows(rows))
        };
        let app = |replica| {
            let mut app = App::new(Arc::clone(&store), Arc::clone(&self.around), central.clone());
            app.snapshots = snapshots(replica);
            app
        };
        let replicas = (0..REPLICAS).map(|replica| router(app(replica))).collect();
        self.up = Some(Up { store, replicas });
    }

    /// Ends at once; what was not committed is gone.
    pub fn cut_power(&mut self) {
        self.up = None;
    }

    /// Whether it answers.
    pub fn is_up(&self) -> bool {
        self.up.is_some()
    }

    /// Its store, while it is up.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.up.as_ref().expect("central is up").store
    }

    /// Waits for an answer of its store.
    pub fn wait<T>(&self, answer: Answer<'_, T>) -> T {
        self.runtime.block_on(answer).expect("central's store answers")
    }

    /// One replica answers a request; nothing when central is down.
    pub fn call(&self, replica: usize, request: Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        let router = self.up.as_ref()?.replicas.get(replica % REPLICAS)?.clone();
        Some(self.runtime.block_on(async {
            let response = router.oneshot(request.map(Body::from)).await.expect("routes always answer");
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("the answer's body");
            Response::from_parts(parts, body.to_vec())
        }))
    }

    /// The same for an answer that does not end.
    pub fn open(&self, replica: usize, request: Request<Vec<u8>>) -> Option<Response<Body>> {
        let router = self.up.as_ref()?.replicas.get(replica % REPLICAS)?.clone();
        let answer = self.runtime.block_on(router.oneshot(request.map(Body::from)));
        Some(answer.expect("routes always answer"))
    }

    /// All of a body.
    pub fn whole(&self, body: Body) -> Vec<u8> {
        self.runtime.block_on(to_bytes(body, usize::MAX)).expect("the answer's body").to_vec()
    }

    /// What is said on a stream, until there is nothing to say; and whether it is over.
    pub fn hear(&self, body: &mut Body) -> (Vec<Vec<u8>>, bool) {
        self.runtime.block_on(listening::said(body))
    }

    /// Time goes on for what waits within central.
    pub fn keep_time(&self, until: Instant) {
        self.runtime.block_on(async {
            let now = Instant::now();
            if until > now {
                tokio::time::advance(until - now).await;
            }
        });
    }

    /// A code for a till.
    pub fn code(&self, site: &str, till: &str) -> String {
        let code = selvedge_central::make_code(&**self.store(), &*self.around, site, till);
        self.runtime.block_on(code).expect("an enrolment code")
    }

    /// Copies its file as a backup does.
    pub fn copy_to(&self, folder: &Path) {
        copy_folder(&self.folder, folder);
    }

    /// Loses what it has and takes a copy instead; it must be down.
    pub fn replace_by(&mut self, folder: &Path) {
        assert!(self.up.is_none(), "central is restored while it is down");
        fs::remove_dir_all(&self.folder).expect("central's folder goes");
        copy_folder(folder, &self.folder);
    }

    /// Loses everything but its key; it must be down.
    pub fn begin_empty(&mut self) {
        assert!(self.up.is_none(), "central is emptied while it is down");
        fs::remove_dir_all(&self.folder).expect("central's folder goes");
        fs::create_dir_all(&self.folder).expect("central's folder");
        let store = SqliteStore::open(&self.folder.join(FILE)).expect("central's store");
        let with_key = selvedge_central::store::Central { epoch: self.around.new_id(), ..company::central() };
        self.wait(store.begin_empty(with_key, self.around.now_ms()));
    }

    /// How far it is with coming back.
    pub fn recovery(&self) -> Recovery {
        self.wait(self.store().recovery())
    }

    /// The feed: what was decided and stands.
    pub fn rows(&self) -> Rows {
        loss::by_hash((0..company::SITES.len()).flat_map(|site| self.feed_of(company::site(site))))
    }

    fn feed_of(&self, site: Uuid) -> Vec<FeedRow> {
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let page = self.wait(self.store().feed(site, after, 500, self.around.now_ms()));
            rows.extend(page.rows);
            if !page.more {
                return rows;
            }
            after = Some(page.next);
        }
    }

    /// Whether a site's feed can be followed there: it knows the site.
    pub fn knows_site(&self, at: usize) -> bool {
        self.wait(self.store().sites()).iter().any(|site| site.id == company::site(at))
    }

    /// Every entry that it has, in the order in which it took them.
    pub fn entries(&self) -> Vec<Kept> {
        let lines = self.export(ExportKind::Entries);
        let read = |line: Value| {
            let state = line["state"].as_str().unwrap_or_default().to_owned();
            let sent: EntryV1 = serde_json::from_value(line).expect("an exported entry");
            Kept { entry: Entry::try_from(sent).expect("hex"), state }
        };
        lines.into_iter().map(read).collect()
    }

    /// Bases that it took for entries which it lost; those that are held are left out.
    pub fn bases(&self) -> Vec<ReadBase> {
        let key = self.wait(self.store().central()).expect("it is set up").key().public();
        let read = |line: Value| {
            let text = |name: &str| line[name].as_str().expect("a text").to_owned();
            let base = Base::try_from((text("statement"), text("signature"))).expect("hex");
            base.read(&key).expect("central signed it")
        };
        self.export(ExportKind::Bases).into_iter().filter(|line| line["held"] == false).map(read).collect()
    }

    /// Its books: product, location, thousandths.
    pub fn stock(&self) -> Vec<(Uuid, Uuid, i64)> {
        let id = |value: &Value| Uuid::parse_str(value.as_str().unwrap_or_default()).expect("an id");
        let read = |line: Value| {
            (id(&line["product"]), id(&line["location"]), line["quantity_thousandths"].as_i64().expect("a quantity"))
        };
        self.export(ExportKind::Stock).into_iter().map(read).collect()
    }

    /// All of an export.
    pub fn export(&self, kind: ExportKind) -> Vec<Value> {
        self.export_after(kind, 0)
    }

    /// What of an export comes after a number.
    pub fn export_after(&self, kind: ExportKind, after: i64) -> Vec<Value> {
        let page = self.wait(self.store().export(kind, after, 1_000_000));
        page.lines.iter().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

/// Copies a folder of a store at a moment at which nobody writes: a power cut leaves the same files.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file");
        let name = file.file_name();
        // The shared memory of readers and writers is not on the disk.
        if name.to_string_lossy().ends_with("-shm") {
            continue;
        }
        if file.path().is_dir() {
            copy_folder(&file.path(), &to.join(&name));
        } else {
            fs::copy(file.path(), to.join(&name)).expect("a copy");
        }
    }
}
