//! Belonging to a company: joining it by a code, being in step with its central, and founding the demo's own.

use std::path::Path;
use std::sync::{Arc, Mutex};

use selvedge_app::{App, AppError, Joined, SyncHeard, SyncProblem, rescue};
use selvedge_contract::view::{ConnectionState, StatusPart, View};
use selvedge_contract::{Code, Event, Failure};
use selvedge_domain::IdSource;
use selvedge_domain::ids::{DeviceId, GenerationId, SiteId};
use selvedge_domain::receipt_number::generation_short;
use selvedge_protocol::demo::{self, DemoCompany};
use selvedge_protocol::journal::DeviceKey;
use selvedge_protocol::v1::{BalancePage, EnrolAnswer, EnrolRequest, normal_code};
use selvedge_store::Tx;
use selvedge_store::table::config::{self, CompanyConfig};
use selvedge_store::table::decision;
use selvedge_store::table::feed::{self, SiteWords};
use selvedge_store::table::station::Station;
use selvedge_sync::{EnrolError, Itself, Setup, Sync, SyncHandle, SyncState, SyncStatus, Update};

use crate::clock::{MachineClock, RandomIds};
use crate::lending::{self, Tender};
use crate::running::{StartError, held};
use crate::{Listener, keys};

/// The demo's till: Galway's second.
const DEMO_SITE: &str = "galway";
const DEMO_TILL: &str = "04";
const APP_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The tries to join. A code that is tried again brings the same key and generation, so that central gives its answer
/// once more when the first was lost or given up.
#[derive(Default)]
pub(crate) struct Joining {
    /// Which try is wanted; an answer to another is dropped.
    number: u64,
    last: Option<Try>,
}

struct Try {
    code: String,
    key_seed: [u8; 32],
    generation: GenerationId,
}

impl Joining {
    /// A person waits no longer.
    pub fn give_up(&mut self) {
        self.number += 1;
    }

    fn begin(&mut self, code: &str) -> Result<(u64, DeviceKey, GenerationId), Failure> {
        self.number += 1;
        let code = normal_code(code).unwrap_or_default();
        let known = self.last.take().filter(|last| last.code == code);
        let now = match known {
            Some(again) => again,
            None => {
                let key = keys::generate().map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
                Try { code, key_seed: key.seed(), generation: GenerationId(RandomIds.new_id()) }
            }
        };
        let begun = (self.number, DeviceKey::from_seed(now.key_seed), now.generation);
        self.last = Some(now);
        Ok(begun)
    }
}

/// Joins a company: a key and a generation made here, an identity given by central, then what central knows so far.
///
/// # Errors
/// [`Code::Cancelled`] when it was given up meanwhile; nothing is written then.
pub(crate) fn join(
    app: &App,
    clock: &MachineClock,
    folder: &Path,
    joining: &Mutex<Joining>,
    central: &str,
    code: &str,
) -> Result<View, Failure> {
    if central.is_empty() {
        return Err(Failure::new(Code::NoCentral, "no address of central is given"));
    }
    let (number, key, generation) = held(joining).begin(code)?;
    let request = EnrolRequest {
        code: code.to_owned(),
        public_key: key.public().to_string(),
        generation: generation.0,
        short: generation_short(generation),
        app: APP_VERSION.to_owned(),
        revision: selvedge_protocol::v1::REVISION,
    };
    let answer = selvedge_sync::enrol(central, &request).map_err(refused)?;
    clock.compare(answer.now_ms);
    let words = SiteWords {
        id: answer.site,
        name: &answer.site_name,
        currency: &answer.currency,
        price_mode: &answer.price_mode,
        time_zone: &answer.time_zone,
        locations: &answer.locations,
    };
    let site = feed::site_settings(&words).map_err(|what| Failure::new(Code::BadCentral, what))?;
    {
        // Held while it is written: who gives up now waits a moment, and hears that the station has joined.
        let wanted = held(joining);
        if wanted.number != number {
            return Err(Code::Cancelled.into());
        }
        keys::add(folder, &key).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        let station = station_of(&answer, central, generation, &request);
        let joined = Joined { station, key, app: APP_VERSION.to_owned() };
        app.join(joined, |tx| {
            config::set_company(tx, &CompanyConfig { name: answer.company_name.clone() })?;
            decision::trust(tx, &answer.central_key)?;
            Ok(config::set_site(tx, &site)?)
        })?;
    }
    if let Err(error) = selvedge_sync::pull_once(app.store(), app.keys()) {
        app.note_error(StatusPart::Connection, error.to_string());
    }
    Ok(app.view()?)
}

fn station_of(answer: &EnrolAnswer, central: &str, generation: GenerationId, request: &EnrolRequest) -> Station {
    Station {
        device: DeviceId(answer.device),
        generation,
        short: request.short.clone(),
        public_key: request.public_key.clone(),
        site: SiteId(answer.site),
        till: answer.till.clone(),
        name: answer.station_name.clone(),
        central: central.trim_end_matches('/').to_owned(),
        demo: false,
    }
}

fn refused(error: EnrolError) -> Failure {
    match error {
        EnrolError::WrongCode => Code::WrongCode.into(),
        EnrolError::Outdated(Update::Station) => Code::UpdateStation.into(),
        EnrolError::Outdated(Update::Central) => Code::UpdateCentral.into(),
        EnrolError::Away(why) => Failure::new(Code::NoCentral, why),
        EnrolError::Nonsense(why) => Failure::new(Code::BadCentral, why),
    }
}

/// Makes the demo company in an empty store: the same that central's `demo` makes.
pub(crate) fn found_demo(app: &App, folder: &Path) -> Result<(), StartError> {
    let company = DemoCompany::new(demo::SEED);
    let (Some(site), Some(till)) = (company.site(DEMO_SITE), company.tills.iter().find(|till| till.code == DEMO_TILL))
    else {
        return Err(AppError::given("the demo", "it has no such till").into());
    };
    let key = keys::generate().map_err(StartError::Key)?;
    keys::add(folder, &key).map_err(StartError::Key)?;
    let generation = GenerationId(RandomIds.new_id());
    let station = Station {
        device: DeviceId(RandomIds.new_id()),
        generation,
        short: generation_short(generation),
        public_key: key.public().to_string(),
        site: SiteId(site.id),
        till: till.code.clone(),
        name: till.name.clone(),
        central: String::new(),
        demo: true,
    };
    let as_of_ms = app.clock().now().corrected_ms();
    let joined = Joined { station, key, app: APP_VERSION.to_owned() };
    app.join(joined, |tx| stock_the_demo(tx, &company, site.id, as_of_ms))?;
    Ok(())
}

fn stock_the_demo(tx: &Tx, company: &DemoCompany, site: uuid::Uuid, as_of_ms: i64) -> Result<(), AppError> {
    feed::apply_bodies(tx, SiteId(site), false, company.feed_of(site))?
        .map_err(|what| AppError::given("the demo", what))?;
    let page = BalancePage {
        rows: company.stock_of(site),
        next: 0,
        more: false,
        restarted: true,
        as_of_ms,
        heads: Vec::new(),
        epoch: uuid::Uuid::nil(),
    };
    Ok(feed::hear(tx, &page)?)
}

/// What keeps the station in step with central. Dropping it stops it.
pub(crate) struct Central {
    sync: SyncHandle,
    app: Arc<App>,
    /// Dropped with it: it ends by that.
    _tender: Tender,
}

impl Central {
    /// Starts for a joined station.
    pub fn start(
        app: &Arc<App>,
        folder: &Path,
        clock: &Arc<MachineClock>,
        listener: &Listener,
    ) -> std::io::Result<Self> {
        let steady: Arc<dyn Fn() -> i64 + Send + std::marker::Sync> = Arc::new(clock.steady());
        let wall = Arc::clone(&steady);
        let (parted, folder) = (Arc::clone(app), folder.to_owned());
        let asked = Arc::clone(app);
        let (told, clock, listener) = (Arc::clone(app), Arc::clone(clock), Arc::clone(listener));
        told.set_connection(ConnectionState::Connecting);
        let sync = Sync::start(Setup {
            store: Arc::clone(app.store()),
            keys: app.keys().clone(),
            now_ms: wall,
            on_parted: Box::new(move |from| begin_generation(&parted, &folder, from)),
            itself: Itself { app: APP_VERSION.to_owned(), errors: Box::new(move || asked.error_codes()) },
            on_status: Box::new(move |status| hear(&told, &clock, steady(), &listener, &status)),
        })?;
        app.set_asker(Some(Arc::new(sync.asker())));
        let tender = Tender::start(app)?;
        Ok(Central { sync, app: Arc::clone(app), _tender: tender })
    }

    /// The journal grew.
    pub fn poke(&self) {
        self.sync.poke();
    }

    /// What needs a look is not what it was.
    pub fn changed(&self) {
        self.sync.changed();
    }
}

impl Drop for Central {
    fn drop(&mut self) {
        self.app.set_asker(None);
    }
}

/// The journal has a namesake, or its file was damaged: a new key, on the disk before it signs anything, and a new generation under it.
pub(crate) fn begin_generation(app: &App, folder: &Path, from: GenerationId) -> Result<(), String> {
    let key = keys::generate().map_err(|error| error.to_string())?;
    keys::add(folder, &key).map_err(|error| error.to_string())?;
    if app.begin_generation(from, key, APP_VERSION).map_err(|error| Failure::from(error).to_string())? {
        tracing::warn!(generation.left = %from, "the journal goes on under a new generation");
    }
    // What announces it to central lies beside the data as well, for the day on which those are damaged.
    rescue::note_identity(app.store(), folder).map_err(|error| Failure::from(error).to_string())
}

fn hear(app: &App, clock: &MachineClock, steady_ms: i64, listener: &Listener, status: &SyncStatus) {
    if let Some(offset_ms) = status.offset_ms {
        clock.compare(steady_ms.saturating_add(offset_ms));
    }
    if let Some(error) = &status.last_error {
        app.note_error(StatusPart::Connection, error.clone());
    }
    app.hear_sync(SyncHeard {
        problems: problems(status),
        forked: !status.parted.is_empty(),
        complete: status.initial_done,
    });
    app.set_connection(match status.state {
        SyncState::Connecting => ConnectionState::Connecting,
        SyncState::Online => ConnectionState::Online,
        SyncState::Offline => ConnectionState::Offline,
    });
    if let Err(error) = app.finish_recovery() {
        tracing::error!(%error, "the recovery cannot be finished");
    }
    lending::tend(app);
    match app.view() {
        Ok(view) => listener(Event::View(Box::new(view))),
        Err(error) => tracing::error!(%error, "the view cannot be made"),
    }
}

/// What a manager should look at, the most urgent first.
fn problems(status: &SyncStatus) -> Vec<SyncProblem> {
    let problem = |code: &str| SyncProblem { code: code.to_owned(), ..SyncProblem::default() };
    let update = status.update.map(|side| match side {
        Update::Station => problem("update-station"),
        Update::Central => problem("update-central"),
    });
    let told = status.problems.iter().map(|one| SyncProblem { detail: one.detail.clone(), ..problem(&one.code) });
    let held = status.held.iter().map(|(reason, entries)| SyncProblem {
        count: *entries,
        detail: reason.clone(),
        ..problem(&format!("held-{reason}"))
    });
    update.into_iter().chain(told).chain(held).collect()
}
