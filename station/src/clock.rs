//! The machine's clock and its source of identities: the only places that ask for time and chance.

use std::sync::{Mutex, MutexGuard, PoisonError};

use selvedge_domain::ids::BootId;
use selvedge_domain::known_time::KnownTime;
use selvedge_domain::time::Stamp;
use selvedge_domain::{Clock, IdSource};
use uuid::Uuid;

/// The machine's clocks, and what is known of the true time. Ticks go on over a restart of the app and begin anew with the
/// machine.
pub struct MachineClock {
    boot: BootId,
    known: Mutex<Option<KnownTime>>,
}

impl MachineClock {
    /// Finds out which run of the machine this is.
    pub fn new() -> Self {
        MachineClock { boot: BootId(boot_id()), known: Mutex::new(None) }
    }

    /// What is known from before this start: the clocks at the last entry, and the last moment that central spoke of.
    pub fn resume(&self, last: Option<Stamp>, heard_ms: Option<i64>) {
        *self.known() = KnownTime::resumed(self.raw(), last, heard_ms);
    }

    /// Central's time is this now.
    pub fn compare(&self, central_ms: i64) {
        let raw = self.raw();
        *self.known() = Some(KnownTime::compared(raw, central_ms.saturating_sub(raw.clock_ms)));
    }

    /// A clock that nobody can set: it goes on from what the machine's shows now. For measuring.
    pub fn steady(&self) -> impl Fn() -> i64 + Send + Sync + use<> {
        let begun = self.raw();
        move || begun.clock_ms.saturating_add_unsigned(ticks_ms().saturating_sub(begun.ticks_ms))
    }

    #[allow(clippy::disallowed_methods, reason = "this is the clock")]
    fn raw(&self) -> Stamp {
        let clock_ms = match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Stamp { clock_ms, boot: self.boot, ticks_ms: ticks_ms(), offset_ms: None, floor_ms: None }
    }

    fn known(&self) -> MutexGuard<'_, Option<KnownTime>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MachineClock {
    fn default() -> Self {
        MachineClock::new()
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Stamp {
        let raw = self.raw();
        self.known().map_or(raw, |known| known.stamp(raw))
    }
}

/// Random identities.
pub struct RandomIds;

impl IdSource for RandomIds {
    #[allow(clippy::disallowed_methods, reason = "this is the id source")]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The kernel's id of this run of the machine; where there is none, one for this run of the app.
#[allow(clippy::disallowed_methods, reason = "this is the id source")]
fn boot_id() -> Uuid {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .ok()
        .and_then(|text| Uuid::parse_str(text.trim()).ok())
        .unwrap_or_else(Uuid::new_v4)
}

#[cfg(target_os = "linux")]
fn ticks_ms() -> u64 {
    let ticks = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    u64::try_from(ticks.tv_sec).unwrap_or(0) * 1000 + u64::try_from(ticks.tv_nsec).unwrap_or(0) / 1_000_000
}

#[cfg(not(target_os = "linux"))]
fn ticks_ms() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}
