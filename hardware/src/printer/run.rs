//! The thread of one printer: asks the queue, moves bytes, tells what happened. It decides nothing; see
//! [`super::machine`].

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use selvedge_domain::ids::JobId;
use selvedge_domain::receipt::layout;
use selvedge_ports::{Connector, DeviceEvent, DeviceEvents, Link, PrintEnd, PrintJob, PrintQueue, WaitReason};

use super::machine::{Input, Machine, Output, Timing};
use crate::escpos::{Profile, encode};

/// What a printer's thread needs.
pub struct PrinterDevice {
    /// Its name in `devices.toml`.
    pub name: String,
    /// What it is like.
    pub profile: Profile,
    /// The way to it.
    pub connector: Box<dyn Connector>,
    /// Its jobs; already recovered.
    pub queue: Box<dyn PrintQueue>,
    /// Who listens.
    pub events: Box<dyn DeviceEvents>,
    /// How long things may take.
    pub timing: Timing,
}

/// A running printer. Dropping it stops the thread, which closes its connection first.
pub struct PrinterHandle {
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl PrinterHandle {
    /// There is something new in the queue, or a person wants another try.
    pub fn wake(&self) {
        if let Some(wake) = &self.wake {
            // A thread that is gone needs no waking.
            let _ = wake.send(());
        }
    }
}

impl Drop for PrinterHandle {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was already reported by it.
            let _ = thread.join();
        }
    }
}

/// Starts a printer's thread.
///
/// # Errors
/// The system gives no thread.
pub fn start(device: PrinterDevice) -> std::io::Result<PrinterHandle> {
    let (wake, woken) = channel();
    let thread = std::thread::Builder::new()
        .name(format!("printer {}", device.name))
        .spawn(move || Run::new(device).go(&woken))?;
    Ok(PrinterHandle { wake: Some(wake), thread: Some(thread) })
}

const CONNECT_WAIT: Duration = Duration::from_secs(2);
const WRITE_WAIT: Duration = Duration::from_millis(100);
const READ_WAIT: Duration = Duration::from_millis(20);
const APART_WAIT: Duration = Duration::from_millis(100);
const CLOSE_WAIT: Duration = Duration::from_secs(2);
/// Who stops the printer waits this long for a paper that was begun.
const LAST_PAPER_WAIT: Duration = Duration::from_secs(4);
/// The queue is looked at this often even when nobody wakes us.
const LOOK_EVERY: Duration = Duration::from_secs(1);

struct Run {
    name: String,
    profile: Profile,
    connector: Box<dyn Connector>,
    queue: Box<dyn PrintQueue>,
    events: Box<dyn DeviceEvents>,
    machine: Machine,
    link: Option<Box<dyn Link>>,
    job: Option<PrintJob>,
    started: Instant,
    look_at: Instant,
}

impl Run {
    fn new(device: PrinterDevice) -> Self {
        let now = Instant::now();
        Run {
            machine: Machine::new(device.profile.clone(), device.timing),
            name: device.name,
            profile: device.profile,
            connector: device.connector,
            queue: device.queue,
            events: device.events,
            link: None,
            job: None,
            started: now,
            look_at: now,
        }
    }

    fn go(mut self, woken: &Receiver<()>) {
        let mut leave_at = None;
        loop {
            match self.wait(woken) {
                Ok(()) => {
                    self.look_at = Instant::now();
                    self.step(Input::Wake);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    // A paper that is half out is finished and proved, so that nobody is asked about it.
                    let leave_at = *leave_at.get_or_insert_with(|| Instant::now() + LAST_PAPER_WAIT);
                    if !self.machine.is_printing() || Instant::now() >= leave_at {
                        break;
                    }
                }
            }
            if leave_at.is_none() {
                self.look_for_work();
            }
            self.step(Input::Tick);
            self.write();
            self.read();
        }
        if let Some(link) = self.link.take() {
            link.close(CLOSE_WAIT);
        }
    }

    /// Waits here only while there is no connection to wait on.
    fn wait(&self, woken: &Receiver<()>) -> Result<(), RecvTimeoutError> {
        if self.link.is_none() {
            return woken.recv_timeout(APART_WAIT);
        }
        woken.try_recv().map_err(|error| match error {
            TryRecvError::Empty => RecvTimeoutError::Timeout,
            TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
        })
    }

    fn look_for_work(&mut self) {
        if !self.machine.wants_work() || Instant::now() < self.look_at {
            return;
        }
        self.look_at = Instant::now() + LOOK_EVERY;
        // A queue that cannot be read is asked again; the store tells its own trouble.
        let _ = self.queue.expire_pulses();
        let pulse = self.queue.next_pulse().unwrap_or(None);
        self.job = self.queue.next_waiting().unwrap_or(None);
        let job = self.job.as_ref().map(|job| job.id);
        self.step(Input::Work { pulse, job });
    }

    fn step(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
            for output in self.machine.step(now, input) {
                inputs.extend(self.perform(output));
            }
        }
    }

    fn perform(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Connect => return Some(self.connect()),
            Output::Close => {
                if let Some(link) = self.link.take() {
                    link.close(CLOSE_WAIT);
                }
            }
            Output::ClaimJob(id) => return Some(self.claim_job(id)),
            Output::ClaimPulse(id) => {
                if self.queue.mark_pulse_sent(id).is_err() {
                    return Some(Input::Refused);
                }
                self.look_at = Instant::now();
                self.events.tell(DeviceEvent::DrawerPulsed { job: id });
                return Some(Input::PulseClaimed);
            }
            Output::End(id, end) => self.end(id, end),
            Output::Wait(id, state) => {
                // Only for the person who looks; the job waits with or without it.
                let _ = self.queue.mark_waiting(id, &WaitReason::Printer(state));
            }
            Output::Tell(state) => self.events.tell(DeviceEvent::Printer { device: self.name.clone(), state }),
        }
        None
    }

    fn connect(&mut self) -> Input {
        match self.connector.connect(CONNECT_WAIT) {
            Ok(link) => {
                self.link = Some(link);
                Input::Connected
            }
            Err(_) => Input::NotConnected,
        }
    }

    fn claim_job(&mut self, id: JobId) -> Input {
        let Some(job) = self.job.take().filter(|job| job.id == id) else { return Input::Refused };
        let encoded = encode(&layout(&job.document, self.profile.paper()), &self.profile);
        if self.queue.mark_sending(id).is_err() {
            return Input::Refused;
        }
        if !encoded.losses.is_empty() {
            let characters = encoded.losses.iter().map(|loss| loss.character).collect();
            self.events.tell(DeviceEvent::PrintLoss { job: id, characters });
        }
        Input::JobClaimed(encoded.bytes)
    }

    /// An end that cannot be recorded leaves the job sending; the next start calls it uncertain, which is true.
    fn end(&mut self, id: JobId, end: PrintEnd) {
        let end = if self.queue.mark_ended(id, end).is_ok() { end } else { PrintEnd::Uncertain };
        self.look_at = Instant::now();
        self.events.tell(DeviceEvent::Print { job: id, end });
    }

    fn write(&mut self) {
        let Some(link) = &mut self.link else { return };
        if self.machine.pending().is_empty() {
            return;
        }
        match link.write(self.machine.pending(), WRITE_WAIT) {
            Ok(count) => self.step(Input::Accepted(count)),
            Err(_) => self.lose(),
        }
    }

    fn read(&mut self) {
        let Some(link) = &mut self.link else { return };
        let mut buffer = [0; 256];
        let wait = if self.machine.pending().is_empty() { READ_WAIT } else { Duration::ZERO };
        match link.read(&mut buffer, wait) {
            Ok(0) => {}
            Ok(count) => self.step(Input::Received(buffer[..count].to_vec())),
            Err(_) => self.lose(),
        }
    }

    fn lose(&mut self) {
        self.link = None;
        self.step(Input::Lost);
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
