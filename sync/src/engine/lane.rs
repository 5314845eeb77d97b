//! One lane: whether it is at work, when it is due, and how long it waits after a failure.

/// First wait after a failure.
const FIRST_WAIT_MS: u64 = 500;
/// Longest wait after a failure.
pub(super) const LONGEST_WAIT_MS: u64 = 15_000;
/// A `Retry-After` beyond this is not believed.
const LONGEST_ASKED_MS: u64 = 10 * 60_000;

/// When a lane works. A lane at work is not due, whatever pokes it: it works again at once when it is done.
#[derive(Debug)]
pub(super) struct Pace {
    pub(super) busy: bool,
    pub(super) failures: u32,
    due_ms: u64,
    poked: bool,
}

impl Pace {
    pub(super) fn due_at(due_ms: u64) -> Self {
        Pace { busy: false, failures: 0, due_ms, poked: false }
    }

    /// When it wants to work; none while it does.
    pub(super) fn due_ms(&self) -> Option<u64> {
        (!self.busy).then_some(self.due_ms)
    }

    pub(super) fn is_due(&self, now_ms: u64) -> bool {
        !self.busy && self.due_ms <= now_ms
    }

    pub(super) fn begin(&mut self) {
        debug_assert!(!self.busy, "a lane does one thing at a time");
        self.busy = true;
        self.poked = false;
    }

    /// There is something to do. A lane that waits after a failure goes on waiting: central is not hammered because a
    /// till sells much.
    pub(super) fn poke(&mut self, now_ms: u64) {
        self.poked = true;
        if !self.busy && self.failures == 0 {
            self.due_ms = self.due_ms.min(now_ms);
        }
    }

    /// It is due by then, unless it waits after a failure.
    pub(super) fn not_after(&mut self, at_ms: u64) {
        if self.failures == 0 {
            self.due_ms = self.due_ms.min(at_ms);
        }
    }

    /// It worked; again after `wait_ms`, or at once when it was poked meanwhile.
    pub(super) fn succeed(&mut self, now_ms: u64, wait_ms: u64) {
        self.busy = false;
        self.failures = 0;
        self.due_ms = if self.poked { now_ms } else { now_ms.saturating_add(wait_ms) };
    }

    /// It failed; again after a wait that doubles, half of it chance, never sooner than central asks.
    pub(super) fn fail(&mut self, now_ms: u64, asked_ms: Option<u64>, chance: u64) {
        self.busy = false;
        self.failures = self.failures.saturating_add(1);
        let doubled = FIRST_WAIT_MS << self.failures.saturating_sub(1).min(10);
        let wait_ms = doubled.min(LONGEST_WAIT_MS);
        let jittered = wait_ms / 2 + chance % (wait_ms / 2 + 1);
        let asked_ms = asked_ms.unwrap_or(0).min(LONGEST_ASKED_MS);
        // Those that were told the same time do not come back in the same moment.
        let asked_ms = asked_ms + chance % (asked_ms / 10 + 1);
        self.due_ms = now_ms.saturating_add(jittered.max(asked_ms));
    }

    /// It could not work for a reason that is not its own; it is due as soon as that is gone.
    pub(super) fn give_back(&mut self, now_ms: u64) {
        self.busy = false;
        self.due_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_never_undercut_what_central_asks() {
        for chance in [0, 1, 77_777, u64::MAX] {
            let mut pace = Pace::due_at(0);
            let mut longest = 0;
            for failure in 0..40 {
                pace.begin();
                pace.fail(1_000, None, chance);
                let wait_ms = pace.due_ms().expect("it waits") - 1_000;
                let full = (FIRST_WAIT_MS << failure.min(10)).min(LONGEST_WAIT_MS);
                assert!((full / 2..=full).contains(&wait_ms), "failure {failure} waits {wait_ms} of {full}");
                longest = longest.max(wait_ms);
            }
            assert!(longest >= LONGEST_WAIT_MS / 2);
            pace.begin();
            pace.fail(1_000, Some(60_000), chance);
            assert!(pace.due_ms().is_some_and(|due| (61_000..=67_000).contains(&due)), "a Retry-After is kept");
            pace.begin();
            pace.fail(1_000, Some(u64::MAX), chance);
            assert!(pace.due_ms().is_some_and(|due| due <= 1_000 + 11 * 60_000), "a nonsense one is not");
        }
    }

    #[test]
    fn a_poke_is_not_lost_while_the_lane_works_and_does_not_break_a_wait() {
        let mut pace = Pace::due_at(0);
        pace.begin();
        pace.poke(5);
        pace.succeed(10, 1_000);
        assert_eq!(pace.due_ms(), Some(10), "poked while at work: at once");
        pace.begin();
        pace.fail(10, None, 0);
        let due = pace.due_ms();
        pace.poke(11);
        assert_eq!(pace.due_ms(), due, "a wait is kept");
    }
}
