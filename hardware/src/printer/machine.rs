//! The printer's state machine: pure, driven by [`Machine::step`]. It decides when to connect, to ask, to claim a job,
//! to send, and what became of it; [`super::run`] does what it says.
//!
//! A job is claimed in the queue before its first byte. What was claimed is never sent again: it ends as done, sent or
//! uncertain.

use selvedge_domain::ids::JobId;
use selvedge_ports::{DrawerPulse, PrintEnd, PrinterState};

use super::asking::Asking;
use crate::escpos::status::{Answer, Answers};
use crate::escpos::{Fence, Profile, StatusAbility, bytes};

/// How long things may take, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Silence after a question means: it does not answer.
    pub reply_ms: u64,
    /// First wait after a failed connection; doubles.
    pub retry_ms: u64,
    /// Longest wait after failed connections, and between questions while a job waits.
    pub retry_most_ms: u64,
    /// Between questions while nothing is to do.
    pub probe_ms: u64,
    /// A connection without work is closed after this, for others who share the printer, and opened again for a probe
    /// after as long.
    pub idle_ms: u64,
    /// A ready printer that has everything proves nothing any more after this.
    pub fence_ms: u64,
    /// After the weaker proof, how long the stronger one may take.
    pub stronger_ms: u64,
    /// Neither takes nor says anything in the middle of a job: it is gone.
    pub gone_ms: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            reply_ms: 500,
            retry_ms: 250,
            retry_most_ms: 4_000,
            probe_ms: 5_000,
            idle_ms: 30_000,
            fence_ms: 10_000,
            stronger_ms: 3_000,
            gone_ms: 60_000,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Time passed.
    Tick,
    /// Somebody waits: try now, whatever failed before.
    Wake,
    /// What the queue has.
    Work {
        /// The oldest pulse.
        pulse: Option<DrawerPulse>,
        /// The oldest job.
        job: Option<JobId>,
    },
    /// The connection is there.
    Connected,
    /// There is no connection.
    NotConnected,
    /// The queue has recorded that a job is being sent; its bytes.
    JobClaimed(Vec<u8>),
    /// The queue has recorded that a pulse is sent.
    PulseClaimed,
    /// The queue did not record it: nothing is sent.
    Refused,
    /// So many of [`Machine::pending`] were taken.
    Accepted(usize),
    /// The printer says something.
    Received(Vec<u8>),
    /// The connection is gone.
    Lost,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Connect, and answer `Connected` or `NotConnected`.
    Connect,
    /// Close so that what was taken arrives.
    Close,
    /// Record that it is being sent, and answer `JobClaimed` or `Refused`.
    ClaimJob(JobId),
    /// Record that it is sent, and answer `PulseClaimed` or `Refused`.
    ClaimPulse(JobId),
    /// Record how it ended.
    End(JobId, PrintEnd),
    /// Record why it waits.
    Wait(JobId, PrinterState),
    /// Tell how the printer is.
    Tell(PrinterState),
}

#[derive(Clone, Debug)]
enum Phase {
    Apart { retry_at: u64, probe_at: u64 },
    Connecting,
    Asking(Asking),
    Idle { ask_at: u64 },
    Claiming,
    Printing(Printing),
}

/// A claimed job.
#[derive(Clone, Debug)]
struct Printing {
    job: JobId,
    fence_id: [u8; 4],
    /// When something last happened: a byte taken, an answer.
    alive_at: u64,
    /// Since when it has everything and says that it is ready.
    ready_since: Option<u64>,
    asked_at: u64,
    processed_at: Option<u64>,
}

/// The state of one printer.
#[derive(Debug)]
pub struct Machine {
    profile: Profile,
    timing: Timing,
    phase: Phase,
    pending: Vec<u8>,
    answers: Answers,
    state: Option<PrinterState>,
    pulse: Option<DrawerPulse>,
    job: Option<JobId>,
    waited: Option<(JobId, PrinterState)>,
    retry_ms: u64,
    /// When it was connected, or worked last.
    rests_since: u64,
    /// It answered on this connection.
    answered: bool,
    /// It gave the weaker proof and never the stronger one.
    lacks_process_id: bool,
    out: Vec<Output>,
}

impl Machine {
    /// A printer that nothing is known about.
    pub fn new(profile: Profile, timing: Timing) -> Self {
        Machine {
            profile,
            timing,
            phase: Phase::Apart { retry_at: 0, probe_at: 0 },
            pending: Vec::new(),
            answers: Answers::default(),
            state: None,
            pulse: None,
            job: None,
            waited: None,
            retry_ms: timing.retry_ms,
            rests_since: 0,
            answered: false,
            lacks_process_id: false,
            out: Vec::new(),
        }
    }

    /// What is to be written now, from the offset that was taken.
    pub fn pending(&self) -> &[u8] {
        &self.pending
    }

    /// Whether it can use what the queue has.
    pub fn wants_work(&self) -> bool {
        match self.phase {
            Phase::Apart { .. } | Phase::Idle { .. } => true,
            Phase::Printing(_) => self.pending.is_empty(),
            Phase::Connecting | Phase::Asking(_) | Phase::Claiming => false,
        }
    }

    /// Whether a claimed job is not yet at its end.
    pub fn is_printing(&self) -> bool {
        matches!(self.phase, Phase::Printing(_) | Phase::Claiming)
    }

    /// Takes what happened at `now` (milliseconds of any steady clock) and says what to do, in order.
    pub fn step(&mut self, now: u64, input: Input) -> Vec<Output> {
        match input {
            Input::Tick => {}
            Input::Wake => self.wake(now),
            Input::Work { pulse, job } => {
                // Where no drawer can be, its pulse is left to die.
                self.pulse = pulse.filter(|_| self.profile.drawer.is_some());
                self.job = job;
            }
            Input::Connected => self.connected(now),
            Input::NotConnected => self.fail(now, PrinterState::Offline),
            Input::JobClaimed(bytes) => self.start_printing(now, bytes),
            Input::PulseClaimed => self.send_pulse(now),
            Input::Refused => self.refused(now),
            Input::Accepted(count) => self.accepted(now, count),
            Input::Received(bytes) => {
                for answer in self.answers.feed(&bytes) {
                    self.answer(now, answer);
                }
            }
            Input::Lost => self.lost(now),
        }
        self.advance(now);
        std::mem::take(&mut self.out)
    }

    fn advance(&mut self, now: u64) {
        match &self.phase {
            Phase::Apart { retry_at, probe_at } => {
                let work = self.pulse.is_some() || self.job.is_some();
                if now >= *probe_at || (work && now >= *retry_at) {
                    self.phase = Phase::Connecting;
                    self.out.push(Output::Connect);
                }
            }
            Phase::Idle { ask_at } => {
                let prints = self.state.as_ref().is_some_and(PrinterState::prints);
                let ask_at = *ask_at;
                if self.claim_real_time_pulse() {
                    return;
                }
                let work = self.job.is_some() || self.pulse.is_some();
                if now >= ask_at || (work && prints) {
                    self.ask(now);
                } else if !work && now >= self.rests_since + self.timing.idle_ms {
                    self.apart(now, self.timing.idle_ms);
                }
            }
            Phase::Asking(asking) => {
                if now >= asking.asked_at + self.timing.reply_ms {
                    self.silent(now);
                }
            }
            Phase::Printing(_) => self.watch(now),
            Phase::Connecting | Phase::Claiming => {}
        }
    }

    fn wake(&mut self, now: u64) {
        match &mut self.phase {
            Phase::Apart { retry_at, .. } => *retry_at = now,
            Phase::Idle { ask_at, .. } => *ask_at = now,
            Phase::Connecting | Phase::Asking(_) | Phase::Claiming | Phase::Printing(_) => {}
        }
    }

    fn connected(&mut self, now: u64) {
        self.retry_ms = self.timing.retry_ms;
        self.answers = Answers::default();
        self.answered = false;
        self.rests_since = now;
        self.pending.clear();
        self.phase = Phase::Idle { ask_at: now };
    }

    fn ask(&mut self, now: u64) {
        match self.profile.status {
            StatusAbility::None => self.decided(now, PrinterState::Unknown),
            StatusAbility::RealTime => {
                let asking = Asking::new(now);
                self.pending.extend(asking.question());
                self.phase = Phase::Asking(asking);
            }
        }
    }

    fn answer(&mut self, now: u64, answer: Answer) {
        self.answered = true;
        let next = match (&mut self.phase, answer) {
            (Phase::Asking(asking), Answer::RealTime(byte)) => match asking.answer(now, byte) {
                None => {
                    let question = asking.question();
                    self.pending.extend(question);
                    return;
                }
                Some(state) => state,
            },
            (Phase::Printing(printing), answer) => {
                printing.alive_at = now;
                return self.printing_answer(now, answer);
            }
            // Late answers of a question that was given up, and what nobody asked.
            (Phase::Apart { .. } | Phase::Connecting | Phase::Idle { .. } | Phase::Claiming, _)
            | (Phase::Asking(_), Answer::ProcessId(_) | Answer::Paper(_) | Answer::Automatic(_)) => return,
        };
        self.decided(now, next);
    }

    /// A printer that never answers prints one way. One that did answer on this connection is asked on a new one
    /// before it is believed.
    fn silent(&mut self, now: u64) {
        if self.answered {
            self.out.push(Output::Close);
            self.fail(now, PrinterState::Offline);
        } else {
            self.decided(now, PrinterState::Unknown);
        }
    }

    fn decided(&mut self, now: u64, state: PrinterState) {
        self.tell(&state);
        let wait = if self.job.is_some() { self.timing.retry_most_ms.min(1_000) } else { self.timing.probe_ms };
        self.phase = Phase::Idle { ask_at: now + wait };
        if !state.prints() {
            return self.wait_for(&state);
        }
        // A pulse in stream order is sent only to a printer that works it off at once.
        match (self.pulse, self.job) {
            (Some(pulse), _) => self.claim(Output::ClaimPulse(pulse.id)),
            (None, Some(job)) => self.claim(Output::ClaimJob(job)),
            (None, None) => {}
        }
    }

    fn claim(&mut self, claim: Output) {
        self.phase = Phase::Claiming;
        self.out.push(claim);
    }

    fn claim_real_time_pulse(&mut self) -> bool {
        let real_time = self.profile.drawer.is_some_and(|drawer| drawer.real_time);
        match self.pulse {
            Some(pulse) if real_time => {
                // While printing, the job's phase stays; the pulse is only put behind it.
                if !matches!(self.phase, Phase::Printing(_)) {
                    self.phase = Phase::Claiming;
                }
                self.pulse = None;
                self.out.push(Output::ClaimPulse(pulse.id));
                true
            }
            Some(_) | None => false,
        }
    }

    fn send_pulse(&mut self, now: u64) {
        self.pulse = None;
        self.pending.extend(self.profile.drawer.map(bytes::pulse).unwrap_or_default());
        if matches!(self.phase, Phase::Claiming) {
            self.phase = Phase::Idle { ask_at: now };
        }
    }

    fn refused(&mut self, now: u64) {
        self.pulse = None;
        if matches!(self.phase, Phase::Claiming) {
            self.job = None;
            self.phase = Phase::Idle { ask_at: now + self.timing.probe_ms };
        }
    }

    fn start_printing(&mut self, now: u64, bytes: Vec<u8>) {
        let Some(job) = self.job.take() else { return };
        let fence_id = fence_id(job);
        self.pending.extend(bytes);
        if self.state != Some(PrinterState::Unknown) {
            for fence in &self.profile.fences {
                match fence {
                    Fence::ProcessId => self.pending.extend(bytes::process_id(fence_id)),
                    Fence::PaperStatus => self.pending.extend(bytes::PAPER_STATUS),
                }
            }
        }
        self.phase = Phase::Printing(Printing {
            job,
            fence_id,
            alive_at: now,
            ready_since: None,
            asked_at: now,
            processed_at: None,
        });
    }

    fn accepted(&mut self, now: u64, count: usize) {
        self.pending.drain(..count.min(self.pending.len()));
        if let Phase::Printing(printing) = &mut self.phase {
            if count > 0 {
                printing.alive_at = now;
            }
            if self.pending.is_empty() && printing.ready_since.is_none() {
                printing.ready_since = Some(now);
            }
        }
    }

    fn printing_answer(&mut self, now: u64, answer: Answer) {
        let Phase::Printing(printing) = &mut self.phase else { return };
        let state = match answer {
            Answer::ProcessId(id) if id == printing.fence_id => return self.ended(now, PrintEnd::Done),
            Answer::ProcessId(_) => return,
            Answer::Paper(_) => {
                printing.processed_at = Some(now);
                if self.lacks_process_id || !self.profile.fences.contains(&Fence::ProcessId) {
                    self.ended(now, PrintEnd::Done);
                }
                return;
            }
            Answer::RealTime(byte) => Asking::offline_cause(byte),
            Answer::Automatic(status) => Asking::automatic(status),
        };
        if state.prints() {
            printing.ready_since.get_or_insert(now);
            if self.state.as_ref().is_some_and(PrinterState::prints) {
                return;
            }
        } else {
            printing.ready_since = None;
        }
        self.tell(&state);
    }

    /// In the middle of a job: waits for the proof, asks how the printer is, and gives up on one that is gone.
    fn watch(&mut self, now: u64) {
        let Phase::Printing(printing) = &self.phase else { return };
        let timing = self.timing;
        if now >= printing.alive_at + timing.gone_ms {
            self.out.push(Output::Close);
            return self.lost(now);
        }
        if !self.pending.is_empty() {
            return;
        }
        let one_way = self.state == Some(PrinterState::Unknown);
        if one_way || self.profile.fences.is_empty() {
            self.ended(now, PrintEnd::Sent);
            // Closing delivers the rest to a printer that says nothing.
            return self.apart(now, timing.idle_ms);
        }
        let ready_for = |wait: u64| printing.ready_since.is_some_and(|since| now >= since + wait);
        if printing.processed_at.is_some_and(|at| now >= at + timing.stronger_ms) && ready_for(timing.stronger_ms) {
            self.lacks_process_id = true;
            return self.ended(now, PrintEnd::Done);
        }
        if ready_for(timing.fence_ms) {
            return self.ended(now, PrintEnd::Sent);
        }
        if now >= printing.asked_at + 1_000 {
            if let Phase::Printing(printing) = &mut self.phase {
                printing.asked_at = now;
            }
            self.pending.extend(bytes::query(2));
        }
        self.claim_real_time_pulse();
    }

    fn ended(&mut self, now: u64, end: PrintEnd) {
        if let Phase::Printing(printing) = &self.phase {
            self.out.push(Output::End(printing.job, end));
        }
        self.rests_since = now;
        self.phase = Phase::Idle { ask_at: now + self.timing.probe_ms };
    }

    fn lost(&mut self, now: u64) {
        let printing = matches!(self.phase, Phase::Printing(_));
        if printing {
            self.ended(now, PrintEnd::Uncertain);
        }
        if matches!(self.phase, Phase::Idle { .. }) && !printing {
            // Many printers close a connection that rests; whether this one is there shows the next connection.
            self.pending.clear();
            self.phase = Phase::Apart { retry_at: now, probe_at: now + self.timing.retry_ms };
        } else {
            self.fail(now, PrinterState::Offline);
        }
    }

    fn fail(&mut self, now: u64, state: PrinterState) {
        self.tell(&state);
        self.wait_for(&state);
        self.pending.clear();
        self.phase = Phase::Apart { retry_at: now + self.retry_ms, probe_at: now + self.timing.probe_ms };
        self.retry_ms = (self.retry_ms * 2).min(self.timing.retry_most_ms);
    }

    fn apart(&mut self, now: u64, probe_ms: u64) {
        self.out.push(Output::Close);
        self.pending.clear();
        self.phase = Phase::Apart { retry_at: now, probe_at: now + probe_ms };
    }

    fn tell(&mut self, state: &PrinterState) {
        if self.state.as_ref() != Some(state) {
            self.state = Some(state.clone());
            self.out.push(Output::Tell(state.clone()));
        }
    }

    fn wait_for(&mut self, state: &PrinterState) {
        if let Some(job) = self.job {
            let why = (job, state.clone());
            if self.waited.as_ref() != Some(&why) {
                self.out.push(Output::Wait(job, state.clone()));
                self.waited = Some(why);
            }
        }
    }
}

/// Four printable characters out of a job's identity.
fn fence_id(job: JobId) -> [u8; 4] {
    let bytes = job.0.as_bytes();
    std::array::from_fn(|at| b'!' + bytes[12 + at] % 94)
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
