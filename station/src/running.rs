//! One company in operation: its till on a data folder, the devices and sync behind it. The demo runs beside the
//! company's own folder, which stays locked and waits behind it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use selvedge_app::{App, AppError, Nudge, Outside, rescue};
use selvedge_contract::view::{DeviceTest, View};
use selvedge_contract::{Code, Event, Failure};
use selvedge_store::StoreError;
use selvedge_store::table::{journal, setting, station, stock};

use crate::clock::{MachineClock, RandomIds};
use crate::company::{self, Central, Joining};
use crate::devices::{Counter, Listing};
use crate::{Listener, Options, keys};

/// The setting of the company's folder that says that the demo was chosen.
const WANTS_DEMO: &str = "wants-demo";

/// Why a station does not start, in words for the person who started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys cannot be read.
    #[error("the device's keys cannot be used: {0}")]
    Key(#[source] std::io::Error),
    /// The use cases cannot begin.
    #[error(transparent)]
    App(#[from] AppError),
    /// The demo cannot begin.
    #[error("the demo cannot be started: {0}")]
    Demo(#[source] Failure),
    /// No thread is to be had.
    #[error("the system gives no thread")]
    Thread(#[source] std::io::Error),
}

impl StartError {
    fn is_damage(&self) -> bool {
        match self {
            StartError::Store(error) | StartError::App(AppError::Store(error)) => error.is_damage(),
            StartError::Key(_) | StartError::App(_) | StartError::Demo(_) | StartError::Thread(_) => false,
        }
    }

    /// Another app has the folder.
    pub fn is_in_use(&self) -> bool {
        matches!(self, StartError::Store(StoreError::Locked(_)))
    }
}

/// One company in operation.
pub(crate) struct Running {
    pub app: Arc<App>,
    clock: Arc<MachineClock>,
    folder: PathBuf,
    listener: Listener,
    wakers: Arc<Wakers>,
    joining: Mutex<Joining>,
    behind: Option<Arc<Running>>,
}

/// What runs behind the app, and what a commit wakes.
#[derive(Default)]
struct Wakers {
    counter: Mutex<Option<Counter>>,
    central: Mutex<Option<Central>>,
}

impl Wakers {
    fn wake(&self, nudge: Nudge) {
        match nudge {
            Nudge::Print => {
                if let Some(counter) = held(&self.counter).as_ref() {
                    counter.wake_printer();
                }
            }
            Nudge::Findings => {
                if let Some(central) = held(&self.central).as_ref() {
                    central.changed();
                }
            }
            Nudge::Journal => {
                if let Some(central) = held(&self.central).as_ref() {
                    central.poke();
                }
            }
        }
    }
}

pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Running {
    /// The company of the data folder, joined or not.
    pub fn company(options: &Options, listener: &Listener) -> Result<Self, StartError> {
        let running = Self::open(options, &options.data_dir, listener, None)?;
        running.app.offer(&options.central, &options.enrol);
        running.begin(options)?;
        Ok(running)
    }

    /// The demo company, in a folder of its own.
    pub fn demo(options: &Options, listener: &Listener, behind: Arc<Running>) -> Result<Self, StartError> {
        let folder = options.data_dir.join("demo");
        let running = Self::open(options, &folder, listener, Some(behind))?;
        if !running.has_joined().map_err(StartError::Demo)? {
            company::found_demo(&running.app, &folder)?;
        }
        running.begin(options)?;
        Ok(running)
    }

    fn open(
        options: &Options,
        folder: &Path,
        listener: &Listener,
        behind: Option<Arc<Running>>,
    ) -> Result<Self, StartError> {
        let opened = match Self::open_once(options, folder, listener, behind.clone()) {
            // The damage lay deeper than the file's head.
            Err(error) if error.is_damage() => {
                selvedge_store::rescue::note_damage(folder)?;
                Self::open_once(options, folder, listener, behind)
            }
            opened => opened,
        }?;
        if let Some(from) = opened.app.generation_to_leave()? {
            company::begin_generation(&opened.app, folder, from)
                .map_err(|error| AppError::given("a new generation", error))?;
        }
        rescue::note_identity(opened.app.store(), folder)?;
        Ok(opened)
    }

    fn open_once(
        options: &Options,
        folder: &Path,
        listener: &Listener,
        behind: Option<Arc<Running>>,
    ) -> Result<Self, StartError> {
        let keys = keys::load(folder).map_err(StartError::Key)?;
        let store = rescue::open(folder, &options.witness, &keys).map_err(|error| match error {
            AppError::Store(error) => StartError::Store(error),
            error @ (AppError::Refused(_) | AppError::Cart(_) | AppError::Sale(_) | AppError::Given { .. }) => {
                StartError::App(error)
            }
        })?;
        let store = Arc::new(store);
        let clock = Arc::new(MachineClock::new());
        let (last, heard_ms) = store.read::<_, StoreError>(|tx| {
            // The demo has no central: its clock is all that it knows.
            let joined = station::get(tx)?.is_some_and(|station| !station.demo);
            Ok(if joined { (journal::last_stamp(tx)?, stock::heard_ms(tx)?) } else { (None, None) })
        })?;
        clock.resume(last, heard_ms);
        let wakers = Arc::new(Wakers::default());
        let outside = Outside { clock: Arc::clone(&clock) as _, ids: Arc::new(RandomIds), nudge: nudge(&wakers) };
        let app = Arc::new(App::start(store, outside, keys)?);
        let (folder, listener, joining) = (folder.to_owned(), Arc::clone(listener), Mutex::default());
        Ok(Running { app, clock, folder, listener, wakers, joining, behind })
    }

    /// Starts the devices and sync.
    fn begin(&self, options: &Options) -> Result<(), StartError> {
        let listing = Listing::read(options.devices.as_deref(), self.is_demo());
        for trouble in &listing.troubles {
            self.app.note_trouble(trouble.clone());
        }
        let counter = Counter::start(&listing, &self.app, &self.listener).map_err(StartError::Thread)?;
        *held(&self.wakers.counter) = Some(counter);
        self.connect()
    }

    /// Starts sync, when there is something to sync with.
    fn connect(&self) -> Result<(), StartError> {
        if self.is_demo() || !self.has_joined().map_err(StartError::Demo)? {
            return Ok(());
        }
        let central =
            Central::start(&self.app, &self.folder, &self.clock, &self.listener).map_err(StartError::Thread)?;
        *held(&self.wakers.central) = Some(central);
        Ok(())
    }

    /// Stops the devices and sync; the data stays open.
    pub fn pause(&self) {
        let counter = held(&self.wakers.counter).take();
        let central = held(&self.wakers.central).take();
        drop((counter, central));
    }

    /// Starts the devices and sync again.
    pub fn resume(&self, options: &Options, listener: &Listener) -> Result<(), StartError> {
        self.begin(options)?;
        if let Ok(view) = self.app.view() {
            listener(Event::View(Box::new(view)));
        }
        Ok(())
    }

    /// The data file was found to be damaged: the next start replaces it.
    pub fn note_damage(&self) {
        if let Err(error) = selvedge_store::rescue::note_damage(&self.folder) {
            tracing::error!(%error, "the damage cannot be noted");
        }
    }

    pub fn is_demo(&self) -> bool {
        self.behind.is_some()
    }

    pub fn company_behind(&self) -> Option<Arc<Running>> {
        self.behind.clone()
    }

    pub fn has_joined(&self) -> Result<bool, Failure> {
        let station = self.app.store().read(station::get).map_err(AppError::from)?;
        Ok(station.is_some())
    }

    pub fn wants_demo(&self) -> Result<bool, StartError> {
        Ok(self.app.store().read(|tx| setting::get(tx, WANTS_DEMO))?.unwrap_or(false))
    }

    pub fn set_wants_demo(&self, wants: bool) -> Result<(), Failure> {
        let set = self.app.store().write("choose-demo", |tx| setting::set(tx, WANTS_DEMO, &wants));
        Ok(set.map_err(AppError::from)?)
    }

    /// Joins a company and begins to sync with it.
    pub fn join(&self, central: &str, code: &str) -> Result<View, Failure> {
        if self.is_demo() || self.has_joined()? {
            return Err(Code::AlreadyJoined.into());
        }
        let view = company::join(&self.app, &self.clock, &self.folder, &self.joining, central, code)?;
        rescue::note_identity(self.app.store(), &self.folder)?;
        self.connect().map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        Ok(view)
    }

    /// Central's answer to a try to join is wanted no more.
    pub fn give_up_joining(&self) -> Result<View, Failure> {
        held(&self.joining).give_up();
        Ok(self.app.view()?)
    }

    pub fn try_device(&self, name: &str) -> Result<DeviceTest, Failure> {
        match held(&self.wakers.counter).as_ref() {
            Some(counter) => counter.kind_of(name).ok_or(Failure::from(Code::NoSuchDevice)),
            None => Err(Code::NoSuchDevice.into()),
        }
        .and_then(|test| {
            if test == DeviceTest::Printing {
                self.app.print_test()?;
            }
            Ok(test)
        })
    }
}

/// What the app calls after a commit. It holds the devices weakly: they hold the app.
fn nudge(wakers: &Arc<Wakers>) -> Box<dyn Fn(Nudge) + Send + Sync> {
    let wakers: Weak<Wakers> = Arc::downgrade(wakers);
    Box::new(move |nudge| {
        if let Some(wakers) = wakers.upgrade() {
            wakers.wake(nudge);
        }
    })
}
