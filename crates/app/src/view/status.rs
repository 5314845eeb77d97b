//! The status line and the pages behind its parts.

use selvedge_contract::view::{ConnectionState, PrinterState, StatusLine, StatusPage, StatusPart};
use selvedge_domain::time::{LocalTime, Stamp};
use selvedge_store::Tx;
use selvedge_store::table::{catalogue, journal, print_job};

use crate::context::{Context, local_time};
use crate::{App, AppError};

/// Whether a printer cannot print until a person acts, or it comes back.
pub(super) fn is_stopped(state: PrinterState) -> bool {
    match state {
        PrinterState::PaperOut | PrinterState::CoverOpen | PrinterState::Offline | PrinterState::Error => true,
        PrinterState::None
        | PrinterState::Connecting
        | PrinterState::Ready
        | PrinterState::PaperLow
        | PrinterState::Silent => false,
    }
}

impl App {
    /// The status line by itself, for what changes without a command.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn status_line(&self) -> Result<StatusLine, AppError> {
        self.store().read(|tx| {
            let context = self.context(tx)?;
            self.status(tx, context.as_ref())
        })
    }

    /// The page behind a part.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn status_page(&self, part: StatusPart) -> Result<StatusPage, AppError> {
        self.store().read(|tx| {
            let context = self.context(tx)?;
            let facts = self.facts(tx, part, context.as_ref())?;
            let local = |stamp: Stamp| local(stamp, context.as_ref());
            let errors = self
                .live()
                .errors
                .iter()
                .filter(|(of, ..)| *of == part)
                .map(|(_, at, text)| (local(*at), text.clone()))
                .collect();
            Ok(StatusPage { part, facts, errors })
        })
    }

    pub(super) fn status(&self, tx: &Tx, context: Option<&Context>) -> Result<StatusLine, AppError> {
        let now = self.clock().now();
        let demo = context.is_some_and(|context| context.station.demo);
        let unsent = if demo { 0 } else { journal::unsent(tx)? };
        let mut connection = self.connection(unsent, |stamp| local(stamp, context));
        if demo || context.is_none() {
            connection.state = ConnectionState::NotJoined;
        }
        let live = self.live();
        Ok(StatusLine {
            site: context.map_or(String::new(), |context| context.site.name.clone()),
            station: context.map_or(String::new(), |context| context.station.name.clone()),
            person: context
                .and_then(|context| context.person.as_ref())
                .map_or(String::new(), |person| person.name.clone()),
            clock: local(now, context),
            connection,
            printer: live.devices.printer,
            scanner: live.devices.scanner,
            demo,
        })
    }

    fn facts(&self, tx: &Tx, part: StatusPart, context: Option<&Context>) -> Result<Vec<(String, String)>, AppError> {
        let mut facts: Vec<(&str, String)> = Vec::new();
        match part {
            StatusPart::Connection => {
                if let Some(context) = context {
                    facts.push(("fact-central", context.station.central.clone()));
                    let (acknowledged, _) = journal::acknowledged(tx, context.station.generation)?;
                    facts.push(("fact-acknowledged", acknowledged.to_string()));
                }
                facts.push(("fact-unsent", journal::unsent(tx)?.to_string()));
                let offset = self.clock().now().offset_ms;
                facts.push(("fact-offset", offset.map_or_else(String::new, |ms| format!("{ms} ms"))));
            }
            StatusPart::Printer | StatusPart::Scanner => {
                if part == StatusPart::Printer {
                    facts.push(("fact-waiting", print_job::waiting(tx)?.to_string()));
                }
                for device in &self.live().devices.found {
                    facts.push(("fact-device", format!("{} ({})", device.name, device.transport)));
                }
            }
            StatusPart::Station => {
                facts.push(("fact-version", env!("CARGO_PKG_VERSION").to_owned()));
                if let Some(context) = context {
                    facts.push(("fact-device-id", context.station.device.to_string()));
                    facts.push(("fact-generation", context.station.short.clone()));
                    let (head, _) = journal::head(tx, context.station.generation)?;
                    facts.push(("fact-entries", head.to_string()));
                }
                facts.push(("fact-products", catalogue::count(tx)?.to_string()));
                if let Some(folder) = self.store().folder() {
                    facts.push(("fact-folder", folder.display().to_string()));
                }
            }
        }
        Ok(facts.into_iter().map(|(id, value)| (id.to_owned(), value)).collect())
    }
}

fn local(stamp: Stamp, context: Option<&Context>) -> LocalTime {
    match context {
        Some(context) => context.local(stamp),
        None => local_time(stamp.clock_ms, &jiff::tz::TimeZone::system()),
    }
}
