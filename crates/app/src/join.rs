//! Becoming a station of a company.

use selvedge_contract::view::View;
use selvedge_contract::{Code, Failure};
use selvedge_protocol::journal::{DeviceKey, Fact, GenerationStartedV1};
use selvedge_store::Tx;
use selvedge_store::table::station::{self, Station};

use crate::{App, AppError, Nudge};

/// What enrolment gave.
pub struct Joined {
    /// Who the station is now.
    pub station: Station,
    /// Its key; written to the key store before this.
    pub key: DeviceKey,
    /// Version of the app.
    pub app: String,
}

impl App {
    /// Joins: writes who the station is, what `configure` brings (company, site, people), and the journal's first
    /// entry.
    ///
    /// # Errors
    /// [`Code::AlreadyJoined`], and what `configure` says.
    pub fn join(&self, joined: Joined, configure: impl FnOnce(&Tx) -> Result<(), AppError>) -> Result<View, AppError> {
        if self.store().read(station::get)?.is_some() {
            return Err(Code::AlreadyJoined.into());
        }
        let fact = GenerationStartedV1 {
            public_key: joined.station.public_key.clone(),
            app: joined.app,
            till: joined.station.till.clone(),
            short: joined.station.short.clone(),
            after: None,
        };
        self.keys().add(joined.key);
        self.store().write("join", |tx| {
            station::set(tx, &joined.station)?;
            configure(tx)?;
            let context =
                self.context(tx)?.ok_or(Failure::new(Code::BadCentral, "central did not name the station's site"))?;
            self.record(tx, &context, Fact::GenerationStarted(fact))?;
            Ok::<_, AppError>(())
        })?;
        self.nudge(Nudge::Journal);
        self.view()
    }
}
