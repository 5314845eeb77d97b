//! The paper that goes with goods to another site.

use super::{Header, LARGE, PLAIN, Wording, below, centred, head, row};
use crate::barcode::transfer_code;
use crate::ids::TransferId;
use crate::quantity::Quantity;
use crate::receipt::{Block, Document};
use crate::time::LocalTime;

/// Goods that were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferSlip {
    /// Which transfer.
    pub id: TransferId,
    /// The sending site's name.
    pub from: String,
    /// The receiving site's name; may be empty.
    pub to: String,
    /// When.
    pub at: LocalTime,
    /// Name, variant (may be empty) and quantity of each product.
    pub lines: Vec<(String, String, Quantity)>,
    /// For who receives it; may be empty.
    pub note: String,
}

/// The paper: where to, what, and the code by which the other site knows it.
pub fn transfer_slip(slip: &TransferSlip, header: &Header, person: &str, wording: Wording<'_>) -> Document {
    let Wording { labels, figures } = wording;
    let mut blocks = head(header);
    blocks.push(centred(&labels.transfer, LARGE));
    if !slip.to.is_empty() {
        blocks.push(centred(&slip.to, LARGE));
    }
    blocks.push(Block::Blank);
    blocks.push(row(format!("{} {}", labels.transfer_from, slip.from), person));
    blocks.push(row(figures.day(slip.at.day), figures.time(slip.at)));
    blocks.push(Block::Rule);
    for (name, variant, quantity) in &slip.lines {
        blocks.push(row(name, figures.quantity(*quantity)));
        if !variant.is_empty() {
            blocks.push(below(variant));
        }
    }
    blocks.push(Block::Rule);
    if !slip.note.is_empty() {
        blocks.push(row(&slip.note, ""));
    }
    let code = transfer_code(slip.id);
    blocks.extend([Block::Qr { text: code.clone() }, centred(&code, PLAIN)]);
    Document { blocks }
}
