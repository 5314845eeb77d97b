//! Time and identities of a run: nothing here asks the machine.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use selvedge_central::surroundings::Surroundings;
use selvedge_domain::ids::BootId;
use selvedge_domain::known_time::KnownTime;
use selvedge_domain::time::Stamp;
use selvedge_domain::{Clock, IdSource};
use selvedge_tests::outside::SATURDAY_NINE_MS;
use uuid::Uuid;

use crate::dice::Dice;

/// The true time, milliseconds since the run began; moved by the world alone.
#[derive(Clone, Debug, Default)]
pub struct Now(Arc<AtomicU64>);

impl Now {
    /// Since the beginning.
    pub fn ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Goes on; never back.
    pub fn set_ms(&self, ms: u64) {
        self.0.fetch_max(ms, Ordering::Relaxed);
    }

    /// Milliseconds since 1970, as a right clock shows them.
    pub fn wall_ms(&self) -> i64 {
        SATURDAY_NINE_MS.saturating_add_unsigned(self.ms())
    }
}

/// What was locked when a crash unwound is as it was before.
pub fn held<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The clocks of one machine: the wall clock may be wrong and be turned, the ticks begin anew with the machine.
pub struct TillClock {
    now: Now,
    reading: Mutex<Reading>,
}

struct Reading {
    wrong_ms: i64,
    boot: BootId,
    booted_ms: u64,
    known: Option<KnownTime>,
}

impl TillClock {
    /// Of a machine that was switched on when the run began, with a right clock.
    pub fn new(now: &Now, boot: Uuid) -> Self {
        let reading = Reading { wrong_ms: 0, boot: BootId(boot), booted_ms: 0, known: None };
        TillClock { now: now.clone(), reading: Mutex::new(reading) }
    }

    /// What the wall clock shows.
    pub fn wall_ms(&self) -> i64 {
        self.now.wall_ms() + held(&self.reading).wrong_ms
    }

    /// Somebody turns the clock.
    pub fn turn_ms(&self, by_ms: i64) {
        held(&self.reading).wrong_ms += by_ms;
    }

    /// How wrong the wall clock is.
    pub fn wrong_ms(&self) -> i64 {
        held(&self.reading).wrong_ms
    }

    /// The machine was off.
    pub fn reboot(&self, boot: Uuid) {
        let mut reading = held(&self.reading);
        (reading.boot, reading.booted_ms) = (BootId(boot), self.now.ms());
    }

    /// The app starts: what is known from before.
    pub fn resume(&self, last: Option<Stamp>, heard_ms: Option<i64>) {
        let raw = self.raw();
        held(&self.reading).known = KnownTime::resumed(raw, last, heard_ms);
    }

    /// Central's time is this now.
    pub fn compare(&self, central_ms: i64) {
        let raw = self.raw();
        held(&self.reading).known = Some(KnownTime::compared(raw, central_ms.saturating_sub(raw.clock_ms)));
    }

    /// A clock that nobody can turn: it goes on from what the wall clock shows now.
    pub fn steady(&self) -> impl Fn() -> i64 + Send + Sync + use<> {
        let (now, begun_ms, wall_ms) = (self.now.clone(), self.now.ms(), self.wall_ms());
        move || wall_ms.saturating_add_unsigned(now.ms() - begun_ms)
    }

    fn raw(&self) -> Stamp {
        let clock_ms = self.wall_ms();
        let reading = held(&self.reading);
        let ticks_ms = self.now.ms().saturating_sub(reading.booted_ms);
        Stamp { clock_ms, boot: reading.boot, ticks_ms, offset_ms: None, floor_ms: None }
    }
}

impl Clock for TillClock {
    fn now(&self) -> Stamp {
        let raw = self.raw();
        held(&self.reading).known.map_or(raw, |known| known.stamp(raw))
    }
}

/// Identities from a seed, in the order of time as UUIDv7 are.
pub struct Ids {
    now: Now,
    dice: Mutex<Dice>,
}

impl Ids {
    /// Of one start of one machine.
    pub fn new(now: &Now, dice: Dice) -> Self {
        Ids { now: now.clone(), dice: Mutex::new(dice) }
    }
}

impl IdSource for Ids {
    fn new_id(&self) -> Uuid {
        let mut dice = held(&self.dice);
        let chance = u128::from(dice.draw()) << 64 | u128::from(dice.draw());
        let bytes = chance.to_be_bytes();
        let [.., a, b, c, d, e, f, g, h, i, j] = bytes;
        let ms = u64::try_from(self.now.wall_ms()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &[a, b, c, d, e, f, g, h, i, j]).into_uuid()
    }
}

/// Central's machine.
pub struct Machine {
    now: Now,
    ids: Ids,
    dice: Mutex<Dice>,
}

impl Machine {
    /// From a seed.
    pub fn new(now: &Now, seed: u64) -> Self {
        Machine { now: now.clone(), ids: Ids::new(now, Dice::new(seed, 1)), dice: Mutex::new(Dice::new(seed, 2)) }
    }
}

impl Surroundings for Machine {
    fn now_ms(&self) -> i64 {
        self.now.wall_ms()
    }

    fn new_id(&self) -> Uuid {
        self.ids.new_id()
    }

    fn random(&self) -> [u8; 32] {
        let mut dice = held(&self.dice);
        let mut bytes = [0; 32];
        for piece in bytes.chunks_mut(8) {
            piece.copy_from_slice(&dice.draw().to_be_bytes());
        }
        bytes
    }
}
