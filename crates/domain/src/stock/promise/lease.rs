//! How long a station may draw from an allotment, by its own ticks: a clock that somebody sets makes it neither longer nor
//! shorter.

use crate::ids::BootId;
use crate::time::Stamp;

/// When a station asked for an allotment, and what central said of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The run of the machine in which it asked.
    pub boot: BootId,
    /// When, by the ticks of that run.
    pub asked_ticks_ms: u64,
    /// How long it may be drawn from, from then on.
    pub ttl_ms: u64,
    /// When central lent it, by central's clock, milliseconds since 1970.
    pub granted_ms: i64,
}

/// What is left of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// So many milliseconds.
    Ms(u64),
    /// Nothing.
    Over,
    /// The machine was off meanwhile and has not heard central since: nobody knows for how long.
    Unknown,
}

impl Lease {
    /// What is left now. In another run of the machine the ticks say nothing: then it is central's time, as soon as central
    /// was heard in this run.
    pub fn left(&self, now: Stamp) -> Left {
        let left_ms = if now.boot == self.boot {
            self.ttl_ms.saturating_sub(now.ticks_ms.saturating_sub(self.asked_ticks_ms))
        } else if now.offset_ms.is_some() && now.floor_ms.is_none() {
            let past_ms = now.corrected_ms().saturating_sub(self.granted_ms);
            self.ttl_ms.saturating_sub(u64::try_from(past_ms).unwrap_or(0))
        } else {
            return Left::Unknown;
        };
        if left_ms == 0 { Left::Over } else { Left::Ms(left_ms) }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW_MS: i64 = 1_795_250_000_000;
    const HOUR_MS: u64 = 3_600_000;

    fn boot(number: u128) -> BootId {
        BootId(Uuid::from_u128(number))
    }

    fn lease() -> Lease {
        Lease { boot: boot(1), asked_ticks_ms: 50, ttl_ms: HOUR_MS, granted_ms: NOW_MS }
    }

    fn stamp(of: u128, ticks_ms: u64, clock_ms: i64) -> Stamp {
        Stamp { clock_ms, boot: boot(of), ticks_ms, offset_ms: None, floor_ms: None }
    }

    #[test]
    fn a_clock_that_is_set_makes_it_neither_longer_nor_shorter() {
        for clock_ms in [0, NOW_MS - 86_400_000, NOW_MS, NOW_MS + 86_400_000] {
            assert_eq!(lease().left(stamp(1, 50, clock_ms)), Left::Ms(HOUR_MS));
            assert_eq!(lease().left(stamp(1, HOUR_MS, clock_ms)), Left::Ms(50));
            assert_eq!(lease().left(stamp(1, HOUR_MS + 50, clock_ms)), Left::Over);
        }
    }

    #[test]
    fn after_the_machine_was_off_it_is_centrals_time_once_central_was_heard() {
        assert_eq!(lease().left(stamp(2, 60, NOW_MS)), Left::Unknown, "central was never heard");
        let resumed = Stamp { offset_ms: Some(0), floor_ms: Some(NOW_MS), ..stamp(2, 60, NOW_MS) };
        assert_eq!(lease().left(resumed), Left::Unknown, "a clock that nobody proved counts for nothing");
        let heard = |ms: i64| Stamp { offset_ms: Some(ms), ..stamp(2, 60, NOW_MS) };
        assert_eq!(lease().left(heard(1_000)), Left::Ms(HOUR_MS - 1_000));
        assert_eq!(lease().left(heard(3_600_000)), Left::Over);
        assert_eq!(lease().left(heard(-86_400_000)), Left::Ms(HOUR_MS), "never longer than it was lent for");
    }
}
