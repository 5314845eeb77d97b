//! What is counted, and the state of stations at the moment somebody asks.

use std::sync::atomic::AtomicI64;
use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::door::Crowd;
use crate::door::rules::Class;
use crate::store::{State, Taken};

type Plain = Gauge<i64, AtomicI64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    /// The path with its parts' names, not their values.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Became {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Station {
    device: String,
    site: String,
    till: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    class: &'static str,
}

/// All of it.
#[derive(Default)]
pub struct Metrics {
    answered: Family<Answered, Counter>,
    duration_ms: Family<Answered, Counter>,
    refused: Family<Of, Counter>,
    entries: Family<Became, Counter>,
    segments: Counter,
    audit_rounds: Counter,
    audit_checked: Counter,
    audit_wrong: Counter,
    audit_findings: Plain,
    audit_finished: Plain,
    held: Plain,
    unknown: Plain,
    streams: Plain,
    at_work: Family<Of, Plain>,
    waiting: Family<Of, Plain>,
    sent_away: Family<Of, Plain>,
    unsent: Family<Station, Plain>,
    oldest_unsent: Family<Station, Plain>,
    silent: Family<Station, Plain>,
    offset: Family<Station, Plain>,
    station_held: Family<Station, Plain>,
    /// Two who ask at the same time do not see half of each other's stations.
    asking: Mutex<()>,
}

impl Metrics {
    /// A request was answered.
    pub fn answered(&self, method: &str, route: &str, status: u16, duration_ms: i64) {
        let labels = Answered { method: method.to_owned(), route: route.to_owned(), status };
        self.answered.get_or_create(&labels).inc();
        self.duration_ms.get_or_create(&labels).inc_by(u64::try_from(duration_ms).unwrap_or(0));
    }

    /// A request was sent away before anybody looked where it wanted to.
    pub fn refused(&self, class: Class) {
        self.refused.get_or_create(&Of { class: class.word() }).inc();
    }

    /// A segment of so many entries is on disk.
    pub fn taken(&self, sent: usize, taken: &Taken) {
        self.segments.inc();
        let lost = taken.problems.iter().filter(|problem| !problem.kept).count();
        let count = |outcome, count: usize| {
            self.entries.get_or_create(&Became { outcome }).inc_by(u64::try_from(count).unwrap_or(0));
        };
        count("new", taken.new);
        count("refused", lost);
        count("known", sent.saturating_sub(taken.new + lost));
    }

    /// The auditor looked at some more, and found so much wrong: that is counted at once, a round may take a day.
    pub fn audited(&self, checked: u64, wrong: usize) {
        self.audit_checked.inc_by(checked);
        self.audit_wrong.inc_by(u64::try_from(wrong).unwrap_or(u64::MAX));
    }

    /// The auditor has seen everything once more.
    pub fn audit_round(&self, findings: usize, now_ms: i64) {
        self.audit_rounds.inc();
        self.audit_findings.set(i64::try_from(findings).unwrap_or(i64::MAX));
        self.audit_finished.set(now_ms / 1000);
    }

    /// As Prometheus reads it.
    ///
    /// # Errors
    /// None that a string gives.
    pub fn text(&self, state: &State, streams: usize, crowd: &[Crowd], now_ms: i64) -> Result<String, std::fmt::Error> {
        let _one = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        for one in crowd {
            let of = Of { class: one.class.word() };
            self.at_work.get_or_create(&of).set(i64::try_from(one.at_work).unwrap_or(i64::MAX));
            self.waiting.get_or_create(&of).set(i64::try_from(one.waiting).unwrap_or(i64::MAX));
            self.sent_away.get_or_create(&of).set(i64::try_from(one.sent_away).unwrap_or(i64::MAX));
        }
        self.held.set(i64::try_from(state.held).unwrap_or(i64::MAX));
        self.unknown.set(i64::try_from(state.unknown_kinds).unwrap_or(i64::MAX));
        self.streams.set(i64::try_from(streams).unwrap_or(i64::MAX));
        self.stations(state, now_ms);
        let mut text = String::new();
        encode(&mut text, &self.registry())?;
        Ok(text)
    }

    fn stations(&self, state: &State, now_ms: i64) {
        for family in [&self.unsent, &self.oldest_unsent, &self.silent, &self.offset, &self.station_held] {
            family.clear();
        }
        // A revoked station is nobody's lag any more.
        for one in state.devices.iter().filter(|one| one.revoked_ms.is_none()) {
            let labels =
                Station { device: one.device.to_string(), site: one.site_code.clone(), till: one.till.clone() };
            let seen_ms = one.seen_ms.unwrap_or(one.enrolled_ms);
            self.silent.get_or_create(&labels).set((now_ms - seen_ms).max(0) / 1000);
            self.station_held.get_or_create(&labels).set(i64::try_from(one.held).unwrap_or(i64::MAX));
            let Some(report) = &one.report else { continue };
            self.unsent.get_or_create(&labels).set(i64::try_from(report.unsent).unwrap_or(i64::MAX));
            let oldest_ms = report.oldest_unsent_ms.map_or(0, |oldest_ms| (now_ms - oldest_ms).max(0));
            self.oldest_unsent.get_or_create(&labels).set(oldest_ms / 1000);
            if let Some(offset_ms) = report.offset_ms {
                self.offset.get_or_create(&labels).set(offset_ms);
            }
        }
    }

    fn registry(&self) -> Registry {
        let mut all = Registry::with_prefix("selvedge_central");
        all.register("requests", "Requests answered", self.answered.clone());
        all.register("requests_duration_ms", "Time that answers took", self.duration_ms.clone());
        all.register("refused", "Of those sent away, answered before the door, by class", self.refused.clone());
        all.register("intake_entries", "Journal entries that came: new, known, refused", self.entries.clone());
        all.register("intake_segments", "Segments that are on disk", self.segments.clone());
        all.register("entries_held", "Entries that wait for a manager", self.held.clone());
        all.register("entries_unknown_kind", "Entries that wait for an upgrade", self.unknown.clone());
        all.register("streams_open", "Stations that listen", self.streams.clone());
        all.register("at_work", "Requests at work, by class", self.at_work.clone());
        all.register("waiting", "Requests in the line, by class", self.waiting.clone());
        all.register("sent_away", "Requests asked to come back since the start, by class", self.sent_away.clone());
        all.register("audit_rounds", "Times that the auditor has seen everything", self.audit_rounds.clone());
        all.register("audit_checked", "Balances, rows and entries that it looked at", self.audit_checked.clone());
        let wrong = "What it found wrong since the start, counted at once and again in each round; must be 0";
        all.register("audit_wrong", wrong, self.audit_wrong.clone());
        all.register("audit_findings", "What was wrong in its last round; must be 0", self.audit_findings.clone());
        let unit = || Unit::Seconds;
        let finished = "When its last round ended, since 1970";
        all.register_with_unit("audit_finished", finished, unit(), self.audit_finished.clone());
        all.register("station_unsent", "Entries not acknowledged, as the station last said", self.unsent.clone());
        let oldest = "Age of the oldest of them";
        all.register_with_unit("station_oldest_unsent", oldest, unit(), self.oldest_unsent.clone());
        all.register_with_unit("station_silent", "Since central heard of the station", unit(), self.silent.clone());
        let offset = "Central's clock minus the station's";
        all.register("station_clock_offset_ms", offset, self.offset.clone());
        all.register("station_entries_held", "Its entries that wait for a manager", self.station_held.clone());
        all
    }
}
