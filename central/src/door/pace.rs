//! When who was sent away comes back. Each gets a time of his own, as many a second as were served of late: so a fleet that
//! returns after an outage comes in one after the other instead of all at once, and once more, and once more.

/// The window over which is counted how many were served.
const WINDOW_MS: i64 = 10_000;
/// So many in a window are thought possible while nothing was counted yet.
const FEWEST: i64 = 20;
/// Nobody is sent away for longer; the next then stand at the front once more.
const MOST_MS: i64 = 300_000;

/// The times that were given, of one class.
#[derive(Debug, Default)]
pub(super) struct Pace {
    window: i64,
    served: i64,
    served_before: i64,
    /// The last time that was given, in thousandths of a millisecond.
    last_us: i64,
}

impl Pace {
    /// One was served.
    pub(super) fn served(&mut self, now_ms: i64) {
        self.turn(now_ms);
        self.served += 1;
    }

    /// In how many milliseconds the next one shall come back, `least_ms` or later.
    pub(super) fn next(&mut self, now_ms: i64, least_ms: i64) -> u64 {
        self.turn(now_ms);
        let rate = self.served.max(self.served_before).max(FEWEST);
        let first_us = now_ms.saturating_add(least_ms).saturating_mul(1_000);
        let end_us = now_ms.saturating_add(MOST_MS).saturating_mul(1_000);
        let next_us = self.last_us.saturating_add(WINDOW_MS * 1_000 / rate);
        // Beyond the end, or when the clock was set back, it begins anew.
        self.last_us = if (first_us..=end_us).contains(&next_us) { next_us } else { first_us };
        u64::try_from(self.last_us / 1_000 - now_ms).unwrap_or(0)
    }

    fn turn(&mut self, now_ms: i64) {
        let window = now_ms / WINDOW_MS;
        if window != self.window {
            self.served_before = if window == self.window + 1 { self.served } else { 0 };
            self.served = 0;
            self.window = window;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_are_sent_away_come_back_as_quickly_as_they_can_be_served() {
        let mut pace = Pace::default();
        (0..1_000).for_each(|at| pace.served(at * 10));
        let back: Vec<u64> = (0..5_000).map(|_| pace.next(10_000, 1_000)).collect();
        assert!(back.is_sorted(), "in the order in which they asked");
        let within = |from: u64, to: u64| back.iter().filter(|after| (from..to).contains(*after)).count();
        assert_eq!(back[0], 1_000, "nobody before the least");
        assert_eq!(within(1_000, 2_000), 100, "as many a second as were served");
        assert_eq!(within(40_000, 41_000), 100);
    }

    #[test]
    fn nobody_waits_for_ever() {
        let mut pace = Pace::default();
        let most = (0..10_000).map(|_| pace.next(0, 2_000)).max();
        assert!(most.is_some_and(|most| most <= 300_000), "{most:?}");
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_keep_people_out() {
        let mut pace = Pace::default();
        pace.next(1_000_000_000, 1_000);
        assert_eq!(pace.next(1_000, 1_000), 1_000);
    }
}
