//! Reading a stream of server-sent events (WHATWG HTML, section 9.2): as much of it as central uses. A line that is
//! silent for too long is dead, though nobody said so.

use std::time::Duration;

use selvedge_protocol::v1::{STREAM_SILENCE_MS, StreamEventV1};

use crate::http::Pieces;
use crate::{Answer, CallError, Pokes};

const SILENCE: Duration = Duration::from_millis(STREAM_SILENCE_MS);
/// An event at most.
const MOST_BYTES: usize = 64 * 1024;

/// An open stream.
pub(crate) struct EventStream {
    pieces: Box<dyn Pieces>,
    read: Vec<u8>,
    data: String,
}

impl EventStream {
    pub(crate) fn new(pieces: Box<dyn Pieces>) -> Self {
        EventStream { pieces, read: Vec::new(), data: String::new() }
    }

    async fn event(&mut self) -> Result<Option<StreamEventV1>, CallError> {
        loop {
            while let Some(line) = self.line()? {
                if let Some(data) = line.strip_prefix("data:") {
                    self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
                } else if line.is_empty() && !self.data.is_empty() {
                    let data = std::mem::take(&mut self.data);
                    let event = serde_json::from_str(&data);
                    return event.map(Some).map_err(|error| CallError::Nonsense(format!("an event: {error}")));
                }
            }
            let piece = tokio::time::timeout(SILENCE, self.pieces.next()).await;
            match piece.map_err(|_| CallError::Away("the stream is silent for too long".to_owned()))?? {
                Some(piece) => self.read.extend_from_slice(&piece),
                None => return Ok(None),
            }
            if self.read.len() + self.data.len() > MOST_BYTES {
                return Err(CallError::Nonsense(format!("an event has more than {MOST_BYTES} bytes")));
            }
        }
    }

    /// The next whole line, without its end.
    fn line(&mut self) -> Result<Option<String>, CallError> {
        let Some(end) = self.read.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let line: Vec<u8> = self.read.drain(..=end).collect();
        let line = std::str::from_utf8(&line).map_err(|_| CallError::Nonsense("an event is no text".to_owned()))?;
        Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned()))
    }
}

impl Pokes for EventStream {
    fn next(&mut self) -> Answer<'_, Option<StreamEventV1>> {
        Box::pin(self.event())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Pieces that were written down; then silence, or the end.
    struct Told {
        pieces: VecDeque<&'static str>,
        ends: bool,
    }

    impl Pieces for Told {
        fn next(&mut self) -> Answer<'_, Option<Vec<u8>>> {
            match self.pieces.pop_front() {
                Some(piece) => Box::pin(std::future::ready(Ok(Some(piece.as_bytes().to_vec())))),
                None if self.ends => Box::pin(std::future::ready(Ok(None))),
                None => Box::pin(std::future::pending()),
            }
        }
    }

    fn stream(pieces: &[&'static str], ends: bool) -> EventStream {
        EventStream::new(Box::new(Told { pieces: pieces.iter().copied().collect(), ends }))
    }

    #[tokio::test]
    async fn events_are_read_wherever_the_pieces_end() {
        let event = r#"{"what":"feed","epoch":"00000000-0000-0000-0000-000000000001"}"#;
        for pieces in [
            ["event: feed\ndata: ", event, "\n\n: still here\n\n", "data:", event, "\r\n", "\r\n"],
            [": hello\n\n", "data: ", event, "\n\nid: 4\nda", "ta: ", event, "\n\n"],
        ] {
            let mut stream = stream(&pieces, true);
            for _ in 0..2 {
                let heard = stream.next().await.expect("an event").expect("not the end");
                assert_eq!(heard.what, "feed");
            }
            assert_eq!(stream.next().await, Ok(None));
        }
    }

    #[tokio::test]
    async fn nonsense_is_named() {
        for pieces in [&["data: {\n\n"][..], &["data: \"feed\"\n\n"]] {
            assert!(matches!(stream(pieces, true).next().await, Err(CallError::Nonsense(_))), "{pieces:?}");
        }
        let mut flood = stream(&["0123456789abcdef"; 5_000], true);
        assert!(matches!(flood.next().await, Err(CallError::Nonsense(_))), "a line without an end has one");
    }

    #[tokio::test(start_paused = true)]
    async fn a_half_open_line_is_noticed_and_a_comment_keeps_it_alive() {
        let began = tokio::time::Instant::now();
        let error = stream(&[": still here\n\n"], false).next().await.expect_err("silence");
        assert!(matches!(error, CallError::Away(_)), "{error}");
        assert_eq!(began.elapsed(), SILENCE);
    }
}
