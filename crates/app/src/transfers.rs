//! Goods between sites: sent and received scan by scan, offline as well. What was scanned is kept as it is scanned; the
//! end writes one fact, which moves the stock.

mod shown;

use selvedge_contract::view::TransferPage;
use selvedge_contract::{Code, Failure};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, SiteId, TransferId};
use selvedge_domain::people::Right;
use selvedge_domain::quantity::Unit;
use selvedge_domain::receipt::compose::TransferSlip;
use selvedge_domain::stock::tally::{Tally, TallyError};
use selvedge_domain::stock::transfer::{Transfer, TransferStep};
use selvedge_protocol::journal::{
    Body, Fact, TransferClosedV1, TransferDifferenceV1, TransferDispatchedV1, TransferLineV1, TransferReceivedV1,
};
use selvedge_store::Tx;
use selvedge_store::table::catalogue::Listed;
use selvedge_store::table::transfer::{self, Draft, WrongScan};

pub(crate) use self::shown::duty;
use self::shown::{goods, page, place};
use crate::context::Context;
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
        self.begin_scanning(TransferStep::Dispatched, |tx, context| {
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
        self.begin_scanning(TransferStep::Received, |tx, context| coming(tx, context, id))
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
                let step = TransferStep::Received;
                Ok(transfer::set_draft(tx, &Draft { transfer: id, step, from, to, tally, wrong: None })?)
            }
        }
    }

    fn begin_scanning(
        &self,
        step: TransferStep,
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
    /// nothing more is to come of
    /// what is received.
    ///
    /// # Errors
    /// [`Code::NothingScanned`], [`Code::ReasonMissing`] where something else came than was sent.
    pub fn finish_transfer(&self, complete: bool, reason: &str) -> Result<TransferPage, AppError> {
        let page = self.store().write("finish-transfer", |tx| {
            let (context, draft) = self.scanning(tx)?;
            let fact = self.scanned(&context, &draft, complete, reason.trim())?;
            self.hear_own(tx, &context, fact)?;
            if draft.step == TransferStep::Dispatched {
                let slip = slip(tx, &context, &draft, reason.trim())?;
                let document = self.transfer_document(tx, &context, &slip)?;
                let title = format!("{} {}", self.labels(tx)?.transfer, slip.to).trim_end().to_owned();
                self.print(tx, &context, title, document, None)?;
            }
            transfer::clear_draft(tx)?;
            page(tx, &context)
        })?;
        self.nudge(Nudge::Journal);
        self.nudge(Nudge::Print);
        Ok(page)
    }

    fn scanned(&self, context: &Context, draft: &Draft, complete: bool, reason: &str) -> Result<Fact, AppError> {
        let line = |(product, quantity): (ProductId, Quantity)| TransferLineV1 {
            line: self.outside.ids.new_id(),
            product: product.0,
            quantity_thousandths: quantity.thousandths(),
            location: context.site.sales_floor.0,
            lot: None,
            scanned: draft.tally.scanned(product).map(str::to_owned),
        };
        let lines: Vec<TransferLineV1> = draft.tally.counted().into_iter().map(line).collect();
        let (transfer, to_site) = (draft.transfer.0, draft.to.0);
        match draft.step {
            TransferStep::Dispatched if lines.is_empty() => Err(Code::NothingScanned.into()),
            TransferStep::Dispatched => {
                Ok(Fact::TransferDispatched(TransferDispatchedV1 { transfer, to_site, lines, note: reason.to_owned() }))
            }
            TransferStep::Received | TransferStep::Closed => {
                let differs = complete && !draft.tally.difference().is_empty();
                if differs && reason.is_empty() {
                    return Err(Code::ReasonMissing.into());
                }
                // Nothing came of all that was sent: that is something to be said, too.
                if lines.is_empty() && !differs {
                    return Err(Code::NothingScanned.into());
                }
                let (from_site, reason) = (draft.from.map(|site| site.0), reason.to_owned());
                Ok(Fact::TransferReceived(TransferReceivedV1 { transfer, from_site, to_site, lines, complete, reason }))
            }
        }
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

fn slip(tx: &Tx, context: &Context, draft: &Draft, note: &str) -> Result<TransferSlip, AppError> {
    let mut lines = Vec::new();
    for (product, quantity) in draft.tally.counted() {
        let goods = goods(tx, context, product)?;
        lines.push((goods.name, goods.variant, quantity));
    }
    let (from, to, at) = (context.site.name.clone(), place(tx, draft.to)?, context.local_now());
    Ok(TransferSlip { id: draft.transfer, from, to, at, lines, note: note.to_owned() })
}
