//! What is in a customer's hand is sold, whatever the books say. When they had less, they are wrong: that is recorded as
//! what the till believed and what was there, and a count is due. Nobody is stopped, and there is no tone.

use std::collections::BTreeMap;

use selvedge_contract::view::{PromisedLine, TrayKind};
use selvedge_domain::Quantity;
use selvedge_domain::ids::ProductId;
use selvedge_domain::sale::Sale;
use selvedge_domain::stock::ledger::Account;
use selvedge_protocol::journal::{CountRaisedV1, Fact, RaisedLineV1};
use selvedge_store::Tx;
use selvedge_store::table::{stock, tray};

use crate::context::Context;
use crate::{App, AppError};

const SOLD_WITHOUT_COVER: &str = "sold-without-cover";

/// What of a sale the books did not have, and when they were heard of.
pub(crate) struct Uncovered {
    heard_ms: i64,
    lines: Vec<(PromisedLine, Quantity)>,
}

/// Looked at before the sale is written: after that the till counts it as gone. A till that never heard of stock believes
/// nothing, and nothing can be wrong with that.
pub(crate) fn uncovered(tx: &Tx, context: &Context, sale: &Sale) -> Result<Option<Uncovered>, AppError> {
    let Some(heard_ms) = stock::heard_ms(tx)? else { return Ok(None) };
    let mut sold: BTreeMap<ProductId, PromisedLine> = BTreeMap::new();
    for line in sale.cart.lines.iter().filter(|line| line.quantity > Quantity::ZERO) {
        let of = sold.entry(line.product.id).or_insert_with(|| PromisedLine {
            product: line.product.id,
            name: line.product.name.clone(),
            variant: line.product.variant.clone(),
            colour_code: line.product.colour_code.clone(),
            unit: line.product.unit,
            quantity: Quantity::ZERO,
        });
        of.quantity += line.quantity;
    }
    let floor = Account::Location(context.site.sales_floor);
    let mut lines = Vec::new();
    for (product, line) in sold {
        let believed = stock::on_hand(tx, product, floor)?;
        if believed < line.quantity {
            lines.push((line, believed));
        }
    }
    Ok((!lines.is_empty()).then_some(Uncovered { heard_ms, lines }))
}

impl App {
    /// Records it, beside the sale that is written already, and tells it calmly.
    pub(crate) fn raise_count(
        &self,
        tx: &Tx,
        context: &Context,
        sale: &Sale,
        uncovered: &Uncovered,
    ) -> Result<(), AppError> {
        let line = |(line, believed): &(PromisedLine, Quantity)| RaisedLineV1 {
            product: line.product.0,
            seen_thousandths: line.quantity.thousandths(),
            believed_thousandths: believed.thousandths(),
        };
        let raised = CountRaisedV1 {
            why: SOLD_WITHOUT_COVER.to_owned(),
            sale: Some(sale.cart.id.0),
            location: context.site.sales_floor.0,
            heard_ms: Some(uncovered.heard_ms),
            lines: uncovered.lines.iter().map(line).collect(),
        };
        self.record(tx, context, Fact::CountRaised(raised))?;
        if let Some((line, believed)) = uncovered.lines.first() {
            let more = u32::try_from(uncovered.lines.len().saturating_sub(1)).unwrap_or(u32::MAX);
            tray::insert(tx, &TrayKind::CountRaised { line: line.clone(), believed: *believed, more })?;
        }
        Ok(())
    }
}
