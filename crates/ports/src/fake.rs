//! Fakes for tests: a queue in memory, and a list of events.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use selvedge_domain::ids::{JobId, ProductId};
use selvedge_domain::receipt::Document;

use crate::central::{AskCentral, Available};
use crate::event::{DeviceEvent, DeviceEvents};
use crate::printing::{DrawerPulse, PrintEnd, PrintJob, PrintQueue, QueueError, WaitReason};

/// Where a job of [`MemoryQueue`] stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Not sent; why, where that is known.
    Waiting(Option<WaitReason>),
    /// Bytes may have gone out.
    Sending,
    /// Ended.
    Ended(PrintEnd),
}

/// Where a pulse of [`MemoryQueue`] stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PulseState {
    /// Not sent.
    Waiting,
    /// Recorded as sent.
    Sent,
    /// Too late.
    Dead,
}

#[derive(Debug, Default)]
struct Rows {
    jobs: Vec<(PrintJob, JobState)>,
    pulses: Vec<(JobId, Instant, PulseState)>,
    passed: Duration,
    broken: bool,
}

impl Rows {
    fn now(&self) -> Instant {
        Instant::now() + self.passed
    }
}

/// A queue in memory; clones share it.
#[derive(Clone, Debug)]
pub struct MemoryQueue {
    rows: Arc<Mutex<Rows>>,
    pulse_life: Duration,
}

impl Default for MemoryQueue {
    fn default() -> Self {
        MemoryQueue::new(Duration::from_secs(5))
    }
}

impl MemoryQueue {
    /// An empty queue whose pulses live for `pulse_life`.
    pub fn new(pulse_life: Duration) -> Self {
        MemoryQueue { rows: Arc::default(), pulse_life }
    }

    /// Adds a job.
    pub fn add(&self, id: JobId, document: Document) {
        self.rows().jobs.push((PrintJob { id, document }, JobState::Waiting(None)));
    }

    /// Adds a pulse.
    pub fn add_pulse(&self, id: JobId) {
        let mut rows = self.rows();
        let until = rows.now() + self.pulse_life;
        rows.pulses.push((id, until, PulseState::Waiting));
    }

    /// Where a job stands.
    pub fn job(&self, id: JobId) -> Option<JobState> {
        self.rows().jobs.iter().find(|(job, _)| job.id == id).map(|(_, state)| state.clone())
    }

    /// Where a pulse stands.
    pub fn pulse(&self, id: JobId) -> Option<PulseState> {
        self.rows().pulses.iter().find(|(pulse, ..)| *pulse == id).map(|(.., state)| *state)
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.rows().passed += time;
    }

    /// From now on every call fails, or works again.
    pub fn set_broken(&self, broken: bool) {
        self.rows().broken = broken;
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn working(&self) -> Result<std::sync::MutexGuard<'_, Rows>, QueueError> {
        let rows = self.rows();
        if rows.broken { Err(QueueError::new("broken on purpose")) } else { Ok(rows) }
    }
}

fn job_mut(rows: &mut Rows, id: JobId) -> Result<&mut JobState, QueueError> {
    let found = rows.jobs.iter_mut().find(|(job, _)| job.id == id);
    found.map(|(_, state)| state).ok_or_else(|| QueueError::new(format!("there is no job {id}")))
}

impl PrintQueue for MemoryQueue {
    fn next_waiting(&mut self) -> Result<Option<PrintJob>, QueueError> {
        let rows = self.working()?;
        Ok(rows.jobs.iter().find(|(_, state)| matches!(state, JobState::Waiting(_))).map(|(job, _)| job.clone()))
    }

    fn mark_sending(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut rows = self.working()?;
        let state = job_mut(&mut rows, id)?;
        match state {
            JobState::Waiting(_) => *state = JobState::Sending,
            JobState::Sending | JobState::Ended(_) => return Err(QueueError::new(format!("job {id} does not wait"))),
        }
        Ok(())
    }

    fn mark_ended(&mut self, id: JobId, end: PrintEnd) -> Result<(), QueueError> {
        let mut rows = self.working()?;
        let state = job_mut(&mut rows, id)?;
        if *state != JobState::Sending {
            return Err(QueueError::new(format!("job {id} is not being sent")));
        }
        *state = JobState::Ended(end);
        Ok(())
    }

    fn mark_waiting(&mut self, id: JobId, reason: &WaitReason) -> Result<(), QueueError> {
        let mut rows = self.working()?;
        match job_mut(&mut rows, id)? {
            JobState::Waiting(why) => *why = Some(reason.clone()),
            JobState::Sending | JobState::Ended(_) => return Err(QueueError::new(format!("job {id} does not wait"))),
        }
        Ok(())
    }

    fn next_pulse(&mut self) -> Result<Option<DrawerPulse>, QueueError> {
        let rows = self.working()?;
        let now = rows.now();
        let waiting = rows.pulses.iter().find(|(_, until, state)| *state == PulseState::Waiting && *until > now);
        Ok(waiting.map(|(id, until, _)| DrawerPulse {
            id: *id,
            left_ms: u64::try_from(until.duration_since(now).as_millis()).unwrap_or(u64::MAX),
        }))
    }

    fn mark_pulse_sent(&mut self, id: JobId) -> Result<(), QueueError> {
        let mut rows = self.working()?;
        let now = rows.now();
        let pulse = rows.pulses.iter_mut().find(|(pulse, ..)| *pulse == id);
        match pulse {
            Some((_, until, state)) if *state == PulseState::Waiting && *until > now => *state = PulseState::Sent,
            Some(_) | None => return Err(QueueError::new(format!("pulse {id} may not be sent"))),
        }
        Ok(())
    }

    fn expire_pulses(&mut self) -> Result<(), QueueError> {
        let mut rows = self.working()?;
        let now = rows.now();
        for (_, until, state) in &mut rows.pulses {
            if *state == PulseState::Waiting && *until <= now {
                *state = PulseState::Dead;
            }
        }
        Ok(())
    }

    fn recover(&mut self) -> Result<Vec<JobId>, QueueError> {
        let mut rows = self.working()?;
        let lost = rows.jobs.iter_mut().filter(|(_, state)| *state == JobState::Sending);
        Ok(lost
            .map(|(job, state)| {
                *state = JobState::Ended(PrintEnd::Uncertain);
                job.id
            })
            .collect())
    }
}

/// Remembers what devices told; clones share it.
#[derive(Clone, Debug, Default)]
pub struct EventList(Arc<Mutex<Vec<DeviceEvent>>>);

impl EventList {
    /// All of them so far.
    pub fn all(&self) -> Vec<DeviceEvent> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl DeviceEvents for EventList {
    fn tell(&self, event: DeviceEvent) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(event);
    }
}

/// Central while a person waits, in virtual time: it takes its time, and what it does is the test's.
pub struct FakeAsker {
    takes: Mutex<Option<Duration>>,
    passes: Box<dyn Fn(Duration) + Send + Sync>,
    asked: Box<dyn Fn() + Send + Sync>,
    available: Box<dyn Fn(ProductId) -> Option<Available> + Send + Sync>,
}

impl FakeAsker {
    /// Answers at once. `passes` is told the time that goes by, `asked` asks what waits, `available` looks up.
    pub fn new(
        passes: impl Fn(Duration) + Send + Sync + 'static,
        asked: impl Fn() + Send + Sync + 'static,
        available: impl Fn(ProductId) -> Option<Available> + Send + Sync + 'static,
    ) -> Self {
        let takes = Mutex::new(Some(Duration::ZERO));
        FakeAsker { takes, passes: Box::new(passes), asked: Box::new(asked), available: Box::new(available) }
    }

    /// Takes so long from now on; without a time it never answers.
    pub fn takes(&self, time: Option<Duration>) {
        *self.takes.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = time;
    }

    /// Waits as a person does; whether the answer came.
    fn waits(&self, wait: Duration) -> bool {
        let takes = *self.takes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (self.passes)(takes.map_or(wait, |takes| takes.min(wait)));
        takes.is_some_and(|takes| takes <= wait)
    }
}

impl AskCentral for FakeAsker {
    fn available(&self, product: ProductId, wait: Duration) -> Option<Available> {
        self.waits(wait).then(|| (self.available)(product)).flatten()
    }

    fn ask_what_waits(&self, wait: Duration) {
        if self.waits(wait) {
            (self.asked)();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{QueueBench, print_queue};

    #[derive(Default)]
    struct Bench {
        queue: MemoryQueue,
        ids: u128,
    }

    impl Bench {
        fn id(&mut self) -> JobId {
            self.ids += 1;
            JobId(format!("{:032x}", self.ids).parse().expect("a UUID"))
        }
    }

    impl QueueBench for Bench {
        fn queue(&mut self) -> &mut dyn PrintQueue {
            &mut self.queue
        }
        fn add(&mut self, document: Document) -> JobId {
            let id = self.id();
            self.queue.add(id, document);
            id
        }
        fn add_pulse(&mut self) -> JobId {
            let id = self.id();
            self.queue.add_pulse(id);
            id
        }
        fn pass(&mut self, time: Duration) {
            self.queue.pass(time);
        }
        fn reopen(&mut self) {
            self.queue = self.queue.clone();
        }
    }

    #[test]
    fn the_queue_in_memory_keeps_the_contract() {
        print_queue(Bench::default);
    }
}
