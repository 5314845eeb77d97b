//! A station of the run: its real store on a file, its use cases, its sync engine and work, on a machine whose power,
//! clock and disk are the world's.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use selvedge_app::{App, AppError, Joined, Nudge, Outside, SyncHeard, SyncProblem, rescue};
use selvedge_contract::Failure;
use selvedge_contract::view::ConnectionState;
use selvedge_domain::ids::{DeviceId, GenerationId, SiteId};
use selvedge_domain::receipt_number::generation_short;
use selvedge_protocol::journal::{DeviceKey, Entry, EntryId, Hash};
use selvedge_protocol::v1::{EnrolAnswer, EnrolRequest, code};
use selvedge_store::table::config::{self, CompanyConfig};
use selvedge_store::table::feed::{self, SiteWords};
use selvedge_store::table::station::Station;
use selvedge_store::table::{decision, journal, station, stock};
use selvedge_store::{Phase, Store, StoreError, Witness};
use selvedge_sync::{
    CallError, CentralApi, Desk, Engine, HttpCentral, Input, Itself, OnParted, Output, Settings, StreamSays, SyncState,
    SyncStatus, Trouble,
};
use uuid::Uuid;

use crate::central::copy_folder;
use crate::damage::{self, Damage};
use crate::dice::Dice;
use crate::listening::{self, Ears, Pipe};
use crate::network::{Line, Slot, Weather};
use crate::promises::Asks;
use crate::pruned;
use crate::time::{Ids, Now, TillClock, held};

/// Where central is, as the tills know it; nothing listens there.
const ADDRESS: &str = "https://central.example";
/// How often a till asks when nothing pokes: seldom, so that quiet hours cost little.
const SETTINGS: Settings = Settings {
    feed_every_ms: 60_000,
    balances_every_ms: 60_000,
    poked_every_ms: 60_000,
    heads_every_ms: 60_000,
    report_every_ms: 600_000,
    report_gap_ms: 60_000,
    oldest_central: 0,
    stuck_rest_ms: 120_000,
};
/// How often some tills ask for balances, so that answers come while sales are on their way.
const OFTEN_MS: u64 = 2_000;
/// Seeds of the keys of later generations, one after the other, on the till's disk.
const LATER_KEYS: &str = "later.keys";

/// An entry of which a person at this till was told that it is done.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Which.
    pub id: EntryId,
    /// Its hash.
    pub hash: Hash,
    /// As it was written.
    pub entry: Entry,
    /// The disk that held it was replaced by an older image.
    pub torn: bool,
    /// It stood in a data file that was damaged, and did not come back so far.
    pub away: bool,
    /// When it truly was, milliseconds since 1970; none where the wall clock was wronger than a station can know.
    pub true_ms: Option<i64>,
}

/// A clock that is wrong by more than this may be believed after the machine was off.
const KNOWABLE_MS: u64 = 13 * 3_600_000;

/// What became of a command.
pub enum Did<T> {
    /// It was done.
    Done(T),
    /// It was refused.
    Refused(Failure),
    /// The power went off in the middle.
    PowerCut,
}

/// The power goes off at the n-th write from now, in a phase of it.
#[derive(Default)]
pub struct Fuse(Mutex<Option<Armed>>);

struct Armed {
    /// Only writes whose name begins so.
    of: &'static str,
    writes: u64,
    phase: Phase,
}

struct PowerCut(Phase);

impl Fuse {
    /// Lets `writes` writes pass whose name begins with `of`.
    pub fn arm(&self, of: &'static str, writes: u64, phase: Phase) {
        *held(&self.0) = Some(Armed { of, writes, phase });
    }

    /// The power stays on.
    pub fn disarm(&self) {
        *held(&self.0) = None;
    }
}

impl Witness for Fuse {
    fn at(&self, write: &'static str, phase: Phase) {
        let mut fuse = held(&self.0);
        let Some(armed) = fuse.as_mut().filter(|armed| armed.phase == phase && write.starts_with(armed.of)) else {
            return;
        };
        if armed.writes > 0 {
            armed.writes -= 1;
            return;
        }
        *fuse = None;
        drop(fuse);
        panic_any(PowerCut(phase));
    }
}

type Work = Pin<Box<dyn Future<Output = Option<Input>>>>;
type Joining = Pin<Box<dyn Future<Output = Result<EnrolAnswer, CallError>>>>;

struct Running {
    app: Arc<App>,
    nudged: Arc<AtomicBool>,
    asks: Arc<Asks>,
    /// None before it joined.
    sync: Option<Syncing>,
    joining: Option<Joining>,
}

struct Syncing {
    desk: Arc<Desk>,
    engine: Engine,
    lanes: Vec<Work>,
    /// What the stream said and the engine was not told so far.
    said: Arc<Mutex<Vec<StreamSays>>>,
    status: SyncStatus,
    started_ms: u64,
    steady: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// What a till begins with.
#[derive(Clone)]
pub struct Beginning {
    /// In the trace and in its identities.
    pub number: usize,
    /// Where it stands.
    pub site: usize,
    /// The till's code.
    pub code: String,
    /// Its key.
    pub key_seed: [u8; 32],
    /// Codes that it was given after the first.
    pub codes: u8,
    /// Its data file was damaged.
    pub damage: Option<Damage>,
    /// What it showed as done before.
    pub shown: Vec<Shown>,
}

/// A station.
pub struct Till {
    /// What it began with; `shown` grows.
    pub begun: Beginning,
    /// Its clocks.
    pub clock: Arc<TillClock>,
    /// Its line.
    pub weather: Weather,
    /// Ends its power in the middle of a write.
    pub fuse: Arc<Fuse>,
    /// A copy of its disk, and how much it had shown by then.
    pub image: Option<(PathBuf, usize)>,
    /// Receipts of its sales, for returns.
    pub receipts: Vec<String>,
    /// The code that it joins with, until it has joined.
    pub enrol_code: Option<String>,
    /// Central does not know its code any more.
    pub wants_code: bool,
    /// What it is called at central, once it has joined.
    pub identity: Option<(Uuid, GenerationId)>,
    /// What it was poked for.
    pub ears: Ears,
    line: Line,
    sent: Vec<Slot>,
    pipes: Vec<Pipe>,
    now: Now,
    seed: u64,
    starts: u64,
    folder: PathBuf,
    /// Entries that sync wrote and that were not noted yet.
    written: Arc<AtomicUsize>,
    running: Option<Running>,
}

fn boot(number: usize, starts: u64) -> Uuid {
    Uuid::from_u128(0xb007_0000 | (number as u128) << 64 | u128::from(starts) << 96)
}

/// What the app hears of sync, as the station tells it.
fn tell(app: &App, status: &SyncStatus) {
    let revoked = status.problems.iter().any(|problem| problem.code == Trouble::REVOKED);
    let problem = SyncProblem { code: Trouble::REVOKED.to_owned(), ..SyncProblem::default() };
    app.hear_sync(SyncHeard {
        problems: revoked.then_some(problem).into_iter().collect(),
        forked: !status.parted.is_empty(),
        complete: status.initial_done,
    });
    app.set_connection(match status.state {
        SyncState::Connecting => ConnectionState::Connecting,
        SyncState::Online => ConnectionState::Online,
        SyncState::Offline => ConnectionState::Offline,
    });
}

impl Till {
    /// A machine that is off; its disk is in `folder`, perhaps empty.
    pub fn new(begun: Beginning, folder: PathBuf, now: &Now, seed: u64) -> Self {
        let clock = Arc::new(TillClock::new(now, boot(begun.number, 0)));
        Till {
            clock,
            begun,
            weather: Weather::Calm,
            fuse: Arc::default(),
            image: None,
            receipts: Vec::new(),
            enrol_code: None,
            wants_code: false,
            identity: None,
            ears: Ears::default(),
            line: Line::new(listening::listens(seed)),
            sent: Vec::new(),
            pipes: Vec::new(),
            now: now.clone(),
            seed,
            starts: 0,
            folder,
            written: Arc::default(),
            running: None,
        }
    }

    /// Starts the app on what lies on the disk, and goes on joining where it has not joined.
    pub fn start(&mut self) -> Did<()> {
        assert!(self.running.is_none(), "a till is started once");
        self.guarded(|till| {
            till.open();
            till.ask_to_join();
            till.poll();
        })
    }

    fn open(&mut self) {
        self.starts += 1;
        let number = u64::try_from(self.begun.number).unwrap_or(0);
        let store = Arc::new(self.open_store());
        let nudged = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&nudged);
        let outside = Outside {
            clock: Arc::clone(&self.clock) as _,
            ids: Arc::new(Ids::new(&self.now, Dice::new(self.seed ^ number << 32, 0x1d5 + self.starts))),
            nudge: Box::new(move |nudge| told.store(nudge == Nudge::Journal, Ordering::Relaxed)),
        };
        let joined = store.read::<_, StoreError>(station::get).expect("the store can be read").is_some();
        let keys = if joined { self.keys() } else { Vec::new() };
        let known = store.read::<_, StoreError>(|tx| Ok((journal::last_stamp(tx)?, stock::heard_ms(tx)?)));
        let (last, heard_ms) = known.expect("the store can be read");
        self.clock.resume(last, heard_ms);
        let app = Arc::new(App::start(store, outside, keys).expect("the till starts"));
        let asks = Arc::new(Asks::default());
        app.set_asker(Some(Arc::<Asks>::clone(&asks)));
        self.running = Some(Running { app, nudged, asks, sync: None, joining: None });
        self.note_missing();
        if let Some(from) = self.app().generation_to_leave().expect("the store can be read") {
            (self.begins_anew())(from).expect("a generation begins");
        }
        rescue::note_identity(self.store(), &self.folder).expect("an identity");
        let station = self.store().read::<_, StoreError>(station::get).expect("the store can be read");
        if let Some(station) = station {
            self.connect(station);
        }
        self.still_there();
        // Written before the power went off, when nobody looked at the time.
        self.note_shown(None);
    }

    /// As the station opens it: made anew where it is damaged.
    fn open_store(&mut self) -> Store {
        let witness: Arc<dyn Witness> = Arc::clone(&self.fuse) as _;
        let damaged = self.begun.damage.as_ref().is_some_and(|damage| damage.is_new);
        let is_found = || matches!(Store::open(&self.folder), Err(error) if error.is_damage());
        if damaged && !is_found() {
            // The damage lies deeper than the file's head: somebody meets it while the till is used.
            selvedge_store::rescue::note_damage(&self.folder).expect("a note");
        }
        let store = rescue::open(&self.folder, &witness, &self.keys()).expect("the till's store opens");
        if let Some(damage) = self.begun.damage.as_mut() {
            damage.is_new = false;
        }
        store
    }

    /// What did not come out of a damaged file, and what came back since.
    fn note_missing(&mut self) {
        if self.begun.damage.is_none() {
            return;
        }
        let Some(own) = self.store().read::<_, StoreError>(station::get).expect("the store can be read") else {
            return;
        };
        let there: BTreeSet<Hash> = self.journal(own.device).iter().map(|entry| entry.hash).collect();
        damage::is_read(self, &there);
        self.bring_home(&there);
    }

    fn bring_home(&mut self, there: &BTreeSet<Hash>) {
        let bases = pruned::bases(self.running.as_ref().expect("the till is on").app.store());
        for shown in self.begun.shown.iter_mut().filter(|shown| !shown.torn) {
            shown.away = !there.contains(&shown.hash) && !pruned::stands(&bases, shown.id, &shown.hash);
        }
    }

    fn journal(&self, device: DeviceId) -> Vec<Entry> {
        let read = |tx: &selvedge_store::Tx| {
            let mut all = Vec::new();
            for generation in journal::generations(tx)? {
                all.extend(journal::after(tx, device, generation, 0, u32::MAX)?);
            }
            Ok::<_, StoreError>(all)
        };
        self.store().read(read).expect("the journal can be read")
    }

    /// Something of what it showed is not on its disk.
    pub fn is_incomplete(&self) -> bool {
        self.begun.shown.iter().any(|shown| shown.away && !shown.torn)
    }

    /// Off, whatever it was doing.
    pub fn cut_power(&mut self) {
        self.running = None;
        self.sent.clear();
        self.pipes.clear();
        self.ears.trouble(self.now.ms());
        self.line.take();
        self.fuse.disarm();
    }

    /// The machine was off, not only the app.
    pub fn reboot(&mut self) {
        self.clock.reboot(boot(self.begun.number, self.starts));
    }

    /// Which station it is, once it has joined.
    pub fn device(&self) -> Option<Uuid> {
        self.identity.map(|(device, _)| device)
    }

    /// Whether the app runs.
    pub fn is_on(&self) -> bool {
        self.running.is_some()
    }

    /// Whether it runs and belongs to the company.
    pub fn has_joined(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.sync.is_some())
    }

    /// The app.
    pub fn app(&self) -> &Arc<App> {
        &self.running.as_ref().expect("the till is on").app
    }

    /// Its store.
    pub fn store(&self) -> &Arc<Store> {
        self.app().store()
    }

    /// What sync last said.
    pub fn status(&self) -> Option<&SyncStatus> {
        Some(&self.running.as_ref()?.sync.as_ref()?.status)
    }

    /// Where its disk is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its disk is replaced by the image; it must be off. What it showed since is torn off.
    pub fn replace_disk(&mut self, image: &Path, shown: usize) {
        assert!(self.running.is_none(), "a disk is replaced while the till is off");
        std::fs::remove_dir_all(&self.folder).expect("the disk goes");
        copy_folder(image, &self.folder);
        self.begun.shown.iter_mut().skip(shown).for_each(|shown| shown.torn = true);
    }

    fn key(&self) -> DeviceKey {
        DeviceKey::from_seed(self.begun.key_seed)
    }

    fn keys(&self) -> Vec<DeviceKey> {
        let later = std::fs::read(self.folder.join(LATER_KEYS)).unwrap_or_default();
        let later = later.chunks_exact(32).filter_map(|seed| Some(DeviceKey::from_seed(seed.try_into().ok()?)));
        std::iter::once(self.key()).chain(later).collect()
    }

    /// Goes on under a new generation when its journal has a namesake.
    fn begins_anew(&self) -> OnParted {
        let (app, file) = (Arc::clone(self.app()), self.folder.join(LATER_KEYS));
        let mut dice = Dice::new(self.seed ^ self.starts << 16, 0x6e7 + u64::try_from(self.begun.number).unwrap_or(0));
        let (first, written, folder) = (dice.draw(), Arc::clone(&self.written), self.folder.clone());
        Box::new(move |from| {
            let mut keys = std::fs::read(&file).unwrap_or_default();
            let mut seed = [0; 32];
            seed[..8].copy_from_slice(&first.to_be_bytes());
            seed[8..16].copy_from_slice(&u64::try_from(keys.len()).unwrap_or(0).to_be_bytes());
            keys.extend(seed);
            std::fs::write(&file, keys).map_err(|error| error.to_string())?;
            let begun = app.begin_generation(from, DeviceKey::from_seed(seed), "simulation");
            written.fetch_add(usize::from(*begun.as_ref().unwrap_or(&false)), Ordering::Relaxed);
            rescue::note_identity(app.store(), &folder).map_err(|error| error.to_string())?;
            begun.map(drop).map_err(|error| error.to_string())
        })
    }

    fn central(&self) -> Arc<HttpCentral> {
        Arc::new(HttpCentral::over(Arc::new(self.line.clone()), ADDRESS).expect("an address"))
    }

    fn connect(&mut self, station: Station) {
        self.identity = Some((station.device.0, station.generation));
        let seed = self.seed ^ self.starts;
        let steady: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::new(self.clock.steady());
        let desk = Arc::new(Desk {
            store: Arc::clone(self.store()),
            central: self.central(),
            keys: self.app().keys().clone(),
            wall: Arc::clone(&steady),
            on_parted: self.begins_anew(),
            itself: Itself::default(),
            station,
            asked_of: Mutex::default(),
        });
        let often = Dice::new(seed, 0xba1).chance(12);
        let balances_every_ms = if often { OFTEN_MS } else { SETTINGS.balances_every_ms };
        let engine = desk.engine(Settings { balances_every_ms, ..SETTINGS }, seed).expect("the store can be read");
        let (lanes, status, started_ms) = (Vec::new(), SyncStatus::default(), self.now.ms());
        let sync = Syncing { desk, engine, lanes, said: Arc::default(), status, started_ms, steady };
        self.running.as_mut().expect("the till is on").sync = Some(sync);
    }

    /// Asks central to let it join, again and again with the same key.
    pub fn ask_to_join(&mut self) {
        let Some(code) = self.enrol_code.clone() else { return };
        let request = self.enrol_request(&code);
        let central = self.central();
        let asks = !self.wants_code;
        if let Some(running) = self.running.as_mut().filter(|running| asks && running.sync.is_none()) {
            running.joining = Some(Box::pin(async move { central.enrol(&request).await }));
        }
    }

    /// It was given another code: another key and another generation, as a station makes them for each code.
    pub fn try_code(&mut self, code: String) {
        (self.enrol_code, self.wants_code) = (Some(code), false);
        self.begun.codes += 1;
        self.begun.key_seed[31] = self.begun.codes;
    }

    /// What it asks with.
    pub fn enrol_request(&self, code: &str) -> EnrolRequest {
        let purpose = 0x6e6 + u64::try_from(self.begun.number).unwrap_or(0) + (u64::from(self.begun.codes) << 16);
        let mut dice = Dice::new(self.seed, purpose);
        let generation = GenerationId(Uuid::from_u128(u128::from(dice.draw()) << 64 | u128::from(dice.draw())));
        EnrolRequest {
            code: code.to_owned(),
            public_key: self.key().public().to_string(),
            generation: generation.0,
            short: generation_short(generation),
            app: "simulation".to_owned(),
            revision: selvedge_protocol::v1::REVISION,
        }
    }

    fn join(&mut self, answer: &EnrolAnswer) -> Result<(), AppError> {
        let request = self.enrol_request("");
        let words = SiteWords {
            id: answer.site,
            name: &answer.site_name,
            currency: &answer.currency,
            price_mode: &answer.price_mode,
            time_zone: &answer.time_zone,
            locations: &answer.locations,
        };
        let site = feed::site_settings(&words).expect("a site");
        let station = Station {
            device: DeviceId(answer.device),
            generation: GenerationId(request.generation),
            short: request.short,
            public_key: request.public_key,
            site: SiteId(answer.site),
            till: answer.till.clone(),
            name: answer.station_name.clone(),
            central: ADDRESS.to_owned(),
            demo: false,
        };
        let company = CompanyConfig { name: answer.company_name.clone() };
        let joined = Joined { station: station.clone(), key: self.key(), app: "simulation".to_owned() };
        self.app().join(joined, |tx| {
            config::set_company(tx, &company)?;
            decision::trust(tx, &answer.central_key)?;
            Ok(config::set_site(tx, &site)?)
        })?;
        self.connect(station);
        rescue::note_identity(self.store(), &self.folder)
    }

    /// Does something at the till, as a person does.
    pub fn command<T>(&mut self, work: impl FnOnce(&App) -> Result<T, AppError>) -> Did<T> {
        let app = Arc::clone(self.app());
        let did = catch_unwind(AssertUnwindSafe(|| work(&app)));
        drop(app);
        match did {
            Ok(done) => {
                self.note_shown(self.true_ms());
                done.map_or_else(|error| Did::Refused(Failure::from(error)), Did::Done)
            }
            Err(payload) => self.unwound(payload),
        }
    }

    /// The power went off; anything else goes on unwinding.
    fn unwound<T>(&mut self, payload: Box<dyn std::any::Any + Send>) -> Did<T> {
        let cut = match payload.downcast::<PowerCut>() {
            Ok(cut) => cut,
            Err(other) => resume_unwind(other),
        };
        // Entries that come back are no new ones.
        if cut.0 != Phase::Committed && self.is_on() && !self.is_incomplete() {
            let before = self.begun.shown.iter().filter(|shown| !shown.torn).count();
            let written = self.written.load(Ordering::Relaxed);
            assert_eq!(self.entries(), before + written, "what was not committed leaves no entry");
        }
        self.cut_power();
        Did::PowerCut
    }

    fn entries(&self) -> usize {
        let count = |tx: &selvedge_store::Tx| {
            let mut count = 0;
            for generation in journal::generations(tx)? {
                count += journal::head(tx, generation)?.0;
            }
            Ok::<_, StoreError>(count)
        };
        usize::try_from(self.store().read(count).expect("the journal can be read")).unwrap_or(usize::MAX)
    }

    /// Notes what is in the journal now and was not shown before.
    fn note_shown(&mut self, true_ms: Option<i64>) {
        let device = self.identity.map(|(device, _)| DeviceId(device));
        let Some(device) = device else { return };
        if self.is_incomplete() {
            let there = self.journal(device).iter().map(|entry| entry.hash).collect();
            self.bring_home(&there);
        }
        let mut last: BTreeMap<Uuid, u64> = BTreeMap::new();
        for shown in self.begun.shown.iter().filter(|shown| !shown.torn && !shown.away) {
            last.insert(shown.id.generation, shown.id.sequence);
        }
        let new = self.store().read::<_, StoreError>(|tx| {
            let mut new = Vec::new();
            for generation in journal::generations(tx)? {
                let after = last.get(&generation.0).copied().unwrap_or(0);
                new.extend(journal::after(tx, device, generation, after, u32::MAX)?);
            }
            Ok(new)
        });
        let new = new.expect("the journal can be read");
        // What central gives back was written before, by this machine or by its clone.
        let true_ms = true_ms.filter(|_| self.begun.damage.is_none());
        let shown = new.iter().map(|entry| Shown {
            id: entry.id,
            hash: entry.hash,
            entry: entry.clone(),
            torn: false,
            away: false,
            true_ms,
        });
        self.begun.shown.extend(shown);
        self.written.store(0, Ordering::Relaxed);
    }

    fn true_ms(&self) -> Option<i64> {
        let knowable = self.clock.wrong_ms().unsigned_abs() <= KNOWABLE_MS;
        knowable.then(|| self.now.wall_ms())
    }

    /// What was shown as done is on the disk after every start.
    fn still_there(&self) {
        let mut last: BTreeMap<Uuid, &Shown> = BTreeMap::new();
        for shown in self.begun.shown.iter().filter(|shown| !shown.torn && !shown.away) {
            last.insert(shown.id.generation, shown);
        }
        for shown in last.values() {
            let generation = GenerationId(shown.id.generation);
            let read = |tx: &selvedge_store::Tx| {
                journal::after(tx, DeviceId(shown.id.device), generation, shown.id.sequence - 1, 1)
            };
            let found = self.store().read::<_, StoreError>(read).expect("the journal can be read");
            let same = found.first().is_some_and(|entry| entry.hash == shown.hash);
            assert!(same, "what was shown as done is on the till's disk: entry {}", shown.id.sequence);
        }
    }

    /// When its engine wants to be woken.
    pub fn wake_ms(&self) -> Option<u64> {
        let sync = self.running.as_ref()?.sync.as_ref()?;
        Some(sync.started_ms + sync.engine.wake_at_ms()?)
    }

    /// Time went by.
    pub fn tick(&mut self) -> Did<()> {
        self.guarded(|till| till.step(Input::Tick))
    }

    /// The journal grew, perhaps.
    pub fn poke(&mut self) -> Did<()> {
        self.guarded(|till| {
            let Some(running) = till.running.as_ref() else { return };
            if running.sync.is_some() && running.nudged.swap(false, Ordering::Relaxed) {
                let unsent = till.store().read::<_, StoreError>(journal::unsent).expect("the journal can be read");
                till.step(Input::Poke { unsent });
            }
            let asks = till.running.as_ref().map_or((false, false), |running| running.asks.take());
            if asks.0 {
                till.step(Input::Asked);
            }
            if asks.1 {
                till.step(Input::Lend);
            }
        })
    }

    /// Works on with what has come.
    pub fn go_on(&mut self) -> Did<()> {
        self.guarded(Till::poll)
    }

    fn guarded(&mut self, work: impl FnOnce(&mut Till)) -> Did<()> {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(()) => {
                if self.written.load(Ordering::Relaxed) > 0 {
                    self.note_shown(self.true_ms());
                }
                Did::Done(())
            }
            Err(payload) => self.unwound(payload),
        }
    }

    fn step(&mut self, input: Input) {
        let now_ms = self.now.ms();
        let Some(app) = self.running.as_ref().map(|running| Arc::clone(&running.app)) else { return };
        let Some(sync) = self.running.as_mut().and_then(|running| running.sync.as_mut()) else { return };
        for output in sync.engine.step(now_ms - sync.started_ms, input) {
            match output {
                Output::Tell(status) => {
                    if let Some(offset_ms) = status.offset_ms {
                        self.clock.compare((sync.steady)().saturating_add(offset_ms));
                    }
                    sync.status = status;
                    tell(&app, &sync.status);
                    let recovered = app.finish_recovery().expect("a recovery ends");
                    self.written.fetch_add(usize::from(recovered), Ordering::Relaxed);
                }
                work @ (Output::AskToken { .. }
                | Output::Push { .. }
                | Output::Pull { .. }
                | Output::AskBalances { .. }
                | Output::AskPromises { .. }
                | Output::AskAllotments { .. }
                | Output::SayHow { .. }) => {
                    let desk = Arc::clone(&sync.desk);
                    sync.lanes.push(Box::pin(async move { desk.run(work).await }));
                }
                Output::Listen { token } => {
                    let (desk, said) = (Arc::clone(&sync.desk), Arc::clone(&sync.said));
                    let tell = move |says| held(&said).push(says);
                    sync.lanes.push(Box::pin(async move { Some(Input::Stream(desk.listen(&token, tell).await)) }));
                }
            }
        }
        self.poll();
    }

    fn poll(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        self.poll_joining(&mut context);
        loop {
            let Some(sync) = self.running.as_mut().and_then(|running| running.sync.as_mut()) else { return };
            let done =
                sync.lanes.iter_mut().enumerate().find_map(|(at, lane)| match lane.as_mut().poll(&mut context) {
                    Poll::Ready(input) => Some((at, input)),
                    Poll::Pending => None,
                });
            // That a stream is over comes last.
            let said = std::mem::take(&mut *held(&sync.said));
            if done.is_none() && said.is_empty() {
                break;
            }
            let done = done.and_then(|(at, input)| {
                drop(sync.lanes.remove(at));
                input
            });
            said.into_iter().map(Input::Stream).chain(done).for_each(|input| self.step(input));
        }
    }

    fn poll_joining(&mut self, context: &mut Context<'_>) {
        let Some(running) = self.running.as_mut() else { return };
        let Some(joining) = running.joining.as_mut() else { return };
        let Poll::Ready(answered) = joining.as_mut().poll(context) else { return };
        running.joining = None;
        match answered {
            Ok(answer) => {
                self.clock.compare(answer.now_ms);
                self.identity = Some((answer.device, GenerationId(self.enrol_request("").generation)));
                self.join(&answer).expect("an enrolled till joins");
                self.enrol_code = None;
                self.note_shown(self.true_ms());
                self.step(Input::Tick);
            }
            Err(error) if error.is(code::ENROL_CODE) => self.wants_code = true,
            Err(error @ CallError::Refused { status: 400..=499, .. }) => panic!("a good code works: {error}"),
            Err(CallError::Away(_) | CallError::Nonsense(_) | CallError::Refused { .. }) => {}
        }
    }

    /// Whether it waits for an answer to its wish to join.
    pub fn is_joining(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.joining.is_some())
    }

    /// What it sent since the last time, with the places where the answers are waited for.
    pub fn take_sent(&mut self) -> Vec<crate::network::Message> {
        let messages = self.line.take();
        self.sent.retain(Slot::waits);
        self.pipes.retain(|pipe| !pipe.is_over());
        self.pipes.extend(messages.iter().filter_map(|message| message.slot.pipe.clone()));
        self.sent.extend(messages.iter().map(|message| message.slot.clone()));
        messages
    }

    /// Work that waits neither for an answer nor for the engine: it breathes between two writes.
    pub fn breathes(&self) -> bool {
        let Some(running) = &self.running else { return false };
        let lanes = running.sync.as_ref().map_or(0, |sync| sync.lanes.len()) + usize::from(running.joining.is_some());
        let listening = self.pipes.iter().filter(|pipe| pipe.waits()).count();
        lanes > self.sent.iter().filter(|slot| slot.waits()).count() + listening
    }
}
