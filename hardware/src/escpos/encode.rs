//! From a layout to the bytes of a document, cut included. The proof that it is out is sent after it by the printer's
//! loop.

use selvedge_domain::receipt::code128::Code128;
use selvedge_domain::receipt::{Layout, Line, TextLine};
use unicode_normalization::UnicodeNormalization;

use super::bytes;
use super::code_page::substitute;
use super::profile::{CodePage, Profile};

/// A document as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// What is sent.
    pub bytes: Vec<u8>,
    /// What the printer cannot print.
    pub losses: Vec<Loss>,
}

/// A character that no code page of the printer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// What it is.
    pub character: char,
    /// What stands there instead; nothing for a mark that was left out.
    pub printed: Option<char>,
}

/// Encodes a layout, which should be made for the profile's paper.
pub fn encode(layout: &Layout, profile: &Profile) -> Encoded {
    let mut writer = Writer { profile, page: None, out: Encoded::default() };
    writer.raw(bytes::INITIALISE);
    writer.raw(bytes::CANCEL_KANJI);
    for line in &layout.lines {
        match line {
            Line::Text(line) => writer.text_line(line),
            Line::Blank => {}
            Line::Rule => writer.raw(&vec![b'-'; usize::from(layout.paper.columns)]),
            Line::Qr { text, module_dots, .. } => writer.symbol(&bytes::qr(text, *module_dots)),
            Line::Code128 { text, module_dots, .. } => {
                if let Some(code) = Code128::encode(text) {
                    writer.symbol(&bytes::code128(code.runs(), *module_dots));
                }
            }
        }
        // A symbol ends its line by itself.
        if matches!(line, Line::Text(_) | Line::Blank | Line::Rule) {
            writer.raw(&[bytes::LINE_FEED]);
        }
    }
    writer.raw(&bytes::cut(profile.cutter));
    writer.out
}

struct Writer<'a> {
    profile: &'a Profile,
    page: Option<CodePage>,
    out: Encoded,
}

impl Writer<'_> {
    fn raw(&mut self, bytes: &[u8]) {
        self.out.bytes.extend_from_slice(bytes);
    }

    fn symbol(&mut self, symbol: &[u8]) {
        self.raw(&bytes::centred(true));
        self.raw(symbol);
        self.raw(&bytes::centred(false));
    }

    fn text_line(&mut self, line: &TextLine) {
        if line.style.bold {
            self.raw(&bytes::bold(true));
        }
        let mut cell = 0;
        for span in &line.spans {
            // The gap is in normal size, so that large text can stand at an odd cell.
            let gap = usize::from(span.cell.saturating_sub(cell));
            self.raw(&vec![b' '; gap]);
            if line.style.large {
                self.raw(&bytes::large(true));
            }
            self.text(&span.text);
            if line.style.large {
                self.raw(&bytes::large(false));
            }
            cell = span.cell + span.cells(line.style);
        }
        if line.style.bold {
            self.raw(&bytes::bold(false));
        }
    }

    fn text(&mut self, text: &str) {
        for character in text.nfc() {
            if self.character(character) {
                continue;
            }
            let cells = selvedge_domain::receipt::layout::char_cells(character);
            let instead = match substitute(character) {
                Some((plain, lost)) if self.character(plain) => Some((plain, lost)),
                Some(_) | None => None,
            };
            match instead {
                Some((_, false)) => {}
                Some((plain, true)) => self.out.losses.push(Loss { character, printed: Some(plain) }),
                None => {
                    self.raw(&vec![b'?'; usize::from(cells)]);
                    let printed = (cells > 0).then_some('?');
                    self.out.losses.push(Loss { character, printed });
                }
            }
        }
    }

    /// Writes a character if a page has it, switching to that page where needed.
    fn character(&mut self, character: char) -> bool {
        if character.is_ascii() {
            self.out.bytes.extend(u8::try_from(character).ok().filter(|byte| (b' '..=b'~').contains(byte)));
            return true;
        }
        let has = |page: &CodePage| page.name.encode(character).map(|byte| (*page, byte));
        let found = self.page.as_ref().and_then(has).or_else(|| self.profile.code_pages.iter().find_map(has));
        let Some((page, byte)) = found else { return false };
        if self.page != Some(page) {
            self.raw(&bytes::code_page(page.number));
            self.page = Some(page);
        }
        self.raw(&[byte]);
        true
    }
}
