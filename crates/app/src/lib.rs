//! Use cases: what a person can do at a till, each one transaction, each answered with what is to be shown.
//!
//! One file a command family. Nothing here knows a window, a wire or a device; time, chance and the key come in.

mod allotments;
mod cart;
mod complete;
mod context;
mod cover;
mod error;
mod generation;
mod join;
mod live;
mod lookup;
mod papers;
mod park;
mod printing;
mod promise;
pub mod recover;
pub mod rescue;
mod returns;
mod scan;
mod shift;
mod sign_in;
mod tender;
mod transfers;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use selvedge_domain::{Clock, IdSource};
use selvedge_protocol::journal::{DeviceKey, KeyRing};
use selvedge_store::table::station;
use selvedge_store::{Store, StoreError};

pub use allotments::ALLOTMENT_TTL_MS;
pub use error::AppError;
pub use join::Joined;
pub use live::{DeviceStates, Live, SyncHeard, SyncProblem};
pub use printing::StoreQueue;
pub use promise::{PATIENCE, Wish};

/// What the app tells those who work behind it, after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nudge {
    /// A paper or a pulse waits.
    Print,
    /// The journal grew.
    Journal,
    /// What needs a look at this station may not be what it was.
    Findings,
}

/// What the app needs from outside.
pub struct Outside {
    /// The clock.
    pub clock: Arc<dyn Clock + Send + Sync>,
    /// New identities.
    pub ids: Arc<dyn IdSource + Send + Sync>,
    /// Called after a commit; must not block.
    pub nudge: Box<dyn Fn(Nudge) + Send + Sync>,
}

/// The till: its store, and what lives only as long as the app runs.
pub struct App {
    store: Arc<Store>,
    outside: Outside,
    keys: KeyRing,
    live: Mutex<Live>,
    /// The number of the last view; held while one is made, so that a higher number is never an older state.
    revision: Mutex<u64>,
    /// Held while a PIN is compared and counted.
    signing_in: Mutex<()>,
}

impl App {
    /// Starts on a store. `keys` are the device's, one for each generation; none before it joined.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn start(
        store: Arc<Store>,
        outside: Outside,
        keys: impl IntoIterator<Item = DeviceKey>,
    ) -> Result<Self, AppError> {
        let app = App {
            store,
            outside,
            keys: keys.into_iter().collect(),
            live: Mutex::new(Live::default()),
            revision: Mutex::new(0),
            signing_in: Mutex::new(()),
        };
        app.recover()?;
        Ok(app)
    }

    /// The store, for those who work behind the app.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The device's keys, for those who work behind the app.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The key of the present generation; none before it joined.
    pub fn key(&self) -> Option<Arc<DeviceKey>> {
        let station = self.store.read::<_, StoreError>(station::get).ok()??;
        self.keys.of(&station.public_key)
    }

    /// The clock.
    pub fn clock(&self) -> &(dyn Clock + Send + Sync) {
        self.outside.clock.as_ref()
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nudge(&self, nudge: Nudge) {
        (self.outside.nudge)(nudge);
    }
}
