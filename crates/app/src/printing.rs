//! The durable queue of the printer's loop, over the store.

use std::sync::Arc;

use selvedge_domain::ids::JobId;
use selvedge_domain::time::Stamp;
use selvedge_ports::{DrawerPulse, PrintEnd, PrintJob, PrintQueue, QueueError, WaitReason};
use selvedge_store::StoreError;
use selvedge_store::table::print_job::State;
use selvedge_store::table::{drawer_job, print_job};

use crate::{App, AppError};

/// The till's print and drawer jobs, as the printer's loop sees them.
pub struct StoreQueue(Arc<App>);

impl StoreQueue {
    /// Of this till.
    pub fn new(app: Arc<App>) -> Self {
        StoreQueue(app)
    }

    fn advance(&self, name: &'static str, id: JobId, from: State, to: State) -> Result<(), QueueError> {
        let now_ms = self.0.clock().now().corrected_ms();
        let moved = self.0.store().write(name, |tx| print_job::advance(tx, id, from, to, now_ms)).map_err(failed)?;
        if moved { Ok(()) } else { Err(QueueError::new(format!("job {id} is elsewhere"))) }
    }

    fn now(&self) -> Stamp {
        self.0.clock().now()
    }
}

impl PrintQueue for StoreQueue {
    fn next_waiting(&mut self) -> Result<Option<PrintJob>, QueueError> {
        let job = self.0.store().read(print_job::next_waiting).map_err(failed)?;
        Ok(job.map(|job| PrintJob { id: job.id, document: job.document }))
    }

    fn mark_sending(&mut self, id: JobId) -> Result<(), QueueError> {
        self.advance("print-sending", id, State::Waiting, State::Sending)
    }

    fn mark_ended(&mut self, id: JobId, end: PrintEnd) -> Result<(), QueueError> {
        let to = match end {
            PrintEnd::Done => State::Printed,
            PrintEnd::Sent => State::Sent,
            PrintEnd::Uncertain => State::Uncertain,
        };
        self.advance("print-ended", id, State::Sending, to)
    }

    fn mark_waiting(&mut self, _id: JobId, _reason: &WaitReason) -> Result<(), QueueError> {
        // It waits already; the reason is the printer's state, which the status line and the tray show.
        Ok(())
    }

    fn next_pulse(&mut self) -> Result<Option<DrawerPulse>, QueueError> {
        let now = self.now();
        let next = self.0.store().read(|tx| drawer_job::next(tx, now)).map_err(failed)?;
        Ok(next.map(|(id, left_ms)| DrawerPulse { id, left_ms }))
    }

    fn mark_pulse_sent(&mut self, id: JobId) -> Result<(), QueueError> {
        let now = self.now();
        let marked = self.0.store().write("drawer-sent", |tx| drawer_job::mark_sent(tx, id, now)).map_err(failed)?;
        if marked { Ok(()) } else { Err(QueueError::new(format!("pulse {id} was sent or is too late"))) }
    }

    fn expire_pulses(&mut self) -> Result<(), QueueError> {
        let now = self.now();
        self.0.store().write("drawer-expire", |tx| drawer_job::expire(tx, now)).map_err(failed)?;
        Ok(())
    }

    fn recover(&mut self) -> Result<Vec<JobId>, QueueError> {
        self.0.recover().map_err(|error| QueueError(Box::new(error)))
    }
}

fn failed(error: StoreError) -> QueueError {
    QueueError(Box::new(error))
}

impl App {
    /// At the start: papers that were being sent are uncertain now, and pulses that still wait are dead, for whoever
    /// was to see the drawer open may be gone. Says which papers.
    pub(crate) fn recover(&self) -> Result<Vec<JobId>, AppError> {
        let (sending, pulse) = self
            .store()
            .read::<_, StoreError>(|tx| Ok((print_job::in_state(tx, State::Sending)?, drawer_job::any_waiting(tx)?)))?;
        if sending.is_empty() && !pulse {
            return Ok(Vec::new());
        }
        let now_ms = self.clock().now().corrected_ms();
        self.store().write::<_, StoreError>("print-recover", |tx| {
            drawer_job::expire_all(tx)?;
            print_job::sending_is_uncertain(tx, now_ms)
        })?;
        Ok(sending.into_iter().map(|job| job.id).collect())
    }
}
