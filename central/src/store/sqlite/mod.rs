//! The embedded store: one SQLite file. One connection writes, a few read; blocking work runs on blocking threads. A
//! commit is on disk (`synchronous=FULL`) before its answer is given.

mod audit;
mod balance;
mod base;
mod checkpoint;
mod device;
mod export;
mod feed;
mod group;
mod held;
mod intake;
mod open;
mod opening;
mod product;
mod promise;
mod recovery;
mod setup;
mod state;
mod take_back;
mod transfer;
mod upgrade;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use selvedge_protocol::journal::{Entry, Hash, Hex32, PublicKey, ReadBase, Signature};
use selvedge_protocol::v1::{
    BalancePage, BalanceQuery, Cursor, DeviceStateV1, FeedPage, FeedRow, SeenV1, SiteV1, StationReportV1, TransferV1,
};
use uuid::Uuid;

use super::{
    Allotted, Answer, AuditPlace, AuditStep, Central, Change, Changed, Command, Company, CompanyChange, Device, Done,
    ExportKind, ExportPage, Generation, HeldDecision, HeldNamed, HeldSettled, Joined, LookUp, NewAllotment, NewCode,
    NewPromise, NewStation, NewTransfer, Noticed, Outcome, Passed, Pokes, ProductPut, PromisesAsked, PromisesFound,
    Recovery, Reserved, Standing, State, Store, StoreError, Stretch, Taken, TakenBack, Told, TransferAsked,
    TransferCancelled, TransfersAsked, TransfersFound, Work,
};

const READERS: usize = 4;
/// How often the file is asked whether another program wrote to it.
const LOOK: Duration = Duration::from_secs(1);

/// A store in a file, or in memory for tests.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Mutex<Connection>,
    /// Empty in memory: there the writer reads as well.
    readers: Vec<Mutex<Connection>>,
    turn: std::sync::atomic::AtomicUsize,
    intake: group::Line,
    /// Keys of generations that sent something.
    keys: RwLock<HashMap<Uuid, PublicKey>>,
    pokes: Pokes,
}

impl SqliteStore {
    /// Opens the file, makes it where there is none, and brings it up to date.
    ///
    /// # Errors
    /// [`StoreError`]: too old a library, a newer or a foreign file, a file that cannot be used.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let writer = open::file(path)?;
        let readers =
            (0..READERS).map(|_| open::reader(path).map(Mutex::new)).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Self::of(writer, readers))
    }

    /// A store that ends with the process.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn memory() -> Result<Self, StoreError> {
        Ok(Self::of(open::memory()?, Vec::new()))
    }

    fn of(writer: Connection, readers: Vec<Mutex<Connection>>) -> Self {
        let turn = std::sync::atomic::AtomicUsize::new(0);
        let inner = Inner {
            writer: Mutex::new(writer),
            readers,
            turn,
            intake: Default::default(),
            keys: RwLock::default(),
            pokes: Pokes::default(),
        };
        SqliteStore { inner: Arc::new(inner) }
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, T> {
        self.commit(work, |_| ())
    }

    /// A write after which anything may be different.
    fn decide<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, T> {
        self.commit(work, Pokes::all)
    }

    fn commit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
        tell: fn(&Pokes),
    ) -> Answer<'_, T> {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            // A thread that panicked rolled its transaction back when it let go: the connection is fine.
            let mut connection = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&tx)?;
            tx.commit()?;
            tell(&inner.pokes);
            Ok(done)
        })
    }

    fn work(&self, work: Work, now_ms: i64) -> Answer<'_, Done> {
        self.commit(move |tx| promise::work(tx, &work, now_ms), Pokes::feed)
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, T> {
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.look(work))
    }
}

impl Inner {
    /// Reads at once, on a thread that may wait for the disk.
    fn look<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let turn = self.turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let which = if self.readers.is_empty() { &self.writer } else { &self.readers[turn % self.readers.len()] };
        let mut connection = which.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = connection.transaction()?;
        work(&tx)
    }
}

fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Answer<'static, T> {
    Box::pin(async move { tokio::task::spawn_blocking(work).await.unwrap_or(Err(StoreError::Stopped)) })
}

impl Store for SqliteStore {
    fn central(&self) -> Answer<'_, Option<Central>> {
        self.read(setup::central)
    }

    fn set_up(&self, central: Central, company: Company, now_ms: i64) -> Answer<'_, ()> {
        self.decide(move |tx| setup::set_up(tx, &central, &company, now_ms))
    }

    fn company(&self) -> Answer<'_, Company> {
        self.read(setup::company)
    }

    fn apply(&self, change: CompanyChange, now_ms: i64) -> Answer<'_, ()> {
        self.decide(move |tx| setup::apply(tx, &change, now_ms))
    }

    fn erase_person(&self, id: Uuid, now_ms: i64) -> Answer<'_, bool> {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let mut connection = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let done = setup::erase_person(&mut connection, id, now_ms);
            inner.pokes.all();
            done
        })
    }

    fn sites(&self) -> Answer<'_, Vec<SiteV1>> {
        self.read(setup::sites)
    }

    fn tax_codes(&self) -> Answer<'_, Vec<String>> {
        self.read(setup::tax_codes)
    }

    fn put_products(&self, put: Vec<ProductPut>, dry_run: bool, now_ms: i64) -> Answer<'_, Vec<Outcome>> {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let mut connection = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let (outcomes, sites) = product::put(&tx, &put, now_ms)?;
            if dry_run {
                tx.rollback()?;
            } else {
                tx.commit()?;
                inner.pokes.feed();
                sites.iter().for_each(|site| inner.pokes.balances(*site));
            }
            Ok(outcomes)
        })
    }

    fn add_code(&self, code: NewCode) -> Answer<'_, ()> {
        self.write(move |tx| device::add_code(tx, &code))
    }

    fn enrol(&self, station: NewStation, now_ms: i64) -> Answer<'_, Option<Joined>> {
        self.write(move |tx| device::enrol(tx, &station, now_ms))
    }

    fn add_generation(&self, generation: Generation, now_ms: i64) -> Answer<'_, ()> {
        self.write(move |tx| device::add_generation(tx, &generation, now_ms))
    }

    fn device(&self, device: Uuid) -> Answer<'_, Option<Device>> {
        self.read(move |tx| device::by_id(tx, device))
    }

    fn generation(&self, generation: Uuid) -> Answer<'_, Option<Generation>> {
        self.read(move |tx| device::generation(tx, generation))
    }

    fn revoke(&self, device: Uuid, now_ms: i64) -> Answer<'_, bool> {
        self.commit(move |tx| device::revoke(tx, device, now_ms), Pokes::stations)
    }

    fn use_nonce(&self, device: Uuid, nonce: Uuid, now_ms: i64, forget_ms: i64) -> Answer<'_, bool> {
        self.write(move |tx| device::use_nonce(tx, device, nonce, now_ms, forget_ms))
    }

    fn take_with(&self, sender: Uuid, bases: Vec<ReadBase>, entries: Vec<Entry>, now_ms: i64) -> Answer<'_, Taken> {
        let inner = Arc::clone(&self.inner);
        Box::pin(group::take(inner, sender, bases, entries, now_ms))
    }

    fn sign_base(&self, device: Uuid, stretch: Stretch) -> Answer<'_, Result<Signature, String>> {
        self.read(move |tx| base::sign(tx, device, &stretch))
    }

    fn entries(&self, device: Uuid, generation: Uuid, after: u64, limit: u32) -> Answer<'_, Vec<Entry>> {
        self.read(move |tx| intake::entries(tx, device, generation, after, limit))
    }

    fn release(&self, now_ms: i64) -> Answer<'_, u64> {
        self.decide(move |tx| intake::release(tx, now_ms))
    }

    fn decide_held(&self, named: HeldNamed, decision: HeldDecision, now_ms: i64) -> Answer<'_, Vec<HeldSettled>> {
        self.decide(move |tx| held::decide(tx, &named, decision, now_ms))
    }

    fn feed(&self, site: Uuid, after: Option<Cursor>, limit: u32, now_ms: i64) -> Answer<'_, FeedPage> {
        self.read(move |tx| feed::page(tx, site, after.as_ref(), limit, now_ms))
    }

    fn balances(&self, device: Uuid, site: Uuid, query: BalanceQuery, now_ms: i64) -> Answer<'_, BalancePage> {
        self.read(move |tx| balance::page(tx, device, site, &query, now_ms))
    }

    fn export(&self, kind: ExportKind, after: i64, limit: u32) -> Answer<'_, ExportPage> {
        self.read(move |tx| export::page(tx, kind, after, limit))
    }

    fn reserve(&self, new: NewPromise, now_ms: i64) -> Answer<'_, Reserved> {
        Box::pin(async move {
            match self.work(Work::Reserve(new), now_ms).await? {
                Done::Reserved(done) => Ok(done),
                Done::Changed(_) | Done::Allotted(_) => Err(StoreError::Stopped),
            }
        })
    }

    fn change_promise(&self, id: Uuid, change: Change, now_ms: i64) -> Answer<'_, Changed> {
        Box::pin(async move {
            match self.work(Work::Change(id, change), now_ms).await? {
                Done::Changed(done) => Ok(done),
                Done::Reserved(_) | Done::Allotted(_) => Err(StoreError::Stopped),
            }
        })
    }

    fn allot_all(&self, asked: Vec<NewAllotment>, now_ms: i64) -> Answer<'_, Vec<Allotted>> {
        self.commit(
            move |tx| {
                let one = |new: NewAllotment| match promise::work(tx, &Work::Allot(new), now_ms)? {
                    Done::Allotted(done) => Ok(done),
                    Done::Reserved(_) | Done::Changed(_) => Err(StoreError::Stopped),
                };
                asked.into_iter().map(one).collect()
            },
            Pokes::feed,
        )
    }

    fn pass_promises(&self, now_ms: i64) -> Answer<'_, Passed> {
        self.commit(move |tx| promise::pass(tx, now_ms), Pokes::feed)
    }

    fn promise(&self, id: Uuid) -> Answer<'_, Option<Told>> {
        self.read(move |tx| promise::told(tx, id))
    }

    fn promises(&self, asked: PromisesAsked) -> Answer<'_, PromisesFound> {
        self.read(move |tx| promise::list(tx, &asked))
    }

    fn look_up(&self, looks: Vec<LookUp>) -> Answer<'_, Vec<Option<(Uuid, String)>>> {
        self.read(move |tx| promise::look_up(tx, &looks))
    }

    fn standings(&self, products: Vec<Uuid>) -> Answer<'_, Vec<Standing>> {
        self.read(move |tx| promise::standings(tx, &products))
    }

    fn tell_places(&self, now_ms: i64) -> Answer<'_, ()> {
        self.commit(move |tx| setup::tell_places(tx, now_ms), Pokes::feed)
    }

    fn ask_transfer(&self, new: NewTransfer, now_ms: i64) -> Answer<'_, TransferAsked> {
        self.commit(move |tx| transfer::ask(tx, &new, now_ms), Pokes::feed)
    }

    fn cancel_transfer(&self, id: Uuid, now_ms: i64) -> Answer<'_, TransferCancelled> {
        self.commit(move |tx| transfer::cancel(tx, id, now_ms), Pokes::feed)
    }

    fn transfer(&self, id: Uuid) -> Answer<'_, Option<TransferV1>> {
        self.read(move |tx| transfer::by_id(tx, id))
    }

    fn transfers(&self, asked: TransfersAsked) -> Answer<'_, TransfersFound> {
        self.read(move |tx| transfer::list(tx, &asked))
    }

    fn audit(&self) -> Answer<'_, Vec<String>> {
        self.read(audit::balances)
    }

    fn audit_step(&self, from: AuditPlace, limit: u32) -> Answer<'_, AuditStep> {
        self.read(move |tx| audit::step(tx, &from, limit))
    }

    fn state(&self) -> Answer<'_, State> {
        self.read(state::state)
    }

    fn device_state(&self, device: Uuid) -> Answer<'_, Option<DeviceStateV1>> {
        self.read(move |tx| state::device(tx, device))
    }

    fn report(&self, device: Uuid, report: StationReportV1, now_ms: i64) -> Answer<'_, ()> {
        self.write(move |tx| state::report(tx, device, &report, now_ms))
    }

    fn revoke_operator(&self, name: &str, now_ms: i64) -> Answer<'_, ()> {
        let name = name.to_owned();
        self.write(move |tx| state::revoke_operator(tx, &name, now_ms))
    }

    fn operator_revoked(&self, name: &str) -> Answer<'_, Option<i64>> {
        let name = name.to_owned();
        self.read(move |tx| state::operator_revoked(tx, &name))
    }

    fn revoke_shop(&self, name: &str, now_ms: i64) -> Answer<'_, ()> {
        let name = name.to_owned();
        self.write(move |tx| state::revoke_shop(tx, &name, now_ms))
    }

    fn shop_revoked(&self, name: &str) -> Answer<'_, Option<i64>> {
        let name = name.to_owned();
        self.read(move |tx| state::shop_revoked(tx, &name))
    }

    fn note(&self, command: Command) -> Answer<'_, ()> {
        self.write(move |tx| state::note(tx, &command))
    }

    fn notice(&self, device: Uuid, seen: SeenV1, fresh: Uuid, now_ms: i64) -> Answer<'_, Noticed> {
        Box::pin(async move {
            let first = seen.clone();
            // Almost always there is nothing to write.
            let (epoch, finding) = self.read(move |tx| recovery::compare(tx, device, &first)).await?;
            if finding.is_nothing() {
                return Ok(Noticed { epoch, opened: None });
            }
            self.decide(move |tx| recovery::notice(tx, device, &seen, fresh, now_ms)).await
        })
    }

    fn take_back(&self, rows: Vec<FeedRow>, last: bool, now_ms: i64) -> Answer<'_, TakenBack> {
        self.decide(move |tx| take_back::take_back(tx, &rows, last, now_ms))
    }

    fn may_grant(&self) -> Answer<'_, bool> {
        self.read(recovery::may_grant)
    }

    fn declare_dead(&self, device: Uuid, now_ms: i64) -> Answer<'_, bool> {
        self.write(move |tx| recovery::declare_dead(tx, device, now_ms))
    }

    fn recovery(&self) -> Answer<'_, Recovery> {
        self.read(recovery::state)
    }

    fn begin_empty(&self, central: Central, now_ms: i64) -> Answer<'_, ()> {
        self.write(move |tx| recovery::begin_empty(tx, &central, now_ms))
    }

    fn checkpoint(&self, now_ms: i64) -> Answer<'_, bool> {
        Box::pin(async move {
            // Read beside the writers: it may take a while.
            let body = self.read(checkpoint::body).await?;
            self.decide(move |tx| checkpoint::write(tx, &body, now_ms)).await
        })
    }

    fn pokes(&self) -> &Pokes {
        &self.inner.pokes
    }

    fn hear_others(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            let mut seen = None;
            loop {
                let inner = Arc::clone(&self.inner);
                let version = blocking(move || {
                    let connection = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
                    // Changes when another connection writes. All writes of this process go through this one.
                    Ok(connection.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0))?)
                })
                .await?;
                if seen.replace(version).is_some_and(|before| before != version) {
                    self.inner.pokes.all();
                }
                tokio::time::sleep(LOOK).await;
            }
        })
    }
}

/// A UUID from a column.
fn uuid(what: &'static str, bytes: &[u8]) -> Result<Uuid, StoreError> {
    Uuid::from_slice(bytes).map_err(|error| StoreError::value(what, error))
}

/// A hash from a column.
fn hash(what: &'static str, bytes: &[u8]) -> Result<Hash, StoreError> {
    Hex32::from_slice(bytes).map_err(|error| StoreError::value(what, error))
}

/// JSON of a value of ours.
fn json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::value(what, error))
}

/// A value of ours from a column.
fn from_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::value(what, error))
}
