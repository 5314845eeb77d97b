//! Answers as they come over a connection, taken apart no further than a flood needs.

use anyhow::{Context, Result};

/// Read at once.
const PIECE: usize = 16 * 1024;

/// What has come and was not looked at.
#[derive(Default)]
pub struct Answers {
    bytes: Vec<u8>,
    /// Where the next answer begins.
    at: usize,
}

/// One of them.
pub struct Answer<'a> {
    /// 200 when all is well.
    pub status: u16,
    /// Whether it says when to come back.
    pub says_when: bool,
    body: &'a [u8],
}

impl Answer<'_> {
    /// Whether the body has these words.
    pub fn contains(&self, words: &[u8]) -> bool {
        self.body.windows(words.len()).any(|window| window == words)
    }
}

impl Answers {
    /// Takes in what there is to read.
    pub fn fill(&mut self, read: impl FnOnce(&mut [u8]) -> std::io::Result<usize>) -> std::io::Result<usize> {
        self.bytes.drain(..self.at);
        self.at = 0;
        let had = self.bytes.len();
        self.bytes.resize(had + PIECE, 0);
        let got = read(&mut self.bytes[had..]);
        self.bytes.truncate(had + got.as_ref().map_or(0, |got| *got));
        got
    }

    /// The next one that is there as a whole.
    pub fn next(&mut self) -> Result<Option<Answer<'_>>> {
        let bytes = &self.bytes[self.at..];
        let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
        let text = std::str::from_utf8(&bytes[..head])?;
        let status = text.get(9..12).context("a status")?.parse()?;
        let value = |name: &str| {
            let mut lines = text.lines().skip(1).filter_map(|line| line.split_once(':'));
            lines.find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let length: usize = value("content-length").context("an answer says how long it is")?.parse()?;
        let says_when = value("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok());
        let (from, to) = (self.at + head + 4, self.at + head + 4 + length);
        if to > self.bytes.len() {
            return Ok(None);
        }
        self.at = to;
        Ok(Some(Answer { status, says_when, body: &self.bytes[from..to] }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_any_pieces() {
        let wire = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nrows: 1HTTP/1.1 503 Service Unavailable\r\n\
                     retry-after: 3\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        for piece in [1, 2, 7, 50, wire.len()] {
            let mut answers = Answers::default();
            let mut found = Vec::new();
            for part in wire.chunks(piece) {
                let fill = |into: &mut [u8]| {
                    into[..part.len()].copy_from_slice(part);
                    Ok(part.len())
                };
                answers.fill(fill).expect("bytes");
                while let Some(answer) = answers.next().expect("answers") {
                    found.push((answer.status, answer.says_when, answer.contains(b"rows")));
                }
            }
            assert_eq!(found, [(200, false, true), (503, true, false), (404, false, false)], "in pieces of {piece}");
        }
    }
}
