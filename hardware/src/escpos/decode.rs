//! Reads a stream of bytes as a printer does: text and commands. Knows what we send, and skips over what it does not
//! know as far as it can.

/// A piece of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A printable byte.
    Text(u8),
    /// Ends a line.
    LineFeed,
    /// Feeds lines.
    Feed(u8),
    /// `ESC @`.
    Initialise,
    /// `ESC t`.
    CodePage(u8),
    /// `ESC E`.
    Bold(bool),
    /// `GS !`: how many times as wide.
    Width(u8),
    /// `ESC a`.
    Align(u8),
    /// QR data is stored.
    QrStore(Vec<u8>),
    /// The stored QR code is printed.
    QrPrint,
    /// A Code 128, as text.
    Code128(String),
    /// `GS V`.
    Cut,
    /// The drawer, in stream order.
    Pulse,
    /// The drawer, at once.
    RealTimePulse,
    /// `DLE EOT n`, at once.
    Query(u8),
    /// `GS ( H` function 48.
    ProcessId([u8; 4]),
    /// `GS r n`.
    StatusRequest(u8),
    /// Changes nothing that we look at.
    Other,
}

/// Reads commands out of a stream.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    open: Vec<u8>,
}

impl Decoder {
    /// Takes bytes and gives the commands that are complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Command> {
        self.open.extend_from_slice(bytes);
        let mut commands = Vec::new();
        let mut at = 0;
        while let Some((command, length)) = next(&self.open[at..]) {
            commands.push(command);
            at += length;
        }
        self.open.drain(..at);
        commands
    }
}

/// The first command and its length; none when it is not complete.
fn next(bytes: &[u8]) -> Option<(Command, usize)> {
    match bytes {
        [] => None,
        [b'\n', ..] => Some((Command::LineFeed, 1)),
        [0x10, rest @ ..] => real_time(rest),
        [0x1b, rest @ ..] => escape(rest),
        [0x1c, b'.' | b'&', ..] => Some((Command::Other, 2)),
        [0x1c] => None,
        [0x1d, rest @ ..] => group(rest),
        [byte @ (b' '..=b'~' | 0x80..), ..] => Some((Command::Text(*byte), 1)),
        [_, ..] => Some((Command::Other, 1)),
    }
}

fn real_time(rest: &[u8]) -> Option<(Command, usize)> {
    match rest {
        [0x04, number, ..] => Some((Command::Query(*number), 3)),
        [0x14, 1, _, _, ..] => Some((Command::RealTimePulse, 5)),
        [] | [0x04] | [0x14] | [0x14, 1] | [0x14, 1, _] => None,
        [_, ..] => Some((Command::Other, 2)),
    }
}

fn escape(rest: &[u8]) -> Option<(Command, usize)> {
    match rest {
        [b'@', ..] => Some((Command::Initialise, 2)),
        [b't', number, ..] => Some((Command::CodePage(*number), 3)),
        [b'E', on, ..] => Some((Command::Bold(on & 1 == 1), 3)),
        [b'a', align, ..] => Some((Command::Align(align & 3), 3)),
        [b'd', lines, ..] => Some((Command::Feed(*lines), 3)),
        [b'p', _, _, _, ..] => Some((Command::Pulse, 5)),
        [] | [b't' | b'E' | b'a' | b'd'] => None,
        [b'p', ..] => None,
        [_, ..] => Some((Command::Other, 2)),
    }
}

fn group(rest: &[u8]) -> Option<(Command, usize)> {
    match rest {
        [b'!', size, ..] => Some((Command::Width((size >> 4) + 1), 3)),
        [b'V', 65 | 66, _, ..] => Some((Command::Cut, 4)),
        [b'V', 65 | 66] => None,
        [b'V', _, ..] => Some((Command::Cut, 3)),
        [b'h' | b'w' | b'H' | b'a', _, ..] => Some((Command::Other, 3)),
        [b'r', number, ..] => Some((Command::StatusRequest(*number), 3)),
        [b'k', 73, length, data @ ..] => {
            let data = data.get(..usize::from(*length))?;
            Some((Command::Code128(code128_text(data)), 4 + data.len()))
        }
        [b'(', name, low, high, data @ ..] => {
            let data = data.get(..usize::from(u16::from_le_bytes([*low, *high])))?;
            Some((block(*name, data), 5 + data.len()))
        }
        [] | [b'!' | b'V' | b'h' | b'w' | b'H' | b'a' | b'r' | b'k' | b'('] | [b'k', 73] => None,
        [b'(', ..] => None,
        [_, ..] => Some((Command::Other, 2)),
    }
}

fn block(name: u8, data: &[u8]) -> Command {
    match (name, data) {
        (b'H', [48, 48, a, b, c, d]) => Command::ProcessId([*a, *b, *c, *d]),
        (b'k', [49, 80, 48, text @ ..]) => Command::QrStore(text.to_vec()),
        (b'k', [49, 81, 48]) => Command::QrPrint,
        _ => Command::Other,
    }
}

/// The text of a Code 128 with its `{B` and `{C`.
fn code128_text(data: &[u8]) -> String {
    let mut text = String::new();
    let mut pairs = false;
    let mut rest = data.iter();
    while let Some(byte) = rest.next() {
        match (byte, pairs) {
            (b'{', _) => match rest.next() {
                Some(b'C') => pairs = true,
                Some(b'{') => text.push('{'),
                Some(_) | None => pairs = false,
            },
            (byte, true) => text.push_str(&format!("{byte:02}")),
            (byte, false) => text.push(char::from(*byte)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_reads_the_same_in_any_pieces() {
        let stream = [
            &b"\x1b@\x1c.A"[..],
            &[0x1b, b'p', 0, 25, 250, 0x10, 0x14, 1, 0, 1, 0x10, 4, 2],
            &[0x1d, b'(', b'H', 6, 0, 48, 48, b'0', b'0', b'0', b'7', 0x1d, b'r', 1, 0x1d, b'V', 66, 0, b'\n'],
        ]
        .concat();
        let whole = Decoder::default().feed(&stream);
        let mut decoder = Decoder::default();
        let pieces: Vec<Command> = stream.iter().flat_map(|byte| decoder.feed(&[*byte])).collect();
        assert_eq!(whole, pieces);
        let expected = [
            Command::Initialise,
            Command::Other,
            Command::Text(b'A'),
            Command::Pulse,
            Command::RealTimePulse,
            Command::Query(2),
            Command::ProcessId(*b"0007"),
            Command::StatusRequest(1),
            Command::Cut,
            Command::LineFeed,
        ];
        assert_eq!(whole, expected);
    }
}
