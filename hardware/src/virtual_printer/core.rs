//! What the printer is and does, without a wire.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::escpos::status::bits;
use crate::escpos::{Command, Decoder, PaperLine, Profile, Receipt, Roll, Rolled};

/// Bytes that are taken while nothing can be printed; more are left on the wire.
const BUFFER: usize = 4096;

pub(super) struct Core {
    pub(super) roll: Roll,
    pub(super) receipts: Vec<Receipt>,
    pub(super) pulses: usize,
    pub(super) raw: Vec<u8>,
    pub(super) connected: bool,
    pub(super) paper_out: bool,
    pub(super) lines_left: Option<usize>,
    pub(super) near_end: bool,
    pub(super) cover_open: bool,
    pub(super) offline: bool,
    pub(super) reachable: bool,
    pub(super) one_way: bool,
    pub(super) knows_process_id: bool,
    pub(super) stuck: bool,
    pub(super) delay: Duration,
    pub(super) bytes_left: Option<usize>,
    /// Counts connections, so that an old one notices that it is cut off.
    pub(super) life: u64,
    decoder: Decoder,
    held: VecDeque<Command>,
    replies: VecDeque<(Instant, u8)>,
}

impl Core {
    pub(super) fn new(profile: &Profile) -> Self {
        Core {
            roll: Roll::new(profile),
            receipts: Vec::new(),
            pulses: 0,
            raw: Vec::new(),
            connected: false,
            paper_out: false,
            lines_left: None,
            near_end: false,
            cover_open: false,
            offline: false,
            reachable: true,
            one_way: false,
            knows_process_id: true,
            stuck: false,
            delay: Duration::ZERO,
            bytes_left: None,
            life: 0,
            decoder: Decoder::default(),
            held: VecDeque::new(),
            replies: VecDeque::new(),
        }
    }

    /// A new connection, if it is free and on; its number.
    pub(super) fn connect(&mut self) -> Option<u64> {
        if !self.reachable || self.connected {
            return None;
        }
        self.connected = true;
        self.life += 1;
        self.replies.clear();
        Some(self.life)
    }

    /// Ends the connection, from this side.
    pub(super) fn hang_up(&mut self) {
        self.connected = false;
        self.life += 1;
        // What was half a command is nothing after a break.
        self.decoder = Decoder::default();
        self.replies.clear();
    }

    /// How many bytes it takes now.
    pub(super) fn room(&self) -> usize {
        if self.stuck { 0 } else { BUFFER.saturating_sub(self.held.len()) }
    }

    /// Takes bytes, at most [`Self::room`]; breaks the connection where it was told to.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        let dies = self.bytes_left.is_some_and(|left| bytes.len() >= left);
        let taken = &bytes[..self.bytes_left.unwrap_or(usize::MAX).min(bytes.len())];
        self.raw.extend_from_slice(taken);
        for command in self.decoder.feed(taken) {
            if let Command::Query(number) = command {
                self.query(number);
            } else if command == Command::RealTimePulse {
                self.pulses += 1;
            } else {
                self.held.push_back(command);
            }
        }
        self.print();
        if dies {
            self.bytes_left = None;
            self.hang_up();
        } else if let Some(left) = &mut self.bytes_left {
            *left -= taken.len();
        }
    }

    /// Prints what is held, as far as it can.
    pub(super) fn print(&mut self) {
        while !self.paper_out && !self.cover_open && !self.offline {
            let Some(command) = self.held.pop_front() else { return };
            if let Command::ProcessId(id) = &command
                && self.knows_process_id
            {
                let reply = [&[0x37, 0x22], &id[..], &[0]].concat();
                self.reply(&reply, self.delay);
            } else if command == Command::StatusRequest(1) {
                self.reply(&[if self.near_end { 0x03 } else { 0 }], Duration::ZERO);
            } else if command == Command::Pulse {
                self.pulses += 1;
            }
            match self.roll.print(&command) {
                Rolled::Nothing => continue,
                Rolled::Moved => {}
                Rolled::Out(receipt) => self.receipts.push(receipt),
            }
            if let Some(left) = &mut self.lines_left {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    self.lines_left = None;
                    self.paper_out = true;
                }
            }
        }
    }

    /// Bytes that are due.
    pub(super) fn due(&mut self, most: usize) -> Vec<u8> {
        let now = Instant::now();
        let count = self.replies.iter().take(most).take_while(|(at, _)| *at <= now).count();
        self.replies.drain(..count).map(|(_, byte)| byte).collect()
    }

    /// Says something unasked.
    pub(super) fn say(&mut self, bytes: &[u8]) {
        let now = Instant::now();
        self.replies.extend(bytes.iter().map(|byte| (now, *byte)));
    }

    fn reply(&mut self, bytes: &[u8], delay: Duration) {
        if self.one_way {
            return;
        }
        let at = Instant::now() + delay;
        let place = self.replies.iter().take_while(|(due, _)| *due <= at).count();
        for (offset, byte) in bytes.iter().enumerate() {
            self.replies.insert(place + offset, (at, *byte));
        }
    }

    fn query(&mut self, number: u8) {
        let stopped = self.paper_out || self.cover_open || self.offline;
        let when = |on: bool, bit: u8| if on { bit } else { 0 };
        let byte = match number {
            1 => when(stopped, bits::OFFLINE),
            2 => when(self.cover_open, bits::COVER_OPEN) | when(self.paper_out, bits::PAPER_STOP),
            3 => 0,
            4 => when(self.near_end || self.paper_out, bits::NEAR_END) | when(self.paper_out, bits::PAPER_END),
            _ => return,
        };
        self.reply(&[bits::FIXED | byte], Duration::ZERO);
    }
}

impl Receipt {
    /// Whether a line of it contains `text`.
    pub fn contains(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// The contents of its QR codes.
    pub fn qr_codes(&self) -> Vec<&str> {
        let codes = self.lines.iter().filter_map(|line| match line {
            PaperLine::Qr(content) => Some(content.as_str()),
            PaperLine::Text(_) | PaperLine::Code128(_) => None,
        });
        codes.collect()
    }
}
