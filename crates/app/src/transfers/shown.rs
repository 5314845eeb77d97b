//! Transfers as they are shown: the list, and what is being scanned.

use selvedge_contract::view::{
    Goods, TransferDuty, TransferPage, TransferRow, TransferRowLine, TransferScan, TransferScanLine,
};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, SiteId};
use selvedge_domain::people::Right;
use selvedge_domain::quantity::Unit;
use selvedge_domain::stock::tally::Tally;
use selvedge_domain::stock::transfer::{Transfer, TransferAsking, TransferState, TransferTask};
use selvedge_store::Tx;
use selvedge_store::table::catalogue::{self, Listed};
use selvedge_store::table::place;
use selvedge_store::table::transfer::{self, Draft};
use selvedge_store::table::transfer_request::{self, Waiting};

use super::asking::unheard;
use crate::AppError;
use crate::context::{Context, local_time};

/// Transfers that are shown.
const SHOWN: u32 = 200;

/// What the one who is signed in has to do with goods between sites; none where she may not.
pub(crate) fn duty(tx: &Tx, context: &Context) -> Result<Option<TransferDuty>, AppError> {
    if context.signed_in(Right::Transfer).is_err() {
        return Ok(None);
    }
    let scanning = transfer::draft(tx)?.map(|draft| scan(tx, context, &draft)).transpose()?;
    Ok(Some(TransferDuty { scanning }))
}

pub(super) fn page(tx: &Tx, context: &Context) -> Result<TransferPage, AppError> {
    let scanning = transfer::draft(tx)?.map(|draft| scan(tx, context, &draft)).transpose()?;
    let mut transfers = Vec::new();
    for waiting in unheard(tx, SHOWN)? {
        transfers.extend(row_of_request(tx, context, &waiting)?);
    }
    for one in transfer::list(tx, SHOWN)? {
        transfers.extend(row(tx, context, &one)?);
    }
    let elsewhere = place::list(tx)?.into_iter().filter(|place| place.id != context.site.id);
    let places = elsewhere.map(|place| (place.id, place.name)).collect();
    Ok(TransferPage { scanning, transfers, places })
}

fn row(tx: &Tx, context: &Context, of: &Transfer) -> Result<Option<TransferRow>, AppError> {
    let Some(to) = of.to() else { return Ok(None) };
    let mut lines = Vec::new();
    for (product, line) in of.lines() {
        let (requested, dispatched, received) = (line.requested, line.dispatched, line.received);
        let (goods, in_transit) = (goods(tx, context, product)?, line.in_transit());
        lines.push(TransferRowLine { goods, requested, dispatched, received, in_transit });
    }
    let note = of.request.as_ref().map_or_else(String::new, |request| request.note.clone());
    let (from, state, left) = (of.from(), of.state(), of.in_transit());
    let outgoing = from == Some(context.site.id);
    let other = if outgoing { Some(to) } else { from };
    let other = other.map(|site| place(tx, site)).transpose()?.unwrap_or_default();
    let said = of.facts.values().map(|fact| fact.at_ms).max();
    let at_ms = said.or(of.request.as_ref().map(|request| request.at_ms));
    let asked = lines.iter().any(|line| line.requested > line.dispatched);
    let asking = transfer_request::by_transfer(tx, of.id)?.map(|waiting| waiting.state);
    let asking = asking.filter(|asking| *asking == TransferAsking::Cancelling && state == TransferState::Requested);
    let coming = matches!(state, TransferState::OnTheWay | TransferState::Unannounced | TransferState::Differing);
    Ok(Some(TransferRow {
        id: of.id,
        outgoing,
        asking,
        refusal: String::new(),
        from,
        to,
        other,
        state,
        pieces: lines.iter().map(|line| pieces(state, line)).sum(),
        at: at_ms.map(|at_ms| local_time(at_ms, &context.zone)),
        may_send: outgoing && asked && state != TransferState::Cancelled && asking.is_none(),
        may_cancel: state == TransferState::Requested && asking.is_none(),
        may_receive: !outgoing && coming,
        may_close: !left.is_empty() && context.signed_in(Right::CloseTransfer).is_ok(),
        note,
        lines,
    }))
}

/// A request that central has not heard, or refused.
fn row_of_request(tx: &Tx, context: &Context, waiting: &Waiting) -> Result<Option<TransferRow>, AppError> {
    let Some(request) = &waiting.asked.request else { return Ok(None) };
    let mut lines = Vec::new();
    for line in &request.lines {
        let requested = Quantity::from_thousandths(line.quantity_thousandths);
        let [dispatched, received, in_transit] = [Quantity::ZERO; 3];
        let goods = goods(tx, context, ProductId(line.product))?;
        lines.push(TransferRowLine { goods, requested, dispatched, received, in_transit });
    }
    let (from, state) = (SiteId(request.from), TransferState::Requested);
    Ok(Some(TransferRow {
        id: waiting.transfer,
        outgoing: false,
        asking: Some(waiting.state),
        refusal: waiting.asked.refusal.clone(),
        from: Some(from),
        to: SiteId(request.to),
        other: place(tx, from)?,
        state,
        pieces: lines.iter().map(|line| pieces(state, line)).sum(),
        at: Some(local_time(waiting.asked.at_ms, &context.zone)),
        may_send: false,
        may_cancel: waiting.state != TransferAsking::Cancelling,
        may_receive: false,
        may_close: false,
        note: request.note.clone(),
        lines,
    }))
}

/// Pieces of a line; a weight or length counts as one.
fn pieces(state: TransferState, line: &TransferRowLine) -> i64 {
    let quantity = match state {
        TransferState::Requested | TransferState::Cancelled => line.requested,
        TransferState::Unannounced => line.received,
        TransferState::OnTheWay | TransferState::Received | TransferState::Differing | TransferState::Closed => {
            line.dispatched
        }
    };
    match line.goods.unit {
        Unit::Piece => quantity.thousandths() / Quantity::ONE.thousandths(),
        Unit::Kilogram | Unit::Metre => i64::from(!quantity.is_zero()),
    }
}

fn scan(tx: &Tx, context: &Context, draft: &Draft) -> Result<TransferScan, AppError> {
    let all = |of: Vec<(ProductId, Quantity)>| -> Result<Vec<(Goods, Quantity)>, AppError> {
        of.into_iter().map(|(product, quantity)| Ok((goods(tx, context, product)?, quantity))).collect()
    };
    let wrong = draft.wrong.as_ref();
    let other = if draft.step == TransferTask::Dispatched { Some(draft.to) } else { draft.from };
    Ok(TransferScan {
        transfer: draft.transfer,
        task: draft.step,
        to: draft.to,
        other: other.map(|site| place(tx, site)).transpose()?.unwrap_or_default(),
        is_expected: draft.tally.expected.is_some(),
        next: all(draft.tally.next().into_iter().collect())?.pop(),
        counted: all(draft.tally.counted())?,
        lines: scan_lines(tx, context, &draft.tally)?,
        last: draft.tally.steps.last().map(|step| step.product),
        can_undo: wrong.is_some() || !draft.tally.steps.is_empty(),
        difference: all(draft.tally.difference().into_iter().collect())?,
        wrong: wrong.map(|wrong| Ok::<_, AppError>((goods(tx, context, wrong.product)?, wrong.why))).transpose()?,
    })
}

/// What is there, then what is expected and was not scanned so far.
fn scan_lines(tx: &Tx, context: &Context, tally: &Tally) -> Result<Vec<TransferScanLine>, AppError> {
    let counted = tally.counted();
    let is_there = |product: ProductId| counted.iter().any(|(there, _)| *there == product);
    let missing = tally.expected.iter().flatten().filter(|(product, _)| !is_there(**product));
    let all = counted.iter().copied().chain(missing.map(|(product, _)| (*product, Quantity::ZERO)));
    let line = |(product, counted): (ProductId, Quantity)| {
        let expected = tally.expected.as_ref().map(|of| of.get(&product).copied().unwrap_or_default());
        Ok(TransferScanLine { goods: goods(tx, context, product)?, expected, counted })
    };
    all.map(line).collect()
}

/// A site's name; empty where nobody told it.
pub(super) fn place(tx: &Tx, id: SiteId) -> Result<String, AppError> {
    Ok(place::list(tx)?.into_iter().find(|place| place.id == id).map_or_else(String::new, |place| place.name))
}

/// A product by name; one that this station does not know has none.
pub(super) fn goods(tx: &Tx, context: &Context, product: ProductId) -> Result<Goods, AppError> {
    Ok(match catalogue::by_id(tx, product, context.today())? {
        Some(Listed { product: known, .. }) => {
            Goods { product, name: known.name, variant: known.variant, unit: known.unit }
        }
        None => Goods { product, name: String::new(), variant: String::new(), unit: Unit::Piece },
    })
}
