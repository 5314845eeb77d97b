//! The pure engine: it is told the time and what happened, and says what to do. It neither reads a clock nor a store.
//!
//! Three lanes work beside each other and never wait for one another: the journal up, the feed down, the balances down.
//! The stream only pokes them; now and then central is told how the station is.
//! All of them need the token, which is asked for when it is missing and renewed before it ends.

mod asking;
mod input;
mod lane;
mod lending;
mod saying;
mod stream;
mod telling;

use std::collections::BTreeSet;

use selvedge_protocol::v1::{MAX_SEGMENT_ENTRIES, code};
use uuid::Uuid;

pub use input::{ClockReading, Failure, Input, Lane, Output, Report, Settings, StreamSays, TokenHeard};

use crate::{CallError, Update};
use asking::Asking;
use lane::Pace;
use lending::Lending;
use saying::Saying;
use stream::Stream;
use telling::Told;

/// Empty-handed pushes in a row before the lane waits: central's heads contradict each other.
const MOST_WITHOUT_PROGRESS: u32 = 3;

struct Token {
    text: String,
    renew_ms: u64,
    ends_ms: u64,
    /// A lane worked with it.
    proved: bool,
}

/// Decides what sync does next.
pub struct Engine {
    settings: Settings,
    chance: u64,
    token: Option<Token>,
    asking: Pace,
    revoked: bool,
    up: Pace,
    down: Pace,
    balances: Pace,
    stream: Stream,
    saying: Saying,
    promises: Asking,
    lending: Lending,
    most_entries: usize,
    without_progress: u32,
    leave_out: BTreeSet<Uuid>,
    probe: Vec<Uuid>,
    look_again_ms: Option<u64>,
    told: Told,
}

impl Engine {
    /// At the start of the app; `seed` is any number that differs from station to station.
    pub fn new(now_ms: u64, settings: Settings, seed: u64, unsent: u64, initial_done: bool) -> Self {
        Engine {
            settings,
            chance: seed,
            token: None,
            asking: Pace::due_at(now_ms),
            revoked: false,
            up: Pace::due_at(now_ms),
            down: Pace::due_at(now_ms),
            balances: Pace::due_at(now_ms),
            stream: Stream::new(now_ms),
            saying: Saying::new(),
            promises: Asking(Pace::due_at(now_ms)),
            lending: Lending(Pace::due_at(now_ms)),
            most_entries: MAX_SEGMENT_ENTRIES,
            without_progress: 0,
            leave_out: BTreeSet::new(),
            probe: Vec::new(),
            look_again_ms: None,
            told: Told::new(unsent, initial_done),
        }
    }

    /// Takes what happened, and says what to do now.
    pub fn step(&mut self, now_ms: u64, input: Input) -> Vec<Output> {
        match input {
            Input::Tick => {}
            Input::Poke { unsent } => {
                self.told.poked(unsent);
                self.up.poke(now_ms);
            }
            Input::Changed => self.saying.changed = true,
            Input::SaidHow(said) => self.said_how(now_ms, said),
            Input::Asked => self.asked(now_ms),
            Input::Answered(answered) => self.answered(now_ms, answered),
            Input::Lend => self.lend(now_ms),
            Input::Lent(lent) => self.lent(now_ms, lent),
            Input::Stream(says) => self.stream_says(now_ms, says),
            Input::Token(Ok(heard)) => self.take_token(now_ms, heard),
            Input::Token(Err(failure)) => self.token_failed(now_ms, &failure),
            Input::Done { lane, result: Ok(report) } => self.lane_worked(now_ms, lane, report),
            Input::Done { lane, result: Err(failure) } => self.lane_failed(now_ms, lane, &failure),
        }
        if self.look_again_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            self.look_again_ms = None;
            self.leave_out.clear();
            self.up.poke(now_ms);
        }
        let mut outputs = self.begin_what_is_due(now_ms);
        let failures = [&self.asking, &self.up, &self.down, &self.balances].map(|pace| pace.failures);
        outputs.extend(self.told.changes(&failures).map(Output::Tell));
        outputs
    }

    /// When to step again with [`Input::Tick`], if nothing happens before.
    pub fn wake_at_ms(&self) -> Option<u64> {
        let token = match &self.token {
            None => self.asking.due_ms(),
            Some(token) => self.asking.due_ms().map(|due| due.max(token.renew_ms)),
        };
        let lanes = if self.token.is_some() {
            [
                self.up.due_ms(),
                self.down_due(),
                self.balances_due(),
                self.stream_due(),
                self.saying_due(),
                self.promises_due(),
                self.lending_due(),
            ]
        } else {
            [None; 7]
        };
        let ends = self.token.as_ref().map(|token| token.ends_ms);
        lanes.into_iter().chain([token, ends, self.look_again_ms]).flatten().min()
    }

    fn begin_what_is_due(&mut self, now_ms: u64) -> Vec<Output> {
        let mut outputs = Vec::new();
        if self.token.as_ref().is_some_and(|token| token.ends_ms <= now_ms) {
            self.token = None;
        }
        let wanted = self.token.as_ref().is_none_or(|token| token.renew_ms <= now_ms);
        if wanted && self.asking.is_due(now_ms) {
            self.asking.begin();
            outputs.push(Output::AskToken { offset_ms: self.told.status.offset_ms });
        }
        let Some(token) = self.token.as_ref().map(|token| token.text.clone()) else { return outputs };
        if self.up.is_due(now_ms) {
            self.up.begin();
            self.told.up_begins();
            let leave_out = self.leave_out.iter().copied().collect();
            let probe = std::mem::take(&mut self.probe);
            outputs.push(Output::Push { token: token.clone(), most_entries: self.most_entries, leave_out, probe });
        }
        if !self.revoked && self.down.is_due(now_ms) {
            self.down.begin();
            outputs.push(Output::Pull { token: token.clone() });
        }
        if !self.revoked && self.balances.is_due(now_ms) {
            self.balances.begin();
            outputs.push(Output::AskBalances { token: token.clone() });
        }
        outputs.extend(self.ask_when_due(now_ms, &token));
        outputs.extend(self.lend_when_due(now_ms, &token));
        outputs.extend(self.listen_when_due(now_ms, &token));
        outputs.extend(self.say_when_due(now_ms, &token));
        outputs
    }

    fn down_due(&self) -> Option<u64> {
        (!self.revoked).then(|| self.down.due_ms()).flatten()
    }

    fn balances_due(&self) -> Option<u64> {
        (!self.revoked).then(|| self.balances.due_ms()).flatten()
    }

    fn take_token(&mut self, now_ms: u64, heard: TokenHeard) {
        if heard.life_ms == 0 {
            return self
                .token_failed(now_ms, &Failure::Call(CallError::Nonsense("a token that is over already".into())));
        }
        let was_failing = self.asking.failures > 0;
        // Renewed after two thirds of its life, so that a short absence of central does not cost it.
        let renew_ms = now_ms.saturating_add(heard.life_ms / 3 * 2);
        let ends_ms = now_ms.saturating_add(heard.life_ms - heard.life_ms / 20);
        self.asking.succeed(now_ms, 0);
        self.told.hear_clock(&heard.clock);
        self.told.status.update = (heard.revision < self.settings.oldest_central).then_some(Update::Central);
        self.told.set_revoked(heard.revoked);
        self.revoked = heard.revoked;
        self.token = Some(Token { text: heard.token, renew_ms, ends_ms, proved: false });
        if was_failing {
            self.wake_all(now_ms);
        }
    }

    fn token_failed(&mut self, now_ms: u64, failure: &Failure) {
        match failure {
            Failure::OtherTime { revision, .. } => {
                self.told.status.update = Update::beside(*revision);
            }
            // It says so itself.
            Failure::Call(CallError::Refused { status: 426, .. }) => {
                self.told.status.update = Some(Update::Station);
            }
            Failure::Call(_) | Failure::Store(_) => {}
        }
        let chance = self.draw();
        self.asking.fail(now_ms, failure.retry_after_ms(), chance);
        self.told.failed(failure);
    }

    fn lane_worked(&mut self, now_ms: u64, lane: Lane, report: Report) {
        if let Some(token) = &mut self.token {
            token.proved = true;
        }
        let was_failing = self.pace(lane).failures > 0;
        let wait_ms = if report.more { 0 } else { self.rest_ms(lane) };
        let contradicts = lane == Lane::Up && self.is_contradiction(&report);
        if contradicts {
            let chance = self.draw();
            self.up.fail(now_ms, None, chance);
            self.told.failed(&Failure::Call(CallError::Nonsense("its heads contradict each other".into())));
        } else {
            self.pace(lane).succeed(now_ms, wait_ms);
        }
        if lane == Lane::Up {
            self.saying.signed_on = true;
            self.probe.clone_from(&report.probe);
            self.most_entries = (self.most_entries * 2).min(MAX_SEGMENT_ENTRIES);
            for stuck in &report.stuck {
                self.leave_out.insert(stuck.generation);
                self.look_again_ms.get_or_insert(now_ms.saturating_add(self.settings.stuck_rest_ms));
            }
        }
        if lane == Lane::Down && report.restarted {
            // Central began a new epoch: what does it have of ours?
            self.up.poke(now_ms);
        }
        self.told.worked(lane, &report, &self.leave_out);
        if was_failing && !contradicts {
            self.wake_all(now_ms);
        }
    }

    /// Whether pushing goes round in circles.
    fn is_contradiction(&mut self, report: &Report) -> bool {
        self.without_progress = if report.more && !report.progress { self.without_progress + 1 } else { 0 };
        self.without_progress >= MOST_WITHOUT_PROGRESS
    }

    fn lane_failed(&mut self, now_ms: u64, lane: Lane, failure: &Failure) {
        if let Failure::Call(error) = failure {
            if error.wants_token() {
                let proved = self.token.take().is_some_and(|token| token.proved);
                if proved {
                    return self.pace(lane).give_back(now_ms);
                }
            }
            if error.is(code::TOO_LARGE) && lane == Lane::Up && self.most_entries > 1 {
                self.most_entries /= 2;
                return self.up.give_back(now_ms);
            }
            if error.is(code::DEVICE_REVOKED) && lane != Lane::Up {
                self.revoked = true;
                self.told.set_revoked(true);
                // It is asked again with every new token.
                let rest_ms = self.rest_ms(lane);
                return self.pace(lane).succeed(now_ms, rest_ms);
            }
        }
        let chance = self.draw();
        self.pace(lane).fail(now_ms, failure.retry_after_ms(), chance);
        self.told.failed(failure);
    }

    /// Central is back for one: the others need not wait for the end of their time.
    fn wake_all(&mut self, now_ms: u64) {
        for pace in [&mut self.up, &mut self.down, &mut self.balances, &mut self.promises.0] {
            if !pace.busy && pace.failures > 0 {
                pace.give_back(now_ms);
            }
        }
    }

    fn rest_ms(&self, lane: Lane) -> u64 {
        match lane {
            Lane::Up => self.settings.heads_every_ms,
            Lane::Down | Lane::Balances if self.stream.is_live() => self.settings.poked_every_ms,
            Lane::Down => self.settings.feed_every_ms,
            Lane::Balances => self.settings.balances_every_ms,
        }
    }

    fn pace(&mut self, lane: Lane) -> &mut Pace {
        match lane {
            Lane::Up => &mut self.up,
            Lane::Down => &mut self.down,
            Lane::Balances => &mut self.balances,
        }
    }

    /// SplitMix64: enough to spread stations, and the same again from the same seed.
    fn draw(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests;
