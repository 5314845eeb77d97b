//! What the station is told, and when: only what changed.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::input::{ClockReading, Failure, Lane, Report};
use crate::{SyncState, SyncStatus, Trouble};

/// Problems kept for showing; central and the feed have them all.
const MOST_PROBLEMS: usize = 50;
/// Differences below this are the network's, not the clock's.
const SAME_CLOCK_MS: u64 = 100;
/// The last contact is told at most this often: it is nearly always now.
const CONTACT_EVERY_MS: u64 = 10_000;

pub(super) struct Told {
    pub(super) status: SyncStatus,
    last: Option<SyncStatus>,
    /// Unsent entries when something was written last, while what is being sent began before.
    written: Option<u64>,
    lasting: Vec<Trouble>,
    stuck: BTreeMap<Uuid, String>,
    revoked: bool,
    worked: bool,
}

impl Told {
    pub(super) fn new(unsent: u64, initial_done: bool) -> Self {
        Told {
            status: SyncStatus { unsent, initial_done, ..SyncStatus::default() },
            last: None,
            written: None,
            lasting: Vec::new(),
            stuck: BTreeMap::new(),
            revoked: false,
            worked: false,
        }
    }

    /// The status, when it differs from the last one told.
    pub(super) fn changes(&mut self, failures: &[u32]) -> Option<SyncStatus> {
        let worst = failures.iter().copied().max().unwrap_or(0);
        self.status.state = match self.status.state {
            // One failed call may be a lost packet; two in a row are not.
            SyncState::Online if worst >= 2 => SyncState::Offline,
            SyncState::Connecting if worst >= 1 => SyncState::Offline,
            SyncState::Connecting | SyncState::Offline if worst == 0 && self.worked => SyncState::Online,
            state @ (SyncState::Connecting | SyncState::Online | SyncState::Offline) => state,
        };
        if worst == 0 {
            self.status.last_error = None;
        }
        self.status.problems = self.problems();
        if self.last.as_ref() == Some(&self.status) {
            return None;
        }
        let told = self.status.clone();
        self.status.changed_catalogue = false;
        self.last = Some(self.status.clone());
        Some(told)
    }

    /// Something was written: so many entries are unsent now.
    pub(super) fn poked(&mut self, unsent: u64) {
        self.status.unsent = unsent;
        self.written = Some(unsent);
    }

    /// What is sent now has all that was written before.
    pub(super) fn up_begins(&mut self) {
        self.written = None;
    }

    pub(super) fn failed(&mut self, failure: &Failure) {
        self.worked = false;
        self.status.last_error = Some(failure.to_string());
    }

    pub(super) fn worked(&mut self, lane: Lane, report: &Report, left_out: &BTreeSet<Uuid>) {
        self.worked = true;
        if let Some(unsent) = report.unsent {
            // It may have been counted before what was written meanwhile; what is unsent is never told too soon as sent.
            self.status.unsent = unsent.max(self.written.unwrap_or(0));
        }
        if let Some(clock) = &report.clock {
            self.hear_clock(clock);
        }
        if lane == Lane::Down {
            self.status.changed_catalogue |= report.changed;
            self.status.initial_done |= report.complete;
        }
        if lane == Lane::Up {
            self.stuck.retain(|generation, _| left_out.contains(generation));
            self.stuck.extend(report.stuck.iter().map(|stuck| (stuck.generation, stuck.why.clone())));
            if let Some(held) = &report.held {
                self.status.held.clone_from(held);
            }
            if let Some(parted) = &report.parted {
                self.status.parted.clone_from(parted);
            }
        }
        for problem in &report.problems {
            if !self.lasting.contains(problem) && self.lasting.len() < MOST_PROBLEMS {
                self.lasting.push(problem.clone());
            }
        }
    }

    pub(super) fn set_revoked(&mut self, revoked: bool) {
        self.revoked = revoked;
    }

    pub(super) fn hear_clock(&mut self, clock: &ClockReading) {
        let trip_ms = clock.answered_ms.saturating_sub(clock.asked_ms);
        if trip_ms < 0 {
            // Our clock was set back meanwhile: the reading is worth nothing.
            return;
        }
        let offset_ms = clock.central_ms.saturating_sub(clock.asked_ms.saturating_add(trip_ms / 2));
        if self.status.heard_ms.is_none_or(|heard_ms| clock.answered_ms.abs_diff(heard_ms) >= CONTACT_EVERY_MS) {
            self.status.heard_ms = Some(clock.answered_ms);
        }
        let known = self.status.offset_ms;
        let doubt_ms = SAME_CLOCK_MS.max(trip_ms.unsigned_abs() / 2);
        if known.is_none_or(|known| known.abs_diff(offset_ms) > doubt_ms) {
            self.status.offset_ms = Some(offset_ms);
        }
    }

    fn problems(&self) -> Vec<Trouble> {
        let revoked = self.revoked.then(|| Trouble::new(Trouble::REVOKED, ""));
        let stuck = self.stuck.values().map(|why| Trouble::new(Trouble::STUCK, why));
        revoked.into_iter().chain(stuck).chain(self.lasting.iter().cloned()).collect()
    }
}
