//! How often something may be. A station that works asks a few times a second; one that went mad, or a copy of its key in
//! wrong hands, does not take the place of the others.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

/// Requests of a station.
const REQUESTS: Rate = Rate { burst: 300, a_second: 100 };
/// Stations that are remembered; beyond them those with a full bucket are forgotten.
const MOST: usize = 50_000;

/// How much a bucket holds, and how fast it fills.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// So many at once after a pause.
    pub burst: i64,
    /// So many a second in the long run.
    pub a_second: i64,
}

/// Fills with time; each use takes one out.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    rate: Rate,
    /// In thousandths of a use.
    left: i64,
    at_ms: i64,
}

impl Bucket {
    /// A full one.
    pub fn full(rate: Rate, now_ms: i64) -> Self {
        Bucket { rate, left: rate.burst * 1_000, at_ms: now_ms }
    }

    /// Whether there is one to be taken.
    pub fn has_one(&mut self, now_ms: i64) -> bool {
        // A clock that was set back takes nothing away.
        let since_ms = now_ms.saturating_sub(self.at_ms).clamp(0, 60_000);
        self.left = (self.left + since_ms * self.rate.a_second).min(self.rate.burst * 1_000);
        self.at_ms = now_ms;
        self.left >= 1_000
    }

    /// Takes one out; false when there is none.
    pub fn take(&mut self, now_ms: i64) -> bool {
        let there = self.has_one(now_ms);
        self.left -= if there { 1_000 } else { 0 };
        there
    }

    fn is_full(&mut self, now_ms: i64) -> bool {
        self.has_one(now_ms) && self.left == self.rate.burst * 1_000
    }
}

/// A bucket for each station.
#[derive(Debug, Default)]
pub struct Buckets(Mutex<BTreeMap<Uuid, Bucket>>);

impl Buckets {
    /// Takes one out.
    ///
    /// # Errors
    /// Seconds after which there is one again.
    pub fn take(&self, station: Uuid, now_ms: i64) -> Result<(), u32> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MOST {
            buckets.retain(|_, bucket| !bucket.is_full(now_ms));
        }
        let bucket = buckets.entry(station).or_insert(Bucket::full(REQUESTS, now_ms));
        if bucket.take(now_ms) { Ok(()) } else { Err(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_asks_without_end_is_held_back_and_no_other() {
        let (buckets, [mad, calm]) = (Buckets::default(), [1, 2].map(Uuid::from_u128));
        let taken = |from_ms, to_ms| (from_ms..to_ms).filter(|now_ms| buckets.take(mad, *now_ms).is_ok()).count();
        assert_eq!(taken(0, 10_000), 300 + 999, "a burst, and then so many a second");
        assert_eq!(buckets.take(calm, 10_000), Ok(()));
        assert_eq!(buckets.take(mad, 10_000), Ok(()));
        assert_eq!(buckets.take(mad, 10_000), Err(1));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let (buckets, station) = (Buckets::default(), Uuid::from_u128(1));
        while buckets.take(station, 1_000_000).is_ok() {}
        assert_eq!(buckets.take(station, 0), Err(1));
        assert_eq!(buckets.take(station, 10), Ok(()), "it goes on from the new time");
    }
}
