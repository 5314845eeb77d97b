//! The slip of what is set aside: one goes with the goods, one with the customer, and a scan of it finds the promise.

use super::{BOLD, Header, LARGE, Wording, below, centred, head, row, styled_row};
use crate::barcode::Slip;
use crate::quantity::Quantity;
use crate::receipt::{Block, Document};
use crate::stock::promise::PromiseKind;
use crate::time::{Day, LocalTime};

/// What is set aside, as it stands on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromiseSlip {
    /// What the customer was told.
    pub kind: PromiseKind,
    /// The site that has the goods.
    pub site: String,
    /// The number that finds it.
    pub slip: Slip,
    /// When it was promised.
    pub at: LocalTime,
    /// The last day of a hold, or the day on which an order is expected.
    pub until: Option<Day>,
    /// What the customer said: a name, a number; may be empty.
    pub customer: String,
    /// What.
    pub lines: Vec<SlipLine>,
}

/// A line of a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipLine {
    /// How much.
    pub quantity: Quantity,
    /// `Harbour Tee`.
    pub name: String,
    /// `Navy · L`; may be empty.
    pub variant: String,
}

/// The slip; `person` is who set it aside.
pub fn promise_slip(slip: &PromiseSlip, header: &Header, person: &str, wording: Wording<'_>) -> Document {
    let Wording { labels, figures } = wording;
    let (title, day) = match slip.kind {
        PromiseKind::Order => (&labels.ordered, &labels.expected_by),
        PromiseKind::Hold | PromiseKind::Reservation => (&labels.set_aside, &labels.kept_until),
    };
    let mut blocks = head(header);
    blocks.extend([centred(title, LARGE), Block::Blank]);
    if !slip.customer.is_empty() {
        blocks.push(styled_row(format!("{} {}", labels.customer, slip.customer), "", BOLD));
    }
    blocks.push(row(format!("{} {}", labels.at_site, slip.site), ""));
    if let Some(until) = slip.until {
        blocks.push(styled_row(day, figures.day(until), BOLD));
    }
    blocks.push(Block::Rule);
    for line in &slip.lines {
        blocks.push(styled_row(&line.name, figures.quantity(line.quantity), BOLD));
        if !line.variant.is_empty() {
            blocks.push(below(&line.variant));
        }
    }
    blocks.push(Block::Rule);
    blocks.push(row(format!("{} {}", figures.day(slip.at.day), figures.time(slip.at)), person));
    // On narrow paper the bars have no room; there the square is scanned.
    let text = slip.slip.printed();
    blocks.extend([Block::Blank, Block::Qr { text: text.clone() }, Block::Code128 { text }]);
    Document { blocks }
}
