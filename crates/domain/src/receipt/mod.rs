//! The receipt as a document: what stands on it, not how a printer says it. Bytes, picture and preview are made from
//! the same [`Document`] by the same layout.

pub mod code128;
pub mod compose;
pub mod layout;
mod wrap;

use serde::{Deserialize, Serialize};

pub use layout::{Layout, Line, Paper, Span, TextLine, layout};

/// A document for a receipt printer, from top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What stands on it.
    pub blocks: Vec<Block>,
}

/// One part of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "block")]
pub enum Block {
    /// Text, wrapped at words.
    Text {
        /// What it says.
        text: String,
        /// Where it stands.
        align: Align,
        /// How it looks.
        style: Style,
    },
    /// A text at the start and one at the end of the same line; the start wraps when both do not fit.
    Row {
        /// At the start.
        start: String,
        /// At the end, never broken.
        end: String,
        /// Cells by which the start is moved in.
        indent: u8,
        /// How both look.
        style: Style,
    },
    /// A rule across the paper.
    Rule,
    /// An empty line.
    Blank,
    /// A QR code.
    Qr {
        /// Its content.
        text: String,
    },
    /// A Code 128 with its text below.
    Code128 {
        /// Its content, ASCII.
        text: String,
    },
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Align {
    /// At the start of the line.
    #[default]
    Start,
    /// In the middle.
    Centre,
    /// At the end of the line.
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// Heavy.
    pub bold: bool,
    /// Twice as wide and high.
    pub large: bool,
}
