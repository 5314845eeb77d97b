//! The status line.

use selvedge_contract::view::{ClockState, ConnectionState, PrinterState, StatusLine};
use selvedge_domain::time::{LocalTime, Stamp, Trust};
use selvedge_store::Tx;
use selvedge_store::table::journal;

use crate::context::{Context, local_time};
use crate::{App, AppError};

/// How the machine's clock is, beside what the till goes by.
pub(super) fn clock_state(now: Stamp) -> ClockState {
    let minutes = |ms: u64| u32::try_from(ms / 60_000).unwrap_or(u32::MAX);
    if !now.is_clock_wrong() {
        return ClockState::Right;
    }
    let (used_ms, shown_ms) = (now.corrected_ms(), now.clock_ms);
    match now.trust() {
        Trust::Suspect => ClockState::Impossible,
        Trust::Sure | Trust::Unproved if used_ms > shown_ms => ClockState::Slow(minutes(used_ms.abs_diff(shown_ms))),
        Trust::Sure | Trust::Unproved => ClockState::Fast(minutes(used_ms.abs_diff(shown_ms))),
    }
}

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
            clock_state: clock_state(now),
            connection,
            printer: live.devices.printer,
            scanner: live.devices.scanner,
            demo,
        })
    }
}

pub(super) fn local(stamp: Stamp, context: Option<&Context>) -> LocalTime {
    match context {
        Some(context) => context.local(stamp),
        None => local_time(stamp.clock_ms, &jiff::tz::TimeZone::system()),
    }
}
