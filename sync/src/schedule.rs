//! The thread that drives the engine: it waits for time, pokes and answers, and lets the lanes work beside each other.

use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use selvedge_domain::ids::ProductId;
use selvedge_protocol::journal::KeyRing;
use selvedge_protocol::v1::{AvailabilityAnswer, AvailabilityQuery};
use selvedge_store::table::journal;
use selvedge_store::{Store, StoreError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::asking::Asker;
use crate::engine::{Engine, Failure, Input, Lane, Output, Settings, StreamSays};
use crate::work::{Desk, Itself, OnParted, joined};
use crate::{CentralApi, HttpCentral, SyncStatus};

/// What still hangs when sync is stopped gets this long.
const LAST_CALL: Duration = Duration::from_millis(200);

/// What sync needs.
pub struct Setup {
    /// The station's data; it says who the station is and where central is.
    pub store: Arc<Store>,
    /// The device's keys, one for each generation.
    pub keys: KeyRing,
    /// The machine's wall clock, milliseconds since 1970, uncorrected.
    pub now_ms: Arc<dyn Fn() -> i64 + Send + std::marker::Sync>,
    /// Begins a new generation.
    pub on_parted: OnParted,
    /// Version of the app, and what needs a look at it: central is told.
    pub itself: Itself,
    /// Told of every change, on sync's own thread; must not block, and must not wait for whoever drops the handle.
    pub on_status: Box<dyn Fn(SyncStatus) + Send + std::marker::Sync>,
}

/// Sync at work.
pub struct Sync;

impl Sync {
    /// Starts with the central of the station's enrolment.
    ///
    /// # Errors
    /// When the station did not join, is the demo, has no usable address, or no thread can be started.
    pub fn start(setup: Setup) -> io::Result<SyncHandle> {
        let station = joined(&setup.store).map_err(io::Error::other)?;
        let station = station.ok_or_else(|| io::Error::other("the station did not join a company"))?;
        let central = HttpCentral::new(&station.central).map_err(io::Error::other)?;
        Sync::start_with(setup, Arc::new(central), Settings::default())
    }

    /// Starts with a central and a pace of choice: for tests.
    ///
    /// # Errors
    /// As [`Sync::start`].
    pub fn start_with(setup: Setup, central: Arc<dyn CentralApi>, settings: Settings) -> io::Result<SyncHandle> {
        let Setup { store, keys, now_ms: wall, on_parted, itself, on_status } = setup;
        let station = joined(&store).map_err(io::Error::other)?;
        let station = station.ok_or_else(|| io::Error::other("the station did not join a company"))?;
        let desk =
            Arc::new(Desk { store, central, keys, wall, on_parted, itself, station, asked_of: Mutex::default() });
        let engine = desk.engine(settings, seed()?).map_err(io::Error::other)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (commands, received) = unbounded_channel();
        let thread = std::thread::Builder::new().name("sync".to_owned()).spawn(move || {
            runtime.block_on(drive(desk, engine, received, on_status));
            runtime.shutdown_timeout(LAST_CALL);
        })?;
        Ok(SyncHandle { commands, thread: Some(thread) })
    }
}

/// Stops sync when it is dropped, within a second whatever hangs; what was being sent is sent again next time.
pub struct SyncHandle {
    commands: UnboundedSender<Command>,
    thread: Option<JoinHandle<()>>,
}

pub(crate) enum Command {
    Poke,
    Changed,
    /// There is something that central may lend.
    Lend,
    /// Ask what waits; who waits is told when that was done.
    Ask(Sender<()>),
    /// What may be promised of a product.
    LookUp(ProductId, Sender<AvailabilityAnswer>),
    Stop,
}

impl SyncHandle {
    /// The journal grew. Never waits.
    pub fn poke(&self) {
        // Without a receiver sync is over, and the next start sends what is there.
        let _over = self.commands.send(Command::Poke);
    }

    /// What a person waits for is asked by this; it may outlive sync.
    pub fn asker(&self) -> Asker {
        Asker(self.commands.clone())
    }

    /// What needs a look at the station is not what it was. Never waits.
    pub fn changed(&self) {
        let _over = self.commands.send(Command::Changed);
    }
}

impl Drop for SyncHandle {
    fn drop(&mut self) {
        let _over = self.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("sync ended by a panic");
        }
    }
}

async fn drive(
    desk: Arc<Desk>,
    mut engine: Engine,
    mut commands: UnboundedReceiver<Command>,
    on_status: Box<dyn Fn(SyncStatus) + Send + std::marker::Sync>,
) {
    let started = Instant::now();
    let now_ms = || u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (done, mut finished) = unbounded_channel();
    let mut input = Input::Tick;
    // Who waits for what central is asked to set aside: for the next asking, and for the one that is under way.
    let (mut next, mut under_way) = (Vec::new(), Vec::new());
    loop {
        if matches!(input, Input::Answered(_)) {
            tell_all(&mut under_way);
        }
        for output in engine.step(now_ms(), input) {
            if matches!(output, Output::AskPromises { .. }) {
                under_way.append(&mut next);
            }
            match output {
                Output::Tell(status) => on_status(status),
                work @ (Output::AskToken { .. }
                | Output::Push { .. }
                | Output::Pull { .. }
                | Output::AskBalances { .. }
                | Output::AskPromises { .. }
                | Output::AskAllotments { .. }
                | Output::SayHow { .. }) => begin(&desk, work, &done),
                Output::Listen { token } => listen(&desk, token, &done),
            }
        }
        // Without anything due something is under way, and comes as an input.
        let wait_ms = engine.wake_at_ms().map_or(60_000, |at_ms| at_ms.saturating_sub(now_ms()));
        input = tokio::select! {
            command = commands.recv() => match command {
                Some(Command::Poke) => poked(&desk.store),
                Some(Command::Changed) => Input::Changed,
                Some(Command::Lend) => Input::Lend,
                Some(Command::Ask(waits)) => {
                    next.push(waits);
                    Input::Asked
                }
                Some(Command::LookUp(product, waits)) => {
                    look_up(&desk, engine.token(), product, waits);
                    Input::Tick
                }
                Some(Command::Stop) | None => return,
            },
            Some(input) = finished.recv() => input,
            () = tokio::time::sleep(Duration::from_millis(wait_ms)) => Input::Tick,
        };
    }
}

fn begin(desk: &Arc<Desk>, work: Output, done: &UnboundedSender<Input>) {
    let (desk, done) = (Arc::clone(desk), done.clone());
    let stopped = stopped_of(&work);
    let at_work = tokio::spawn(async move { desk.run(work).await });
    tokio::spawn(async move {
        let input = match at_work.await {
            Ok(Some(input)) => input,
            Ok(None) => return,
            // A panic of one lane is that lane's failure.
            Err(error) => stopped(&error.to_string()),
        };
        let _over = done.send(input);
    });
}

fn tell_all(waiting: &mut Vec<Sender<()>>) {
    for waits in waiting.drain(..) {
        // Who no longer waits has seen that there was no answer in time.
        let _gone = waits.send(());
    }
}

/// Asks once; who waits hears nothing where there is no answer.
fn look_up(desk: &Arc<Desk>, token: Option<&str>, product: ProductId, waits: Sender<AvailabilityAnswer>) {
    let Some(token) = token.map(str::to_owned) else { return };
    let desk = Arc::clone(desk);
    tokio::spawn(async move {
        let query = AvailabilityQuery { product: Some(product.0), ..AvailabilityQuery::default() };
        match desk.central.availability(&token, &query).await {
            Ok(answer) => {
                let _gone = waits.send(answer);
            }
            Err(error) => tracing::info!(%error, "central does not say what is available"),
        }
    });
}

/// What the stream says comes as it is said; that it is over comes last, also after a panic.
fn listen(desk: &Arc<Desk>, token: String, done: &UnboundedSender<Input>) {
    let (desk, says, done) = (Arc::clone(desk), done.clone(), done.clone());
    let at_work = tokio::spawn(async move {
        let tell = move |what| {
            let _over = says.send(Input::Stream(what));
        };
        desk.listen(&token, tell).await
    });
    tokio::spawn(async move {
        let over = at_work.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the stream stopped");
            StreamSays::Over(Some(Failure::Store(format!("sync stopped: {error}"))))
        });
        let _over = done.send(Input::Stream(over));
    });
}

/// What the engine is told when the work stopped.
fn stopped_of(work: &Output) -> impl FnOnce(&str) -> Input + use<> {
    let failed = match work {
        Output::Push { .. } => |failure| Input::Done { lane: Lane::Up, result: Err(failure) },
        Output::Pull { .. } => |failure| Input::Done { lane: Lane::Down, result: Err(failure) },
        Output::AskBalances { .. } => |failure| Input::Done { lane: Lane::Balances, result: Err(failure) },
        Output::SayHow { .. } => |failure| Input::SaidHow(Err(failure)),
        Output::AskPromises { .. } => |failure| Input::Answered(Err(failure)),
        Output::AskAllotments { .. } => |failure| Input::Lent(Err(failure)),
        Output::AskToken { .. } | Output::Listen { .. } | Output::Tell(_) => |failure| Input::Token(Err(failure)),
    };
    move |why| {
        tracing::error!(why, "a lane of sync stopped");
        failed(Failure::Store(format!("sync stopped: {why}")))
    }
}

/// The count is read when it is told; a store that cannot be read says so when the journal is sent.
fn poked(store: &Store) -> Input {
    match store.read::<u64, StoreError>(journal::unsent) {
        Ok(unsent) => Input::Poke { unsent },
        Err(error) => {
            tracing::warn!(%error, "the unsent entries cannot be counted");
            Input::Tick
        }
    }
}

/// Any number that differs from station to station: they do not come back in the same moment.
fn seed() -> io::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(u64::from_le_bytes(bytes))
}
