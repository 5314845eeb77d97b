//! Promised by this till itself, from what central lent it: the promise, its draw and the entry that says so are one
//! transaction, and central is not asked.

use selvedge_domain::Quantity;
use selvedge_domain::ids::{AllotmentId, DeviceId, ProductId, PromiseId};
use selvedge_domain::stock::promise::{AllotmentState, Left, PromiseKind, PromiseState};
use selvedge_protocol::journal::{Fact, MadeLineV1, PromiseEndedV1, PromiseMadeV1};
use selvedge_protocol::v1::{ChannelV1, PromiseV1};
use selvedge_store::Tx;
use selvedge_store::table::allotment::{self, Held};
use selvedge_store::table::promise::{self, Asked};
use selvedge_store::table::recovery;

use super::Wish;
use crate::context::Context;
use crate::{App, AppError};

/// What may be drawn from an allotment now, and for how many milliseconds; none where nothing may.
pub(crate) fn drawable(context: &Context, held: &Held) -> Option<(Quantity, u64)> {
    let (lent, asked) = (held.lent.as_ref()?, held.asked?);
    let ours = lent.device == context.station.device
        && lent.site == context.site.id
        && asked.generation == context.station.generation;
    match held.lease()?.left(context.now) {
        Left::Ms(left_ms) if ours && lent.state == AllotmentState::Open && lent.outstanding() > Quantity::ZERO => {
            Some((lent.outstanding(), left_ms))
        }
        Left::Ms(_) | Left::Over | Left::Unknown => None,
    }
}

/// Whether this till made a promise by itself.
pub(super) fn is_own(promise: &PromiseV1, device: DeviceId) -> bool {
    promise.channel == ChannelV1::device(device) && is_drawn(promise)
}

/// Whether a till made it by itself.
pub(super) fn is_drawn(promise: &PromiseV1) -> bool {
    promise.lines.iter().any(|line| line.allotment.is_some())
}

impl App {
    /// How much of a product this till may promise by itself, at most at once.
    pub(super) fn may_promise(&self, tx: &Tx, context: &Context, product: ProductId) -> Result<Quantity, AppError> {
        let found = self.open_allotments(tx, context, product)?;
        Ok(found.into_iter().map(|(_, quantity, _)| quantity).max().unwrap_or(Quantity::ZERO))
    }

    /// Those that may be drawn from: identity, how much, and for how long.
    fn open_allotments(
        &self,
        tx: &Tx,
        context: &Context,
        product: ProductId,
    ) -> Result<Vec<(AllotmentId, Quantity, u64)>, AppError> {
        // While it is not known what the journal says, nobody knows what is left.
        if context.station.demo || self.is_revoked() || recovery::get(tx)?.is_some() {
            return Ok(Vec::new());
        }
        let open = |held: Held| drawable(context, &held).map(|(quantity, left_ms)| (held.id, quantity, left_ms));
        Ok(allotment::held_of(tx, product)?.into_iter().filter_map(open).collect())
    }

    /// Promises what somebody wishes, where one allotment of this till covers it; the promise.
    pub(super) fn draw(
        &self,
        tx: &Tx,
        context: &Context,
        (wish, asked): (&Wish, &Asked),
        customer: &str,
    ) -> Result<Option<PromiseId>, AppError> {
        if wish.site != context.site.id {
            return Ok(None);
        }
        let open = self.open_allotments(tx, context, wish.product)?.into_iter();
        // The one that ends first: the others last.
        let covers = open.filter(|(_, quantity, _)| *quantity >= wish.quantity).min_by_key(|(_, _, left_ms)| *left_ms);
        let Some((allotment, _, _)) = covers else { return Ok(None) };
        let id = PromiseId(self.outside.ids.new_id());
        let line = MadeLineV1 {
            line: self.outside.ids.new_id(),
            product: wish.product.0,
            quantity_thousandths: wish.quantity.thousandths(),
            allotment: allotment.0,
        };
        let kind = if wish.kind == PromiseKind::Order { PromiseKind::Order } else { PromiseKind::Hold };
        let made = PromiseMadeV1 {
            promise: id.0,
            promise_kind: kind.word().to_owned(),
            reference: asked.key.clone(),
            customer: None,
            lines: vec![line],
            until_ms: Some(asked.until_ms),
        };
        let said = PromiseV1::made(context.station.device, context.site.id.0, context.now, &made);
        self.record(tx, context, Fact::PromiseMade(made))?;
        allotment::draw(tx, allotment, id, wish.quantity)?;
        promise::made(tx, &said, asked, customer)?;
        Ok(Some(id))
    }

    /// The customer does not want what this till promised by itself: its journal says so, and whoever reads it.
    pub(super) fn end_own(&self, tx: &Tx, context: &Context, id: PromiseId) -> Result<(), AppError> {
        let ended = PromiseEndedV1 {
            promise: id.0,
            how: PromiseState::Cancelled.word().to_owned(),
            location: None,
            lines: Vec::new(),
            reason: String::new(),
        };
        self.record(tx, context, Fact::PromiseEnded(ended))?;
        Ok(promise::cancel(tx, id, context.now.corrected_ms())?)
    }
}
