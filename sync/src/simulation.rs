//! Engine, work and store against a central that is cut off, slow, wrong and restored, in virtual time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use selvedge_domain::ids::{BootId, DeviceId, GenerationId, SiteId};
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::{CodeUnknownV1, DeviceKey, Fact, NewBody};
use selvedge_protocol::v1::*;
use selvedge_store::table::station::Station;
use selvedge_store::table::{config, feed, journal, station};
use selvedge_store::{Store, StoreError};
use uuid::Uuid;

use crate::engine::{Engine, Input, Output, Settings};
use crate::fake::{FakeCentral, SITE};
use crate::work::Desk;
use crate::{Answer, CallError, CentralApi, SyncState, SyncStatus};

const DEVICE: Uuid = Uuid::from_u128(0xd1);
const KEY: [u8; 32] = [3; 32];

/// What befalls one call.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Nobody answers.
    Away,
    /// It is done, and the answer is lost.
    Cut,
    /// It is done twice.
    Doubled,
    Nonsense,
    Busy,
}

/// Central behind a bad line. It also watches that nothing is sent out of order.
struct BadLine {
    central: FakeCentral,
    faults: Mutex<VecDeque<Fault>>,
    seen: Mutex<BTreeMap<Uuid, u64>>,
}

impl BadLine {
    async fn through<'a, T>(&'a self, call: impl Fn() -> Answer<'a, T>) -> Result<T, CallError> {
        let fault = self.faults.lock().expect("faults").pop_front();
        match fault {
            None => call().await,
            Some(Fault::Away) => Err(CallError::Away("nobody".to_owned())),
            Some(Fault::Cut) => {
                let _lost = call().await;
                Err(CallError::Away("the answer was cut".to_owned()))
            }
            Some(Fault::Doubled) => {
                let _first = call().await;
                call().await
            }
            Some(Fault::Nonsense) => Err(CallError::Nonsense("<html>".to_owned())),
            Some(Fault::Busy) => {
                let error = ApiError {
                    code: code::BUSY.to_owned(),
                    detail: String::new(),
                    request_id: String::new(),
                    now_ms: None,
                    epoch: None,
                };
                Err(CallError::Refused { status: 503, error: Box::new(error), retry_after_ms: Some(3_000) })
            }
        }
    }

    fn watch(&self, request: &JournalRequest) {
        let mut seen = self.seen.lock().expect("seen");
        let mut last: BTreeMap<Uuid, u64> = BTreeMap::new();
        for entry in &request.entries {
            if let Some(before) = last.insert(entry.generation, entry.sequence) {
                assert_eq!(entry.sequence, before + 1, "a segment has no gaps");
            }
            let furthest = seen.entry(entry.generation).or_default();
            assert!(entry.sequence <= *furthest + 1, "no entry is sent before the one before it");
            *furthest = (*furthest).max(entry.sequence);
        }
    }
}

impl CentralApi for BadLine {
    fn enrol<'a>(&'a self, request: &'a EnrolRequest) -> Answer<'a, EnrolAnswer> {
        self.central.enrol(request)
    }
    fn token<'a>(&'a self, request: &'a TokenRequest) -> Answer<'a, TokenAnswer> {
        Box::pin(self.through(|| self.central.token(request)))
    }
    fn journal<'a>(&'a self, token: &'a str, request: &'a JournalRequest) -> Answer<'a, JournalAnswer> {
        self.watch(request);
        Box::pin(self.through(|| self.central.journal(token, request)))
    }
    fn feed<'a>(&'a self, token: &'a str, query: &'a FeedQuery) -> Answer<'a, FeedPage> {
        Box::pin(self.through(|| self.central.feed(token, query)))
    }
    fn balances<'a>(&'a self, token: &'a str, query: &'a BalanceQuery) -> Answer<'a, BalancePage> {
        Box::pin(self.through(|| self.central.balances(token, query)))
    }
}

struct World {
    line: Arc<BadLine>,
    desk: Desk,
    engine: Engine,
    now_ms: u64,
    wall_ms: Arc<AtomicI64>,
    /// Work under way: when it is done, and what comes of it; or not begun at central yet.
    under_way: Vec<(u64, Result<Input, Output>)>,
    delays: VecDeque<(u64, bool)>,
    generations: Vec<GenerationId>,
    status: SyncStatus,
    published: u64,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new(clock_wrong_ms: i64, delays: Vec<(u64, bool)>) -> Self {
        let central = FakeCentral::new();
        central.set_token_life_ms(40_000);
        let generation = GenerationId(Uuid::from_u128(1));
        central.know(DEVICE, generation.0, DeviceKey::from_seed(KEY).public());
        let wall_ms = Arc::new(AtomicI64::new(central.now_ms() + clock_wrong_ms));
        let line = Arc::new(BadLine { central, faults: Mutex::default(), seen: Mutex::default() });
        let store = Arc::new(Store::in_memory().expect("a store"));
        let who = Station {
            device: DeviceId(DEVICE),
            generation,
            short: "1".to_owned(),
            public_key: DeviceKey::from_seed(KEY).public().to_string(),
            site: SiteId(SITE),
            till: "01".to_owned(),
            name: "Till 1".to_owned(),
            central: "http://localhost".to_owned(),
            demo: false,
        };
        store.write::<_, StoreError>("join", |tx| station::set(tx, &who)).expect("joined");
        let wall = Arc::clone(&wall_ms);
        let desk = Desk {
            store,
            central: Arc::clone(&line) as Arc<dyn CentralApi>,
            key: Arc::new(DeviceKey::from_seed(KEY)),
            wall: Arc::new(move || wall.load(Ordering::Relaxed)),
            station: who,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        World {
            line,
            desk,
            engine: Engine::new(0, Settings::default(), 11, 0, false),
            now_ms: 0,
            wall_ms,
            under_way: Vec::new(),
            delays: delays.into(),
            generations: vec![generation],
            status: SyncStatus::default(),
            published: 0,
            runtime,
        }
    }

    fn step(&mut self, input: Input) {
        for output in self.engine.step(self.now_ms, input) {
            if let Output::Tell(status) = output {
                self.status = status;
                continue;
            }
            let (delay_ms, late) = self.delays.pop_front().unwrap_or((5, false));
            // Either the way there is slow, or the way back.
            let work = if late { Err(output) } else { Ok(self.run(output)) };
            self.under_way.push((self.now_ms + delay_ms, work));
        }
    }

    fn run(&self, output: Output) -> Input {
        self.runtime.block_on(self.desk.run(output)).expect("work has an end")
    }

    /// Lets time pass, event by event.
    fn wait(&mut self, ms: u64) {
        let until_ms = self.now_ms + ms;
        let mut events = 0;
        loop {
            let done = self.under_way.iter().map(|(at_ms, _)| *at_ms).min();
            let next = [done, self.engine.wake_at_ms()].into_iter().flatten().min().unwrap_or(until_ms);
            if next > until_ms {
                break;
            }
            events += 1;
            assert!(events < 20_000, "sync spins: {:?}", self.status);
            self.go_to(next.max(self.now_ms));
            let Some(at) = self.under_way.iter().position(|(at_ms, _)| *at_ms <= self.now_ms) else {
                self.step(Input::Tick);
                continue;
            };
            let input = match self.under_way.remove(at).1 {
                Ok(input) => input,
                Err(output) => self.run(output),
            };
            self.step(input);
        }
        self.go_to(until_ms);
    }

    fn go_to(&mut self, now_ms: u64) {
        let passed = i64::try_from(now_ms - self.now_ms).expect("time goes on");
        self.wall_ms.fetch_add(passed, Ordering::Relaxed);
        self.line.central.set_now_ms(self.line.central.now_ms() + passed);
        self.now_ms = now_ms;
    }

    fn sell(&mut self, count: u64) {
        let generation = *self.generations.last().expect("one");
        for number in 0..count {
            let body = NewBody {
                id: Uuid::from_u128(u128::from(number)),
                at: Stamp { clock_ms: 1, boot: BootId(Uuid::nil()), ticks_ms: number, offset_ms: None, floor_ms: None },
                person: None,
                site: SITE,
                fact: Fact::CodeUnknown(CodeUnknownV1 { text: number.to_string(), device: "wedge".to_owned() }),
            };
            let key = DeviceKey::from_seed(KEY);
            self.desk
                .store
                .write::<_, StoreError>("sell", |tx| journal::append(tx, DeviceId(DEVICE), generation, &key, &body))
                .expect("an entry");
        }
        let unsent = self.desk.store.read::<_, StoreError>(journal::unsent).expect("a count");
        self.step(Input::Poke { unsent });
    }

    fn act(&mut self, action: &Action) {
        match action {
            Action::Sell(count) => self.sell(*count),
            Action::Wait(ms) => self.wait(*ms),
            Action::Faults(faults) => self.line.faults.lock().expect("faults").extend(faults),
            Action::Publish(count) => {
                for _ in 0..*count {
                    self.published += 1;
                    let name = format!("Company {}", self.published);
                    self.line.central.publish(&FeedBody::Company(CompanyV1 { id: Uuid::from_u128(1), name }));
                }
            }
            Action::Restore { entries, rows } => self.line.central.restore(*entries, *rows),
            Action::NewGeneration => {
                let next = GenerationId(Uuid::from_u128(self.generations.len() as u128 + 1));
                self.generations.push(next);
                self.line.central.know(DEVICE, next.0, DeviceKey::from_seed(KEY).public());
            }
            Action::LoseTokens => self.line.central.set_now_ms(self.line.central.now_ms() + 60_000),
        }
    }

    /// The line is good again, and everything is where it belongs, once.
    fn audit(&mut self) {
        self.line.faults.lock().expect("faults").clear();
        self.delays.clear();
        self.act(&Action::Publish(1));
        self.wait(400_000);
        for generation in &self.generations {
            let ours = self
                .desk
                .store
                .read::<_, StoreError>(|tx| journal::after(tx, DeviceId(DEVICE), *generation, 0, u32::MAX))
                .expect("our entries");
            assert_eq!(self.line.central.entries_of(generation.0), ours, "everything, in order, once");
        }
        let end = self.line.central.feed_end();
        let cursor = self.desk.store.read::<_, StoreError>(feed::cursor).expect("a cursor");
        assert_eq!(cursor, Some(end), "the feed was followed to its end");
        let company = self.desk.store.read::<_, StoreError>(config::company).expect("the company");
        assert_eq!(company.map(|company| company.name), Some(format!("Company {}", self.published)));
        let status = &self.status;
        assert_eq!((status.state, status.unsent), (SyncState::Online, 0), "{status:?}");
        assert!(status.initial_done && !status.forked && status.problems.is_empty(), "{status:?}");
        let wrong =
            self.wall_ms.load(Ordering::Relaxed) + status.offset_ms.expect("an offset") - self.line.central.now_ms();
        assert!(wrong.abs() <= 60_000, "central's clock is known, wrong by {wrong}");
    }
}

#[derive(Clone, Debug)]
enum Action {
    Sell(u64),
    Wait(u64),
    Faults(Vec<Fault>),
    Publish(u64),
    Restore { entries: usize, rows: usize },
    NewGeneration,
    LoseTokens,
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::Away), Just(Fault::Cut), Just(Fault::Doubled), Just(Fault::Nonsense), Just(Fault::Busy)]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (1_u64..6).prop_map(Action::Sell),
        4 => (0_u64..20_000).prop_map(Action::Wait),
        3 => prop::collection::vec(fault(), 1..6).prop_map(Action::Faults),
        2 => (1_u64..4).prop_map(Action::Publish),
        1 => (0_usize..12, 0_usize..6).prop_map(|(entries, rows)| Action::Restore { entries, rows }),
        1 => Just(Action::NewGeneration),
        1 => Just(Action::LoseTokens),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_or_doubled_or_sent_out_of_order(
        clock_wrong_ms in prop_oneof![Just(0_i64), -90_000_000_i64..90_000_000],
        delays in prop::collection::vec((0_u64..8_000, any::<bool>()), 0..40),
        actions in prop::collection::vec(action(), 1..20),
    ) {
        let mut world = World::new(clock_wrong_ms, delays);
        for action in &actions {
            world.act(action);
        }
        world.audit();
    }
}

#[test]
fn a_cloned_disk_is_told_and_both_branches_are_kept() {
    let mut world = World::new(0, Vec::new());
    world.sell(3);
    world.wait(1_000);
    // Another station with this identity sends another fourth entry.
    let generation = world.generations[0];
    let other = World::new(0, Vec::new());
    let mut other = World { line: Arc::clone(&world.line), ..other };
    other.desk.central = Arc::clone(&world.line) as Arc<dyn CentralApi>;
    other.sell(3);
    let key = DeviceKey::from_seed(KEY);
    let body = NewBody {
        id: Uuid::from_u128(77),
        at: Stamp { clock_ms: 9, boot: BootId(Uuid::nil()), ticks_ms: 9, offset_ms: None, floor_ms: None },
        person: None,
        site: SITE,
        fact: Fact::CodeUnknown(CodeUnknownV1 { text: "other".to_owned(), device: "wedge".to_owned() }),
    };
    let append = |tx: &selvedge_store::Tx| journal::append(tx, DeviceId(DEVICE), generation, &key, &body);
    other.desk.store.write::<_, StoreError>("sell", append).expect("an entry");
    other.wait(5_000);
    world.sell(2);
    world.wait(90_000);
    other.wait(90_000);
    assert_eq!(world.line.central.entries_of(generation.0).len(), 6, "both branches");
    for one in [&world, &other] {
        assert!(one.status.forked && one.status.unsent == 0, "{:?}", one.status);
        assert!(one.status.problems.iter().any(|problem| problem.contains("twice")), "{:?}", one.status);
    }
}

#[test]
fn the_fake_is_a_central() {
    let central = FakeCentral::new();
    central.add_code("K7QM-2D9F");
    for number in 0..5 {
        let name = format!("Company {number}");
        central.publish(&FeedBody::Company(CompanyV1 { id: Uuid::from_u128(number), name }));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(crate::suite::central(&central, "K7QM-2D9F"));
}
