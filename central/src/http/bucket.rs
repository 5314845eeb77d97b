//! How often one station may ask. A station that works asks a few times a second; one that went mad, or a copy of its key in
//! wrong hands, does not take the place of the others.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

/// So many at once after a pause.
const BURST: i64 = 300;
/// So many a second in the long run.
const A_SECOND: i64 = 100;
/// Stations that are remembered; beyond them those with a full bucket are forgotten.
const MOST: usize = 50_000;

/// A bucket for each station: it fills with time, each request takes one out.
#[derive(Debug, Default)]
pub struct Buckets(Mutex<BTreeMap<Uuid, Bucket>>);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// In thousandths of a request.
    left: i64,
    at_ms: i64,
}

impl Bucket {
    fn fill(self, now_ms: i64) -> Self {
        // A clock that was set back takes nothing away.
        let since_ms = now_ms.saturating_sub(self.at_ms).clamp(0, 60_000);
        Bucket { left: (self.left + since_ms * A_SECOND).min(BURST * 1_000), at_ms: now_ms }
    }
}

impl Buckets {
    /// Takes one out.
    ///
    /// # Errors
    /// Seconds after which there is one again.
    pub fn take(&self, station: Uuid, now_ms: i64) -> Result<(), u32> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MOST {
            buckets.retain(|_, bucket| bucket.fill(now_ms).left < BURST * 1_000);
        }
        let bucket = buckets.entry(station).or_insert(Bucket { left: BURST * 1_000, at_ms: now_ms });
        *bucket = bucket.fill(now_ms);
        if bucket.left < 1_000 {
            return Err(1);
        }
        bucket.left -= 1_000;
        Ok(())
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
