//! The paper that comes out of a printer: commands in, lines out. Used to read receipts off the virtual printer, and
//! to prove that the bytes say what the layout says.

use selvedge_domain::receipt::layout::Glyph;

use super::decode::{Command, Decoder};
use super::profile::Profile;

/// One receipt: what is between two cuts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// From top to bottom.
    pub lines: Vec<PaperLine>,
}

/// A line on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaperLine {
    /// Text; none is an empty line.
    Text(Vec<PaperText>),
    /// A QR code with its content.
    Qr(String),
    /// A Code 128 with its content.
    Code128(String),
}

/// A character on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperText {
    /// What and where.
    pub glyph: Glyph,
    /// Heavy.
    pub bold: bool,
}

impl Receipt {
    /// As plain text, symbols in brackets; large characters take one cell each.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            match line {
                PaperLine::Text(glyphs) => text.push_str(&line_text(glyphs)),
                PaperLine::Qr(content) => text.push_str(&format!("[QR {content}]")),
                PaperLine::Code128(content) => text.push_str(&format!("[Code 128 {content}]")),
            }
            text.push('\n');
        }
        text
    }
}

fn line_text(glyphs: &[PaperText]) -> String {
    let mut text = String::new();
    let mut cell = 0;
    for PaperText { glyph, .. } in glyphs {
        let gap = glyph.cell.saturating_sub(cell).div_ceil(glyph.cells.max(1));
        text.push_str(&" ".repeat(usize::from(gap)));
        text.push_str(&glyph.text);
        cell = glyph.cell + glyph.cells;
    }
    text
}

/// The roll in a printer.
#[derive(Clone, Debug)]
pub struct Roll {
    columns: u16,
    pages: Vec<super::profile::CodePage>,
    page: Option<super::profile::CodePage>,
    bold: bool,
    width: u16,
    cell: u16,
    line: Vec<PaperText>,
    qr: Vec<u8>,
    current: Receipt,
}

/// What a command did beyond the current line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rolled {
    /// Nothing to tell.
    Nothing,
    /// Paper moved.
    Moved,
    /// A receipt was cut off, or fed out where there is no cutter.
    Out(Receipt),
}

impl Roll {
    /// A new roll.
    pub fn new(profile: &Profile) -> Self {
        Roll {
            columns: profile.columns,
            pages: profile.code_pages.clone(),
            page: None,
            bold: false,
            width: 1,
            cell: 0,
            line: Vec::new(),
            qr: Vec::new(),
            current: Receipt::default(),
        }
    }

    /// Prints a command.
    pub fn print(&mut self, command: &Command) -> Rolled {
        match command {
            Command::Text(byte) => return self.character(*byte),
            Command::LineFeed => return self.end_line(),
            Command::Feed(lines) => {
                // Where there is no cutter, our own documents end by feeding.
                if *lines >= 4 {
                    return self.cut();
                }
                self.current.lines.extend((0..*lines).map(|_| PaperLine::Text(Vec::new())));
                return Rolled::Moved;
            }
            Command::Initialise => {
                self.bold = false;
                self.width = 1;
                self.cell = 0;
                self.line.clear();
                self.page = None;
            }
            Command::CodePage(number) => self.page = self.pages.iter().copied().find(|page| page.number == *number),
            Command::Bold(on) => self.bold = *on,
            Command::Width(times) => self.width = u16::from(*times),
            Command::QrStore(data) => self.qr.clone_from(data),
            Command::QrPrint => {
                self.current.lines.push(PaperLine::Qr(String::from_utf8_lossy(&self.qr).into_owned()));
                return Rolled::Moved;
            }
            Command::Code128(text) => {
                self.current.lines.push(PaperLine::Code128(text.clone()));
                return Rolled::Moved;
            }
            Command::Cut => return self.cut(),
            Command::Align(_)
            | Command::Pulse
            | Command::RealTimePulse
            | Command::Query(_)
            | Command::ProcessId(_)
            | Command::StatusRequest(_)
            | Command::Other => {}
        }
        Rolled::Nothing
    }

    /// What is printed and not cut off.
    pub fn unfinished(&self) -> Receipt {
        let mut receipt = self.current.clone();
        if !self.line.is_empty() {
            receipt.lines.push(PaperLine::Text(self.line.clone()));
        }
        receipt
    }

    fn character(&mut self, byte: u8) -> Rolled {
        let mut rolled = Rolled::Nothing;
        if self.cell + self.width > self.columns {
            rolled = self.end_line();
        }
        if byte != b' ' {
            let page = self.page.or_else(|| self.pages.first().copied());
            let character = match page {
                Some(page) if byte >= 0x80 => page.name.decode(byte),
                Some(_) | None => char::from(byte),
            };
            let glyph = Glyph { cell: self.cell, cells: self.width, text: character.to_string() };
            self.line.push(PaperText { glyph, bold: self.bold });
        }
        self.cell += self.width;
        rolled
    }

    fn end_line(&mut self) -> Rolled {
        self.current.lines.push(PaperLine::Text(std::mem::take(&mut self.line)));
        self.cell = 0;
        Rolled::Moved
    }

    fn cut(&mut self) -> Rolled {
        Rolled::Out(std::mem::take(&mut self.current))
    }
}

/// The receipts that a stream of bytes gives.
pub fn read_paper(bytes: &[u8], profile: &Profile) -> Vec<Receipt> {
    let mut roll = Roll::new(profile);
    let commands = Decoder::default().feed(bytes);
    let rolled = commands.iter().map(|command| roll.print(command));
    rolled
        .filter_map(|rolled| match rolled {
            Rolled::Out(receipt) => Some(receipt),
            Rolled::Nothing | Rolled::Moved => None,
        })
        .collect()
}

#[cfg(test)]
#[path = "paper_tests.rs"]
mod tests;
