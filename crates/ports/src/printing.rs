//! The durable queue that a printer's loop works through. The station keeps it in its store; the loop decides nothing
//! that is not written there first.

use selvedge_domain::ids::JobId;
use selvedge_domain::receipt::Document;

use crate::event::PrinterState;

/// A document to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintJob {
    /// Identity, the same through all attempts.
    pub id: JobId,
    /// What to print, already marked where it is a copy.
    pub document: Document,
}

/// A pulse to open the drawer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawerPulse {
    /// Identity.
    pub id: JobId,
    /// For how long it may still be sent; later it is dead.
    pub left_ms: u64,
}

/// How a job ended, as far as the printer's loop knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrintEnd {
    /// The printer proved that it is out.
    Done,
    /// All of it was accepted by a printer that proves nothing.
    Sent,
    /// Some of it may be on paper: only a person knows.
    Uncertain,
}

/// Why a job waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// The printer's condition.
    Printer(PrinterState),
    /// The device does not take a character of it or the like; said in words.
    Other(String),
}

/// Durable jobs of one printer. Every `mark_` is on disk when it returns.
///
/// A job is waiting, sending, done, sent or uncertain. Whoever opens the queue after a crash calls [`PrintQueue::recover`] first.
pub trait PrintQueue: Send {
    /// The oldest job that waits. Asking does not change it.
    ///
    /// # Errors
    /// [`QueueError`], as for all of them: the store's.
    fn next_waiting(&mut self) -> Result<Option<PrintJob>, QueueError>;

    /// From waiting to sending; called before the first byte goes out.
    ///
    /// # Errors
    /// [`QueueError`]; then no byte goes out. Also when the job does not wait any more.
    fn mark_sending(&mut self, id: JobId) -> Result<(), QueueError>;

    /// From sending to its end.
    ///
    /// # Errors
    /// [`QueueError`]; the job stays sending and is uncertain after the next start.
    fn mark_ended(&mut self, id: JobId, end: PrintEnd) -> Result<(), QueueError>;

    /// It goes on waiting, and this is why; for a job that was not sent.
    ///
    /// # Errors
    /// [`QueueError`].
    fn mark_waiting(&mut self, id: JobId, reason: &WaitReason) -> Result<(), QueueError>;

    /// The oldest pulse that was not sent and is not dead.
    ///
    /// # Errors
    /// [`QueueError`].
    fn next_pulse(&mut self) -> Result<Option<DrawerPulse>, QueueError>;

    /// Called before its bytes go out: a pulse is never sent twice, rather never.
    ///
    /// # Errors
    /// [`QueueError`]; then no byte goes out. Also when it was sent before or is dead.
    fn mark_pulse_sent(&mut self, id: JobId) -> Result<(), QueueError>;

    /// Buries the pulses whose time is over.
    ///
    /// # Errors
    /// [`QueueError`].
    fn expire_pulses(&mut self) -> Result<(), QueueError>;

    /// After a start: what was sending when the app died is uncertain. Says which.
    ///
    /// # Errors
    /// [`QueueError`].
    fn recover(&mut self) -> Result<Vec<JobId>, QueueError>;
}

/// The queue cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the print queue cannot be used")]
pub struct QueueError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl QueueError {
    /// From a sentence.
    pub fn new(why: impl Into<String>) -> Self {
        QueueError(why.into().into())
    }
}
