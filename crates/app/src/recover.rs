//! After a damaged data file: what follows from the journal is made again from it, and the journal says what it lost.

use std::collections::BTreeMap;
use std::path::Path;

use selvedge_contract::view::TrayKind;
use selvedge_domain::ids::{
    AllotmentId, DeviceId, EntryUuid, GenerationId, PersonId, ProductId, PromiseId, ShiftId, SiteId,
};
use selvedge_domain::shift::{ClosedShift, Shift, ShiftTotals};
use selvedge_domain::stock::promise::PromiseState;
use selvedge_domain::time::{Day, Stamp};
use selvedge_domain::{Amount, Quantity};
use selvedge_protocol::journal::{
    Body, Fact, JournalRecoveredV1, PromiseMadeV1, SaleSurroundings, SaleV1, ShiftOpenedV1,
};
use selvedge_protocol::v1::PromiseV1;
use selvedge_store::rescue::{Identity, Salvage};
use selvedge_store::table::recovery::{self, Recovery};
use selvedge_store::table::{
    allotment, base, config, counter, decision, generation, journal, promise, sale, shift, station, transfer, tray,
};
use selvedge_store::{Store, StoreError, Tx};

use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::context::local_time;
use crate::{App, AppError, Nudge};

/// Fills a new data file with what an identity and a damaged file give, in one transaction. A second time changes nothing.
///
/// # Errors
/// [`AppError::Store`].
pub fn restore(store: &Store, aside: &Path, identity: &Identity, salvage: &Salvage) -> Result<(), AppError> {
    store.write("rescue", |tx| {
        if station::get(tx)?.is_some() {
            return Ok(());
        }
        for generation in &identity.generations {
            generation::begin(tx, generation)?;
        }
        station::set(tx, &identity.station)?;
        config::set_company(tx, &identity.company)?;
        config::set_site(tx, &identity.site)?;
        for read in &salvage.bases {
            base::restore(tx, read)?;
        }
        put_back(tx, salvage)?;
        if let Some(key) = &identity.central_key {
            decision::trust(tx, key)?;
            decision::restore(tx, &salvage.decisions)?;
        }
        rebuild(tx)?;
        let last = salvage.last.iter().map(|(generation, last)| (*generation, *last)).collect();
        let aside = aside.display().to_string();
        Ok(recovery::set(tx, &Recovery { aside, generation: identity.station.generation, last, fetched: false })?)
    })
}

/// Puts back the entries that a damaged file still had, each generation with room behind it: central may have more of its
/// end than the file, and even of another branch of it.
///
/// # Errors
/// [`StoreError`].
pub fn put_back(tx: &Tx, salvage: &Salvage) -> Result<(), StoreError> {
    let (mut room, mut before) = (0, None);
    for (row, entry) in &salvage.entries {
        if before.replace(entry.id.generation).is_some_and(|before| before != entry.id.generation) {
            room += journal::ROOM;
        }
        journal::restore(tx, Some(row + room), entry)?;
    }
    Ok(())
}

/// Makes sales, returns and shifts again from the journal, whatever there was of them.
///
/// # Errors
/// [`AppError::Store`].
pub fn rebuild(tx: &Tx) -> Result<(), AppError> {
    let zone = config::site(tx)?.and_then(|site| TimeZone::get(&site.time_zone).ok()).unwrap_or(TimeZone::UTC);
    sale::forget_all(tx)?;
    shift::forget_all(tx)?;
    let mut open: Option<Shift> = None;
    let Some(station) = station::get(tx)? else { return Ok(()) };
    for (id, body) in journal::all(tx, station.device)? {
        // What this version cannot read it cannot make again; it stays in the journal.
        let Ok(body) = Body::decode(&body) else { continue };
        transfer::hear(tx, station.device, &body)?;
        let Ok(fact) = body.fact() else { continue };
        let at = local_time(Stamp::from(body.at).corrected_ms(), &zone);
        let person = PersonId(body.person.unwrap_or_default());
        match fact {
            Fact::ShiftOpened(opened) => open = opened_shift(&opened, person, at),
            Fact::CashMoved(moved) => {
                if let Some(open) = open.as_mut().filter(|open| open.id.0 == moved.shift) {
                    let amount = Amount::from_minor(moved.amount_minor);
                    if amount.is_negative() {
                        open.totals.cash_out -= amount;
                    } else {
                        open.totals.cash_in += amount;
                    }
                }
            }
            Fact::PromiseMade(made) => promised(tx, station.device, &body, &made)?,
            Fact::PromiseEnded(ended) if ended.how == PromiseState::Cancelled.word() => {
                promise::cancel(tx, PromiseId(ended.promise), Stamp::from(body.at).corrected_ms())?;
            }
            Fact::Sale(sold) => {
                handed_over(tx, &body, &sold)?;
                if let Some(done) = read_back(&sold, SaleSurroundings { site: SiteId(body.site), person, at }) {
                    sale::insert(tx, &done, &id)?;
                    if let Some(open) = open.as_mut().filter(|open| open.id == done.shift) {
                        open.totals.add(&done);
                    }
                }
            }
            Fact::ShiftClosed(closed) => {
                counter::at_least(tx, "z", closed.number)?;
                let Some(mine) = open.take().filter(|open| open.id.0 == closed.shift) else { continue };
                let counted = Amount::from_minor(closed.counted_minor);
                shift::save(tx, &mine)?;
                shift::close(tx, &ClosedShift { shift: mine, closed_by: person, closed_at: at, counted })?;
            }
            Fact::GenerationStarted(_)
            | Fact::JournalRecovered(_)
            | Fact::PersonSigned(_)
            | Fact::CartCancelled(_)
            | Fact::CodeUnknown(_)
            | Fact::ReceiptCopied(_)
            | Fact::DrawerPulsed(_)
            | Fact::PromiseEnded(_)
            | Fact::AllotmentReturned(_)
            | Fact::TransferDispatched(_)
            | Fact::TransferReceived(_)
            | Fact::TransferClosed(_)
            | Fact::CountRaised(_)
            | Fact::Unknown { .. } => {}
        }
    }
    if let Some(open) = open {
        counter::at_least(tx, "z", open.number)?;
        shift::save(tx, &open)?;
    }
    Ok(())
}

/// What this station promised from what it was lent.
fn promised(tx: &Tx, device: DeviceId, body: &Body, made: &PromiseMadeV1) -> Result<(), AppError> {
    for line in &made.lines {
        let quantity = Quantity::from_thousandths(line.quantity_thousandths);
        allotment::draw(tx, AllotmentId(line.allotment), PromiseId(made.promise), quantity)?;
    }
    Ok(promise::hear(tx, &PromiseV1::made(device, body.site, body.at.into(), made), None)?)
}

/// What a sale handed over of what was promised here.
fn handed_over(tx: &Tx, body: &Body, sold: &SaleV1) -> Result<(), AppError> {
    let mut of: BTreeMap<(Uuid, Uuid), Quantity> = BTreeMap::new();
    for line in sold.lines.iter().filter(|line| line.quantity_thousandths > 0) {
        if let Some(promise) = line.promise {
            let quantity = Quantity::from_thousandths(line.quantity_thousandths);
            *of.entry((promise, line.product)).or_insert(Quantity::ZERO) += quantity;
        }
    }
    let (fact, at_ms) = (EntryUuid(body.id), Stamp::from(body.at).corrected_ms());
    for ((promise, product), quantity) in of {
        promise::deliver(tx, PromiseId(promise), fact, (ProductId(product), quantity), at_ms)?;
    }
    Ok(())
}

fn opened_shift(opened: &ShiftOpenedV1, person: PersonId, at: selvedge_domain::time::LocalTime) -> Option<Shift> {
    Some(Shift {
        id: ShiftId(opened.shift),
        number: opened.number,
        business_day: Day::parse(&opened.business_day).ok()?,
        currency: selvedge_domain::Currency::parse(&opened.currency).ok()?,
        opened_by: person,
        opened_at: at,
        float: Amount::from_minor(opened.float_minor),
        totals: ShiftTotals::default(),
    })
}

fn read_back(sold: &SaleV1, around: SaleSurroundings) -> Option<selvedge_domain::sale::Sale> {
    sold.read_back(around)
        .inspect_err(|error| tracing::warn!(%error, sale.id = %sold.sale, "a sale of the journal cannot be read back"))
        .ok()
}

impl App {
    /// The generation that a recovery has to leave; none when there was none, or it was left already.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn generation_to_leave(&self) -> Result<Option<GenerationId>, AppError> {
        Ok(self.store().read::<_, StoreError>(|tx| {
            let present = station::get(tx)?.map(|station| station.generation);
            Ok(recovery::get(tx)?.map(|recovery| recovery.generation).filter(|left| present == Some(*left)))
        })?)
    }

    /// When central gave back what it had: all that follows is made again, and journal and tray say what is missing.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn finish_recovery(&self) -> Result<bool, AppError> {
        if !self.store().read(recovery::get)?.is_some_and(|recovery| recovery.fetched) {
            return Ok(false);
        }
        self.store().write("finish-recovery", |tx| {
            let Some(recovery) = recovery::get(tx)? else { return Ok(()) };
            let context = self.joined(tx)?;
            rebuild(tx)?;
            let mut said = Vec::new();
            let mut found = 0;
            for (generation, last) in &recovery.last {
                let (there, missing) = recovery::gaps(tx, *generation, *last)?;
                found += there;
                let fact = JournalRecoveredV1 { generation: generation.0, found: there, missing: missing.clone() };
                self.record(tx, &context, Fact::JournalRecovered(fact))?;
                said.extend(missing);
            }
            tray::insert(tx, &TrayKind::DataRecovered { folder: recovery.aside, found, missing: said })?;
            Ok::<_, AppError>(recovery::clear(tx)?)
        })?;
        self.nudge(Nudge::Journal);
        Ok(true)
    }
}
