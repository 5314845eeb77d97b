//! Central's store: one trait, because there are two stores, an embedded file and a server for a fleet. Each answer
//! is given after what it says is on disk. [`suite`] is what every implementation must pass.

mod audit;
mod base;
mod error;
mod held;
mod line;
mod pokes;
pub mod postgres;
mod promise;
mod recovery;
pub mod sqlite;
pub mod suite;
mod transfer;
mod value;

use std::future::Future;
use std::pin::Pin;

use selvedge_protocol::journal::{Entry, ReadBase, Signature};
use selvedge_protocol::v1::{
    BalancePage, BalanceQuery, Cursor, DeviceStateV1, FeedPage, FeedRow, SeenV1, StationReportV1, TransferV1,
};
use uuid::Uuid;

pub use audit::{AuditPlace, AuditStep};
pub use base::Stretch;
pub use error::{StoreError, chain};
use value::{FOR_EVER, FROM_EVER, reason_word};

pub use held::{HeldDecision, HeldNamed, HeldSettled};
pub use pokes::{Ears, Pokes};
pub use promise::{
    Allotted, Change, Changed, Lent, LookUp, NewAllotment, NewPromise, Passed, PromisesAsked, PromisesFound, Reserved,
    Standing, Told,
};
use promise::{DEMAND_MS, Done, Work, channel_text};
use recovery::{BEGAN_EMPTY, BalancesHash, Finding, MOST_NUMBER, give_way, join_missing, join_ranges, says_more};
pub use recovery::{Missing, MissingWhat, Noticed, Recovery, Reporter, Reporting, TakenBack, gaps, own_rows};
pub use transfer::{NewTransfer, TransferAsked, TransferCancelled, TransfersAsked, TransfersFound};
pub use value::{
    Central, Command, Company, CompanyChange, Device, ExportKind, ExportPage, Generation, Joined, NewCode, NewStation,
    Outcome, Problem, ProductPut, Put, SitePerson, SitePrice, State, Stored, Taken, movement_of_opening,
};

/// What a store's work becomes.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Where central keeps everything. Times are milliseconds since 1970 and passed in.
pub trait Store: Send + Sync {
    /// Which central this is; none before it was set up.
    fn central(&self) -> Answer<'_, Option<Central>>;

    /// Sets the company up, whole or not at all. [`StoreError::AlreadySetUp`] when there is one.
    fn set_up(&self, central: Central, company: Company, now_ms: i64) -> Answer<'_, ()>;

    /// Its sites, tills, tax rates and people as they are now; products, prices and stock are left out.
    fn company(&self) -> Answer<'_, Company>;

    /// Changes sites, tills, tax rates and people, all or none of it. [`StoreError::Recovering`] while central takes back
    /// what it lost, for it may not know all of them.
    fn apply(&self, change: CompanyChange, now_ms: i64) -> Answer<'_, ()>;

    /// Forgets a person's name and PIN, everywhere, also in the rows that said it before; false when there is none.
    fn erase_person(&self, id: Uuid, now_ms: i64) -> Answer<'_, bool>;

    /// Its sites, by code.
    fn sites(&self) -> Answer<'_, Vec<selvedge_protocol::v1::SiteV1>>;

    /// Codes of its tax rates.
    fn tax_codes(&self) -> Answer<'_, Vec<String>>;

    /// Adds and changes products, in one transaction; the outcomes are in the order of `put`. A dry run changes nothing.
    fn put_products(&self, put: Vec<ProductPut>, dry_run: bool, now_ms: i64) -> Answer<'_, Vec<Outcome>>;

    /// Keeps a one-time code. [`StoreError::UnknownTill`] when site and till do not belong together.
    fn add_code(&self, code: NewCode) -> Answer<'_, ()>;

    /// Uses a code: once, or again by the same generation and key. None when it is wrong, used or expired.
    fn enrol(&self, station: NewStation, now_ms: i64) -> Answer<'_, Option<Joined>>;

    /// Announces a generation of a station. [`StoreError::GenerationTaken`] when it is known with another key or device.
    fn add_generation(&self, generation: Generation, now_ms: i64) -> Answer<'_, ()>;

    /// A station and, where it is its own, the key of one of its generations.
    fn device(&self, device: Uuid) -> Answer<'_, Option<Device>>;

    /// A generation, whoever's.
    fn generation(&self, generation: Uuid) -> Answer<'_, Option<Generation>>;

    /// Revokes a station; false when there is none.
    fn revoke(&self, device: Uuid, now_ms: i64) -> Answer<'_, bool>;

    /// Remembers a nonce and forgets those before `forget_ms`; false when it was used before.
    fn use_nonce(&self, device: Uuid, nonce: Uuid, now_ms: i64, forget_ms: i64) -> Answer<'_, bool>;

    /// Takes entries of journals, in one transaction: keeps what verifies, applies what can be applied, and says what
    /// it has. Twice is once. An entry whose predecessor the same station declared lost (`journal-recovered`) goes on
    /// the first branch.
    fn take(&self, sender: Uuid, entries: Vec<Entry>, now_ms: i64) -> Answer<'_, Taken> {
        self.take_with(sender, Vec::new(), entries, now_ms)
    }

    /// The same, after bases that central signed and that stand for entries which the station does not have any more.
    /// What of a base is not here by itself counts; what of it turns up later counts once.
    fn take_with(&self, sender: Uuid, bases: Vec<ReadBase>, entries: Vec<Entry>, now_ms: i64) -> Answer<'_, Taken>;

    /// Signs what a stretch of a station's journal did, when all of it is here and applied; or says why not.
    fn sign_base(&self, device: Uuid, stretch: Stretch) -> Answer<'_, Result<Signature, String>>;

    /// Entries of a generation of a station's own after a number, in order; of a fork's branches the first. None of a
    /// generation that is unknown or another's.
    fn entries(&self, device: Uuid, generation: Uuid, after: u64, limit: u32) -> Answer<'_, Vec<Entry>>;

    /// Applies what was held, as far as it can be applied now; says how many entries that was.
    fn release(&self, now_ms: i64) -> Answer<'_, u64>;

    /// What a manager decides about held entries, in one transaction, and says so in the feed. Those of which nothing can
    /// follow stay held, and it is said why.
    fn decide_held(&self, named: HeldNamed, decision: HeldDecision, now_ms: i64) -> Answer<'_, Vec<HeldSettled>>;

    /// The feed's rows for a site after a cursor. [`StoreError::UnknownCursor`] when it is not of this history.
    fn feed(&self, site: Uuid, after: Option<Cursor>, limit: u32, now_ms: i64) -> Answer<'_, FeedPage>;

    /// The balances of a site that changed, and what central had of the device's journal at that moment.
    fn balances(&self, device: Uuid, site: Uuid, query: BalanceQuery, now_ms: i64) -> Answer<'_, BalancePage>;

    /// Lines of an export, as JSON, after a number.
    fn export(&self, kind: ExportKind, after: i64, limit: u32) -> Answer<'_, ExportPage>;

    /// Compares what a station has seen of us with what we have. Something that we lost begins a new life of the feed,
    /// `fresh`; however many notice it, it begins once.
    fn notice(&self, device: Uuid, seen: SeenV1, fresh: Uuid, now_ms: i64) -> Answer<'_, Noticed>;

    /// Takes back decisions of lost lives, in rows that our own key signed (see [`own_rows`]); `last` when whoever hands
    /// them in has no more. Twice is once, and the order does not matter.
    fn take_back(&self, rows: Vec<FeedRow>, last: bool, now_ms: i64) -> Answer<'_, TakenBack>;

    /// The gate before everything that could be granted twice: false while a station may hold a grant that we lost.
    fn may_grant(&self) -> Answer<'_, bool>;

    /// Nobody waits for a station any more; false when there is none.
    fn declare_dead(&self, device: Uuid, now_ms: i64) -> Answer<'_, bool>;

    /// How far it is with coming back.
    fn recovery(&self) -> Answer<'_, Recovery>;

    /// Begins with nothing but central's key, to be filled by the stations. [`StoreError::AlreadySetUp`].
    fn begin_empty(&self, central: Central, now_ms: i64) -> Answer<'_, ()>;

    /// Signs what there is: heads of journals, balances, rows that nobody needs any more; false when nothing changed.
    fn checkpoint(&self, now_ms: i64) -> Answer<'_, bool>;

    /// Sets stock aside for a customer, all lines or none; the same key and request get the same promise.
    /// [`StoreError::Recovering`] while it could be granted twice.
    fn reserve(&self, new: NewPromise, now_ms: i64) -> Answer<'_, Reserved>;

    /// Confirms, releases or cancels a promise; twice is once.
    fn change_promise(&self, id: Uuid, change: Change, now_ms: i64) -> Answer<'_, Changed>;

    /// Lends stock to stations, to promise from while they are offline, in the order of `asked`; the same id is the same
    /// allotment. [`StoreError::Recovering`] while it could be granted twice.
    fn allot_all(&self, asked: Vec<NewAllotment>, now_ms: i64) -> Answer<'_, Vec<Allotted>>;

    /// The same for one.
    fn allot(&self, new: NewAllotment, now_ms: i64) -> Answer<'_, Allotted> {
        let all = self.allot_all(vec![new], now_ms);
        Box::pin(async move { all.await?.pop().ok_or(StoreError::Stopped) })
    }

    /// Goes over promises: ends those whose time is over, gives up what dead stations hold, and settles where stock
    /// changed without an entry. Twice is once; nothing while central takes back what it lost.
    fn pass_promises(&self, now_ms: i64) -> Answer<'_, Passed>;

    /// A promise as it stands, with central's signed row.
    fn promise(&self, id: Uuid) -> Answer<'_, Option<Told>>;

    /// Promises, oldest first.
    fn promises(&self, asked: PromisesAsked) -> Answer<'_, PromisesFound>;

    /// Ids and SKUs of products, in the order of `looks`; none where there is none.
    fn look_up(&self, looks: Vec<LookUp>) -> Answer<'_, Vec<Option<(Uuid, String)>>>;

    /// How products stand at all sites.
    fn standings(&self, products: Vec<Uuid>) -> Answer<'_, Vec<Standing>>;

    /// Tells all stations what the company's places are called, where that is not told yet.
    fn tell_places(&self, now_ms: i64) -> Answer<'_, ()>;

    /// A site asks another one for goods; the same id and request are the same transfer.
    fn ask_transfer(&self, new: NewTransfer, now_ms: i64) -> Answer<'_, TransferAsked>;

    /// Nobody wants a transfer any more of which nothing was sent; twice is once.
    fn cancel_transfer(&self, id: Uuid, now_ms: i64) -> Answer<'_, TransferCancelled>;

    /// A transfer as it stands.
    fn transfer(&self, id: Uuid) -> Answer<'_, Option<TransferV1>>;

    /// Transfers, in the order in which central learnt of them.
    fn transfers(&self, asked: TransfersAsked) -> Answer<'_, TransfersFound>;

    /// Balances that differ from the sum of their movements, and products whose accounts do not sum to zero: none, ever.
    fn audit(&self) -> Answer<'_, Vec<String>>;

    /// Looks at some products, rows or entries: the auditor's way, which takes little at a time.
    fn audit_step(&self, from: AuditPlace, limit: u32) -> Answer<'_, AuditStep>;

    /// Central seen from outside.
    fn state(&self) -> Answer<'_, State>;

    /// A station seen from outside; none where there is none.
    fn device_state(&self, device: Uuid) -> Answer<'_, Option<DeviceStateV1>>;

    /// Keeps what a station says of itself.
    fn report(&self, device: Uuid, report: StationReportV1, now_ms: i64) -> Answer<'_, ()>;

    /// An operator's tokens of up to now are worth nothing any more.
    fn revoke_operator(&self, name: &str, now_ms: i64) -> Answer<'_, ()>;

    /// When an operator was revoked last, milliseconds since 1970.
    fn operator_revoked(&self, name: &str) -> Answer<'_, Option<i64>>;

    /// A web shop's tokens of up to now are worth nothing any more.
    fn revoke_shop(&self, name: &str, now_ms: i64) -> Answer<'_, ()>;

    /// When a web shop was revoked last, milliseconds since 1970.
    fn shop_revoked(&self, name: &str) -> Answer<'_, Option<i64>>;

    /// Notes what somebody has central do, before it is done.
    fn note(&self, command: Command) -> Answer<'_, ()>;

    /// Where who listens hears of commits: those through this store at once, those through others while
    /// [`Self::hear_others`] runs.
    fn pokes(&self) -> &Pokes;

    /// Passes on, as pokes, what others commit to the same place: another program on the same file, another replica.
    /// Goes on until it is dropped.
    fn hear_others(&self) -> Answer<'_, ()>;
}
