//! Time and identities of a test: the clock stands until it is moved, identities are counted.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use selvedge_domain::ids::BootId;
use selvedge_domain::known_time::KnownTime;
use selvedge_domain::time::Stamp;
use selvedge_domain::{Clock, IdSource};
use selvedge_protocol::journal::DeviceKey;
use uuid::Uuid;

/// Saturday, 2026-11-21, 09:00 in Galway.
pub const SATURDAY_NINE_MS: i64 = 1_795_251_600_000;

/// A clock that moves only when it is told to.
pub struct FixedClock(Mutex<(Stamp, Option<KnownTime>)>);

impl FixedClock {
    /// Stands at `clock_ms`.
    pub fn at(clock_ms: i64) -> Self {
        let boot = BootId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_b001));
        FixedClock(Mutex::new((Stamp { clock_ms, boot, ticks_ms: 1_000, offset_ms: None, floor_ms: None }, None)))
    }

    /// Lets time pass.
    pub fn pass_ms(&self, ms: u32) {
        let stamp = &mut self.0.lock().expect("the clock").0;
        stamp.clock_ms += i64::from(ms);
        stamp.ticks_ms += u64::from(ms);
    }

    /// Somebody turns the clock, forwards or back; the ticks go on.
    pub fn turn_ms(&self, ms: i64) {
        self.0.lock().expect("the clock").0.clock_ms += ms;
    }

    /// The clock shows something else now.
    pub fn set_ms(&self, clock_ms: i64) {
        self.0.lock().expect("the clock").0.clock_ms = clock_ms;
    }

    /// The machine was switched off and on.
    pub fn reboot(&self) {
        let stamp = &mut self.0.lock().expect("the clock").0;
        stamp.boot = BootId(Uuid::from_u128(stamp.boot.0.as_u128() + 1));
        stamp.ticks_ms = 1_000;
    }

    /// Central says what time it is.
    pub fn compare(&self, central_ms: i64) {
        let (raw, known) = &mut *self.0.lock().expect("the clock");
        *known = Some(KnownTime::compared(*raw, central_ms - raw.clock_ms));
    }

    /// The app starts: what is known from before, as a station resumes it.
    pub fn resume(&self, last: Option<Stamp>, heard_ms: Option<i64>) {
        let (raw, known) = &mut *self.0.lock().expect("the clock");
        *known = KnownTime::resumed(*raw, last, heard_ms);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Stamp {
        let (raw, known) = *self.0.lock().expect("the clock");
        known.map_or(raw, |known| known.stamp(raw))
    }
}

/// Counts identities. Each run of a till has a number of its own, so that a till that starts again repeats none.
pub struct CountedIds {
    run: u16,
    next: AtomicU64,
}

impl CountedIds {
    /// Of the `run`-th start of a till.
    pub fn of_run(run: u16) -> Self {
        CountedIds { run, next: AtomicU64::new(1) }
    }
}

impl IdSource for CountedIds {
    fn new_id(&self) -> Uuid {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let run = u128::from(self.run) << 48;
        Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 | run | u128::from(next))
    }
}

/// The key of the test's device.
pub fn device_key() -> DeviceKey {
    DeviceKey::from_seed([7; 32])
}

/// The key of its journal's second generation.
pub fn second_key() -> DeviceKey {
    DeviceKey::from_seed([8; 32])
}
