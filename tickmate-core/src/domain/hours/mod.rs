//! Working hours: a week of wall times in a time zone, with exceptions, and the moments at which they begin and end.

mod parse;
mod shift;
mod span;
mod zone;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

pub use shift::{HORIZON_DAYS, ShiftWindow};
pub use span::WallSpan;
pub use zone::{UnknownZone, Zone};

use crate::domain::text::FieldError;

/// The most spans of a day.
pub const MAX_SPANS_A_DAY: usize = 10;
/// The most exceptions of a user.
pub const MAX_EXCEPTIONS: usize = 1_000;
/// The most holidays of a desk.
pub const MAX_HOLIDAYS: usize = 1_000;

/// The days of the week by their names on the wire, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The working hours of a user, in local wall time. On the wire:
///
/// ```json
/// {
///   "zone": "Europe/Berlin",
///   "week": { "mon": [["09:00", "12:30"], ["13:00", "17:30"]], "fri": [["22:00", "06:00"]] },
///   "exceptions": [{ "date": "2026-12-24", "spans": [] }]
/// }
/// ```
///
/// An omitted day is free, and `exceptions` may be omitted; serialization writes all of them. [`parse`](Self::parse) and
/// serde read it from JSON, with the same checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkingHours {
    zone: Zone,
    week: Week,
    exceptions: Vec<Exception>,
}

/// The spans of each day of the week, Monday first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Week([Vec<WallSpan>; 7]);

/// The spans of one date, instead of those of its day of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Exception {
    date: NaiveDate,
    spans: Vec<WallSpan>,
}

/// The days on which the whole desk is off, unless a user's exception overrides one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holidays(BTreeSet<NaiveDate>);

impl WorkingHours {
    /// Reads working hours from JSON.
    ///
    /// # Errors
    /// The first fault, with its path under `hours`, such as `hours.week.mon[0]`: an unknown name, a zone that the IANA
    /// database does not have, an invalid or repeated date, an invalid time, or more than [`MAX_SPANS_A_DAY`] or
    /// [`MAX_EXCEPTIONS`].
    pub fn parse(value: &Value) -> Result<Self, FieldError> {
        parse::working_hours(value)
    }

    /// Returns the zone of the wall times.
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Returns the spans that start on a date: those of its exception, else none on a holiday, else those of its day of the
    /// week. A span of the day before may still run into the date, holiday or not.
    pub fn spans_on(&self, holidays: &Holidays, date: NaiveDate) -> &[WallSpan] {
        let exception = self
            .exceptions
            .binary_search_by_key(&date, |exception| exception.date);
        match exception {
            Ok(index) => &self.exceptions[index].spans,
            Err(_) if holidays.contains(date) => &[],
            Err(_) => &self.week.0[date.weekday().num_days_from_monday() as usize],
        }
    }
}

impl Serialize for Week {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(DAYS.iter().zip(&self.0))
    }
}

impl Holidays {
    /// Reads holidays from JSON: a list of dates, in any order.
    ///
    /// # Errors
    /// The first fault, with its path, such as `holidays[2]`: an invalid or repeated date, or more than [`MAX_HOLIDAYS`].
    pub fn parse(value: &Value) -> Result<Self, FieldError> {
        parse::holidays(value)
    }

    /// Returns the number of holidays.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no holidays.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a date is a holiday.
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.0.contains(&date)
    }
}

impl FromIterator<NaiveDate> for Holidays {
    fn from_iter<I: IntoIterator<Item = NaiveDate>>(dates: I) -> Self {
        Self(dates.into_iter().collect())
    }
}
