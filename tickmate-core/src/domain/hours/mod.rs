//! Working hours: a week of wall times in a zone, with exceptions, and the moments at which they begin and end.

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

/// The most spans that a day has.
pub const MAX_SPANS_A_DAY: usize = 10;
/// The most exceptions that somebody has.
pub const MAX_EXCEPTIONS: usize = 1_000;
/// The most holidays that a desk has.
pub const MAX_HOLIDAYS: usize = 1_000;

/// The days of the week by their names on the wire, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When somebody works, by the clock on their wall. On the wire:
///
/// ```json
/// {
///   "zone": "Europe/Berlin",
///   "week": { "mon": [["09:00", "12:30"], ["13:00", "17:30"]], "fri": [["22:00", "06:00"]] },
///   "exceptions": [{ "date": "2026-12-24", "spans": [] }]
/// }
/// ```
///
/// A day that is left out is free, `exceptions` may be left out; all are there when it is written. It is read from
/// JSON alone, by [`parse`](Self::parse) or by serde, with the same checks.
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

/// What holds on one date instead of its day of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Exception {
    date: NaiveDate,
    spans: Vec<WallSpan>,
}

/// The days on which nobody of a desk works, unless an exception of the person says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holidays(BTreeSet<NaiveDate>);

impl WorkingHours {
    /// Reads working hours from JSON.
    ///
    /// # Errors
    /// The first fault, with its path under `hours`, such as `hours.week.mon[0]`: a name that is unknown, a zone
    /// that the IANA database does not have, a date or time that is none, a date that is there twice, more than
    /// [`MAX_SPANS_A_DAY`] or [`MAX_EXCEPTIONS`].
    pub fn parse(value: &Value) -> Result<Self, FieldError> {
        parse::working_hours(value)
    }

    /// The zone whose wall times these are.
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The spans that start on a date: those of its exception, else none on a holiday, else those of its day of the
    /// week. One of the day before may still run into it, holiday or not.
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
    /// The first fault, with its path, such as `holidays[2]`: a date that is none or is there twice, more than
    /// [`MAX_HOLIDAYS`].
    pub fn parse(value: &Value) -> Result<Self, FieldError> {
        parse::holidays(value)
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a date is one of them.
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.0.contains(&date)
    }
}

impl FromIterator<NaiveDate> for Holidays {
    fn from_iter<I: IntoIterator<Item = NaiveDate>>(dates: I) -> Self {
        Self(dates.into_iter().collect())
    }
}
