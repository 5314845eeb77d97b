//! The store for a fleet: PostgreSQL, under any number of replicas of central. A commit is on the server's disk before
//! its answer is given; what is numbered in the order of commits is numbered under a lock that is held until the commit.

mod audit;
mod balance;
mod base;
mod checkpoint;
mod desk;
mod device;
mod export;
mod feed;
mod held;
mod intake;
mod listen;
mod open;
mod opening;
mod product;
mod promise;
mod recovery;
mod setup;
mod state;
mod take_back;
mod transfer;
mod work;

use std::sync::Arc;

use deadpool_postgres::Pool;
use selvedge_protocol::journal::{Entry, Hash, Hex32, ReadBase, Signature};
use selvedge_protocol::v1::{
    BalancePage, BalanceQuery, Cursor, DeviceStateV1, FeedPage, FeedRow, SeenV1, SiteV1, StationReportV1, TransferV1,
};
use uuid::Uuid;

pub use open::At;

use super::{
    Allotted, Answer, AuditPlace, AuditStep, Central, Change, Changed, Command, Company, CompanyChange, Device, Done,
    ExportKind, ExportPage, Generation, HeldDecision, HeldNamed, HeldSettled, Joined, LookUp, NewAllotment, NewCode,
    NewPromise, NewStation, NewTransfer, Noticed, Outcome, Passed, Pokes, ProductPut, PromisesAsked, PromisesFound,
    Recovery, Reserved, Standing, State, Store, StoreError, Stretch, Taken, TakenBack, Told, TransferAsked,
    TransferCancelled, TransfersAsked, TransfersFound, Work,
};
use work::Tx;

/// A store on a server.
pub struct PostgresStore {
    pool: Pool,
    at: At,
    intake: intake::Intake,
    counter: desk::Counter,
    pokes: Pokes,
}

impl PostgresStore {
    /// Connects and brings the tables up to date. Only within a Tokio runtime.
    ///
    /// # Errors
    /// [`StoreError`]: an address or certificate that cannot be used, a server that is away or loses commits, tables of
    /// a newer central.
    pub async fn open(at: At) -> Result<Self, StoreError> {
        let pool = open::pool(&at)?;
        open::migrate(&pool).await?;
        let intake = intake::Intake::begin(pool.clone());
        let counter = desk::Counter::begin(pool.clone());
        Ok(PostgresStore { pool, at, intake, counter, pokes: Pokes::default() })
    }

    fn write<'s, T: Send + 's>(
        &'s self,
        work: impl for<'t> Fn(&'t Tx<'t>) -> Answer<'t, T> + Send + Sync + 's,
    ) -> Answer<'s, T> {
        Box::pin(work::write(&self.pool, work))
    }

    fn read<'s, T: Send + 's>(
        &'s self,
        work: impl for<'t> FnOnce(&'t Tx<'t>) -> Answer<'t, T> + Send + 's,
    ) -> Answer<'s, T> {
        Box::pin(work::read(&self.pool, work))
    }
}

/// A future of a transaction's work that owns what it was given, so that it can be done again.
macro_rules! with {
    (|$tx:ident $(, $given:ident)*| $work:expr) => {
        move |$tx: &Tx<'_>| {
            $(let $given = $given.clone();)*
            Box::pin(async move { $work.await })
        }
    };
}

impl Store for PostgresStore {
    fn central(&self) -> Answer<'_, Option<Central>> {
        self.read(|tx| Box::pin(setup::central(tx)))
    }

    fn set_up(&self, central: Central, company: Company, now_ms: i64) -> Answer<'_, ()> {
        let company = Arc::new(company);
        self.write(with!(|tx, central, company| setup::set_up(tx, &central, &company, now_ms)))
    }

    fn company(&self) -> Answer<'_, Company> {
        self.read(|tx| Box::pin(setup::company(tx)))
    }

    fn apply(&self, change: CompanyChange, now_ms: i64) -> Answer<'_, ()> {
        let change = Arc::new(change);
        self.write(with!(|tx, change| setup::apply(tx, &change, now_ms)))
    }

    fn erase_person(&self, id: Uuid, now_ms: i64) -> Answer<'_, bool> {
        self.write(with!(|tx| setup::erase_person(tx, id, now_ms)))
    }

    fn sites(&self) -> Answer<'_, Vec<SiteV1>> {
        self.read(|tx| Box::pin(setup::sites(tx)))
    }

    fn tax_codes(&self) -> Answer<'_, Vec<String>> {
        self.read(|tx| Box::pin(setup::tax_codes(tx)))
    }

    fn put_products(&self, put: Vec<ProductPut>, dry_run: bool, now_ms: i64) -> Answer<'_, Vec<Outcome>> {
        let put = Arc::new(put);
        if dry_run {
            Box::pin(work::rehearse(&self.pool, with!(|tx, put| product::put(tx, &put, now_ms))))
        } else {
            self.write(with!(|tx, put| product::put(tx, &put, now_ms)))
        }
    }

    fn add_code(&self, code: NewCode) -> Answer<'_, ()> {
        self.write(with!(|tx, code| device::add_code(tx, &code)))
    }

    fn enrol(&self, station: NewStation, now_ms: i64) -> Answer<'_, Option<Joined>> {
        self.write(with!(|tx, station| device::enrol(tx, &station, now_ms)))
    }

    fn add_generation(&self, generation: Generation, now_ms: i64) -> Answer<'_, ()> {
        self.write(with!(|tx, generation| device::add_generation(tx, &generation, now_ms)))
    }

    fn device(&self, device: Uuid) -> Answer<'_, Option<Device>> {
        self.read(with!(|tx| device::by_id(tx, device)))
    }

    fn generation(&self, generation: Uuid) -> Answer<'_, Option<Generation>> {
        self.read(with!(|tx| device::generation(tx, generation)))
    }

    fn revoke(&self, device: Uuid, now_ms: i64) -> Answer<'_, bool> {
        self.write(with!(|tx| device::revoke(tx, device, now_ms)))
    }

    fn use_nonce(&self, device: Uuid, nonce: Uuid, now_ms: i64, forget_ms: i64) -> Answer<'_, bool> {
        self.write(with!(|tx| device::use_nonce(tx, device, nonce, now_ms, forget_ms)))
    }

    fn take_with(&self, sender: Uuid, bases: Vec<ReadBase>, entries: Vec<Entry>, now_ms: i64) -> Answer<'_, Taken> {
        Box::pin(self.intake.take(sender, bases, entries, now_ms))
    }

    fn sign_base(&self, device: Uuid, stretch: Stretch) -> Answer<'_, Result<Signature, String>> {
        self.read(with!(|tx, stretch| base::sign(tx, device, &stretch)))
    }

    fn entries(&self, device: Uuid, generation: Uuid, after: u64, limit: u32) -> Answer<'_, Vec<Entry>> {
        self.read(move |tx| Box::pin(export::entries(tx, device, generation, after, limit)))
    }

    fn release(&self, now_ms: i64) -> Answer<'_, u64> {
        self.write(with!(|tx| intake::release(tx, now_ms)))
    }

    fn decide_held(&self, named: HeldNamed, decision: HeldDecision, now_ms: i64) -> Answer<'_, Vec<HeldSettled>> {
        self.write(with!(|tx, named| held::decide(tx, &named, decision, now_ms)))
    }

    fn feed(&self, site: Uuid, after: Option<Cursor>, limit: u32, now_ms: i64) -> Answer<'_, FeedPage> {
        self.read(with!(|tx, after| feed::page(tx, site, after.as_ref(), limit, now_ms)))
    }

    fn balances(&self, device: Uuid, site: Uuid, query: BalanceQuery, now_ms: i64) -> Answer<'_, BalancePage> {
        self.read(with!(|tx, query| balance::page(tx, device, site, &query, now_ms)))
    }

    fn export(&self, kind: ExportKind, after: i64, limit: u32) -> Answer<'_, ExportPage> {
        self.read(with!(|tx| export::page(tx, kind, after, limit)))
    }

    fn reserve(&self, new: NewPromise, now_ms: i64) -> Answer<'_, Reserved> {
        Box::pin(async move {
            match self.counter.ask(Work::Reserve(new), now_ms).await? {
                Done::Reserved(done) => Ok(done),
                Done::Changed(_) | Done::Allotted(_) => Err(StoreError::Stopped),
            }
        })
    }

    fn change_promise(&self, id: Uuid, change: Change, now_ms: i64) -> Answer<'_, Changed> {
        Box::pin(async move {
            match self.counter.ask(Work::Change(id, change), now_ms).await? {
                Done::Changed(done) => Ok(done),
                Done::Reserved(_) | Done::Allotted(_) => Err(StoreError::Stopped),
            }
        })
    }

    fn allot_all(&self, asked: Vec<NewAllotment>, now_ms: i64) -> Answer<'_, Vec<Allotted>> {
        Box::pin(async move {
            let asks = asked.into_iter().map(|new| self.counter.ask(Work::Allot(new), now_ms));
            let one = |done| match done? {
                Done::Allotted(done) => Ok(done),
                Done::Reserved(_) | Done::Changed(_) => Err(StoreError::Stopped),
            };
            // They come to the counter together, and share its transactions.
            futures_util::future::join_all(asks).await.into_iter().map(one).collect()
        })
    }

    fn pass_promises(&self, now_ms: i64) -> Answer<'_, Passed> {
        Box::pin(async move {
            // Almost always there is nothing to write.
            if !self.read(with!(|tx| promise::is_due(tx, now_ms))).await? {
                return Ok(Passed::default());
            }
            self.write(with!(|tx| promise::pass(tx, now_ms))).await
        })
    }

    fn promise(&self, id: Uuid) -> Answer<'_, Option<Told>> {
        self.read(with!(|tx| promise::told(tx, id)))
    }

    fn promises(&self, asked: PromisesAsked) -> Answer<'_, PromisesFound> {
        self.read(with!(|tx, asked| promise::list(tx, &asked)))
    }

    fn look_up(&self, looks: Vec<LookUp>) -> Answer<'_, Vec<Option<(Uuid, String)>>> {
        self.read(with!(|tx, looks| promise::look_up(tx, &looks)))
    }

    fn standings(&self, products: Vec<Uuid>) -> Answer<'_, Vec<Standing>> {
        self.read(with!(|tx, products| promise::standings(tx, &products)))
    }

    fn tell_places(&self, now_ms: i64) -> Answer<'_, ()> {
        self.write(with!(|tx| setup::tell_places(tx, now_ms)))
    }

    fn ask_transfer(&self, new: NewTransfer, now_ms: i64) -> Answer<'_, TransferAsked> {
        self.write(with!(|tx, new| transfer::ask(tx, &new, now_ms)))
    }

    fn cancel_transfer(&self, id: Uuid, now_ms: i64) -> Answer<'_, TransferCancelled> {
        self.write(with!(|tx| transfer::cancel(tx, id, now_ms)))
    }

    fn transfer(&self, id: Uuid) -> Answer<'_, Option<TransferV1>> {
        self.read(with!(|tx| transfer::by_id(tx, id)))
    }

    fn transfers(&self, asked: TransfersAsked) -> Answer<'_, TransfersFound> {
        self.read(with!(|tx, asked| transfer::list(tx, &asked)))
    }

    fn audit(&self) -> Answer<'_, Vec<String>> {
        self.read(|tx| Box::pin(audit::balances(tx)))
    }

    fn audit_step(&self, from: AuditPlace, limit: u32) -> Answer<'_, AuditStep> {
        self.read(with!(|tx, from| audit::step(tx, &from, limit)))
    }

    fn state(&self) -> Answer<'_, State> {
        self.read(|tx| Box::pin(state::state(tx)))
    }

    fn device_state(&self, device: Uuid) -> Answer<'_, Option<DeviceStateV1>> {
        self.read(with!(|tx| state::device(tx, device)))
    }

    fn report(&self, device: Uuid, report: StationReportV1, now_ms: i64) -> Answer<'_, ()> {
        self.write(with!(|tx, report| state::report(tx, device, &report, now_ms)))
    }

    fn revoke_operator(&self, name: &str, now_ms: i64) -> Answer<'_, ()> {
        let name = name.to_owned();
        self.write(with!(|tx, name| state::revoke_operator(tx, &name, now_ms)))
    }

    fn operator_revoked(&self, name: &str) -> Answer<'_, Option<i64>> {
        let name = name.to_owned();
        self.read(with!(|tx, name| state::operator_revoked(tx, &name)))
    }

    fn revoke_shop(&self, name: &str, now_ms: i64) -> Answer<'_, ()> {
        let name = name.to_owned();
        self.write(with!(|tx, name| state::revoke_shop(tx, &name, now_ms)))
    }

    fn shop_revoked(&self, name: &str) -> Answer<'_, Option<i64>> {
        let name = name.to_owned();
        self.read(with!(|tx, name| state::shop_revoked(tx, &name)))
    }

    fn note(&self, command: Command) -> Answer<'_, ()> {
        self.write(with!(|tx, command| state::note(tx, &command)))
    }

    fn notice(&self, device: Uuid, seen: SeenV1, fresh: Uuid, now_ms: i64) -> Answer<'_, Noticed> {
        Box::pin(async move {
            // Almost always there is nothing to write.
            let first = seen.clone();
            let (epoch, finding) = self.read(with!(|tx, first| recovery::compare(tx, device, &first))).await?;
            if finding.is_nothing() {
                return Ok(Noticed { epoch, opened: None });
            }
            self.write(with!(|tx, seen| recovery::notice(tx, device, &seen, fresh, now_ms))).await
        })
    }

    fn take_back(&self, rows: Vec<FeedRow>, last: bool, now_ms: i64) -> Answer<'_, TakenBack> {
        let rows = Arc::new(rows);
        self.write(with!(|tx, rows| take_back::take_back(tx, &rows, last, now_ms)))
    }

    fn may_grant(&self) -> Answer<'_, bool> {
        self.read(|tx| Box::pin(recovery::may_grant(tx)))
    }

    fn declare_dead(&self, device: Uuid, now_ms: i64) -> Answer<'_, bool> {
        self.write(with!(|tx| recovery::declare_dead(tx, device, now_ms)))
    }

    fn recovery(&self) -> Answer<'_, Recovery> {
        self.read(|tx| Box::pin(recovery::state(tx)))
    }

    fn begin_empty(&self, central: Central, now_ms: i64) -> Answer<'_, ()> {
        self.write(with!(|tx, central| recovery::begin_empty(tx, &central, now_ms)))
    }

    fn checkpoint(&self, now_ms: i64) -> Answer<'_, bool> {
        Box::pin(async move {
            // Read beside the writers: it may take a while.
            let body = Arc::new(self.read(|tx| Box::pin(checkpoint::body(tx))).await?);
            self.write(with!(|tx, body| checkpoint::write(tx, &body, now_ms))).await
        })
    }

    fn pokes(&self) -> &Pokes {
        &self.pokes
    }

    fn hear_others(&self) -> Answer<'_, ()> {
        Box::pin(listen::hear(&self.at, &self.pokes))
    }
}

/// A number as the database counts.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that the database counted.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
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

/// A text that PostgreSQL takes: it knows no zero byte.
fn text(any: &str) -> String {
    any.replace('\0', "\u{fffd}")
}
