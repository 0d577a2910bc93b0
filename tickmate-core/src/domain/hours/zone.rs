//! Time zones by their IANA names, and the conversion between moments and local wall time.

use std::{
    fmt::{self, Debug, Display, Formatter},
    str::FromStr,
    sync::LazyLock,
};

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike};
use jiff::{
    civil,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;

/// The bundled database: every machine gives the same answer, independent of its own files.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The most clock changes that are checked for the end of a gap; it is the first one except in unusual data.
const MAX_CHECKED_CHANGES: usize = 4;

/// A time zone of the IANA database, such as `Europe/Berlin`. On the wire it is its name.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// The error for a name that the IANA database does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the IANA name of a time zone, such as Europe/Berlin")]
pub struct UnknownZone;

impl Zone {
    /// Returns the name in the spelling of the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the local time at this moment, or `None` beyond the years -9999 to 9999.
    pub fn local(&self, at: Timestamp) -> Option<NaiveDateTime> {
        // Clocks change at whole seconds.
        let moment = jiff::Timestamp::from_second(at.timestamp()).ok()?;
        let shift = i64::from(self.rules.to_offset(moment).seconds());
        at.naive_utc()
            .checked_add_signed(chrono::Duration::seconds(shift))
    }

    /// Returns the first moment with this local time, or the end of the gap if a clock change skips it. `None` beyond the
    /// years -9999 to 9999.
    pub fn first(&self, local: NaiveDateTime) -> Option<Timestamp> {
        self.moment(local, |before, _| before)
    }

    /// Like [`first`](Self::first), but returns the last moment if a clock change repeats the local time.
    pub fn last(&self, local: NaiveDateTime) -> Option<Timestamp> {
        self.moment(local, |_, after| after)
    }

    fn moment(
        &self,
        local: NaiveDateTime,
        pick: fn(jiff::tz::Offset, jiff::tz::Offset) -> jiff::tz::Offset,
    ) -> Option<Timestamp> {
        let local = civil_of(local)?;
        let offset = match self.rules.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Fold { before, after } => pick(before, after),
            AmbiguousOffset::Gap { after, .. } => {
                // Read with the later offset, a time in the gap is before the change.
                let before_change = after.to_timestamp(local).ok()?;
                let change = self
                    .rules
                    .following(before_change)
                    .take(MAX_CHECKED_CHANGES)
                    .find(|change| change.offset().to_datetime(change.timestamp()) > local)?;
                return chrono_of(change.timestamp());
            }
        };
        chrono_of(offset.to_timestamp(local).ok()?)
    }
}

fn civil_of(local: NaiveDateTime) -> Option<civil::DateTime> {
    civil::DateTime::new(
        i16::try_from(local.year()).ok()?,
        i8::try_from(local.month()).ok()?,
        i8::try_from(local.day()).ok()?,
        i8::try_from(local.hour()).ok()?,
        i8::try_from(local.minute()).ok()?,
        i8::try_from(local.second()).ok()?,
        0,
    )
    .ok()
}

fn chrono_of(moment: jiff::Timestamp) -> Option<Timestamp> {
    DateTime::from_timestamp(moment.as_second(), 0)
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        let rules = ZONES.get(name).map_err(|_| UnknownZone)?;
        let name = match rules.iana_name() {
            Some(name) if !rules.is_unknown() => name.to_owned(),
            _ => return Err(UnknownZone),
        };
        Ok(Self { name, rules })
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, UnknownZone> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl Debug for Zone {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.name).finish()
    }
}

impl Display for Zone {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
