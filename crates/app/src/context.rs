//! What most use cases need to know before they begin: who and where this station is, who is signed in, what day it is.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use selvedge_contract::{Code, Failure};
use selvedge_domain::ids::{BootId, PersonId};
use selvedge_domain::people::{Person, Right};
use selvedge_domain::shift::Shift;
use selvedge_domain::time::{Day, LocalTime, Stamp};
use selvedge_protocol::journal::{Entry, Fact, NewBody};
use selvedge_store::Tx;
use selvedge_store::table::config::{self, SiteConfig};
use selvedge_store::table::station::Station;
use selvedge_store::table::{journal, person, setting, shift, station};
use serde::{Deserialize, Serialize};

use crate::{App, AppError};

/// Who is signed in: ends with a sign-out, or when the machine was off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub person: PersonId,
    pub boot: BootId,
}

/// The joined station, now.
pub(crate) struct Context {
    pub station: Station,
    pub site: SiteConfig,
    pub now: Stamp,
    pub zone: TimeZone,
    pub person: Option<Person>,
}

impl Context {
    /// A moment on the site's wall clock.
    pub fn local(&self, stamp: Stamp) -> LocalTime {
        local_time(stamp.corrected_ms(), &self.zone)
    }

    /// Now, on the wall.
    pub fn local_now(&self) -> LocalTime {
        self.local(self.now)
    }

    /// Today, in the site's time.
    pub fn today(&self) -> Day {
        self.local_now().day
    }

    /// Who is signed in, if she has the right.
    pub fn signed_in(&self, right: Right) -> Result<&Person, Failure> {
        let person = self.person.as_ref().ok_or(Failure::from(Code::SignedOut))?;
        if person.role.may(right) { Ok(person) } else { Err(Code::NotAllowed.into()) }
    }
}

impl App {
    /// The station, now; none before it joined.
    pub(crate) fn context(&self, tx: &Tx) -> Result<Option<Context>, AppError> {
        let Some(station) = station::get(tx)? else { return Ok(None) };
        let Some(site) = config::site(tx)? else { return Ok(None) };
        let now = self.clock().now();
        let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
        let person = match setting::get::<Session>(tx, "session")? {
            // Who left, as central said meanwhile, is signed in no more.
            Some(session) if session.boot == now.boot && person::is_active(tx, session.person)? => {
                person::who(tx, session.person)?
            }
            Some(_) | None => None,
        };
        Ok(Some(Context { station, site, now, zone, person }))
    }

    /// The station, now.
    pub(crate) fn joined(&self, tx: &Tx) -> Result<Context, AppError> {
        self.context(tx)?.ok_or_else(|| Code::NotNow.into())
    }

    /// The station, somebody with the right, and the open shift: what selling needs.
    pub(crate) fn at_the_till(&self, tx: &Tx, right: Right) -> Result<(Context, Shift), AppError> {
        let context = self.joined(tx)?;
        let shift = open_shift(tx, &context, right)?;
        Ok((context, shift))
    }

    /// Writes what happened into the journal.
    pub(crate) fn record(&self, tx: &Tx, context: &Context, fact: Fact) -> Result<Entry, AppError> {
        let key = self.keys().of(&context.station.public_key);
        let key = key.ok_or(Failure::new(Code::Internal, "the key of the journal's generation is missing"))?;
        let body = NewBody {
            id: self.outside.ids.new_id(),
            at: context.now,
            person: context.person.as_ref().map(|person| person.id.0),
            site: context.site.id.0,
            fact,
        };
        Ok(journal::append(tx, context.station.device, context.station.generation, &key, &body)?)
    }
}

/// Somebody with the right, and the open shift.
pub(crate) fn open_shift(tx: &Tx, context: &Context, right: Right) -> Result<Shift, AppError> {
    context.signed_in(right)?;
    Ok(shift::open(tx)?.ok_or(Failure::from(Code::TillClosed))?)
}

/// So many days after a day.
pub(crate) fn day_after(day: Day, days: u32) -> Day {
    let Ok(date) = Date::new(day.year, small(day.month), small(day.day)) else { return day };
    let Ok(later) = date.checked_add(Span::new().days(i64::from(days))) else { return day };
    local_day(later)
}

/// The last moment of a day on the wall of a zone, milliseconds since 1970.
pub(crate) fn end_of_day_ms(day: Day, zone: &TimeZone) -> i64 {
    let end = Date::new(day.year, small(day.month), small(day.day)).map(|date| date.at(23, 59, 59, 0));
    end.and_then(|end| end.to_zoned(zone.clone())).map_or(0, |end| end.timestamp().as_millisecond())
}

fn small(number: u8) -> i8 {
    i8::try_from(number).unwrap_or(1)
}

fn local_day(date: Date) -> Day {
    let part = |number: i8| u8::try_from(number).unwrap_or(0);
    Day { year: date.year(), month: part(date.month()), day: part(date.day()) }
}

/// A moment on the wall of a zone.
pub(crate) fn local_time(ms: i64, zone: &TimeZone) -> LocalTime {
    let moment = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    let part = |number: i8| u8::try_from(number).unwrap_or(0);
    LocalTime {
        day: local_day(moment.date()),
        hour: part(moment.hour()),
        minute: part(moment.minute()),
        second: part(moment.second()),
    }
}
