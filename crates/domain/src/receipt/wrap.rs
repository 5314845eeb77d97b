//! Breaking text into lines of cells. East-Asian wide characters take two cells, combining marks none; a word that is
//! longer than a line is broken between characters, never between a character and its mark.

use unicode_width::UnicodeWidthChar;

/// Cells that a text takes in normal size.
pub(super) fn cells(text: &str) -> u16 {
    let cells: usize = text.chars().map(|character| usize::from(char_cells(character))).sum();
    u16::try_from(cells).unwrap_or(u16::MAX)
}

/// Cells that a character takes in normal size.
pub fn char_cells(character: char) -> u16 {
    character.width().map_or(0, |width| u16::try_from(width).unwrap_or(2))
}

/// Control characters become spaces, so that no text can carry a printer's commands.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// Wraps at spaces: the first line has `first` cells, the others `rest`, each at least two. Always gives a line.
pub(super) fn wrap(text: &str, first: u16, rest: u16) -> Vec<String> {
    let text = printable(text);
    let text = text.trim_end();
    if cells(text) <= first {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut room = first;
    for word in text.split(breaks).filter(|word| !word.is_empty()) {
        let current = lines.last_mut().expect("there is always a line");
        let gap = u16::from(!current.is_empty());
        if cells(word).saturating_add(gap) <= room {
            if gap == 1 {
                current.push(' ');
            }
            current.push_str(word);
            room -= cells(word) + gap;
            continue;
        }
        if gap == 1 {
            lines.push(String::new());
            room = rest;
        }
        for character in word.chars() {
            if char_cells(character) > room {
                lines.push(String::new());
                room = rest;
            }
            lines.last_mut().expect("there is always a line").push(character);
            room -= char_cells(character).min(room);
        }
    }
    lines
}

/// A no-break space does not break; every other white space does.
fn breaks(character: char) -> bool {
    character.is_whitespace() && !matches!(character, '\u{a0}' | '\u{202f}' | '\u{2007}')
}
