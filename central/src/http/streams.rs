//! The streams that are open: one a station, a bounded number of them, and all of them end when central does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use uuid::Uuid;

use super::Refusal;

/// Streams open at once; more are asked to come back.
const AT_ONCE: usize = 4096;

/// All of them.
#[derive(Clone)]
pub struct Streams {
    open: Arc<Mutex<BTreeMap<Uuid, oneshot::Sender<()>>>>,
    room: Arc<Semaphore>,
    ending: watch::Sender<bool>,
}

/// The right to stream: what says that it is over.
pub struct Leave {
    /// Another stream of the same station took its place.
    pub replaced: oneshot::Receiver<()>,
    /// Central ends.
    pub ending: watch::Receiver<bool>,
    _room: OwnedSemaphorePermit,
}

impl Default for Streams {
    fn default() -> Self {
        Streams { open: Arc::default(), room: Arc::new(Semaphore::new(AT_ONCE)), ending: watch::Sender::new(false) }
    }
}

impl Streams {
    /// Opens the station's stream and ends the one that it had: its line may have died without a word.
    ///
    /// # Errors
    /// [`Refusal::busy`] when there are too many.
    pub fn open(&self, station: Uuid) -> Result<Leave, Refusal> {
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| Refusal::busy())?;
        let (ends_with, replaced) = oneshot::channel();
        // Dropping the sender of the one before it is what ends that.
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(station, ends_with);
        Ok(Leave { replaced, ending: self.ending.subscribe(), _room: room })
    }

    /// Ends them all.
    pub fn end(&self) {
        self.ending.send_replace(true);
    }

    /// Whether they were told to end.
    pub fn are_ending(&self) -> bool {
        *self.ending.borrow()
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        AT_ONCE - self.room.available_permits()
    }
}
