//! Whatever a station's clock does, the true time lies within what an entry says, and days never go back.

use proptest::prelude::*;
use selvedge_domain::ids::BootId;
use selvedge_domain::known_time::KnownTime;
use selvedge_domain::time::{Interval, Stamp, Trust};
use uuid::Uuid;

const NINE_MS: i64 = 1_795_251_600_000;
const HOUR_MS: i64 = 3_600_000;

/// What befalls a station.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// Time goes by, the machine is on.
    Passes { ms: u32 },
    /// The machine is off for so long; its clock runs on.
    Off { ms: u32 },
    /// The battery dies with it: the clock begins anew somewhere.
    BatteryDies { clock_ms: i64 },
    /// Somebody sets the clock, or takes it for another time zone's; it is off by so much now.
    Set { wrong_by_ms: i64 },
    /// Central answers.
    Hears,
    /// The app is started again.
    Restarts,
    /// The station writes an entry.
    Writes,
}

fn happening() -> impl Strategy<Value = Happening> {
    let zones = -14 * HOUR_MS..=14 * HOUR_MS;
    prop_oneof![
        3 => any::<u16>().prop_map(|s| Happening::Passes { ms: u32::from(s) * 50 }),
        1 => (0..200_000_000_u32).prop_map(|ms| Happening::Off { ms }),
        1 => prop_oneof![Just(0), Just(1_577_836_800_000), Just(NINE_MS - 30 * 24 * HOUR_MS)]
            .prop_map(|clock_ms| Happening::BatteryDies { clock_ms }),
        1 => zones.prop_map(|wrong_by_ms| Happening::Set { wrong_by_ms }),
        2 => Just(Happening::Hears),
        1 => Just(Happening::Restarts),
        4 => Just(Happening::Writes),
    ]
}

struct Station {
    true_ms: i64,
    raw: Stamp,
    known: Option<KnownTime>,
    last: Option<Stamp>,
    heard_ms: Option<i64>,
    /// The clock is off by more than a time zone: only its possibility can be judged.
    lost: bool,
}

impl Station {
    fn now(&self) -> Stamp {
        self.known.map_or(self.raw, |known| known.stamp(self.raw))
    }

    fn pass(&mut self, ms: u32) {
        self.true_ms += i64::from(ms);
        self.raw.clock_ms += i64::from(ms);
        self.raw.ticks_ms += u64::from(ms);
    }

    fn reboot(&mut self) {
        self.raw.boot = BootId(Uuid::from_u128(self.raw.boot.0.as_u128() + 1));
        self.raw.ticks_ms = 0;
        self.resume();
    }

    fn resume(&mut self) {
        self.known = KnownTime::resumed(self.raw, self.last, self.heard_ms);
    }

    fn meets(&mut self, happening: Happening) -> Option<Stamp> {
        match happening {
            Happening::Passes { ms } => self.pass(ms),
            Happening::Off { ms } => {
                self.pass(ms);
                self.reboot();
            }
            Happening::BatteryDies { clock_ms } => {
                self.pass(1_000);
                self.raw.clock_ms = clock_ms;
                self.lost = true;
                self.reboot();
            }
            Happening::Set { wrong_by_ms } => {
                self.raw.clock_ms = self.true_ms + wrong_by_ms;
                self.lost = false;
            }
            Happening::Hears => {
                self.known = Some(KnownTime::compared(self.raw, self.true_ms - self.raw.clock_ms));
                self.heard_ms = Some(self.true_ms);
            }
            Happening::Restarts => self.resume(),
            Happening::Writes => {
                self.last = Some(self.now());
                return self.last;
            }
        }
        None
    }
}

proptest! {
    #[test]
    fn the_truth_lies_within(happenings in proptest::collection::vec(happening(), 1..60)) {
        let boot = BootId(Uuid::from_u128(1));
        let raw = Stamp { clock_ms: NINE_MS, boot, ticks_ms: 0, offset_ms: None, floor_ms: None };
        let mut station =
            Station { true_ms: NINE_MS, raw, known: None, last: None, heard_ms: None, lost: false };
        // A station joins by hearing central.
        station.meets(Happening::Hears);
        let mut before = Interval { from_ms: NINE_MS, to_ms: NINE_MS };
        for happening in happenings {
            let Some(entry) = station.meets(happening) else { continue };
            let interval = entry.interval();
            prop_assert!(interval.from_ms <= interval.to_ms);
            prop_assert!(entry.corrected_ms() >= interval.from_ms && entry.corrected_ms() <= interval.to_ms);
            // A clock whose battery died can be anywhere. It is caught where it cannot be, which is nearly always; where
            // by chance it is possible it is believed, and the floor still holds.
            if !station.lost || entry.trust() != Trust::Unproved {
                prop_assert!(interval.from_ms <= station.true_ms, "{entry:?} is not after {}", station.true_ms);
                prop_assert!(station.true_ms <= interval.to_ms, "{entry:?} is before {}", station.true_ms);
            }
            if entry.trust() == Trust::Sure {
                prop_assert_eq!(interval, Interval { from_ms: station.true_ms, to_ms: station.true_ms });
                prop_assert!(interval.from_ms >= before.from_ms, "sure times go forward");
            }
            if let Some(floor) = entry.floor_ms {
                prop_assert!(floor <= station.true_ms, "what is known to be past is past");
                prop_assert!(entry.corrected_ms() >= floor, "never below what is known");
            }
            before = interval;
        }
    }
}

#[test]
fn a_clock_that_cannot_be_counts_for_nothing() {
    let boot = BootId(Uuid::from_u128(1));
    let raw = Stamp { clock_ms: NINE_MS, boot, ticks_ms: 5_000, offset_ms: None, floor_ms: None };
    let known = KnownTime::compared(raw, 0);
    let last = known.stamp(raw);
    assert_eq!((last.trust(), last.offset_ms), (Trust::Sure, Some(0)));
    let after = |clock_ms: i64| {
        let raw = Stamp { clock_ms, boot: BootId(Uuid::from_u128(2)), ticks_ms: 7_000, ..raw };
        KnownTime::resumed(raw, Some(last), None).expect("central was heard").stamp(raw)
    };
    let floor = NINE_MS + 7_000;
    for (clock_ms, trust, guess) in [
        (1_577_836_800_000, Trust::Suspect, floor),
        (floor - 1, Trust::Suspect, floor),
        (floor, Trust::Unproved, floor),
        (floor + HOUR_MS, Trust::Unproved, floor + HOUR_MS),
        (floor + 401 * 24 * HOUR_MS, Trust::Suspect, floor),
        (i64::MAX, Trust::Suspect, floor),
        (i64::MIN, Trust::Suspect, floor),
    ] {
        let stamp = after(clock_ms);
        assert_eq!((stamp.trust(), stamp.corrected_ms(), stamp.floor_ms), (trust, guess, Some(floor)), "{clock_ms}");
        assert_eq!(stamp.is_clock_wrong(), trust == Trust::Suspect && clock_ms.abs_diff(guess) > 120_000, "{clock_ms}");
    }
}
