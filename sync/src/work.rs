//! One step of a lane: read the store, call central, write what it said. Each write is short, so that a sale that wants
//! the store meanwhile does not wait.

mod balances;
mod pull;
mod push;
mod token;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use selvedge_domain::ids::GenerationId;
use selvedge_protocol::journal::KeyRing;
use selvedge_protocol::v1::{MAX_REPORTED_ERRORS, StationReportV1, stream_event};
use selvedge_store::table::station::Station;
use selvedge_store::table::{feed, journal, setting, station};
use selvedge_store::{Store, StoreError};

use crate::engine::{Engine, Failure, Input, Lane, Output, Settings, StreamSays};
use crate::{CallError, CentralApi};

/// Between two writes; a sale takes the store here.
pub(crate) const BREATH: Duration = Duration::from_millis(1);
/// The whole feed was applied once.
const INITIAL_DONE: &str = "sync-initial-done";

/// The machine's wall clock, milliseconds since 1970.
pub type WallClock = Arc<dyn Fn() -> i64 + Send + std::marker::Sync>;

/// Called when another journal has the identity of this generation, the present one: the station is to go on under a new
/// one, whose key lies on the disk before it is used. Called again while it did not.
pub type OnParted = Box<dyn Fn(GenerationId) -> Result<(), String> + Send + std::marker::Sync>;

/// What the station says of itself to central; nothing about people.
pub struct Itself {
    /// Version of the app.
    pub app: String,
    /// What needs a look now, in short codes.
    pub errors: Box<dyn Fn() -> Vec<String> + Send + std::marker::Sync>,
}

impl Default for Itself {
    fn default() -> Self {
        Itself { app: String::new(), errors: Box::new(Vec::new) }
    }
}

/// Where the lanes work: the store, central, and who we are. [`Sync`](crate::Sync) drives it in a shop, the simulation
/// in virtual time.
pub struct Desk {
    /// The station's data.
    pub store: Arc<Store>,
    /// Central.
    pub central: Arc<dyn CentralApi>,
    /// The device's keys, one for each generation.
    pub keys: KeyRing,
    /// The machine's wall clock, uncorrected.
    pub wall: WallClock,
    /// Begins a new generation.
    pub on_parted: OnParted,
    /// What central is told of us.
    pub itself: Itself,
    /// Who we are.
    pub station: Station,
    /// The entry that central holds that was asked about last.
    pub asked_of: Mutex<Option<(GenerationId, u64)>>,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Failure::Store(text)
    }
}

pub(crate) fn nonsense(what: impl Into<String>) -> Failure {
    Failure::Call(CallError::Nonsense(what.into()))
}

/// Who this station is, when it joined and is not the demo.
pub(crate) fn joined(store: &Store) -> Result<Option<Station>, StoreError> {
    let station: Option<Station> = store.read(station::get)?;
    Ok(station.filter(|station| !station.demo))
}

pub(crate) fn initial_done(store: &Store) -> Result<bool, StoreError> {
    Ok(store.read(|tx| setting::get(tx, INITIAL_DONE))?.unwrap_or(false))
}

impl Desk {
    /// The engine of a station that starts: leaves a generation that was found to have a namesake before it was ended, and
    /// applies what came down before this version knew what it means. `seed` as in [`Engine::new`].
    ///
    /// # Errors
    /// [`Failure::Store`].
    pub fn engine(&self, settings: Settings, seed: u64) -> Result<Engine, Failure> {
        self.leave_parted()?;
        if self.store.read::<_, StoreError>(feed::has_kept)? {
            for problem in
                self.store.write::<_, StoreError>("sync-feed", |tx| feed::apply_kept(tx, self.station.site))?
            {
                tracing::warn!(feed.number = problem.number, feed.kind = problem.kind, "{}", problem.what);
            }
        }
        let unsent = self.store.read::<_, StoreError>(journal::unsent)?;
        Ok(Engine::new(0, settings, seed, unsent, initial_done(&self.store)?))
    }

    /// Does what the engine said; nothing for what only tells.
    pub async fn run(&self, output: Output) -> Option<Input> {
        let (lane, result) = match output {
            Output::AskToken { offset_ms } => return Some(Input::Token(self.ask_token(offset_ms).await)),
            Output::Push { token, most_entries, leave_out, probe } => {
                (Lane::Up, self.push(&token, most_entries, &leave_out, &probe).await)
            }
            Output::Pull { token } => (Lane::Down, self.pull(&token).await),
            Output::AskBalances { token } => (Lane::Balances, self.ask_balances(&token).await),
            Output::Listen { token } => {
                let over = self.listen(&token, |_| ()).await;
                return Some(Input::Stream(over));
            }
            Output::AskPromises { token, offset_ms } => {
                return Some(Input::Answered(self.ask_what_waits(&token, offset_ms).await));
            }
            Output::AskAllotments { token } => return Some(Input::Lent(self.ask_allotments(&token).await)),
            Output::SayHow { token, offset_ms } => {
                return Some(Input::SaidHow(self.say_how(&token, offset_ms).await));
            }
            Output::Tell(_) => return None,
        };
        Some(Input::Done { lane, result })
    }

    /// Tells central how the station is; how many entries waited.
    pub async fn say_how(&self, token: &str, offset_ms: Option<i64>) -> Result<u64, Failure> {
        let (generation, unsent, oldest_unsent_ms) = self.store.read::<_, Failure>(|tx| {
            let present = station::get(tx)?.map_or(self.station.generation, |station| station.generation);
            Ok((present.0, journal::unsent(tx)?, journal::oldest_unsent_ms(tx)?))
        })?;
        let mut errors = (self.itself.errors)();
        errors.truncate(MAX_REPORTED_ERRORS);
        let app = self.itself.app.clone();
        let report = StationReportV1 { app, generation, unsent, oldest_unsent_ms, offset_ms, errors };
        self.central.report(token, &report).await?;
        Ok(unsent)
    }

    /// Listens until the stream is over, and says how that was.
    pub async fn listen(&self, token: &str, mut tell: impl FnMut(StreamSays) + Send) -> StreamSays {
        let mut pokes = match self.central.listen(token).await {
            Ok(pokes) => pokes,
            Err(error) => return StreamSays::Over(Some(error.into())),
        };
        tell(StreamSays::Lives);
        loop {
            match pokes.next().await {
                Ok(Some(event)) => tell(match event.what.as_str() {
                    stream_event::FEED => StreamSays::Feed,
                    stream_event::BALANCES => StreamSays::Balances,
                    _ => StreamSays::Lives,
                }),
                Ok(None) => return StreamSays::Over(None),
                Err(error) => return StreamSays::Over(Some(error.into())),
            }
        }
    }
}
