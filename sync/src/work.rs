//! One step of a lane: read the store, call central, write what it said. Each write is short, so that a sale that wants
//! the store meanwhile does not wait.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use selvedge_domain::ids::{DeviceId, GenerationId};
use selvedge_protocol::journal::{DeviceKey, EntryId, Hash, KeyRing};
use selvedge_protocol::v1::{
    BalanceQuery, BaseV1, Cursor, EntryV1, FeedPage, FeedQuery, JournalAnswer, JournalRequest, MAX_PAGE_ROWS,
    MAX_REPORTED_ERRORS, ProblemV1, SeenV1, StationReportV1, TokenRequest, code, stream_event,
};
use selvedge_store::table::generation::{self, Parting};
use selvedge_store::table::held::{self, Held};
use selvedge_store::table::station::Station;
use selvedge_store::table::{base, decision, feed, journal, recovery, setting, station};
use selvedge_store::{Store, StoreError};
use uuid::Uuid;

use crate::engine::{ClockReading, Engine, Failure, Input, Lane, Output, Report, Settings, StreamSays, TokenHeard};
use crate::plan::{self, Mine, Sent, Settled, Stuck};
use crate::{CallError, CentralApi, Parted, Trouble, giving_back};

/// Entries that central holds, asked about at once.
const HELD_AT_ONCE: u32 = 20;
/// Rows in one write of the feed.
const ROWS_A_WRITE: usize = 500;
/// Balances in one write, and so in one page.
const BALANCES_A_WRITE: u32 = 500;
/// Between two writes; a sale takes the store here.
pub(crate) const BREATH: Duration = Duration::from_millis(1);
/// Balances that did not change are still as fresh as the last answer; said at most this often.
const FRESHNESS_EVERY_MS: i64 = 60_000;
/// The whole feed was applied once.
const INITIAL_DONE: &str = "sync-initial-done";
const BALANCES_HEARD: &str = "sync-balances-heard";

/// The machine's wall clock, milliseconds since 1970.
pub type WallClock = Arc<dyn Fn() -> i64 + Send + std::marker::Sync>;

/// Called when another journal has the identity of this generation, the present one: the station is to go on under a new
/// one, whose key lies on the disk before it is used. Called again while it did not.
pub type OnParted = Box<dyn Fn(GenerationId) -> Result<(), String> + Send + std::marker::Sync>;

/// What the station says of itself to central; nothing about people.
pub struct Itself {
    /// Version of the app.
    pub app: String,
    /// What needs a look now, in short codes.
    pub errors: Box<dyn Fn() -> Vec<String> + Send + std::marker::Sync>,
}

impl Default for Itself {
    fn default() -> Self {
        Itself { app: String::new(), errors: Box::new(Vec::new) }
    }
}

/// Where the lanes work: the store, central, and who we are. [`Sync`](crate::Sync) drives it in a shop, the simulation
/// in virtual time.
pub struct Desk {
    /// The station's data.
    pub store: Arc<Store>,
    /// Central.
    pub central: Arc<dyn CentralApi>,
    /// The device's keys, one for each generation.
    pub keys: KeyRing,
    /// The machine's wall clock, uncorrected.
    pub wall: WallClock,
    /// Begins a new generation.
    pub on_parted: OnParted,
    /// What central is told of us.
    pub itself: Itself,
    /// Who we are.
    pub station: Station,
    /// The entry that central holds that was asked about last.
    pub asked_of: Mutex<Option<(GenerationId, u64)>>,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Failure::Store(text)
    }
}

pub(crate) fn nonsense(what: impl Into<String>) -> Failure {
    Failure::Call(CallError::Nonsense(what.into()))
}

/// Who this station is, when it joined and is not the demo.
pub(crate) fn joined(store: &Store) -> Result<Option<Station>, StoreError> {
    let station: Option<Station> = store.read(station::get)?;
    Ok(station.filter(|station| !station.demo))
}

pub(crate) fn initial_done(store: &Store) -> Result<bool, StoreError> {
    Ok(store.read(|tx| setting::get(tx, INITIAL_DONE))?.unwrap_or(false))
}

impl Desk {
    /// The engine of a station that starts: leaves a generation that was found to have a namesake before it was ended, and
    /// applies what came down before this version knew what it means. `seed` as in [`Engine::new`].
    ///
    /// # Errors
    /// [`Failure::Store`].
    pub fn engine(&self, settings: Settings, seed: u64) -> Result<Engine, Failure> {
        self.leave_parted()?;
        if self.store.read::<_, StoreError>(feed::has_kept)? {
            for problem in
                self.store.write::<_, StoreError>("sync-feed", |tx| feed::apply_kept(tx, self.station.site))?
            {
                tracing::warn!(feed.number = problem.number, feed.kind = problem.kind, "{}", problem.what);
            }
        }
        let unsent = self.store.read::<_, StoreError>(journal::unsent)?;
        Ok(Engine::new(0, settings, seed, unsent, initial_done(&self.store)?))
    }

    /// Does what the engine said; nothing for what only tells.
    pub async fn run(&self, output: Output) -> Option<Input> {
        let (lane, result) = match output {
            Output::AskToken { offset_ms } => return Some(Input::Token(self.ask_token(offset_ms).await)),
            Output::Push { token, most_entries, leave_out, probe } => {
                (Lane::Up, self.push(&token, most_entries, &leave_out, &probe).await)
            }
            Output::Pull { token } => (Lane::Down, self.pull(&token).await),
            Output::AskBalances { token } => (Lane::Balances, self.ask_balances(&token).await),
            Output::Listen { token } => {
                let over = self.listen(&token, |_| ()).await;
                return Some(Input::Stream(over));
            }
            Output::AskPromises { token, offset_ms } => {
                return Some(Input::Answered(self.ask_promises(&token, offset_ms).await));
            }
            Output::AskAllotments { token } => return Some(Input::Lent(self.ask_allotments(&token).await)),
            Output::SayHow { token, offset_ms } => {
                return Some(Input::SaidHow(self.say_how(&token, offset_ms).await));
            }
            Output::Tell(_) => return None,
        };
        Some(Input::Done { lane, result })
    }

    /// A token, by the newest generation that central knows: the last one may not be announced yet, or forgotten by a
    /// central that was restored. Where our clock is too wrong, central says its own, and it is signed once more with
    /// that.
    pub async fn ask_token(&self, offset_ms: Option<i64>) -> Result<TokenHeard, Failure> {
        let generations: Vec<_> = self.store.read::<_, Failure>(|tx| Ok(generation::all(tx)?))?;
        let signers = generations.iter().rev().filter_map(|one| Some((one.id, self.keys.of(&one.public_key)?)));
        let mut refused = None;
        for (generation, key) in signers {
            match self.ask_token_as(generation, &key, offset_ms).await {
                Err(error) if error.is(code::SIGNATURE) => refused = Some(error),
                Err(error) if error.is_of_another_time() => return Err(self.of_another_time(error).await),
                answered => return Ok(answered?),
            }
        }
        Err(refused.map_or_else(|| Failure::Store("the device's key is missing".to_owned()), Failure::Call))
    }

    /// What central speaks, when it knows no such call; what answers there without saying it is not central.
    async fn of_another_time(&self, source: CallError) -> Failure {
        match self.central.health().await {
            Ok(health) => Failure::OtherTime { revision: health.revision, source },
            Err(_) => Failure::Call(source),
        }
    }

    async fn ask_token_as(
        &self,
        generation: GenerationId,
        key: &DeviceKey,
        offset_ms: Option<i64>,
    ) -> Result<TokenHeard, CallError> {
        let asked_ms = (self.wall)();
        let at_ms = asked_ms.saturating_add(offset_ms.unwrap_or(0));
        match self.ask_token_at(generation, key, at_ms, asked_ms).await {
            Err(CallError::Refused { error, .. }) if error.code == code::CLOCK && error.now_ms.is_some() => {
                let asked_ms = (self.wall)();
                self.ask_token_at(generation, key, error.now_ms.unwrap_or(asked_ms), asked_ms).await
            }
            answered => answered,
        }
    }

    async fn ask_token_at(
        &self,
        generation: GenerationId,
        key: &DeviceKey,
        at_ms: i64,
        asked_ms: i64,
    ) -> Result<TokenHeard, CallError> {
        let request = TokenRequest::sign(key, self.station.device.0, generation.0, at_ms, nonce()?);
        let answer = match self.central.token(&request).await {
            // A central that lost everything but its key knows us by the row by which it once said who we are.
            Err(error) if error.is(code::SIGNATURE) => match self.own_row()? {
                Some(row) => self.central.token(&TokenRequest { device_row: Some(row), ..request }).await?,
                None => return Err(error),
            },
            answered => answered?,
        };
        let life_ms = u64::try_from(answer.expires_ms.saturating_sub(answer.now_ms)).unwrap_or(0);
        let clock = ClockReading { asked_ms, central_ms: answer.now_ms, answered_ms: (self.wall)() };
        Ok(TokenHeard { token: answer.token, life_ms, revoked: answer.revoked, revision: answer.revision, clock })
    }

    /// Sends the next segment, or asks for the heads only, and notes what central has. A generation that it does not
    /// know is announced; when the present one has a namesake, a new one is begun.
    pub async fn push(&self, token: &str, most: usize, leave_out: &[Uuid], probe: &[Uuid]) -> Result<Report, Failure> {
        self.recover(token).await?;
        let mut segment = self.segment(most, leave_out, probe)?;
        let request = JournalRequest {
            entries: std::mem::take(&mut segment.entries),
            bases: std::mem::take(&mut segment.bases),
            seen: segment.seen.take(),
        };
        let idle = segment.sent.is_empty();
        let asked_ms = (self.wall)();
        let answer = self.central.journal(token, &request).await?;
        let clock = ClockReading { asked_ms, central_ms: answer.now_ms, answered_ms: (self.wall)() };
        let mut settled = self.store.write("sync-acknowledged", |tx| self.settle(tx, &segment, &answer))?;
        let announced = self.announce(token, &mut settled).await?;
        let renewed = self.leave_parted()?;
        let (left, unsent, parted, held) = self.store.read::<_, Failure>(|tx| {
            Ok((left(tx, leave_out, &settled)?, journal::unsent(tx)?, parted(tx)?, held::reasons(tx)?))
        })?;
        if idle && unsent == 0 && !announced && !renewed {
            self.prune(token, answer.now_ms).await?;
        }
        Ok(Report {
            more: left || announced || renewed || !settled.probe.is_empty(),
            progress: settled.progress || announced || renewed,
            unsent: Some(unsent),
            parted: Some(parted),
            held: Some(held),
            probe: settled.probe,
            stuck: settled.stuck,
            problems: settled.problems,
            clock: Some(clock),
            ..Report::default()
        })
    }

    /// Tells central of generations that it does not know; whether it knows more now.
    async fn announce(&self, token: &str, settled: &mut Settled) -> Result<bool, Failure> {
        if settled.unknown.is_empty() {
            return Ok(false);
        }
        let all = self.store.read::<_, Failure>(|tx| Ok(generation::all(tx)?))?;
        let mut announced = false;
        for one in all.iter().filter(|one| settled.unknown.contains(&one.id.0)) {
            let why = match one.announcement() {
                None => "central knows no such generation of this station".to_owned(),
                Some(request) => match self.central.generation(token, &request).await {
                    Ok(_) => {
                        announced = true;
                        continue;
                    }
                    Err(error) if error.wants_token() => return Err(error.into()),
                    Err(error @ CallError::Refused { status: 400..=499, .. }) => error.to_string(),
                    Err(error) => return Err(error.into()),
                },
            };
            let why = format!("Journal {} waits: {why}", one.id);
            settled.stuck.push(Stuck { generation: one.id.0, why });
        }
        Ok(announced)
    }

    /// When the present generation has a namesake, the station begins a new one; whether it had to.
    pub fn leave_parted(&self) -> Result<bool, Failure> {
        let parted = self.store.read::<_, Failure>(|tx| {
            let Some(station) = station::get(tx)? else { return Ok(None) };
            Ok(generation::parting(tx, station.generation)?.map(|_| station.generation))
        })?;
        let Some(generation) = parted else { return Ok(false) };
        (self.on_parted)(generation).map_err(Failure::Store)?;
        Ok(true)
    }

    fn segment(&self, most: usize, leave_out: &[Uuid], probe: &[Uuid]) -> Result<Segment, Failure> {
        let device = self.station.device;
        self.store.read(|tx| {
            let mut segment = Segment { seen: Some(giving_back::seen(tx)?), ..Segment::default() };
            let mut bytes = 0;
            let recovered = recovery::get(tx)?.map(|recovery| recovery.last).unwrap_or_default();
            // The newest first: there stands what central must know to take the others.
            for own in mine(tx)?.into_iter().rev() {
                let room = most.saturating_sub(segment.entries.len());
                segment.mine.push(own);
                // Whether central has our last entry is heard by sending it once more.
                let asks = own.acknowledged == own.last && probe.contains(&own.generation);
                let after = if asks { own.last.saturating_sub(1) } else { own.acknowledged };
                let waits = recovered.contains_key(&GenerationId(own.generation));
                if room == 0 || after >= own.last || waits || leave_out.contains(&own.generation) {
                    continue;
                }
                if let Some(kept) = base::of_number(tx, GenerationId(own.generation), after + 1)? {
                    // Its entries are gone: the base goes in their place, with those of them that were kept whole.
                    if !segment.entries.is_empty() || !segment.bases.is_empty() {
                        continue;
                    }
                    bytes += kept.base.text.len();
                    let count = u32::try_from(kept.last - kept.first + 1).unwrap_or(u32::MAX);
                    let whole = journal::after(tx, device, GenerationId(own.generation), kept.first - 1, count)?;
                    let whole = whole.iter().filter(|entry| entry.id.sequence <= kept.last);
                    segment
                        .bases
                        .push(BaseV1 { statement: kept.base.text.clone(), signature: kept.base.signature.to_string() });
                    segment.sent.push(Sent { generation: own.generation, first: after + 1, last: kept.last });
                    segment.entries.extend(whole.clone().map(EntryV1::from));
                    segment.ids.extend(whole.map(|entry| entry.id));
                    continue;
                }
                let limit = u32::try_from(room).unwrap_or(u32::MAX);
                let entries = journal::after(tx, device, GenerationId(own.generation), after, limit)?;
                let fitting = &entries[..plan::fitting(&entries, room, bytes)];
                let (Some(first), Some(last)) = (fitting.first(), fitting.last()) else { continue };
                bytes += fitting.iter().map(|entry| entry.body.len()).sum::<usize>();
                let (first, last) = (first.id.sequence, last.id.sequence);
                segment.sent.push(Sent { generation: own.generation, first, last });
                segment.entries.extend(fitting.iter().map(EntryV1::from));
                segment.ids.extend(fitting.iter().map(|entry| entry.id));
            }
            if segment.entries.is_empty() && segment.bases.is_empty() {
                self.ask_of_held(tx, &mut segment)?;
            }
            Ok(segment)
        })
    }

    /// With nothing else to send: are those that central holds still held? They are sent again, a few each time.
    fn ask_of_held(&self, tx: &selvedge_store::Tx, segment: &mut Segment) -> Result<(), StoreError> {
        let mut last = self.asked_of.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held::after(tx, *last, HELD_AT_ONCE)?;
        *last = held.last().map(|one| (one.generation, one.sequence));
        for one in held {
            let (acknowledged, _) = journal::acknowledged(tx, one.generation)?;
            let found = journal::after(tx, self.station.device, one.generation, one.sequence - 1, 1)?;
            for entry in found.iter().filter(|entry| entry.id.sequence == one.sequence && one.sequence <= acknowledged)
            {
                segment.entries.push(EntryV1::from(entry));
                segment.ids.push(entry.id);
            }
        }
        Ok(())
    }

    fn settle(&self, tx: &selvedge_store::Tx, segment: &Segment, answer: &JournalAnswer) -> Result<Settled, Failure> {
        let own = Journal { tx, device: self.station.device };
        let settled = plan::settle(&segment.mine, &segment.sent, answer, &own).map_err(nonsense)?;
        giving_back::heard_in(tx, answer.epoch)?;
        for (generation, sequence, hash) in &settled.acknowledged {
            journal::set_acknowledged(tx, GenerationId(*generation), *sequence, hash)?;
        }
        let held = |id: &EntryId| {
            let same = |one: &&ProblemV1| (one.generation, one.sequence) == (id.generation, id.sequence);
            answer.problems.iter().filter(|one| plan::is_held(one)).find(same)
        };
        for id in &segment.ids {
            let generation = GenerationId(id.generation);
            match held(id) {
                Some(ProblemV1 { code, detail, .. }) => {
                    let (code, detail) = (code.clone(), detail.clone());
                    held::set(tx, &Held { generation, sequence: id.sequence, code, detail })?;
                }
                None => held::clear(tx, generation, id.sequence)?,
            }
        }
        for (generation, parting) in &settled.parted {
            generation::set_parting(tx, GenerationId(*generation), parting)?;
        }
        Ok(settled)
    }

    /// Tells central how the station is; how many entries waited.
    pub async fn say_how(&self, token: &str, offset_ms: Option<i64>) -> Result<u64, Failure> {
        let (generation, unsent, oldest_unsent_ms) = self.store.read::<_, Failure>(|tx| {
            let present = station::get(tx)?.map_or(self.station.generation, |station| station.generation);
            Ok((present.0, journal::unsent(tx)?, journal::oldest_unsent_ms(tx)?))
        })?;
        let mut errors = (self.itself.errors)();
        errors.truncate(MAX_REPORTED_ERRORS);
        let app = self.itself.app.clone();
        let report = StationReportV1 { app, generation, unsent, oldest_unsent_ms, offset_ms, errors };
        self.central.report(token, &report).await?;
        Ok(unsent)
    }

    /// Listens until the stream is over, and says how that was.
    pub async fn listen(&self, token: &str, mut tell: impl FnMut(StreamSays) + Send) -> StreamSays {
        let mut pokes = match self.central.listen(token).await {
            Ok(pokes) => pokes,
            Err(error) => return StreamSays::Over(Some(error.into())),
        };
        tell(StreamSays::Lives);
        loop {
            match pokes.next().await {
                Ok(Some(event)) => tell(match event.what.as_str() {
                    stream_event::FEED => StreamSays::Feed,
                    stream_event::BALANCES => StreamSays::Balances,
                    _ => StreamSays::Lives,
                }),
                Ok(None) => return StreamSays::Over(None),
                Err(error) => return StreamSays::Over(Some(error.into())),
            }
        }
    }

    /// Takes the next page of the feed.
    pub async fn pull(&self, token: &str) -> Result<Report, Failure> {
        if let Some(report) = self.give_back(token).await? {
            return Ok(report);
        }
        let (cursor, trusted) = self.store.read::<_, StoreError>(|tx| Ok((feed::cursor(tx)?, decision::key(tx)?)))?;
        if cursor.is_none() && self.take_snapshot(token).await? {
            return Ok(Report { more: true, restarted: true, changed: true, ..Report::default() });
        }
        let query = match &cursor {
            Some(cursor) => FeedQuery::after(cursor, MAX_PAGE_ROWS),
            None => FeedQuery { limit: Some(MAX_PAGE_ROWS), ..FeedQuery::default() },
        };
        let asked_ms = (self.wall)();
        let page = match self.central.feed(token, &query).await {
            Err(CallError::Refused { status, error, retry_after_ms }) if error.code == code::UNKNOWN_CURSOR => {
                // Central lost what we have seen of it, and began a new life with that: back to where both were, where
                // rows replace rows. What is here meanwhile stays.
                let epoch = error.epoch.unwrap_or_default();
                if !self.store.write("sync-feed", |tx| decision::step_back(tx, epoch))? {
                    return Err(CallError::Refused { status, error, retry_after_ms }.into());
                }
                return Ok(Report { more: true, restarted: true, ..Report::default() });
            }
            answered => answered?,
        };
        check_page(cursor.as_ref(), &page).map_err(nonsense)?;
        if let Some(key) = &trusted {
            giving_back::check_signed(cursor.as_ref(), &page, key).map_err(nonsense)?;
        }
        let new_life = cursor.as_ref().is_none_or(|cursor| cursor.epoch != page.next.epoch);
        if self.store.read(decision::owes)? {
            self.store.write("sync-feed", decision::confirmed)?;
        } else if new_life && self.store.read(decision::has_unfinished)? {
            self.store.write("sync-feed", decision::owe_unfinished)?;
        }
        let clock = ClockReading { asked_ms, central_ms: page.now_ms, answered_ms: (self.wall)() };
        let problems = self.apply(cursor.as_ref(), &page).await?;
        let behind = !page.more && self.tell_search().await?;
        Ok(Report {
            more: page.more || behind || self.store.read(decision::owes)?,
            // A new life of central, and one that we begin with, is told at once what we have seen, and that nothing is
            // owed.
            restarted: new_life,
            complete: !page.more,
            changed: !page.rows.is_empty(),
            problems: problems
                .into_iter()
                .map(|one| Trouble::new(Trouble::ROW, format!("Row {} ({}): {}", one.number, one.kind, one.what)))
                .collect(),
            clock: Some(clock),
            ..Report::default()
        })
    }

    /// Writes a page in small pieces. The cursor goes with the last: until then a second time changes nothing.
    async fn apply(&self, cursor: Option<&Cursor>, page: &FeedPage) -> Result<Vec<feed::Problem>, Failure> {
        let (site, epoch) = (self.station.site, page.next.epoch);
        let mut problems = Vec::new();
        let pieces = page.rows.len().div_ceil(ROWS_A_WRITE);
        for piece in page.rows.chunks(ROWS_A_WRITE).take(pieces.saturating_sub(1)) {
            problems.extend(self.store.write("sync-feed", |tx| feed::apply(tx, site, epoch, piece))?);
            tokio::time::sleep(BREATH).await;
        }
        let last = page.rows.chunks(ROWS_A_WRITE).next_back().unwrap_or_default();
        let told = page.more || initial_done(&self.store)?;
        if last.is_empty() && told && cursor == Some(&page.next) {
            return Ok(problems);
        }
        problems.extend(self.store.write("sync-feed", |tx| {
            let problems = feed::apply(tx, site, epoch, last)?;
            feed::set_cursor(tx, &page.next)?;
            if !told {
                setting::set(tx, INITIAL_DONE, &true)?;
            }
            Ok::<_, StoreError>(problems)
        })?);
        Ok(problems)
    }

    /// Takes the next page of balances.
    pub async fn ask_balances(&self, token: &str) -> Result<Report, Failure> {
        let (mark, unsure) =
            self.store.read::<_, StoreError>(|tx| Ok((feed::balance_mark(tx)?, feed::is_unsure(tx)?)))?;
        let query = BalanceQuery {
            epoch: mark.map(|(epoch, _)| epoch),
            after: mark.map(|(_, after)| after),
            limit: Some(BALANCES_A_WRITE),
        };
        let asked_ms = (self.wall)();
        let page = self.central.balances(token, &query).await?;
        let clock = ClockReading { asked_ms, central_ms: page.as_of_ms, answered_ms: (self.wall)() };
        if page.more && !page.restarted && mark == Some((page.epoch, page.next)) {
            return Err(nonsense("balances: the mark does not move"));
        }
        let mut report =
            Report { more: page.more, changed: !page.rows.is_empty(), clock: Some(clock), ..Report::default() };
        let heard_ms: Option<i64> = self.store.read(|tx| setting::get(tx, BALANCES_HEARD))?;
        let fresh =
            heard_ms.is_some_and(|heard_ms| page.as_of_ms.abs_diff(heard_ms) < FRESHNESS_EVERY_MS.unsigned_abs());
        if page.rows.is_empty() && !page.restarted && fresh && !unsure && mark == Some((page.epoch, page.next)) {
            return Ok(report);
        }
        self.store.write::<_, StoreError>("sync-balances", |tx| {
            feed::hear(tx, &page)?;
            if !page.more {
                setting::set(tx, BALANCES_HEARD, &page.as_of_ms)?;
            }
            report.more |= feed::balance_mark(tx)?.is_none();
            Ok(())
        })?;
        Ok(report)
    }
}

/// Our own journal in a transaction.
struct Journal<'a, 't> {
    tx: &'a selvedge_store::Tx<'t>,
    device: DeviceId,
}

impl plan::Own for Journal<'_, '_> {
    fn is_ours(&self, generation: Uuid, sequence: u64, hash: &Hash) -> bool {
        journal::is_ours(self.tx, GenerationId(generation), sequence, hash).unwrap_or(false)
    }

    fn hash_of(&self, generation: Uuid, sequence: u64) -> Option<Hash> {
        let of = GenerationId(generation);
        let found = journal::after(self.tx, self.device, of, sequence.checked_sub(1)?, 1).ok()?;
        let entry = found.first().filter(|entry| entry.id.sequence == sequence).map(|entry| entry.hash);
        let ends = || base::of_number(self.tx, of, sequence).ok()?.filter(|kept| kept.last == sequence);
        entry.or_else(|| ends().map(|kept| kept.hash))
    }
}

#[derive(Default)]
struct Segment {
    bases: Vec<BaseV1>,
    entries: Vec<EntryV1>,
    /// Of the entries.
    ids: Vec<EntryId>,
    seen: Option<SeenV1>,
    mine: Vec<Mine>,
    sent: Vec<Sent>,
}

fn mine(tx: &selvedge_store::Tx) -> Result<Vec<Mine>, StoreError> {
    let partings = generation::partings(tx)?;
    let mut mine = Vec::new();
    for generation in journal::generations(tx)? {
        let (last, _) = journal::head(tx, generation)?;
        let (acknowledged, _) = journal::acknowledged(tx, generation)?;
        // A journal that is shorter than what central had of it lies on a restored disk: nothing of it is unsent.
        let parted: Option<Parting> = partings.iter().find(|(of, _)| *of == generation).map(|(_, parting)| *parting);
        mine.push(Mine { generation: generation.0, last, acknowledged, parted });
    }
    Ok(mine)
}

/// The generations that were left, as a person is told of them.
pub(crate) fn parted(tx: &selvedge_store::Tx) -> Result<Vec<Parted>, StoreError> {
    let all = generation::all(tx)?;
    let mut parted = Vec::new();
    for (id, parting) in generation::partings(tx)? {
        let short = all.iter().find(|one| one.id == id).map_or(String::new(), |one| one.short.clone());
        parted.push(Parted { generation: id, short, cause: parting.cause });
    }
    Ok(parted)
}

/// Whether there is more to send at once.
fn left(tx: &selvedge_store::Tx, leave_out: &[Uuid], settled: &Settled) -> Result<bool, StoreError> {
    let waits = recovery::get(tx)?.map(|recovery| recovery.last).unwrap_or_default();
    let is_stuck = |own: &Mine| {
        leave_out.contains(&own.generation)
            || waits.contains_key(&GenerationId(own.generation))
            || settled.stuck.iter().any(|stuck| stuck.generation == own.generation)
    };
    Ok(mine(tx)?.iter().any(|own| own.acknowledged < own.last && !is_stuck(own)))
}

fn check_page(cursor: Option<&Cursor>, page: &FeedPage) -> Result<(), String> {
    let after = cursor.map_or(0, |cursor| cursor.number);
    if page.rows.len() > usize::try_from(MAX_PAGE_ROWS).unwrap_or(usize::MAX) {
        return Err(format!("rows: {} in one page", page.rows.len()));
    }
    let mut last = after;
    for row in &page.rows {
        if row.number <= last {
            return Err(format!("rows: {} follows {last}", row.number));
        }
        last = row.number;
    }
    if page.next.number < last || (page.more && page.next.number <= after) {
        return Err(format!("next: {} does not go on from {after}", page.next.number));
    }
    Ok(())
}

fn nonce() -> Result<Uuid, CallError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| CallError::Away(format!("this machine gives no chance: {error}")))?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
