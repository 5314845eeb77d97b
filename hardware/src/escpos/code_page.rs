//! Code pages, and what is printed for characters that no page of a model has.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use yore::code_pages::{CP437, CP850, CP852, CP866, CP1252};

/// A code page that we can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodePageName {
    /// The first PC's.
    Cp437,
    /// Western Europe.
    Cp850,
    /// Central Europe.
    Cp852,
    /// Western Europe with the euro.
    Cp858,
    /// Cyrillic.
    Cp866,
    /// Windows, Western Europe.
    Cp1252,
}

impl CodePageName {
    /// The byte for a character.
    pub fn encode(self, character: char) -> Option<u8> {
        if (' '..='~').contains(&character) {
            return u8::try_from(character).ok();
        }
        if character.is_ascii() || character.is_control() {
            return None;
        }
        // Page 858 is 850 with the euro in the place of the dotless i.
        match (self, character) {
            (CodePageName::Cp858, '€') => return Some(0xd5),
            (CodePageName::Cp858, 'ı') => return None,
            _ => {}
        }
        let mut buffer = [0; 4];
        let text: &str = character.encode_utf8(&mut buffer);
        let bytes = match self {
            CodePageName::Cp437 => CP437.encode(text),
            CodePageName::Cp850 | CodePageName::Cp858 => CP850.encode(text),
            CodePageName::Cp852 => CP852.encode(text),
            CodePageName::Cp866 => CP866.encode(text),
            CodePageName::Cp1252 => CP1252.encode(text),
        };
        match bytes.ok()?.as_ref() {
            // Bytes below 80h that are not ASCII would be control codes to a printer.
            [byte] if *byte >= 0x80 => Some(*byte),
            _ => None,
        }
    }

    /// The character of a byte.
    pub fn decode(self, byte: u8) -> char {
        let bytes = [byte];
        let text = match self {
            CodePageName::Cp437 => CP437.decode(&bytes),
            CodePageName::Cp858 if byte == 0xd5 => return '€',
            CodePageName::Cp850 | CodePageName::Cp858 => CP850.decode(&bytes),
            CodePageName::Cp852 => CP852.decode(&bytes),
            CodePageName::Cp866 => CP866.decode(&bytes),
            CodePageName::Cp1252 => CP1252.decode(&bytes),
        };
        text.chars().next().unwrap_or('\u{fffd}')
    }
}

/// What is printed instead of a character, and whether a reader loses something by it.
pub(super) fn substitute(character: char) -> Option<(char, bool)> {
    let plain = match character {
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{200a}' | '\u{202f}' => return Some((' ', false)),
        '\u{2212}' | '\u{2010}' | '\u{2011}' => return Some(('-', false)),
        '‘' | '’' | '‚' | '‹' | '›' => '\'',
        '“' | '”' | '„' | '«' | '»' => '"',
        '–' | '—' => '-',
        '…' => '.',
        '•' | '·' => '*',
        '×' => 'x',
        'ł' => 'l',
        'Ł' => 'L',
        'đ' | 'ð' => 'd',
        'Đ' | 'Ð' => 'D',
        'ø' => 'o',
        'Ø' => 'O',
        'ı' => 'i',
        'ħ' => 'h',
        _ => {
            let base = character.nfd().next().filter(|base| *base != character)?;
            return Some((base, true));
        }
    };
    Some((plain, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [CodePageName; 6] = [
        CodePageName::Cp437,
        CodePageName::Cp850,
        CodePageName::Cp852,
        CodePageName::Cp858,
        CodePageName::Cp866,
        CodePageName::Cp1252,
    ];

    #[test]
    fn known_bytes_of_each_page() {
        for (page, character, byte) in [
            (CodePageName::Cp437, 'é', 0x82),
            (CodePageName::Cp850, 'ß', 0xe1),
            (CodePageName::Cp852, 'ř', 0xfd),
            (CodePageName::Cp858, '€', 0xd5),
            (CodePageName::Cp866, 'Ж', 0x86),
            (CodePageName::Cp1252, '€', 0x80),
        ] {
            assert_eq!(page.encode(character), Some(byte), "{character} in {page:?}");
        }
        assert_eq!(CodePageName::Cp850.encode('€'), None);
    }

    #[test]
    fn what_is_written_reads_back_and_is_never_a_command() {
        for page in ALL {
            for character in ('\u{80}'..'\u{2600}').chain(' '..='~') {
                if let Some(byte) = page.encode(character) {
                    assert_eq!(page.decode(byte), character, "{page:?} {byte:#x}");
                    assert!((0x20..=0x7e).contains(&byte) || byte >= 0x80, "{page:?} {byte:#x} is no command");
                }
            }
        }
    }
}
