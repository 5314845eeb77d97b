//! Times, and what they come to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Times of one kind, in microseconds.
#[derive(Default, Serialize, Deserialize)]
pub struct Times(Vec<u64>);

impl Times {
    /// One more.
    pub fn add(&mut self, time: Duration) {
        self.0.push(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// Moves all of them over.
    pub fn drain_into(&mut self, all: &mut Times) {
        all.0.append(&mut self.0);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    /// The time that so many of a hundred do not exceed.
    pub fn percentile(&mut self, percent: usize) -> Duration {
        self.0.sort_unstable();
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        Duration::from_micros(self.0.get(at).copied().unwrap_or_default())
    }

    /// `p50 3.1 ms, p99 40 ms`; `none` where there are none.
    pub fn said(&mut self) -> String {
        if self.0.is_empty() {
            return "none".to_owned();
        }
        format!("p50 {}, p99 {}", ms(self.percentile(50)), ms(self.percentile(99)))
    }

    /// For other programs.
    pub fn half_and_most(&mut self) -> HalfAndMost {
        HalfAndMost { p50_us: micros(self.percentile(50)), p99_us: micros(self.percentile(99)) }
    }
}

/// In microseconds, what half of them and what nearly all of them do not exceed.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub struct HalfAndMost {
    /// Half.
    pub p50_us: u64,
    /// 99 of a hundred.
    pub p99_us: u64,
}

/// What a run found out, for other programs; none of scenes that were not played.
#[derive(Default, Serialize, Deserialize)]
pub struct Measured {
    /// Lookups of what is available.
    pub lookups: Option<Lookups>,
    /// More lookups of stock than can be served.
    pub overload: Option<Overload>,
    /// The return of all tills at once.
    pub storm: Option<Storm>,
}

/// Rounds of answers a second, of central and of the smallest server, by turns.
#[derive(Default, Serialize, Deserialize)]
pub struct Lookups {
    /// Central's.
    pub ours: Vec<u64>,
    /// The smallest server's.
    pub smallest: Vec<u64>,
}

/// What came of an overload.
#[derive(Default, Serialize, Deserialize)]
pub struct Overload {
    /// Right answers a second, with nothing else.
    pub served: u64,
    /// Asked in a second of the overload.
    pub offered: u64,
    /// Right answers in a second of it.
    pub right: u64,
    /// Answers that were neither right nor a "later".
    pub wrong: u64,
    /// A right answer, seen from outside, with nothing else.
    pub alone: HalfAndMost,
    /// A right answer, seen from outside, in the overload.
    pub crowded: HalfAndMost,
    /// How soon a "later" was told.
    pub later: HalfAndMost,
    /// A sale beside it, from sold to acknowledged.
    pub sales: HalfAndMost,
    /// Until a lookup was answered well and soon again.
    pub recovery_us: u64,
    /// The most memory that central had.
    pub peak_bytes: u64,
}

/// What came of a storm.
#[derive(Default, Serialize, Deserialize)]
pub struct Storm {
    /// Tills.
    pub tills: u64,
    /// Entries of all of them.
    pub entries: u64,
    /// From the first knock until the last entry was acknowledged.
    pub took_ms: u64,
    /// A sale meanwhile, from sold to acknowledged.
    pub live: HalfAndMost,
}

/// In microseconds.
pub fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// In milliseconds, with a tenth where that says something.
pub fn ms(time: Duration) -> String {
    let tenths = time.as_micros() / 100;
    if tenths < 100 { format!("{}.{} ms", tenths / 10, tenths % 10) } else { format!("{} ms", tenths / 10) }
}

/// A row of the table.
pub fn row(what: &str, figure: &str) {
    println!("| {what} | {figure} |");
}
