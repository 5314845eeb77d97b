//! A document on paper of a given width: lines whose texts stand at cells. Bytes for the printer, the picture and the
//! window's preview are all made from this one [`Layout`], so that they cannot differ.

use serde::{Deserialize, Serialize};

use super::code128::Code128;
pub use super::wrap::char_cells;
use super::wrap::{cells, printable, wrap};
use super::{Align, Block, Document, Style};

/// Paper as a printer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Cells of normal size on a line.
    pub columns: u16,
    /// Printable dots on a line.
    pub dots: u16,
}

impl Paper {
    /// Narrower than any receipt printer.
    pub const LEAST_COLUMNS: u16 = 16;
    /// 80 mm paper at 203 dpi.
    pub const MM80: Paper = Paper { columns: 48, dots: 576 };
    /// 80 mm paper of older printers, at 180 dpi.
    pub const MM80_NARROW: Paper = Paper { columns: 42, dots: 512 };
    /// 58 mm paper at 203 dpi.
    pub const MM58: Paper = Paper { columns: 32, dots: 384 };

    fn units(self, style: Style) -> u16 {
        self.columns.max(Self::LEAST_COLUMNS) / scale(style)
    }
}

/// A document, laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// On this paper.
    pub paper: Paper,
    /// From top to bottom.
    pub lines: Vec<Line>,
}

/// One line of a layout. Symbols are in the middle of the paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "line")]
pub enum Line {
    /// Text.
    Text(TextLine),
    /// Nothing.
    Blank,
    /// A rule across the paper.
    Rule,
    /// A QR code.
    Qr {
        /// Its content.
        text: String,
        /// Its modules by row, `1` is black; without quiet zone.
        rows: Vec<String>,
        /// Dots of the side of a module.
        module_dots: u8,
    },
    /// A Code 128, without its text.
    Code128 {
        /// Its content.
        text: String,
        /// Its modules, `1` is black; without quiet zone.
        bars: String,
        /// Dots of the width of a module.
        module_dots: u8,
    },
}

/// A line of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextLine {
    /// From the start of the line on, never overlapping.
    pub spans: Vec<Span>,
    /// How all of them look; large takes twice the cells.
    pub style: Style,
}

/// A text at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first of its cells, counted in normal size from 0.
    pub cell: u16,
    /// What it says; no control characters.
    pub text: String,
    /// What it is aligned to.
    pub align: Align,
}

/// One printed character of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glyph {
    /// The first of its cells, counted in normal size.
    pub cell: u16,
    /// How many of them it takes.
    pub cells: u16,
    /// The character with its combining marks.
    pub text: String,
}

impl Span {
    /// How many cells it takes.
    pub fn cells(&self, style: Style) -> u16 {
        cells(&self.text) * scale(style)
    }
}

impl TextLine {
    /// The cell after its last one.
    pub fn end(&self) -> u16 {
        self.spans.last().map_or(0, |span| span.cell + span.cells(self.style))
    }

    /// Its characters, spaces left out, each with its place.
    pub fn glyphs(&self) -> Vec<Glyph> {
        let mut glyphs: Vec<Glyph> = Vec::new();
        for span in &self.spans {
            let mut cell = span.cell;
            for character in span.text.chars() {
                let cells = char_cells(character) * scale(self.style);
                match glyphs.last_mut() {
                    Some(base) if cells == 0 && base.cell + base.cells == cell => base.text.push(character),
                    Some(_) | None if character == ' ' => {}
                    Some(_) | None => glyphs.push(Glyph { cell, cells, text: character.to_string() }),
                }
                cell += cells;
            }
        }
        glyphs
    }
}

impl Layout {
    /// As plain text, no line wider than the paper. A large text keeps its place but not its size.
    pub fn txt(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            match line {
                Line::Text(line) => text.push_str(&self.txt_line(line)),
                Line::Blank => {}
                Line::Rule => text.push_str(&"-".repeat(usize::from(self.paper.columns))),
                Line::Qr { text: content, .. } => text.push_str(&format!("[QR {content}]")),
                Line::Code128 { text: content, .. } => text.push_str(&format!("[Code 128 {content}]")),
            }
            text.push('\n');
        }
        text
    }

    fn txt_line(&self, line: &TextLine) -> String {
        let mut text = String::new();
        for span in &line.spans {
            let spare = span.cells(line.style) - cells(&span.text);
            let cell = match span.align {
                Align::Start => span.cell,
                Align::Centre => span.cell + spare / 2,
                Align::End => span.cell + spare,
            };
            text.push_str(&" ".repeat(usize::from(cell.saturating_sub(cells(&text)))));
            text.push_str(&span.text);
        }
        text.trim_end().to_owned()
    }
}

/// Lays a document out. Nothing is lost: a symbol that does not fit is printed as its text.
pub fn layout(document: &Document, paper: Paper) -> Layout {
    let paper = Paper { columns: paper.columns.max(Paper::LEAST_COLUMNS), ..paper };
    let lines = document.blocks.iter().flat_map(|block| block_lines(block, paper)).collect();
    Layout { paper, lines }
}

fn block_lines(block: &Block, paper: Paper) -> Vec<Line> {
    match block {
        Block::Text { text, align, style } => text
            .split('\n')
            .flat_map(|part| wrap(part, paper.units(*style), paper.units(*style)))
            .map(|part| aligned(&part, *align, *style, paper))
            .collect(),
        Block::Row { start, end, indent, style } => row(start, end, *indent, *style, paper),
        Block::Rule => vec![Line::Rule],
        Block::Blank => vec![Line::Blank],
        Block::Qr { text } => qr(text, paper).map_or_else(|| as_text(text, paper), |line| vec![line]),
        Block::Code128 { text } => {
            let mut lines: Vec<Line> = code128(text, paper).into_iter().collect();
            lines.extend(as_text(text, paper));
            lines
        }
    }
}

/// A start that does not fit beside its end wraps in its own column; where that would be too narrow, the end gets a
/// line of its own.
fn row(start: &str, end: &str, indent: u8, style: Style, paper: Paper) -> Vec<Line> {
    let units = paper.units(style);
    let indent = u16::from(indent).min(units / 2);
    let (start, end) = (printable(start), printable(end));
    let end = end.trim();
    let taken = if end.is_empty() { 0 } else { cells(end).saturating_add(1) };
    let room = units.saturating_sub(indent + taken);
    let fits = cells(end).saturating_add(indent + 1) <= units;
    let beside = fits && (cells(start.trim_end()) <= room || room >= (units / 3).max(8));
    let width = if beside { room } else { units - indent };
    let hang = if width >= 12 { 2 } else { 0 };
    let mut lines = Vec::new();
    for (number, part) in wrap(&start, width, width - hang).into_iter().enumerate() {
        let unit = if number == 0 { indent } else { indent + hang };
        let mut spans = spans_of(Span { cell: unit * scale(style), text: part, align: Align::Start });
        if number == 0 && beside && !end.is_empty() {
            let cell = paper.columns - cells(end) * scale(style);
            spans.push(Span { cell, text: end.to_owned(), align: Align::End });
        }
        lines.push(text_line(spans, style));
    }
    if !beside {
        lines.extend(wrap(end, units, units).iter().map(|part| aligned(part, Align::End, style, paper)));
    }
    lines
}

fn aligned(text: &str, align: Align, style: Style, paper: Paper) -> Line {
    let spare = paper.columns - cells(text) * scale(style);
    let cell = match align {
        Align::Start => 0,
        Align::Centre => spare / 2,
        Align::End => spare,
    };
    text_line(spans_of(Span { cell, text: text.to_owned(), align }), style)
}

fn spans_of(span: Span) -> Vec<Span> {
    if span.text.is_empty() { Vec::new() } else { vec![span] }
}

fn text_line(spans: Vec<Span>, style: Style) -> Line {
    if spans.is_empty() { Line::Blank } else { Line::Text(TextLine { spans, style }) }
}

fn as_text(text: &str, paper: Paper) -> Vec<Line> {
    block_lines(&Block::Text { text: text.to_owned(), align: Align::Centre, style: Style::default() }, paper)
}

/// Modules of 3 to 6 dots (0.4 to 0.75 mm), with four modules of quiet zone on each side.
fn qr(text: &str, paper: Paper) -> Option<Line> {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M).ok()?;
    let width = code.width();
    let module_dots = fitting_module(paper, width + 8, 3, 6)?;
    let colors = code.to_colors();
    let rows = colors
        .chunks(width)
        .map(|row| row.iter().map(|color| if *color == qrcode::Color::Dark { '1' } else { '0' }).collect())
        .collect();
    Some(Line::Qr { text: text.to_owned(), rows, module_dots })
}

/// Modules of 2 or 3 dots, with ten modules of quiet zone on each side.
fn code128(text: &str, paper: Paper) -> Option<Line> {
    let code = Code128::encode(text)?;
    let bars = code.bars();
    let module_dots = fitting_module(paper, bars.len() + 20, 2, 3)?;
    Some(Line::Code128 { text: text.to_owned(), bars, module_dots })
}

fn fitting_module(paper: Paper, modules: usize, least: u8, most: u8) -> Option<u8> {
    (least..=most).rev().find(|dots| modules * usize::from(*dots) <= usize::from(paper.dots))
}

fn scale(style: Style) -> u16 {
    if style.large { 2 } else { 1 }
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
