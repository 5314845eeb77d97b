//! The world of a run: virtual time, the network's events in their order, the tills and central. One thing happens at a
//! time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response};
use selvedge_app::{App, AppError};
use selvedge_central::store::{Device, NewTransfer, ProductPut, Reporting};
use selvedge_contract::Failure;
use selvedge_protocol::v1::{FeedRow, STREAM_SILENCE_MS};
use selvedge_store::{StoreError, Tx};
use selvedge_sync::CallError;
use selvedge_tests::shop::quick_folder;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::Instant;
use uuid::Uuid;

use crate::central::{Central, REPLICAS, copy_folder};
use crate::checks;
use crate::company::TILLS;
use crate::dice::Dice;
use crate::listening::{LOOK_MS, Pipe, Stream};
use crate::network::{self, Answered, CALL_MS, Fate, Message, Slot, Weather};
use crate::promises::{self, Call, Promised};
use crate::template::Template;
use crate::till::{Beginning, Did, Till};
use crate::time::{Machine, Now};

/// More than this in one run is a loop.
const MOST_EVENTS: u64 = 60_000;

/// A company with more rows than this has a snapshot, where there is one.
const SNAPSHOT_ROWS: u32 = 10;

/// What happens at a moment.
enum Event {
    /// A request reaches central.
    Arrive { till: usize, request: Request<Vec<u8>>, slot: Option<Slot>, way: Way },
    /// A till hears something, or that it will hear nothing.
    Answer { till: usize, slot: Slot, answered: Answered },
    /// Something comes on a till's stream, or its end, or the time at which it notices that nothing comes.
    Piece { till: usize, pipe: Pipe, piece: Option<Vec<u8>>, end: Option<Result<(), ()>> },
    /// Somebody listens to what central says.
    Listen,
    /// A till is switched on.
    Start { till: usize },
    /// Central is started.
    CentralStarts,
    /// A request of the web shop comes once more.
    Repeat { request: Request<Vec<u8>> },
}

/// What becomes of the answer.
#[derive(Clone, Copy)]
enum Way {
    /// It comes back after so long.
    Back { after_ms: u64 },
    /// It is lost; known after so long.
    Lost { after_ms: u64 },
    /// Something else comes back.
    Nonsense,
}

/// When central's power goes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// A request has come, nothing was done.
    Before,
    /// It was done, nothing was said.
    After,
}

/// What central decided, for a second central that is to come to the same books.
pub enum Decision {
    /// Products, prices and opened books.
    Put(Vec<ProductPut>),
    /// A code for a till; used by the till of that number.
    Code {
        /// Of the site.
        site: String,
        /// The till's code.
        till: String,
        /// As given out.
        code: String,
        /// Who uses it.
        number: usize,
    },
    /// Goods of another site, and when they were asked for.
    AskTransfer(NewTransfer, i64),
    /// Nobody wants a transfer any more, since then.
    CancelTransfer(Uuid, i64),
}

/// The world.
pub struct World {
    /// Virtual time.
    pub now: Now,
    /// Central.
    pub central: Central,
    /// The tills; clones among them.
    pub tills: Vec<Till>,
    /// The network's chance.
    pub dice: Dice,
    /// What central decided since the template.
    pub decisions: Vec<Decision>,
    /// Products that there are.
    pub products: u32,
    /// A station that may do nothing any more but hand in its journal.
    pub revoked: Option<Uuid>,
    /// Central's power goes off at the next request that changes something.
    pub central_fuse: Option<Cut>,
    /// A copy of central's file.
    pub backup: Option<PathBuf>,
    /// Rows that central's feed had when central was set back, and how often it had been by then.
    pub made: BTreeMap<String, (usize, FeedRow)>,
    set_backs: usize,
    /// The streams that central keeps open.
    pub streams: Vec<Stream>,
    /// Central may have something to say.
    changed: bool,
    listened_ms: u64,
    begun: (Instant, u64),
    /// How often what happened, by name.
    pub counts: BTreeMap<&'static str, u64>,
    /// The run's folder.
    pub folder: TempDir,
    /// Central was brought back from a backup or began empty: it may have less than it acknowledged.
    pub restored: bool,
    /// The web shop, and what is promised.
    pub promised: Promised,
    seed: u64,
    queue: BTreeMap<(u64, u64), Event>,
    numbered: u64,
    events: u64,
    runtime: Arc<Runtime>,
    trace: Option<Vec<String>>,
}

impl World {
    /// The template's company, as a seed finds it.
    pub fn new(template: &Template, seed: u64, runtime: &Arc<Runtime>, traced: bool) -> Self {
        let mut world = World::empty(seed, runtime);
        world.now.set_ms(template.now_ms);
        world.begun.1 = template.now_ms;
        world.trace = traced.then(Vec::new);
        copy_folder(&template.central(), &world.folder.path().join("central"));
        for begun in &template.tills {
            let folder = world.folder.path().join(format!("till-{}", begun.number));
            copy_folder(&template.till(begun.number), &folder);
            let till = Till::new(begun.clone(), folder, &world.now, seed);
            world.tills.push(till);
        }
        // What a late till begins with: some companies are large enough for a snapshot.
        world.central.from_rows = world.dice.chance(70).then_some(SNAPSHOT_ROWS);
        world.central.start();
        (0..world.tills.len()).for_each(|till| world.start(till));
        world
    }

    /// Without a company and without tills.
    pub fn empty(seed: u64, runtime: &Arc<Runtime>) -> Self {
        let folder = quick_folder();
        let begun = {
            let _context = runtime.enter();
            Instant::now()
        };
        let now = Now::default();
        let around = Arc::new(Machine::new(&now, seed));
        World {
            central: Central::new(&folder.path().join("central"), around, runtime),
            now,
            tills: Vec::new(),
            dice: Dice::new(seed, 3),
            decisions: Vec::new(),
            products: crate::company::PRODUCTS,
            revoked: None,
            central_fuse: None,
            backup: None,
            made: BTreeMap::new(),
            set_backs: 0,
            streams: Vec::new(),
            changed: false,
            listened_ms: 0,
            begun: (begun, 0),
            counts: BTreeMap::new(),
            folder,
            restored: false,
            promised: Promised::default(),
            seed,
            queue: BTreeMap::new(),
            numbered: 0,
            events: 0,
            runtime: Arc::clone(runtime),
            trace: None,
        }
    }

    /// What happened, in words.
    pub fn into_trace(self) -> Vec<String> {
        self.trace.unwrap_or_default()
    }

    /// Says what happens, when somebody listens.
    pub fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let ms = self.now.ms();
            trace.push(format!("{:>6}.{:03} {}", ms / 1000, ms % 1000, what()));
        }
    }

    /// Counts what happens.
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn at(&mut self, after_ms: u64, event: Event) {
        self.numbered += 1;
        self.queue.insert((self.now.ms() + after_ms, self.numbered), event);
    }

    /// Lets time pass.
    pub fn pass(&mut self, ms: u64) {
        let until_ms = self.now.ms() + ms;
        self.changed = true;
        while let Some(due_ms) = self.due_ms().filter(|due_ms| *due_ms <= until_ms) {
            self.events += 1;
            assert!(self.events < MOST_EVENTS, "sync goes round in circles: {:?}", self.states());
            self.now.set_ms(due_ms);
            let event = self.queue.first_entry().filter(|event| event.key().0 <= self.now.ms());
            match event {
                Some(event) => {
                    let event = event.remove();
                    self.happen(event);
                }
                None => self.tick(),
            }
            self.listen_when_due();
        }
        self.now.set_ms(until_ms);
        self.listen_when_due();
    }

    fn listen_when_due(&mut self) {
        let now_ms = self.now.ms();
        if self.streams.is_empty() || !(self.changed || self.listened_ms + LOOK_MS <= now_ms) {
            return;
        }
        (self.changed, self.listened_ms) = (false, now_ms);
        let (begun, begun_ms) = self.begun;
        self.central.keep_time(begun + Duration::from_millis(now_ms - begun_ms));
        self.listen();
        if !self.streams.is_empty() && !self.queue.values().any(|event| matches!(event, Event::Listen)) {
            self.at(LOOK_MS, Event::Listen);
        }
    }

    /// Something comes to a till on its stream after so long.
    pub fn bring(&mut self, after_ms: u64, stream: &Stream, piece: Option<Vec<u8>>, end: Option<Result<(), ()>>) {
        let (till, pipe) = (stream.till, stream.pipe.clone());
        self.at(after_ms, Event::Piece { till, pipe, piece, end });
    }

    fn hears(&mut self, till: usize, pipe: &Pipe, piece: Option<Vec<u8>>, end: Option<Result<(), ()>>) {
        if pipe.is_over() || !self.tills[till].is_on() {
            return;
        }
        if let Some(piece) = piece.filter(|_| self.tills[till].weather != Weather::Cut) {
            if pipe.is_heard() && self.tills[till].ears.heard(&piece, self.now.ms()) {
                self.count("pokes");
                self.say(|| format!("till {till} is poked"));
            }
            pipe.bring(piece);
        }
        if let Some(end) = end {
            self.say(|| format!("till {till}'s stream ends: {end:?}"));
            self.tills[till].ears.trouble(self.now.ms());
            pipe.end(end);
        }
        let (begun, begun_ms) = self.begun;
        self.central.keep_time(begun + Duration::from_millis(self.now.ms() - begun_ms));
        let _context = self.runtime.clone();
        let _context = _context.enter();
        let did = self.tills[till].go_on();
        self.settle(till, did);
    }

    fn due_ms(&self) -> Option<u64> {
        let wakes = self.tills.iter().filter_map(Till::wake_ms).map(|wake_ms| wake_ms.max(self.now.ms()));
        self.queue.keys().next().map(|key| key.0).into_iter().chain(wakes).min()
    }

    fn tick(&mut self) {
        let due = |till: &Till| till.wake_ms().is_some_and(|wake_ms| wake_ms <= self.now.ms());
        if let Some(at) = self.tills.iter().position(due) {
            let did = self.tills[at].tick();
            self.settle(at, did);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive { till, request, slot, way } => self.arrive(till, request, slot, way),
            Event::Answer { till, slot, answered } => self.answer(till, slot, answered),
            Event::Piece { till, pipe, piece, end } => self.hears(till, &pipe, piece, end),
            Event::Listen => self.changed = true,
            Event::Start { till } if !self.tills[till].is_on() => self.start(till),
            Event::CentralStarts if !self.central.is_up() => self.start_central(),
            Event::Repeat { request } => promises::late(self, request),
            Event::Start { .. } | Event::CentralStarts => {}
        }
    }

    /// A request of the web shop comes once more, so much later.
    pub fn repeat_later(&mut self, after_ms: u64, request: Request<Vec<u8>>) {
        self.at(after_ms, Event::Repeat { request });
    }

    fn arrive(&mut self, till: usize, request: Request<Vec<u8>>, slot: Option<Slot>, way: Way) {
        let line = format!("{} {}", request.method(), request.uri().path().trim_start_matches("/api/v1/"));
        let changes = request.method() == Method::POST && !line.ends_with("token");
        let cut = self.central_fuse.filter(|_| changes && self.central.is_up());
        let replica = self.dice.index(REPLICAS).unwrap_or(0);
        let long = network::is_of(&request, "snapshot");
        promises::before_call(self);
        let grant = line.ends_with(" promises") || line.ends_with(" allotments");
        let answer = if cut == Some(Cut::Before) {
            None
        } else if let Some(pipe) =
            slot.as_ref().and_then(|slot| slot.pipe.clone()).filter(|_| matches!(way, Way::Back { .. }))
        {
            self.open_stream(till, replica, request, pipe, way)
        } else if network::is_of(&request, "stream") {
            // Nobody hears what is said on it.
            self.central.open(replica, request).map(|answer| answer.map(|_| Vec::new()))
        } else {
            self.central.call(replica, request)
        };
        self.changed = true;
        if changes {
            promises::observe(self, if grant { Call::Grant } else { Call::Other });
        }
        let again = if slot.is_none() { ", again" } else { "" };
        let status = answer.as_ref().map(|answer| answer.status().as_u16());
        self.say(|| format!("central/{replica}: {line} of till {till}{again}: {status:?}"));
        self.count("calls");
        if long && status == Some(206) {
            self.count("snapshots gone on with");
        } else if long && status == Some(200) {
            self.count("snapshots");
        }
        if let Some(cut) = cut {
            self.central_fuse = None;
            self.say(|| format!("central loses its power ({cut:?})"));
            self.count("central's power");
            self.stop_central();
        }
        let Some(slot) = slot else { return };
        let answer = answer.filter(|_| cut.is_none());
        let away = |after_ms: u64| (after_ms, Err(CallError::Away("nobody answers".to_owned())));
        let (after_ms, answered) = match (way, answer) {
            (Way::Back { after_ms }, Some(answer)) => (after_ms, Ok(answer)),
            (Way::Back { after_ms }, None) => away(after_ms),
            (Way::Lost { after_ms }, _) => away(after_ms),
            (Way::Nonsense, answer) => (5, network::nonsense(&mut self.dice, answer, long)),
        };
        self.at(after_ms, Event::Answer { till, slot, answered });
    }

    /// A till listens from now on, if central lets it.
    fn open_stream(
        &mut self,
        till: usize,
        replica: usize,
        request: Request<Vec<u8>>,
        pipe: Pipe,
        way: Way,
    ) -> Option<Response<Vec<u8>>> {
        let (head, body) = self.central.open(replica, request)?.into_parts();
        if head.status.is_success() {
            self.count("streams");
            let Way::Back { after_ms } = way else { return None };
            let last_ms = self.now.ms() + after_ms;
            self.streams.push(Stream { till, pipe, body, silent: false, last_ms, awaits_ms: None });
            return Some(Response::from_parts(head, Vec::new()));
        }
        Some(Response::from_parts(head, self.central.whole(body)))
    }

    fn answer(&mut self, till: usize, slot: Slot, answered: Answered) {
        if !answered.as_ref().is_ok_and(|answer| answer.status().is_success()) {
            self.tills[till].ears.trouble(self.now.ms());
        }
        if answered.is_ok() && self.tills[till].weather == Weather::Cut {
            let answered = Err(CallError::Away("cut".to_owned()));
            self.tills[till].ears.trouble(self.now.ms() + CALL_MS);
            return self.at(CALL_MS, Event::Answer { till, slot, answered });
        }
        let status = answered.as_ref().map(Response::status).map_err(ToString::to_string);
        self.say(|| format!("till {till} hears {status:?}"));
        slot.fill(answered);
        let did = self.tills[till].go_on();
        self.settle(till, did);
        checks::alone_it_knows_all(self, till);
    }

    /// Takes what a till sent, and switches it on again later when it lost its power.
    fn settle(&mut self, till: usize, did: Did<()>) {
        if let Did::PowerCut = did {
            return self.lost_power(till);
        }
        while self.tills[till].breathes() {
            let sent = self.tills[till].take_sent();
            if sent.is_empty() {
                self.runtime.block_on(tokio::time::sleep(std::time::Duration::from_millis(2)));
                let _context = self.runtime.enter();
                if let Did::PowerCut = self.tills[till].go_on() {
                    return self.lost_power(till);
                }
            }
            sent.into_iter().for_each(|message| self.send(till, message));
        }
        let sent = self.tills[till].take_sent();
        sent.into_iter().for_each(|message| self.send(till, message));
    }

    /// A till lost its power; somebody switches it on again.
    pub fn lost_power(&mut self, till: usize) {
        self.count("power cuts");
        let off_ms = if self.dice.chance(80) { self.dice.between(100, 20_000) } else { self.dice.between(0, 600_000) };
        if self.dice.chance(50) {
            self.tills[till].reboot();
        }
        self.say(|| format!("till {till} loses its power for {off_ms} ms"));
        self.at(off_ms, Event::Start { till });
    }

    fn send(&mut self, till: usize, message: Message) {
        let Message { request, slot } = message;
        let weather = self.tills[till].weather;
        let mut fate = network::fate(&mut self.dice, weather);
        self.tills[till].ears.asks(request.uri().path());
        if fate != Fate::Through || matches!(weather, Weather::Storm | Weather::Cut) {
            self.tills[till].ears.trouble(self.now.ms() + CALL_MS);
        }
        if matches!(fate, Fate::AnswerLost { .. }) && network::is_of(&request, "snapshot") {
            // Of a long answer a part comes through.
            fate = Fate::Nonsense;
        }
        let there_ms = network::trip_ms(&mut self.dice, weather);
        let back_ms = network::trip_ms(&mut self.dice, weather);
        if fate != Fate::Through {
            self.say(|| format!("till {till} sends {} {}: {fate:?}", request.method(), request.uri().path()));
        }
        let way = match fate {
            Fate::Lost { after_ms } => {
                self.count("requests lost");
                let answered = Err(CallError::Away("nobody answers".to_owned()));
                return self.at(after_ms, Event::Answer { till, slot, answered });
            }
            Fate::AnswerLost { after_ms } => {
                self.count("answers lost");
                Way::Lost { after_ms }
            }
            Fate::Nonsense => {
                self.count("nonsense");
                Way::Nonsense
            }
            Fate::Twice { after_ms } => {
                self.count("requests doubled");
                let again = Event::Arrive { till, request: request.clone(), slot: None, way: Way::Nonsense };
                self.at(there_ms + after_ms, again);
                Way::Back { after_ms: back_ms }
            }
            Fate::Through => Way::Back { after_ms: back_ms },
        };
        self.at(there_ms, Event::Arrive { till, request, slot: Some(slot), way });
    }

    /// What hangs is cut: whoever waits for an answer that was lost hears so now.
    pub fn hang_up(&mut self) {
        for (_, event) in std::mem::take(&mut self.queue) {
            let soon = match event {
                Event::Answer { .. } | Event::Start { .. } | Event::CentralStarts => 0,
                Event::Arrive { .. } | Event::Repeat { .. } => self.dice.below(2_000),
                Event::Piece { end: None, piece: None, .. } => STREAM_SILENCE_MS + 100,
                Event::Piece { .. } | Event::Listen => 0,
            };
            self.at(soon, event);
        }
    }

    /// Switches a till on.
    pub fn start(&mut self, till: usize) {
        self.say(|| format!("till {till} starts"));
        let runtime = Arc::clone(&self.runtime);
        let _context = runtime.enter();
        let did = self.tills[till].start();
        promises::note(self, till);
        self.settle(till, did);
    }

    /// A till's power goes off now.
    pub fn switch_off(&mut self, till: usize) {
        self.tills[till].cut_power();
        self.lost_power(till);
    }

    /// A person does something at a till that is on; what the till then sends goes on its way. None when the power went
    /// off meanwhile.
    pub fn command<T>(
        &mut self,
        till: usize,
        what: &'static str,
        work: impl FnOnce(&App) -> Result<T, AppError>,
    ) -> Option<Result<T, Failure>> {
        let did = self.tills[till].command(work);
        let done = match did {
            Did::Done(done) => Ok(done),
            Did::Refused(failure) => Err(failure),
            Did::PowerCut => {
                self.say(|| format!("till {till}: {what}, and the power goes off"));
                self.lost_power(till);
                return None;
            }
        };
        let refused = done.as_ref().err().map(ToString::to_string);
        self.say(|| format!("till {till}: {what} {}", refused.unwrap_or_default()));
        let poked = self.tills[till].poke();
        self.settle(till, poked);
        Some(done)
    }

    /// Another till is bought; it joins with a new code. None when the site has no more of them.
    pub fn add_till(&mut self, site: usize, weather: Weather) -> Option<usize> {
        let used = |code: &str| self.tills.iter().any(|till| till.begun.code == code);
        let code = TILLS[site].iter().find(|code| !used(code))?;
        let number = self.tills.len();
        let enrol_code = self.central.code(crate::company::SITES[site], code);
        self.decisions.push(Decision::Code {
            site: crate::company::SITES[site].to_owned(),
            till: (*code).to_owned(),
            code: enrol_code.clone(),
            number,
        });
        let begun = Beginning {
            number,
            site,
            code: (*code).to_owned(),
            key_seed: [u8::try_from(number).unwrap_or(0) + 1; 32],
            codes: 0,
            damage: None,
            shown: Vec::new(),
        };
        let folder = self.folder.path().join(format!("till-{number}"));
        let mut till = Till::new(begun, folder, &self.now, self.seed);
        till.enrol_code = Some(enrol_code);
        till.weather = weather;
        self.tills.push(till);
        self.start(number);
        Some(number)
    }

    /// A till asks once more to join.
    pub fn ask_to_join(&mut self, till: usize) {
        if self.tills[till].is_on() && !self.tills[till].has_joined() && !self.tills[till].is_joining() {
            self.tills[till].ask_to_join();
            let did = self.tills[till].go_on();
            self.settle(till, did);
        }
    }

    /// Another machine gets a copy of a till's disk, as it is now.
    pub fn clone_till(&mut self, till: usize) -> usize {
        let number = self.tills.len();
        let folder = self.folder.path().join(format!("till-{number}"));
        copy_folder(self.tills[till].folder(), &folder);
        let begun = Beginning { number, ..self.tills[till].begun.clone() };
        let mut clone = Till::new(begun, folder, &self.now, self.seed);
        // It was switched on after the copy was made.
        clone.reboot();
        clone.identity = self.tills[till].identity;
        clone.receipts.clone_from(&self.tills[till].receipts);
        self.tills.push(clone);
        self.start(number);
        number
    }

    /// Central ends at once and comes back later.
    pub fn stop_central(&mut self) {
        self.hang_up_streams();
        self.central.cut_power();
        let off_ms = self.dice.between(500, 60_000);
        self.at(off_ms, Event::CentralStarts);
    }

    /// Central starts on what it has on disk.
    pub fn start_central(&mut self) {
        self.say(|| "central starts".to_owned());
        self.central.start();
        checks::acknowledged_is_kept(self);
    }

    /// Whether every site has a station, other than this one, that can tell central of it.
    pub fn is_remembered_without(&self, left_out: Option<usize>) -> bool {
        let device = left_out.and_then(|till| self.tills[till].device());
        let tells = |till: &Till, site| {
            let knows = till.status().is_some_and(|status| status.initial_done);
            till.begun.site == site && knows && (device.is_none() || till.device() != device)
        };
        (0..crate::company::SITES.len()).all(|site| self.tills.iter().any(|till| tells(till, site)))
    }

    /// Notes what stands in central's feed.
    pub fn note_rows(&mut self) {
        for (hash, row) in self.central.rows() {
            self.made.entry(hash).or_insert((self.set_backs, row));
        }
    }

    /// What central decided and never lost.
    pub fn kept_rows(&self) -> impl Iterator<Item = (String, FeedRow)> {
        let kept = self.made.iter().filter(|(_, (set_backs, _))| *set_backs == self.set_backs);
        kept.map(|(hash, (_, row))| (hash.clone(), row.clone()))
    }

    /// Central's disk is lost; what comes in its place has less.
    pub fn set_back(&mut self, replace: impl FnOnce(&mut Central)) {
        if !self.central.is_up() {
            self.central.start();
        }
        self.note_rows();
        self.set_backs += 1;
        self.hang_up_streams();
        self.central.cut_power();
        replace(&mut self.central);
        self.central.start();
        self.restored = true;
    }

    /// Whether a till's station was revoked, as central knows now.
    pub fn is_revoked(&self, till: &Till) -> bool {
        self.revoked.is_some() && self.known(till).is_some_and(|device| device.revoked)
    }

    /// It joined a central that was set back before anything came down to the till: neither can know the other again.
    pub fn is_stranger(&self, till: &Till) -> bool {
        let own_row = |tx: &Tx| selvedge_store::table::decision::own_row(tx);
        let knows = || till.store().read::<_, StoreError>(own_row).expect("the store can be read").is_some();
        self.restored && till.has_joined() && self.known(till).is_none() && !knows()
    }

    /// Whether central gives out codes for a site now.
    pub fn grants(&self, site: usize) -> bool {
        self.central.is_up() && self.central.wait(self.central.store().may_grant()) && self.central.knows_site(site)
    }

    fn known(&self, till: &Till) -> Option<Device> {
        let (device, _) = till.identity?;
        self.central.wait(self.central.store().device(device))
    }

    /// What a manager does while central comes back: new codes for whoever waits for one, and nobody waits for stations
    /// that nobody has.
    pub fn manage(&mut self) {
        if !self.restored {
            return;
        }
        let now_ms = self.now.wall_ms();
        for station in self.central.recovery().stations.iter().filter(|one| one.state == Reporting::Awaited) {
            let is_its = |till: &Till| till.identity.is_some_and(|(device, _)| device == station.device);
            if !self.tills.iter().any(is_its) {
                self.say(|| format!("nobody waits for station {} any more", station.device));
                self.count("declared dead");
                let store = self.central.store().clone();
                assert!(self.central.wait(store.declare_dead(station.device, now_ms)), "central knows its stations");
            }
        }
        for till in 0..self.tills.len() {
            if self.tills[till].wants_code && self.grants(self.tills[till].begun.site) {
                self.count("new codes");
                let (site, code) = (self.tills[till].begun.site, self.tills[till].begun.code.clone());
                let code = self.central.code(crate::company::SITES[site], &code);
                self.tills[till].try_code(code);
            }
        }
    }

    /// How everything stands, for a person.
    pub fn states(&self) -> Vec<String> {
        let state = |till: &Till| format!("till {}: on {}, {:?}", till.begun.number, till.is_on(), till.status());
        self.tills.iter().map(state).collect()
    }
}
