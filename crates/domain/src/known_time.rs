//! What a station knows of the true time, whatever its clock says. Central's time is the truth; between two contacts the
//! machine's ticks carry it, so that a clock that is wrong, or set in the middle of a sale, changes nothing. After the
//! machine was off only the clock is left: it is believed while it is possible, and never below what was known before.

use crate::ids::BootId;
use crate::time::Stamp;

/// The last thing that a station knows of the true time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownTime {
    /// A moment that was surely reached, as central sees it.
    at_ms: i64,
    /// When, by the ticks.
    boot: BootId,
    ticks_ms: u64,
    /// It was that moment then, rather than that or later.
    exact: bool,
    /// Central's clock minus ours at the last comparison, whenever that was.
    offset_ms: Option<i64>,
}

impl KnownTime {
    /// The clock was compared with central's, just now.
    pub fn compared(raw: Stamp, offset_ms: i64) -> Self {
        KnownTime {
            at_ms: raw.clock_ms.saturating_add(offset_ms),
            boot: raw.boot,
            ticks_ms: raw.ticks_ms,
            exact: true,
            offset_ms: Some(offset_ms),
        }
    }

    /// After a start: from the last entry's clocks, and the last moment that central spoke of. `raw` is now. None when
    /// the station never heard central.
    pub fn resumed(raw: Stamp, last: Option<Stamp>, heard_ms: Option<i64>) -> Option<Self> {
        let entry = last.filter(|last| last.offset_ms.is_some() || last.floor_ms.is_some()).map(|last| KnownTime {
            at_ms: last.floor_ms.unwrap_or_else(|| last.guess_ms()),
            boot: last.boot,
            ticks_ms: last.ticks_ms,
            exact: last.floor_ms.is_none(),
            offset_ms: last.offset_ms,
        });
        let heard = heard_ms.map(|at_ms| KnownTime {
            at_ms,
            boot: raw.boot,
            ticks_ms: raw.ticks_ms,
            exact: false,
            offset_ms: entry.and_then(|entry| entry.offset_ms),
        });
        match (entry, heard) {
            (Some(entry), _) if entry.exact && entry.boot == raw.boot => Some(entry),
            (Some(entry), Some(heard)) if entry.now_ms(raw) >= heard.at_ms => Some(entry),
            (_, Some(heard)) => Some(heard),
            (entry, None) => entry,
        }
    }

    /// A reading of the clocks, with what is known beside it.
    pub fn stamp(&self, raw: Stamp) -> Stamp {
        if self.exact && self.boot == raw.boot {
            let offset_ms = self.now_ms(raw).saturating_sub(raw.clock_ms);
            return Stamp { offset_ms: Some(offset_ms), floor_ms: None, ..raw };
        }
        Stamp { offset_ms: self.offset_ms, floor_ms: Some(self.now_ms(raw)), ..raw }
    }

    /// What the ticks make of the known moment. Those of another run of the machine began after it.
    fn now_ms(&self, raw: Stamp) -> i64 {
        let before = if self.boot == raw.boot { self.ticks_ms } else { 0 };
        self.at_ms.saturating_add_unsigned(raw.ticks_ms.saturating_sub(before))
    }
}
