//! What stands on each document that a till prints. Words come in as [`Labels`], amounts and dates are written by
//! [`Figures`]; this module decides only what stands where.

mod promise;
mod sale;
mod shift;
mod transfer;
mod words;

pub use promise::{PromiseSlip, SlipLine, promise_slip};
pub use sale::sale;
pub use shift::{CashSlip, cash_slip, z_report};
pub use transfer::{TransferSlip, transfer_slip};
pub use words::{Figures, Labels, PlainFigures};

use super::{Align, Block, Document, Style};

/// The head and foot of every document of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Header {
    /// The company's name.
    pub company: String,
    /// Where the site is, a line each.
    pub address: Vec<String>,
    /// Its tax number with what it is called: `VAT IE 9521874T`; empty where it has none.
    pub tax_number: String,
    /// Below everything; empty where there is none.
    pub footer: String,
}

/// How a document is worded: the words and the form of figures of one language.
#[derive(Clone, Copy)]
pub struct Wording<'a> {
    /// The words.
    pub labels: &'a Labels,
    /// The figures.
    pub figures: &'a dyn Figures,
}

/// The same document, marked as a second copy of it: a second paper never passes for the first.
pub fn copy_of(document: &Document, labels: &Labels) -> Document {
    let mut blocks = vec![centred(&labels.copy.to_uppercase(), LARGE), Block::Blank];
    blocks.extend(document.blocks.iter().cloned());
    Document { blocks }
}

const PLAIN: Style = Style { bold: false, large: false };
const BOLD: Style = Style { bold: true, large: false };
const LARGE: Style = Style { bold: true, large: true };

fn head(header: &Header) -> Vec<Block> {
    let mut blocks = vec![centred(&header.company, LARGE)];
    blocks.extend(header.address.iter().map(|line| centred(line, PLAIN)));
    if !header.tax_number.is_empty() {
        blocks.push(centred(&header.tax_number, PLAIN));
    }
    blocks.push(Block::Blank);
    blocks
}

fn centred(text: &str, style: Style) -> Block {
    Block::Text { text: text.to_owned(), align: Align::Centre, style }
}

fn row(start: impl Into<String>, end: impl Into<String>) -> Block {
    Block::Row { start: start.into(), end: end.into(), indent: 0, style: PLAIN }
}

fn styled_row(start: impl Into<String>, end: impl Into<String>, style: Style) -> Block {
    Block::Row { start: start.into(), end: end.into(), indent: 0, style }
}

fn below(text: impl Into<String>) -> Block {
    Block::Row { start: text.into(), end: String::new(), indent: 4, style: PLAIN }
}

#[cfg(test)]
mod tests;
