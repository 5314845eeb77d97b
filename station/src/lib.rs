//! The station, whole and windowless: store, devices, sync and use cases, put together in one place.
//!
//! The window's shell and `selvedgectl` stand on it. [`Station`] answers the window's commands (see `handlers`) and
//! tells by [`Event`]s what happens by itself.

mod clock;
mod company;
mod devices;
mod folder;
mod handlers;
mod keys;
mod lending;
mod rescue;
mod running;
pub mod tools;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use selvedge_app::App;
use selvedge_contract::view::{DeviceTest, ScannerState, View};
use selvedge_contract::{Code, Event, Failure};
use selvedge_store::{NoWitness, StoreError, Witness};
use serde_json::Value;

pub use clock::{MachineClock, RandomIds};
pub use folder::default_data_dir;
pub use running::StartError;

use crate::running::Running;

/// How a station is started.
pub struct Options {
    /// Where its data lies.
    pub data_dir: PathBuf,
    /// Central's address, for joining; may be empty.
    pub central: String,
    /// A one-time code to join with at once; may be empty.
    pub enrol: String,
    /// The devices on the counter; none plays them in the demo and has the keyboard's scanner otherwise.
    pub devices: Option<PathBuf>,
    /// Watches the durable writes; [`NoWitness`] in a shop.
    pub witness: Arc<dyn Witness>,
}

impl Options {
    /// On a data folder, with nothing else said.
    pub fn at(data_dir: PathBuf) -> Self {
        Options { data_dir, central: String::new(), enrol: String::new(), devices: None, witness: Arc::new(NoWitness) }
    }
}

/// Who is told of events; must not block.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// A running station.
pub struct Station {
    options: Options,
    listener: Listener,
    running: RwLock<Arc<Running>>,
}

impl Station {
    /// Starts: opens the data, the devices and sync; joins when a code was given.
    ///
    /// # Errors
    /// [`StartError`], in words for the person who started it.
    pub fn start(options: Options, listener: Listener) -> Result<Self, StartError> {
        let running = Running::company(&options, &listener)?;
        let demo = running.wants_demo()?;
        let station = Station { options, listener, running: RwLock::new(Arc::new(running)) };
        if demo {
            station.begin_demo().map_err(StartError::Demo)?;
        }
        station.join_at_start();
        Ok(station)
    }

    /// Answers one call of the window.
    ///
    /// # Errors
    /// The handler's.
    pub fn dispatch(&self, name: &str, payload: Value) -> Result<Value, Failure> {
        let answer = selvedge_contract::dispatch(self, name, payload);
        if answer.as_ref().is_err_and(|failure| failure.code == Code::DataDamaged) {
            self.running().note_damage();
        }
        answer
    }

    /// The till: the company's, or the demo's while that runs.
    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.running().app)
    }

    pub(crate) fn running(&self) -> Arc<Running> {
        Arc::clone(&self.running.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn begin_demo(&self) -> Result<View, Failure> {
        let company = self.running();
        if company.is_demo() {
            return Err(Code::NotNow.into());
        }
        if company.has_joined()? {
            return Err(Code::AlreadyJoined.into());
        }
        company.set_wants_demo(true)?;
        company.pause();
        let demo = Running::demo(&self.options, &self.listener, company).map_err(|error| failure(&error))?;
        self.go_on_with(demo)
    }

    fn end_demo(&self) -> Result<View, Failure> {
        let demo = self.running();
        let Some(company) = demo.company_behind() else { return Err(Code::NotNow.into()) };
        company.set_wants_demo(false)?;
        demo.pause();
        company.resume(&self.options, &self.listener).map_err(|error| failure(&error))?;
        *self.running.write().unwrap_or_else(PoisonError::into_inner) = company;
        Ok(self.app().view()?)
    }

    fn join_company(&self, central: &str, code: &str) -> Result<View, Failure> {
        let central = if central.trim().is_empty() { self.options.central.as_str() } else { central.trim() };
        self.running().join(central, code)
    }

    fn give_up_joining(&self) -> Result<View, Failure> {
        self.running().give_up_joining()
    }

    /// A code given at the start joins once; later starts find the station joined. A failure is shown on the first
    /// screen, with the code still in its field.
    fn join_at_start(&self) {
        let running = self.running();
        if self.options.enrol.is_empty() || running.is_demo() || running.has_joined().unwrap_or(true) {
            return;
        }
        if let Err(failure) = running.join(&self.options.central, &self.options.enrol) {
            tracing::warn!(code = ?failure.code, detail = %failure.detail, "joining with the given code failed");
            running.app.note_trouble(format!("Joining {} failed: {}", self.options.central, failure.detail));
        }
    }

    fn try_device(&self, name: &str) -> Result<DeviceTest, Failure> {
        self.running().try_device(name)
    }

    /// Something came from the keyboard scanner: now it is known to work.
    fn heard_wedge(&self) {
        self.app().change_devices(|devices| {
            if devices.scanner == ScannerState::NotTried {
                devices.scanner = ScannerState::Ready;
            }
        });
    }

    fn go_on_with(&self, running: Running) -> Result<View, Failure> {
        *self.running.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(running);
        Ok(self.app().view()?)
    }
}

fn failure(error: &StartError) -> Failure {
    match error {
        StartError::Store(StoreError::Full) => Code::DiskFull.into(),
        StartError::Store(_)
        | StartError::Key(_)
        | StartError::App(_)
        | StartError::Demo(_)
        | StartError::Thread(_) => Failure::new(Code::Internal, error.to_string()),
    }
}
