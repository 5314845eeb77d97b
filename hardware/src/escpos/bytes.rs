//! The commands that we send, as bytes. Each was taken from the makers' manuals; traps stand beside them.

use super::profile::{Cutter, Drawer};

/// `ESC @`: a job before this one may have died inside a style.
pub const INITIALISE: &[u8] = b"\x1b@";
/// `FS .`: Asian models pair up bytes from 80h on until they are told not to.
pub const CANCEL_KANJI: &[u8] = b"\x1c.";
/// Ends a line.
pub const LINE_FEED: u8 = b'\n';
/// `GS r 1`, answered in stream order.
pub const PAPER_STATUS: &[u8] = b"\x1dr\x01";

/// `DLE EOT n`, answered at once, even while offline.
pub const fn query(number: u8) -> [u8; 3] {
    [0x10, 0x04, number]
}

/// `ESC t n`; `n` is the model's own.
pub const fn code_page(number: u8) -> [u8; 3] {
    [0x1b, b't', number]
}

/// `ESC E n`.
pub const fn bold(on: bool) -> [u8; 3] {
    [0x1b, b'E', on as u8]
}

/// `GS ! n`: twice as wide and high, or normal.
pub const fn large(on: bool) -> [u8; 3] {
    [0x1d, b'!', if on { 0x11 } else { 0 }]
}

/// `ESC a n`: only at the start of a line.
pub const fn centred(on: bool) -> [u8; 3] {
    [0x1b, b'a', on as u8]
}

/// Feeds to the cutter and cuts: `GS V 65/66 0`. The forms without feed would cut through the last lines.
pub fn cut(cutter: Cutter) -> Vec<u8> {
    match cutter {
        Cutter::Partial => vec![0x1d, b'V', 66, 0],
        Cutter::Full => vec![0x1d, b'V', 65, 0],
        Cutter::None => vec![0x1b, b'd', 4],
    }
}

/// `GS ( H` function 48: answered when all before it is printed. `id` is four printable characters.
pub fn process_id(id: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![0x1d, b'(', b'H', 6, 0, 48, 48];
    bytes.extend(id);
    bytes
}

/// A drawer's pulse: real-time where the model has it, else in stream order. `ESC p` takes two times; without them it
/// eats the next two bytes.
pub fn pulse(drawer: Drawer) -> Vec<u8> {
    let pin = u8::from(drawer.pin == 5);
    if drawer.real_time {
        let hundreds = drawer.on_ms.div_ceil(100).clamp(1, 8);
        return vec![0x10, 0x14, 1, pin, u8::try_from(hundreds).unwrap_or(1)];
    }
    let halves = |ms: u16| u8::try_from(ms / 2).unwrap_or(u8::MAX);
    vec![0x1b, b'p', pin, halves(drawer.on_ms), halves(drawer.off_ms)]
}

/// A QR code: model 2, module size, correction M, its data, print. Only at the start of a line.
pub fn qr(text: &str, module_dots: u8) -> Vec<u8> {
    let block = |function: &[u8]| {
        let length = u16::try_from(function.len()).unwrap_or(u16::MAX).to_le_bytes();
        [&[0x1d, b'(', b'k'], &length[..], function].concat()
    };
    [
        block(&[49, 65, 50, 0]),
        block(&[49, 67, module_dots.clamp(1, 16)]),
        block(&[49, 69, 49]),
        block(&[&[49, 80, 48], text.as_bytes()].concat()),
        block(&[49, 81, 48]),
    ]
    .concat()
}

/// A Code 128 without its text: height, width, no text, data with its code sets.
pub fn code128(runs: &[selvedge_domain::receipt::code128::Run], module_dots: u8) -> Vec<u8> {
    use selvedge_domain::receipt::code128::Run;
    let mut data = Vec::new();
    for run in runs {
        match run {
            Run::B(text) => {
                data.extend(b"{B");
                for byte in text.bytes() {
                    data.extend(std::iter::repeat_n(byte, if byte == b'{' { 2 } else { 1 }));
                }
            }
            Run::C(pairs) => {
                data.extend(b"{C");
                data.extend(pairs);
            }
        }
    }
    let length = u8::try_from(data.len()).unwrap_or(u8::MAX);
    let mut bytes = vec![0x1d, b'h', CODE128_HEIGHT, 0x1d, b'w', module_dots.clamp(2, 6), 0x1d, b'H', 0];
    bytes.extend([0x1d, b'k', 73, length]);
    bytes.extend(data);
    bytes
}

/// Height of a Code 128's bars in dots: 10 mm.
pub const CODE128_HEIGHT: u8 = 80;
