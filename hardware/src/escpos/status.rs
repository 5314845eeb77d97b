//! What a printer answers, told apart by pattern and not by order: late one-byte answers, automatic status and fences
//! come mixed.

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To `DLE EOT n`; to which of them is not in the byte.
    RealTime(u8),
    /// To `GS ( H`: what was printed.
    ProcessId([u8; 4]),
    /// To `GS r 1`.
    Paper(u8),
    /// Automatic status, sent without being asked.
    Automatic([u8; 4]),
}

/// Reads answers out of a stream.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    open: Vec<u8>,
}

const XON: u8 = 0x11;
const XOFF: u8 = 0x13;
const LONGEST_BLOCK: usize = 80;

impl Answers {
    /// Takes bytes and gives the answers that are complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Answer> {
        let mut answers = Vec::new();
        for byte in bytes.iter().copied().filter(|byte| ![XON, XOFF].contains(byte)) {
            // Only the first byte of an automatic status has bit 4; another one cuts it off.
            let automatic = self.open.first().is_some_and(|first| *first & 0x93 == 0x10);
            if automatic && byte & 0x90 != 0 {
                self.open.clear();
            }
            self.open.push(byte);
            if let Some(answer) = self.close() {
                self.open.clear();
                answers.extend(answer);
            }
        }
        answers
    }

    /// Whether what is open is complete, and which answer it is if it is one.
    fn close(&self) -> Option<Option<Answer>> {
        let (first, rest) = self.open.split_first()?;
        if *first & 0x93 == 0x12 {
            return Some(Some(Answer::RealTime(*first)));
        }
        if [0x37, 0x3d, 0x5f, 0x53].contains(first) {
            if rest.last() != Some(&0) {
                return (rest.len() > LONGEST_BLOCK).then_some(None);
            }
            return Some(match rest {
                [0x22, a, b, c, d, 0] if *first == 0x37 => Some(Answer::ProcessId([*a, *b, *c, *d])),
                _ => None,
            });
        }
        if *first & 0x93 == 0x10 {
            return match rest {
                [a, b, c] => Some(Some(Answer::Automatic([*first, *a, *b, *c]))),
                _ => None,
            };
        }
        Some((*first & 0x90 == 0).then_some(Answer::Paper(*first)))
    }
}

/// Bits of the answers that we act on.
pub mod bits {
    /// `DLE EOT 1`: offline.
    pub const OFFLINE: u8 = 0x08;
    /// `DLE EOT 2`: cover open.
    pub const COVER_OPEN: u8 = 0x04;
    /// `DLE EOT 2`: stopped because the paper ended.
    pub const PAPER_STOP: u8 = 0x20;
    /// `DLE EOT 2`: an error.
    pub const ERROR: u8 = 0x40;
    /// `DLE EOT 4`: the roll ends soon.
    pub const NEAR_END: u8 = 0x0c;
    /// `DLE EOT 4`: no paper.
    pub const PAPER_END: u8 = 0x60;
    /// What every answer to `DLE EOT` has.
    pub const FIXED: u8 = 0x12;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_answers_are_told_apart() {
        let mut answers = Answers::default();
        let stream = [0x16, XOFF, 0x37, 0x22, b'0', b'0', b'4', b'2', 0, 0x14, 0, XON, 0, 0x0f, 0x12, 0x03];
        let mut all = Vec::new();
        for byte in stream {
            all.extend(answers.feed(&[byte]));
        }
        let expected = [
            Answer::RealTime(0x16),
            Answer::ProcessId(*b"0042"),
            Answer::Automatic([0x14, 0, 0, 0x0f]),
            Answer::RealTime(0x12),
            Answer::Paper(0x03),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn nonsense_is_dropped_and_does_not_block() {
        let mut answers = Answers::default();
        assert_eq!(answers.feed(&[0xff, 0x5f]), []);
        assert_eq!(answers.feed(&[b'x'; 200]), []);
        answers.feed(&[0]);
        assert_eq!(answers.feed(&[0x12]), [Answer::RealTime(0x12)]);
    }
}
