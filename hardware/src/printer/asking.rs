//! The questions before a job, one at a time, and what the answers mean.

use selvedge_ports::PrinterState;

use crate::escpos::bytes;
use crate::escpos::status::bits;

const QUESTIONS: [u8; 3] = [1, 2, 4];

/// Questions under way: printer, offline cause, paper.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) asked_at: u64,
    answers: Vec<u8>,
}

impl Asking {
    pub(super) fn new(now: u64) -> Self {
        Asking { asked_at: now, answers: Vec::new() }
    }

    /// The question that is open, to be written in one piece.
    pub(super) fn question(&self) -> [u8; 3] {
        bytes::query(QUESTIONS[self.answers.len().min(QUESTIONS.len() - 1)])
    }

    /// Takes an answer; the state when it was the last.
    pub(super) fn answer(&mut self, now: u64, byte: u8) -> Option<PrinterState> {
        self.answers.push(byte);
        self.asked_at = now;
        match self.answers.as_slice() {
            [printer, cause, paper] => Some(state(*printer, *cause, *paper)),
            _ => None,
        }
    }

    /// What the offline cause alone says.
    pub(super) fn offline_cause(cause: u8) -> PrinterState {
        state(0, cause, 0)
    }

    /// What an automatic status says.
    pub(super) fn automatic(status: [u8; 4]) -> PrinterState {
        let [printer, error, paper, _] = status;
        let has = |byte: u8, bit: u8| byte & bit != 0;
        if has(printer, 0x20) {
            PrinterState::CoverOpen
        } else if has(paper, 0x0c) {
            PrinterState::PaperOut
        } else if has(error, 0x6c) {
            PrinterState::Error("the printer reports an error".to_owned())
        } else if has(printer, 0x08) {
            PrinterState::Offline
        } else if has(paper, 0x03) {
            PrinterState::PaperLow
        } else {
            PrinterState::Ready
        }
    }
}

fn state(printer: u8, cause: u8, paper: u8) -> PrinterState {
    if cause & bits::COVER_OPEN != 0 {
        PrinterState::CoverOpen
    } else if paper & bits::PAPER_END != 0 || cause & bits::PAPER_STOP != 0 {
        PrinterState::PaperOut
    } else if cause & bits::ERROR != 0 {
        PrinterState::Error("the printer reports an error".to_owned())
    } else if printer & bits::OFFLINE != 0 {
        PrinterState::Offline
    } else if paper & bits::NEAR_END != 0 {
        PrinterState::PaperLow
    } else {
        PrinterState::Ready
    }
}
