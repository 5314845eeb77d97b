//! Time as a station can know it: what its clock shows, what its ticks say, and what central said last.

use serde::{Deserialize, Serialize};

use crate::ids::BootId;

/// Where time comes from: the machine in a shop, a number in a test.
pub trait Clock {
    /// The raw reading of now.
    fn now(&self) -> Stamp;
}

/// One reading of a station's clocks. Kept raw in an entry; whoever reads it derives an [`Interval`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Wall clock, milliseconds since 1970-01-01T00:00:00Z, as the machine shows it, right or wrong.
    pub clock_ms: i64,
    /// The run of the machine in which `ticks_ms` counts.
    pub boot: BootId,
    /// Monotonic milliseconds since some moment of that run.
    pub ticks_ms: u64,
    /// Central's clock minus ours at the last contact, milliseconds; none before the first contact. Within the run of
    /// the machine in which it was measured the ticks carry it: a clock that is set changes it by as much.
    pub offset_ms: Option<i64>,
    /// Where the offset was not measured in this run of the machine: what surely was past, milliseconds since 1970 as
    /// central sees them. None where it was, and where central was never heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor_ms: Option<i64>,
}

/// How far a reading can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Compared with central in this run of the machine, or there is no central to compare with.
    Sure,
    /// Possible, and nobody looked since the machine was started.
    Unproved,
    /// It cannot be: the clock shows a time before what is known, or years after it.
    Suspect,
}

/// A machine that was off longer than this is rarer than a clock that is wrong by so much.
const LONGEST_OFF_MS: i64 = 400 * 24 * 3_600_000;
/// What an unproved clock may be wrong by: somebody took it for another time zone's.
const UNPROVED_MS: i64 = 14 * 3_600_000;
/// A clock that differs by more is told to people.
const NOTABLE_MS: u64 = 2 * 60_000;

impl Stamp {
    /// The clock, corrected by the last offset, possible or not.
    pub(crate) fn guess_ms(&self) -> i64 {
        self.clock_ms.saturating_add(self.offset_ms.unwrap_or(0))
    }

    /// How far it can be trusted.
    pub fn trust(&self) -> Trust {
        match self.floor_ms {
            None => Trust::Sure,
            Some(floor) if (floor..=floor.saturating_add(LONGEST_OFF_MS)).contains(&self.guess_ms()) => Trust::Unproved,
            Some(_) => Trust::Suspect,
        }
    }

    /// The best guess of the true time. A suspect clock counts for nothing: then it is the last known time, carried on
    /// by the ticks, so that days, prices and receipts stay those of a day that was.
    pub fn corrected_ms(&self) -> i64 {
        match (self.trust(), self.floor_ms) {
            (Trust::Suspect, Some(floor)) => floor,
            (Trust::Sure | Trust::Unproved | Trust::Suspect, _) => self.guess_ms(),
        }
    }

    /// When it was: surely within. Wide where the clock is unproved, without an end where it is suspect.
    pub fn interval(&self) -> Interval {
        let guess = self.guess_ms();
        match (self.trust(), self.floor_ms) {
            (Trust::Sure, _) | (_, None) => Interval { from_ms: guess, to_ms: guess },
            // The clock may have been set right since the offset was measured: either can be true.
            (Trust::Unproved, Some(floor)) => Interval {
                from_ms: floor.max(guess.min(self.clock_ms).saturating_sub(UNPROVED_MS)),
                to_ms: guess.max(self.clock_ms).saturating_add(UNPROVED_MS),
            },
            (Trust::Suspect, Some(floor)) => Interval { from_ms: floor, to_ms: Interval::OPEN_MS },
        }
    }

    /// Whether the machine's clock is so wrong that somebody should set it.
    pub fn is_clock_wrong(&self) -> bool {
        self.corrected_ms().abs_diff(self.clock_ms) > NOTABLE_MS
    }
}

/// The time in which something happened, both ends included, in milliseconds since 1970 as central sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// Not before this.
    pub from_ms: i64,
    /// Not after this; [`Interval::OPEN_MS`] where nothing is known.
    pub to_ms: i64,
}

impl Interval {
    /// An end that nobody knows.
    pub const OPEN_MS: i64 = i64::MAX;

    /// With what central knows besides: it was over when it arrived there.
    #[must_use]
    pub fn closed_by(self, received_ms: i64) -> Self {
        Interval { from_ms: self.from_ms, to_ms: self.to_ms.min(received_ms.max(self.from_ms)) }
    }
}

/// A calendar day, in the site's time: `2026-11-21`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day {
    /// Year, four digits.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Day {
    /// Reads `2026-11-21`.
    ///
    /// # Errors
    /// [`DayError`] with the text, when it is no date of the calendar.
    pub fn parse(text: &str) -> Result<Self, DayError> {
        let wrong = || DayError(text.to_owned());
        let mut parts = text.splitn(3, '-');
        let mut next = |length: usize| {
            parts
                .next()
                .filter(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
                .ok_or_else(wrong)
        };
        let year = next(4)?.parse().map_err(|_| wrong())?;
        let month = next(2)?.parse().map_err(|_| wrong())?;
        let day = next(2)?.parse().map_err(|_| wrong())?;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        if (1..=last).contains(&day) { Ok(Day { year, month, day }) } else { Err(wrong()) }
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;
    fn try_from(text: String) -> Result<Self, DayError> {
        Day::parse(&text)
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

/// A moment as the wall clock of the site showed it; what is printed and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    /// The calendar day.
    pub day: Day,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

/// Not a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a date like 2026-11-21")]
pub struct DayError(pub String);
