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
    /// Central's clock minus ours at the last contact, milliseconds; none before the first contact.
    pub offset_ms: Option<i64>,
}

impl Stamp {
    /// The best guess of the true time: the clock, corrected by the last offset.
    pub fn corrected_ms(&self) -> i64 {
        self.clock_ms + self.offset_ms.unwrap_or(0)
    }
}

/// The time in which something happened, both ends included, in milliseconds since 1970 as central sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// Not before this.
    pub from_ms: i64,
    /// Not after this.
    pub to_ms: i64,
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
