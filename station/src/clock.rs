//! The machine's clock and its source of identities: the only places that ask for time and chance.

use std::sync::atomic::{AtomicI64, Ordering};

use selvedge_domain::ids::BootId;
use selvedge_domain::time::Stamp;
use selvedge_domain::{Clock, IdSource};
use uuid::Uuid;

/// No offset is known yet.
const UNKNOWN: i64 = i64::MIN;

/// The machine's clocks. Ticks go on over a restart of the app and begin anew with the machine.
pub struct MachineClock {
    boot: BootId,
    offset_ms: AtomicI64,
}

impl MachineClock {
    /// Finds out which run of the machine this is.
    pub fn new() -> Self {
        MachineClock { boot: BootId(boot_id()), offset_ms: AtomicI64::new(UNKNOWN) }
    }

    /// Central's clock minus ours, as sync found it.
    pub fn set_offset_ms(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::Relaxed);
    }
}

impl Default for MachineClock {
    fn default() -> Self {
        MachineClock::new()
    }
}

impl Clock for MachineClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Stamp {
        let clock_ms = match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        let offset = self.offset_ms.load(Ordering::Relaxed);
        Stamp { clock_ms, boot: self.boot, ticks_ms: ticks_ms(), offset_ms: (offset != UNKNOWN).then_some(offset) }
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
