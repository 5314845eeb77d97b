//! Engine, work and store against a central that is cut off, slow, wrong and restored, in virtual time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use selvedge_domain::ids::{BootId, DeviceId, GenerationId, SiteId};
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::{CodeUnknownV1, DeviceKey, Entry, Fact, KeyRing, NewBody};
use selvedge_protocol::v1::*;
use selvedge_store::table::generation::{self, Cause, Generation};
use selvedge_store::table::station::Station;
use selvedge_store::table::{config, feed, journal, station};
use selvedge_store::{Store, StoreError};
use uuid::Uuid;

use crate::engine::{Engine, Input, Output, Settings};
use crate::fake::{FakeCentral, SITE};
use crate::work::{Desk, Itself};
use crate::{Answer, CallError, CentralApi, OnParted, SyncState, SyncStatus};

const DEVICE: Uuid = Uuid::from_u128(0xd1);
const FIRST: GenerationId = GenerationId(Uuid::from_u128(1));
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
    /// Generations that stations began.
    begun: AtomicU8,
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
    fn generation<'a>(&'a self, token: &'a str, request: &'a GenerationRequest) -> Answer<'a, GenerationAnswer> {
        Box::pin(self.through(|| self.central.generation(token, request)))
    }
    fn journal<'a>(&'a self, token: &'a str, request: &'a JournalRequest) -> Answer<'a, JournalAnswer> {
        self.watch(request);
        Box::pin(self.through(|| self.central.journal(token, request)))
    }
    fn entries<'a>(&'a self, token: &'a str, query: &'a EntriesQuery) -> Answer<'a, EntriesPage> {
        Box::pin(self.through(|| self.central.entries(token, query)))
    }

    fn decisions<'a>(&'a self, token: &'a str, request: &'a DecisionsRequest) -> Answer<'a, DecisionsAnswer> {
        Box::pin(self.through(|| self.central.decisions(token, request)))
    }
    fn feed<'a>(&'a self, token: &'a str, query: &'a FeedQuery) -> Answer<'a, FeedPage> {
        Box::pin(self.through(|| self.central.feed(token, query)))
    }
    fn balances<'a>(&'a self, token: &'a str, query: &'a BalanceQuery) -> Answer<'a, BalancePage> {
        Box::pin(self.through(|| self.central.balances(token, query)))
    }
}

/// Generation, acknowledged number, entries.
type Image = Vec<(GenerationId, u64, Vec<Entry>)>;

/// What the till does when its journal has a namesake, without the till.
fn begins_anew(line: Arc<BadLine>, store: Arc<Store>, keys: KeyRing) -> OnParted {
    Box::new(move |from| {
        let number = line.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let key = keys.add(DeviceKey::from_seed([number; 32]));
        let next = GenerationId(Uuid::from_u128(u128::from(number) << 20));
        let begin = |tx: &selvedge_store::Tx| {
            let mut who = station::get(tx)?.expect("it joined");
            if who.generation != from {
                return Ok(());
            }
            let old = keys.of(&who.public_key).expect("the key of the generation");
            let short = number.to_string();
            let signed = GenerationRequest::sign(&old, DEVICE, from.0, next.0, short.clone(), key.public());
            (who.generation, who.public_key, who.short) = (next, signed.public_key.clone(), short.clone());
            let (public_key, signature) = (signed.public_key, signed.signature);
            generation::begin(tx, &Generation { id: next, after: Some(from), short, public_key, signature })?;
            station::set(tx, &who)?;
            journal::append(tx, DeviceId(DEVICE), next, &key, &scanned(0)).map(drop)
        };
        store.write::<_, StoreError>("begin-generation", begin).map_err(|error| error.to_string())
    })
}

fn scanned(number: u64) -> NewBody {
    NewBody {
        id: Uuid::from_u128(u128::from(number)),
        at: Stamp { clock_ms: 1, boot: BootId(Uuid::nil()), ticks_ms: number, offset_ms: None, floor_ms: None },
        person: None,
        site: SITE,
        fact: Fact::CodeUnknown(CodeUnknownV1 { text: number.to_string(), device: "wedge".to_owned() }),
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
    status: SyncStatus,
    published: u64,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new(clock_wrong_ms: i64, delays: Vec<(u64, bool)>) -> Self {
        let central = FakeCentral::new();
        central.set_token_life_ms(40_000);
        central.know(DEVICE, FIRST.0, DeviceKey::from_seed(KEY).public());
        let (faults, seen, begun) = (Mutex::default(), Mutex::default(), AtomicU8::new(3));
        let mut world = World::on(&Arc::new(BadLine { central, faults, seen, begun }), clock_wrong_ms);
        world.delays = delays.into();
        world
    }

    /// A station that joined just now.
    fn on(line: &Arc<BadLine>, clock_wrong_ms: i64) -> Self {
        let wall_ms = Arc::new(AtomicI64::new(line.central.now_ms() + clock_wrong_ms));
        let store = Arc::new(Store::in_memory().expect("a store"));
        let who = Station {
            device: DeviceId(DEVICE),
            generation: FIRST,
            short: "1".to_owned(),
            public_key: DeviceKey::from_seed(KEY).public().to_string(),
            site: SiteId(SITE),
            till: "01".to_owned(),
            name: "Till 1".to_owned(),
            central: "http://localhost".to_owned(),
            demo: false,
        };
        store.write::<_, StoreError>("join", |tx| station::set(tx, &who)).expect("joined");
        let keys: KeyRing = [DeviceKey::from_seed(KEY)].into_iter().collect();
        let wall = Arc::clone(&wall_ms);
        let desk = Desk {
            store: Arc::clone(&store),
            central: Arc::clone(line) as Arc<dyn CentralApi>,
            keys: keys.clone(),
            wall: Arc::new(move || wall.load(Ordering::Relaxed)),
            itself: Itself::default(),
            on_parted: begins_anew(Arc::clone(line), store, keys),
            station: who,
            asked_of: Mutex::default(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        World {
            line: Arc::clone(line),
            desk,
            engine: Engine::new(0, Settings::default(), 11, 0, false),
            now_ms: 0,
            wall_ms,
            under_way: Vec::new(),
            delays: VecDeque::new(),
            status: SyncStatus::default(),
            published: 0,
            runtime,
        }
    }

    /// The journal as it lies on the disk, and what it knows of central.
    fn image(&self) -> Image {
        self.read(|tx| {
            let mut image = Image::default();
            for generation in journal::generations(tx)? {
                let (acknowledged, _) = journal::acknowledged(tx, generation)?;
                let entries = journal::after(tx, DeviceId(DEVICE), generation, 0, u32::MAX)?;
                image.push((generation, acknowledged, entries));
            }
            Ok(image)
        })
    }

    /// Another machine that was started from an image, on the same line.
    fn started_from(&self, image: &Image) -> World {
        let other = World::on(&self.line, 0);
        let write = |tx: &selvedge_store::Tx| {
            for (generation, acknowledged, entries) in image {
                for entry in entries {
                    tx.execute(
                        "INSERT INTO entry (generation, sequence, format, previous, body, hash, signature)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                        (
                            generation.0.into_bytes(),
                            entry.id.sequence,
                            entry.format,
                            entry.previous.0,
                            &entry.body,
                            entry.hash.0,
                            entry.signature.0,
                        ),
                    )?;
                    if entry.id.sequence == *acknowledged {
                        journal::set_acknowledged(tx, *generation, *acknowledged, &entry.hash)?;
                    }
                }
            }
            Ok::<_, StoreError>(())
        };
        other.desk.store.write("restore", write).expect("an image");
        other
    }

    fn read<T>(&self, work: impl FnOnce(&selvedge_store::Tx) -> Result<T, StoreError>) -> T {
        self.desk.store.read::<T, StoreError>(work).expect("the store")
    }

    /// Everything that the station has is at central, in order; what else is there of a generation is another's.
    fn is_all_at_central(&self) {
        for (generation, _, ours) in self.image() {
            let there = self.line.central.entries_of(generation.0);
            let kept: Vec<Entry> = there.into_iter().filter(|entry| ours.contains(entry)).collect();
            assert_eq!(kept, ours, "everything, in order, once");
        }
        assert_eq!((self.status.unsent, &self.status.problems), (0, &Vec::new()), "{:?}", self.status);
    }

    fn present(&self) -> GenerationId {
        self.read(|tx| Ok(station::get(tx)?.expect("it joined").generation))
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
        let who = self.read(station::get).expect("it joined");
        let key = self.desk.keys.of(&who.public_key).expect("its key");
        for number in 0..count {
            let append = |tx: &selvedge_store::Tx| {
                let (last, _) = journal::head(tx, who.generation)?;
                let body = scanned(1_000 * last + self.now_ms + number);
                journal::append(tx, DeviceId(DEVICE), who.generation, &key, &body)
            };
            self.desk.store.write::<_, StoreError>("sell", append).expect("an entry");
        }
        let unsent = self.read(journal::unsent);
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
            Action::NewGeneration => (self.desk.on_parted)(self.present()).expect("a new generation"),
            Action::Forget => {
                let present = self.present();
                if present != FIRST {
                    self.line.central.forget(present.0);
                }
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
        for (generation, _, ours) in self.image() {
            assert_eq!(self.line.central.entries_of(generation.0), ours, "everything, in order, once");
        }
        let end = self.line.central.feed_end();
        let cursor = self.desk.store.read::<_, StoreError>(feed::cursor).expect("a cursor");
        assert_eq!(cursor, Some(end), "the feed was followed to its end");
        let company = self.desk.store.read::<_, StoreError>(config::company).expect("the company");
        assert_eq!(company.map(|company| company.name), Some(format!("Company {}", self.published)));
        let status = &self.status;
        assert_eq!((status.state, status.unsent), (SyncState::Online, 0), "{status:?}");
        assert!(status.initial_done && status.parted.is_empty() && status.problems.is_empty(), "{status:?}");
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
    Restore {
        entries: usize,
        rows: usize,
    },
    NewGeneration,
    /// Central is restored from before the present generation was announced.
    Forget,
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
        1 => Just(Action::Forget),
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
fn two_stations_with_one_identity_both_go_on_under_new_generations_and_nothing_is_lost() {
    let mut world = World::new(0, Vec::new());
    world.sell(3);
    world.wait(1_000);
    // A copy of the disk is started on another machine, and both sell.
    let mut other = world.started_from(&world.image());
    other.sell(3);
    other.wait(5_000);
    assert_eq!(other.status.parted, [], "nobody can know yet");
    world.sell(2);
    world.wait(90_000);
    other.wait(90_000);
    assert_eq!(world.line.central.entries_of(FIRST.0).len(), 8, "both branches are kept");
    let present = (world.present(), other.present());
    assert!(present.0 != FIRST && present.1 != FIRST && present.0 != present.1, "{present:?}");
    for one in [&mut world, &mut other] {
        one.sell(4);
        one.wait(10_000);
        one.is_all_at_central();
        assert_eq!(one.image().last().map(|(_, _, entries)| entries.len()), Some(5), "sold under the new one");
        let parted: Vec<_> = one.status.parted.iter().map(|one| (one.generation, one.cause)).collect();
        assert_eq!(parted, [(FIRST, Cause::Fork)], "a manager is told, once");
    }
}

#[test]
fn a_disk_that_was_set_back_begins_a_new_generation_before_it_writes_a_number_twice() {
    let mut world = World::new(0, Vec::new());
    world.sell(3);
    world.wait(1_000);
    let image = world.image();
    world.sell(4);
    world.wait(1_000);
    let mut again = world.started_from(&image);
    again.wait(5_000);
    let parted: Vec<_> = again.status.parted.iter().map(|one| (one.generation, one.cause)).collect();
    assert_eq!(parted, [(FIRST, Cause::Restored)], "central has its future");
    again.sell(2);
    again.wait(90_000);
    again.is_all_at_central();
    assert_eq!(world.line.central.entries_of(FIRST.0).len(), 7, "nothing was written twice");
    assert_eq!(world.line.central.entries_of(again.present().0).len(), 3);
}

#[test]
fn a_disk_that_was_set_back_and_sold_on_is_a_fork() {
    let mut world = World::new(0, Vec::new());
    world.sell(5);
    let image = world.image();
    world.sell(4);
    world.wait(1_000);
    let mut again = world.started_from(&image);
    again.go_to(7);
    again.sell(2);
    again.wait(90_000);
    again.is_all_at_central();
    assert_eq!(world.line.central.entries_of(FIRST.0).len(), 11, "both branches");
    let parted: Vec<_> = again.status.parted.iter().map(|one| (one.generation, one.cause)).collect();
    assert_eq!(parted, [(FIRST, Cause::Fork)]);
    assert_ne!(again.present(), FIRST);
}

#[test]
fn branches_are_told_apart_though_central_was_restored_meanwhile() {
    let mut world = World::new(0, Vec::new());
    world.sell(10);
    world.wait(1_000);
    let mut other =
        world.started_from(&world.image()[..].iter().map(|(of, _, all)| (*of, 3, all[..3].to_vec())).collect());
    // Central loses what it had after the third entry, and the copy is quicker.
    world.line.central.restore(3, 0);
    other.sell(3);
    other.wait(1_000);
    world.wait(90_000);
    other.wait(90_000);
    for one in [&world, &other] {
        one.is_all_at_central();
        assert_eq!(one.status.parted.first().map(|one| one.cause), Some(Cause::Fork));
    }
}

#[test]
fn a_central_that_forgot_a_generation_is_told_of_it_again() {
    let mut world = World::new(0, Vec::new());
    world.sell(3);
    world.act(&Action::NewGeneration);
    world.act(&Action::NewGeneration);
    world.sell(2);
    world.wait(5_000);
    world.is_all_at_central();
    for (generation, _, _) in world.image().iter().skip(1) {
        world.line.central.forget(generation.0);
    }
    world.wait(90_000);
    world.is_all_at_central();
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
