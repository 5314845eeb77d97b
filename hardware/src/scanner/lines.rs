//! Cuts a scanner's stream into scans: at CR, LF or Tab, whatever the scanner was set to.

/// A piece between two ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// What was scanned, unchanged.
    Scan(String),
    /// What no scan can be, and why.
    Bad(String),
}

/// Longer than the longest symbol that a till reads; a stream without ends is noise.
const LONGEST: usize = 4096;

/// Collects bytes until a scan is complete.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    open: Vec<u8>,
    overlong: bool,
}

impl Lines {
    /// Takes bytes and gives what is complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        for byte in bytes {
            if matches!(byte, b'\r' | b'\n' | b'\t') {
                lines.extend(self.finish());
            } else if self.open.len() < LONGEST {
                self.open.push(*byte);
            } else {
                self.overlong = true;
            }
        }
        lines
    }

    /// Ends what is open: for a scanner that sends no end, after a silence.
    pub fn finish(&mut self) -> Option<Line> {
        let bytes = std::mem::take(&mut self.open);
        if std::mem::take(&mut self.overlong) {
            return Some(Line::Bad(format!("more than {LONGEST} bytes without an end, from {}", shown(&bytes))));
        }
        if bytes.is_empty() {
            return None;
        }
        Some(match String::from_utf8(bytes) {
            Ok(text) => match text.chars().find(|character| is_noise(*character)) {
                None => Line::Scan(text),
                Some(control) => Line::Bad(format!("a control character {control:?} in {}", shown(text.as_bytes()))),
            },
            Err(error) => Line::Bad(format!("bytes that are no text: {}", shown(error.as_bytes()))),
        })
    }

    /// Whether something is open.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }
}

/// The separators of GS1 and of ISO 15434 belong to a scan, other control characters do not.
fn is_noise(character: char) -> bool {
    character.is_control() && !matches!(character, '\u{1d}' | '\u{1e}' | '\u{04}')
}

fn shown(bytes: &[u8]) -> String {
    let start: String = bytes.iter().take(24).map(|byte| format!("{byte:02X} ")).collect();
    let more = if bytes.len() > 24 { "…" } else { "" };
    format!("{}{more}", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Line {
        Line::Scan(text.to_owned())
    }

    #[test]
    fn every_usual_end_ends_a_scan_once() {
        let mut lines = Lines::default();
        let stream = b"9521234500012\r\n]E09521234500029\t\n\r0421\n";
        let whole = lines.feed(stream);
        assert_eq!(whole, [scan("9521234500012"), scan("]E09521234500029"), scan("0421")]);
        let pieces: Vec<Line> = stream.iter().flat_map(|byte| lines.feed(&[*byte])).collect();
        assert_eq!(pieces, whole, "the same in any pieces");
    }

    #[test]
    fn separators_of_gs1_stay() {
        assert_eq!(Lines::default().feed(b"]C110AB\x1d21X\r"), [scan("]C110AB\u{1d}21X")]);
    }

    #[test]
    fn a_bad_line_is_named_and_the_next_goes_on() {
        let mut lines = Lines::default();
        let read = lines.feed(b"\xff\xfe12\r9521234500012\r\x0012\r");
        let [Line::Bad(first), good, Line::Bad(second)] = read.as_slice() else { panic!("{read:?}") };
        assert!(first.contains("FF FE 31 32"), "{first}");
        assert_eq!(*good, scan("9521234500012"));
        assert!(second.contains("00 31 32"), "{second}");
    }

    #[test]
    fn a_stream_without_ends_does_not_grow() {
        let mut lines = Lines::default();
        for _ in 0..100 {
            assert_eq!(lines.feed(&[b'x'; 1000]), []);
        }
        assert!(lines.open.len() <= LONGEST);
        let read = lines.feed(b"\r0421\r");
        assert!(matches!(read.as_slice(), [Line::Bad(_), good] if *good == scan("0421")), "{read:?}");
    }

    #[test]
    fn a_scan_without_an_end_is_finished_by_silence() {
        let mut lines = Lines::default();
        assert_eq!(lines.feed(b"0421"), []);
        assert_eq!(lines.finish(), Some(scan("0421")));
        assert_eq!(lines.finish(), None);
    }
}
