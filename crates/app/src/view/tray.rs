//! What waits at the foot of the cart, newest first: what was scanned, what a device asks, what has to be known.

use selvedge_contract::view::{Tray, TrayKind};
use selvedge_store::Tx;
use selvedge_store::table::print_job::{self, State};
use selvedge_store::table::{station, tray};

use super::status;
use crate::context::{Context, local_time};
use crate::live::live_tray_id;
use crate::{App, AppError, promise};

impl App {
    /// Stored entries, uncertain papers, a printer that stopped, a full disk, a wrong clock, troubles of this run.
    pub(super) fn trays(&self, tx: &Tx, context: Option<&Context>) -> Result<Vec<Tray>, AppError> {
        let mut trays = Vec::new();
        if station::get(tx)?.is_some() {
            trays.extend(tray::list::<TrayKind>(tx)?.into_iter().rev().map(|(id, what)| Tray { id, what }));
        }
        if let Some(context) = context {
            trays.extend(promise::trays(tx, context)?);
        }
        for job in print_job::in_state(tx, State::Uncertain)? {
            trays.push(live(TrayKind::UncertainPrint { job: job.id, title: job.title }));
        }
        // Counted only when it is said: a till without a printer keeps every paper of its life waiting.
        let stopped = Some(self.live().devices.printer).filter(|printer| status::is_stopped(*printer));
        let waiting = stopped.map_or(Ok(0), |_| print_job::waiting(tx))?;
        let full = !self.store().has_room();
        let mut now = self.live();
        if let Some(state) = stopped.filter(|_| waiting > 0) {
            trays.push(live(TrayKind::PrinterStopped { state, waiting }));
        }
        if let Some(context) = context.filter(|context| context.now.is_clock_wrong()) {
            let shows = local_time(context.now.clock_ms, &context.zone);
            trays.push(live(TrayKind::ClockWrong { shows, used: context.local_now() }));
        }
        trays.extend(now.troubles.iter().map(|detail| live(TrayKind::Trouble { detail: detail.clone() })));
        if full {
            trays.push(live(TrayKind::DiskFull));
        }
        trays.retain(|tray| !now.seen.contains(&tray.id));
        now.order.newest_first(&mut trays);
        Ok(trays)
    }
}

fn live(what: TrayKind) -> Tray {
    Tray { id: live_tray_id(&what), what }
}
