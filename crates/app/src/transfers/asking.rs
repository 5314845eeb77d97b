//! Asking another site for goods. It moves nothing and promises nothing: central is asked, at once where it is there, and
//! otherwise when it is back.

use std::collections::BTreeSet;

use selvedge_contract::view::TransferPage;
use selvedge_contract::{Code, Failure};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, SiteId, TransferId};
use selvedge_domain::people::Right;
use selvedge_domain::stock::tally::Tally;
use selvedge_domain::stock::transfer::{TransferAsking, TransferState, TransferTask};
use selvedge_protocol::v1::{MAX_TRANSFER_LINES, MAX_TRANSFER_TEXT, TransferFactLineV1, TransferRequest};
use selvedge_store::Tx;
use selvedge_store::table::transfer::{self, Draft};
use selvedge_store::table::transfer_request::{self, Asked, Waiting};
use selvedge_store::table::{catalogue, place};

use super::shown::page;
use crate::context::Context;
use crate::{App, AppError};

impl App {
    /// Begins to ask a site for goods: each scan is one of them.
    ///
    /// # Errors
    /// [`Code::TransferOpen`], [`Code::NotInDemo`], [`Code::BadRequest`] for this very site or one that nobody knows.
    pub fn begin_asking(&self, from: SiteId) -> Result<TransferPage, AppError> {
        self.begin_scanning(TransferTask::Asked, |tx, context| {
            if context.station.demo {
                return Err(Code::NotInDemo.into());
            }
            let own = context.site.id;
            if from == own || !place::list(tx)?.iter().any(|place| place.id == from) {
                return Err(Code::BadRequest.into());
            }
            Ok((TransferId(self.outside.ids.new_id()), Some(from), own, Tally::of(None)))
        })
    }

    /// One more of a product that is asked for, by name: what is sold out cannot be scanned.
    ///
    /// # Errors
    /// [`Code::NotNow`] where nothing is asked for, [`Code::NoSuchProduct`].
    pub fn ask_for(&self, product: ProductId) -> Result<TransferPage, AppError> {
        self.store().write("ask-for", |tx| {
            let (context, mut draft) = self.scanning(tx)?;
            if draft.step != TransferTask::Asked {
                return Err(Code::NotNow.into());
            }
            catalogue::by_id(tx, product, context.today())?.ok_or(Failure::from(Code::NoSuchProduct))?;
            draft.tally.add(product);
            transfer::set_draft(tx, &draft)?;
            page(tx, &context)
        })
    }

    /// Keeps what is asked for until central has heard it.
    pub(super) fn keep_request(&self, tx: &Tx, context: &Context, draft: &Draft, note: &str) -> Result<(), AppError> {
        let from = draft.from.ok_or(Failure::from(Code::BadRequest))?;
        let lines = draft.tally.counted();
        if lines.is_empty() {
            return Err(Code::NothingScanned.into());
        }
        if lines.len() > MAX_TRANSFER_LINES {
            return Err(Code::WrongQuantity.into());
        }
        // What is kept for central may wait for long.
        if !self.store().has_room() {
            return Err(Code::DiskFull.into());
        }
        let line = |(product, quantity): (ProductId, Quantity)| TransferFactLineV1 {
            product: product.0,
            quantity_thousandths: quantity.thousandths(),
        };
        let request = TransferRequest {
            id: draft.transfer.0,
            from: from.0,
            to: draft.to.0,
            lines: lines.into_iter().map(line).collect(),
            person: Some(context.signed_in(Right::Transfer)?.id.0),
            note: note.chars().take(MAX_TRANSFER_TEXT).collect(),
        };
        let asked = Asked { at_ms: context.now.corrected_ms(), request: Some(request), refusal: String::new() };
        let waiting = Waiting { transfer: draft.transfer, state: TransferAsking::Asking, asked };
        Ok(transfer_request::put(tx, &waiting)?)
    }

    /// What was asked for is not wanted any more, or cannot be sent: possible while nothing was sent. What central refused
    /// is forgotten.
    ///
    /// # Errors
    /// [`Code::NotAllowed`], [`Code::NoSuchTransfer`], [`Code::TransferOpen`] while its goods are being scanned.
    pub fn cancel_transfer(&self, id: TransferId) -> Result<TransferPage, AppError> {
        self.store().write("cancel-transfer", |tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::Transfer)?;
            if transfer::draft(tx)?.is_some_and(|draft| draft.transfer == id) {
                return Err(Code::TransferOpen.into());
            }
            let state = TransferAsking::Cancelling;
            match transfer_request::by_transfer(tx, id)? {
                Some(known) if known.state == TransferAsking::Refused => transfer_request::remove(tx, id)?,
                // Whether central heard it nobody knows before it is asked.
                Some(known) => transfer_request::put(tx, &Waiting { state, ..known })?,
                None => {
                    let known = transfer::by_id(tx, id)?.filter(|known| known.state() == TransferState::Requested);
                    known.ok_or(Failure::from(Code::NoSuchTransfer))?;
                    let asked = Asked { at_ms: context.now.corrected_ms(), request: None, refusal: String::new() };
                    transfer_request::put(tx, &Waiting { transfer: id, state, asked })?;
                }
            }
            Ok::<_, AppError>(())
        })?;
        self.ask_central();
        self.transfers()
    }
}

/// What waits for central and is no transfer so far, newest first.
pub(super) fn unheard(tx: &Tx, limit: u32) -> Result<Vec<Waiting>, AppError> {
    let mut waiting = transfer_request::list(tx, limit)?;
    let mut known = BTreeSet::new();
    for one in &waiting {
        if transfer::by_id(tx, one.transfer)?.is_some() {
            known.insert(one.transfer);
        }
    }
    waiting.retain(|one| one.asked.request.is_some() && !known.contains(&one.transfer));
    Ok(waiting)
}
