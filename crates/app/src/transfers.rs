//! Goods between sites: sent and received scan by scan, offline as well. What was scanned is kept as it is scanned; the
//! end writes one fact, which moves the stock.

mod asking;
mod shown;

use std::collections::BTreeSet;

use selvedge_contract::view::{TransferPage, View};
use selvedge_contract::{Code, Failure};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, SiteId, TransferId};
use selvedge_domain::people::Right;
use selvedge_domain::quantity::Unit;
use selvedge_domain::receipt::compose::{TransferSlip, copy_of};
use selvedge_domain::stock::tally::{Tally, TallyError};
use selvedge_domain::stock::transfer::{Transfer, TransferStep, TransferTask};
use selvedge_domain::time::LocalTime;
use selvedge_protocol::journal::{
    Body, Fact, TransferClosedV1, TransferDifferenceV1, TransferDispatchedV1, TransferLineV1, TransferReceivedV1,
};
use selvedge_store::Tx;
use selvedge_store::table::catalogue::Listed;
use selvedge_store::table::transfer::{self, Draft, WrongScan};

pub(crate) use self::shown::duty;
use self::shown::{goods, page, place};
use crate::context::{Context, local_time};
use crate::{App, AppError, Nudge};

/// Which transfer, who sends, who is to have it, and what is expected.
type Begun = (TransferId, Option<SiteId>, SiteId, Tally);

impl App {
    /// The transfers of this site, and what is being scanned.
    ///
    /// # Errors
    /// [`Code::NotAllowed`].
    pub fn transfers(&self) -> Result<TransferPage, AppError> {
        self.store().read(|tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::Transfer)?;
            page(tx, &context)
        })
    }

    /// Begins to send goods to a site: what it asked for, or without being asked.
    ///
    /// # Errors
    /// [`Code::TransferOpen`], [`Code::NoSuchTransfer`], [`Code::BadRequest`] to this very site.
    pub fn begin_dispatch(&self, asked: Option<TransferId>, to: SiteId) -> Result<TransferPage, AppError> {
        self.begin_scanning(TransferTask::Dispatched, |tx, context| {
            let own = context.site.id;
            let known = asked.map(|id| known(tx, id)).transpose()?;
            if known.as_ref().is_some_and(|known| known.from() != Some(own) || known.to() != Some(to)) {
                return Err(Code::NoSuchTransfer.into());
            }
            if to == own {
                return Err(Code::BadRequest.into());
            }
            let id = asked.unwrap_or_else(|| TransferId(self.outside.ids.new_id()));
            let expected = known.filter(|known| known.request.is_some()).map(|known| {
                let left = known.lines().into_iter().map(|(product, line)| (product, line.requested - line.dispatched));
                left.filter(|(_, quantity)| *quantity > Quantity::ZERO).collect()
            });
            Ok((id, Some(own), to, Tally::of(expected)))
        })
    }

    /// Begins to receive a transfer, whether this station has heard of it or not: its paper says which it is.
    ///
    /// # Errors
    /// [`Code::TransferOpen`], [`Code::NoSuchTransfer`] for one that this site sent itself.
    pub fn begin_receipt(&self, id: TransferId) -> Result<TransferPage, AppError> {
        self.begin_scanning(TransferTask::Received, |tx, context| coming(tx, context, id))
    }

    /// The paper that goes with goods was scanned: they are received from now on. The paper of what is being received
    /// already changes nothing.
    pub(crate) fn came(&self, tx: &Tx, context: &Context, id: TransferId) -> Result<(), AppError> {
        context.signed_in(Right::Transfer)?;
        match transfer::draft(tx)? {
            Some(draft) if draft.transfer == id => Ok(()),
            Some(_) => Err(Code::TransferOpen.into()),
            None => {
                let (id, from, to, tally) = coming(tx, context, id)?;
                let step = TransferTask::Received;
                Ok(transfer::set_draft(tx, &Draft { transfer: id, step, from, to, tally, wrong: None })?)
            }
        }
    }

    fn begin_scanning(
        &self,
        step: TransferTask,
        what: impl FnOnce(&Tx, &Context) -> Result<Begun, AppError>,
    ) -> Result<TransferPage, AppError> {
        self.store().write("begin-transfer", |tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::Transfer)?;
            if transfer::draft(tx)?.is_some() {
                return Err(Code::TransferOpen.into());
            }
            let (id, from, to, tally) = what(tx, &context)?;
            transfer::set_draft(tx, &Draft { transfer: id, step, from, to, tally, wrong: None })?;
            page(tx, &context)
        })
    }

    /// The last scan is meant, although it is not expected.
    ///
    /// # Errors
    /// [`Code::NothingScanned`] when the last scan counted.
    pub fn count_wrong(&self) -> Result<TransferPage, AppError> {
        self.recount("count-wrong", |draft| {
            let wrong = draft.wrong.take().ok_or(Code::NothingScanned)?;
            draft.tally.count_anyway(wrong.product, &wrong.scanned);
            Ok(())
        })
    }

    /// So much of a product that was scanned is there, in all.
    ///
    /// # Errors
    /// [`Code::NothingScanned`], [`Code::WrongQuantity`].
    pub fn set_counted(&self, product: ProductId, quantity: Quantity) -> Result<TransferPage, AppError> {
        let piece = self.store().read(|tx| Ok::<_, AppError>(goods(tx, &self.joined(tx)?, product)?.unit))?;
        self.recount("set-counted", |draft| {
            if piece == Unit::Piece && !quantity.is_whole() {
                return Err(Code::WrongQuantity);
            }
            draft.tally.set(product, quantity).map_err(|error| match error {
                TallyError::NotScanned => Code::NothingScanned,
                TallyError::Quantity => Code::WrongQuantity,
            })
        })
    }

    /// Takes the last step back; first a scan that counts for nothing.
    ///
    /// # Errors
    /// [`Code::NothingToUndo`].
    pub fn undo_counted(&self) -> Result<TransferPage, AppError> {
        self.recount("undo-counted", |draft| {
            if draft.wrong.take().is_some() {
                return Ok(());
            }
            draft.tally.undo().map(drop).ok_or(Code::NothingToUndo)
        })
    }

    fn recount(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut Draft) -> Result<(), Code>,
    ) -> Result<TransferPage, AppError> {
        self.store().write(name, |tx| {
            let (context, mut draft) = self.scanning(tx)?;
            work(&mut draft)?;
            transfer::set_draft(tx, &draft)?;
            page(tx, &context)
        })
    }

    /// Forgets what was scanned: nothing was sent, nothing came.
    ///
    /// # Errors
    /// [`Code::NotNow`] when nothing is being scanned.
    pub fn drop_transfer(&self) -> Result<TransferPage, AppError> {
        self.store().write("drop-transfer", |tx| {
            let (context, _) = self.scanning(tx)?;
            transfer::clear_draft(tx)?;
            page(tx, &context)
        })
    }

    /// The goods are gone, or there: the journal says so, the stock moves, and what is sent gets its paper. `complete` when
    /// nothing more is to come of what is received. What is asked for is kept until central has heard it.
    ///
    /// # Errors
    /// [`Code::NothingScanned`], [`Code::ReasonMissing`] where something else came than was sent.
    pub fn finish_transfer(&self, complete: bool, reason: &str) -> Result<TransferPage, AppError> {
        let asked = self.store().write("finish-transfer", |tx| {
            let (context, draft) = self.scanning(tx)?;
            match draft.step {
                TransferTask::Asked => self.keep_request(tx, &context, &draft, reason.trim())?,
                TransferTask::Dispatched => {
                    self.hear_own(tx, &context, self.sent(&context, &draft, reason.trim())?)?;
                    let (transfer, to, lines) = (draft.transfer, draft.to, draft.tally.counted());
                    let sent = Sent { transfer, to, lines, at: context.local_now(), note: reason.trim() };
                    let slip = slip(tx, &context, sent)?;
                    self.print_transfer(tx, &context, &slip, false)?;
                }
                TransferTask::Received => {
                    self.hear_own(tx, &context, self.there(&context, &draft, complete, reason.trim())?)?;
                }
            }
            transfer::clear_draft(tx)?;
            Ok::<_, AppError>(draft.step == TransferTask::Asked)
        })?;
        if asked {
            self.ask_central();
        } else {
            self.nudge(Nudge::Journal);
            self.nudge(Nudge::Print);
        }
        self.transfers()
    }

    /// A second paper of what was sent from here, marked COPY: all that was sent of it so far stands on it.
    ///
    /// # Errors
    /// [`Code::NotAllowed`], [`Code::NoSuchTransfer`] where nothing of it was sent from here.
    pub fn reprint_transfer(&self, id: TransferId) -> Result<View, AppError> {
        self.store().write("reprint-transfer", |tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::Transfer)?;
            let known = known(tx, id)?;
            let (own, step) = (context.site.id, TransferStep::Dispatched);
            let here: Vec<_> = known.facts.values().filter(|fact| fact.step == step && fact.site == own).collect();
            let (Some(last), Some(to)) = (here.iter().max_by_key(|fact| fact.at_ms), known.to()) else {
                return Err(AppError::from(Code::NoSuchTransfer));
            };
            let sum = |product: ProductId| here.iter().filter_map(|fact| fact.lines.get(&product)).copied().sum();
            let products: BTreeSet<ProductId> = here.iter().flat_map(|fact| fact.lines.keys().copied()).collect();
            let lines = products.into_iter().map(|product| (product, sum(product))).collect();
            let at = local_time(last.at_ms, &context.zone);
            let slip = slip(tx, &context, Sent { transfer: id, to, lines, at, note: &last.reason })?;
            self.print_transfer(tx, &context, &slip, true)
        })?;
        self.nudge(Nudge::Print);
        self.view()
    }

    fn print_transfer(&self, tx: &Tx, context: &Context, slip: &TransferSlip, again: bool) -> Result<(), AppError> {
        let labels = self.labels(tx)?;
        let document = self.transfer_document(tx, context, slip)?;
        let document = if again { copy_of(&document, labels) } else { document };
        let title = format!("{} {}", labels.transfer, slip.to).trim_end().to_owned();
        self.print(tx, context, title, document, None)?;
        Ok(())
    }

    fn counted(&self, context: &Context, draft: &Draft) -> Vec<TransferLineV1> {
        let line = |(product, quantity): (ProductId, Quantity)| TransferLineV1 {
            line: self.outside.ids.new_id(),
            product: product.0,
            quantity_thousandths: quantity.thousandths(),
            location: context.site.sales_floor.0,
            lot: None,
            scanned: draft.tally.scanned(product).map(str::to_owned),
        };
        draft.tally.counted().into_iter().map(line).collect()
    }

    fn sent(&self, context: &Context, draft: &Draft, note: &str) -> Result<Fact, AppError> {
        let lines = self.counted(context, draft);
        if lines.is_empty() {
            return Err(Code::NothingScanned.into());
        }
        let (transfer, to_site) = (draft.transfer.0, draft.to.0);
        Ok(Fact::TransferDispatched(TransferDispatchedV1 { transfer, to_site, lines, note: note.to_owned() }))
    }

    fn there(&self, context: &Context, draft: &Draft, complete: bool, reason: &str) -> Result<Fact, AppError> {
        let lines = self.counted(context, draft);
        let differs = complete && !draft.tally.difference().is_empty();
        if differs && reason.is_empty() {
            return Err(Code::ReasonMissing.into());
        }
        // Nothing came of all that was sent: that is something to be said, too.
        if lines.is_empty() && !differs {
            return Err(Code::NothingScanned.into());
        }
        let (from_site, reason) = (draft.from.map(|site| site.0), reason.to_owned());
        let (transfer, to_site) = (draft.transfer.0, draft.to.0);
        Ok(Fact::TransferReceived(TransferReceivedV1 { transfer, from_site, to_site, lines, complete, reason }))
    }

    /// What is in transit by the books is not on the way: it is written off.
    ///
    /// # Errors
    /// [`Code::NotAllowed`], [`Code::NoSuchTransfer`], [`Code::ReasonMissing`], [`Code::NotNow`] where nothing is in
    /// transit.
    pub fn close_transfer(&self, id: TransferId, reason: &str) -> Result<TransferPage, AppError> {
        let page = self.store().write("close-transfer", |tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::CloseTransfer)?;
            let known = known(tx, id)?;
            let to = known.to().ok_or(Failure::from(Code::NoSuchTransfer))?;
            let reason = reason.trim();
            if reason.is_empty() {
                return Err(Code::ReasonMissing.into());
            }
            let line = |(product, quantity): (ProductId, Quantity)| TransferDifferenceV1 {
                line: self.outside.ids.new_id(),
                product: product.0,
                quantity_thousandths: quantity.thousandths(),
                lot: None,
            };
            let lines: Vec<TransferDifferenceV1> = known.in_transit().into_iter().map(line).collect();
            if lines.is_empty() {
                return Err(Code::NotNow.into());
            }
            let (from_site, reason) = (known.from().map(|site| site.0), reason.to_owned());
            let closed = TransferClosedV1 { transfer: id.0, from_site, to_site: to.0, lines, reason };
            self.hear_own(tx, &context, Fact::TransferClosed(closed))?;
            page(tx, &context)
        })?;
        self.nudge(Nudge::Journal);
        Ok(page)
    }

    /// Writes a fact of ours and joins it to what is known of its transfer.
    fn hear_own(&self, tx: &Tx, context: &Context, fact: Fact) -> Result<(), AppError> {
        let entry = self.record(tx, context, fact)?;
        let body = Body::decode(&entry.body).map_err(|error| AppError::given("an entry", error))?;
        Ok(transfer::hear(tx, context.station.device, &body)?)
    }

    fn scanning(&self, tx: &Tx) -> Result<(Context, Draft), AppError> {
        let context = self.joined(tx)?;
        context.signed_in(Right::Transfer)?;
        let draft = transfer::draft(tx)?.ok_or(Failure::from(Code::NotNow))?;
        Ok((context, draft))
    }
}

/// A piece was scanned while goods are sent or received; whether it counts.
pub(crate) fn piece(tx: &Tx, mut draft: Draft, product: ProductId, scanned: &str) -> Result<bool, AppError> {
    let counted = draft.tally.count(product, scanned);
    draft.wrong = counted.err().map(|why| WrongScan { product, scanned: scanned.to_owned(), why });
    transfer::set_draft(tx, &draft)?;
    Ok(draft.wrong.is_none())
}

/// Of several products under one code the one that is expected.
pub(crate) fn expected(draft: &Draft, found: &[Listed]) -> Option<ProductId> {
    if let [one] = found {
        return Some(one.product.id);
    }
    let expected = draft.tally.expected.as_ref()?;
    let mut fitting = found.iter().map(|one| one.product.id).filter(|id| expected.contains_key(id));
    fitting.next().filter(|_| fitting.next().is_none())
}

/// What is to come, as far as this station knows.
fn coming(tx: &Tx, context: &Context, id: TransferId) -> Result<Begun, AppError> {
    let own = context.site.id;
    let Some(known) = transfer::by_id(tx, id)? else { return Ok((id, None, own, Tally::of(None))) };
    if known.from() == Some(own) {
        return Err(Code::NoSuchTransfer.into());
    }
    let is_sent = known.facts.values().any(|fact| fact.step == TransferStep::Dispatched);
    let expected = is_sent.then(|| {
        let coming = known.in_transit().into_iter();
        coming.filter(|(_, quantity)| *quantity > Quantity::ZERO).collect()
    });
    Ok((id, known.from(), known.to().unwrap_or(own), Tally::of(expected)))
}

fn known(tx: &Tx, id: TransferId) -> Result<Transfer, AppError> {
    transfer::by_id(tx, id)?.ok_or_else(|| Code::NoSuchTransfer.into())
}

/// What stands on the paper that goes with goods.
struct Sent<'a> {
    transfer: TransferId,
    to: SiteId,
    lines: Vec<(ProductId, Quantity)>,
    at: LocalTime,
    note: &'a str,
}

fn slip(tx: &Tx, context: &Context, sent: Sent<'_>) -> Result<TransferSlip, AppError> {
    let mut lines = Vec::new();
    for (product, quantity) in sent.lines {
        let goods = goods(tx, context, product)?;
        lines.push((goods.name, goods.variant, quantity));
    }
    let (from, to) = (context.site.name.clone(), place(tx, sent.to)?);
    Ok(TransferSlip { id: sent.transfer, from, to, at: sent.at, lines, note: sent.note.to_owned() })
}
