//! Time zones by their IANA names: what the clocks there show, and when they show it.

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

/// The data that is compiled in: every machine gives the same answer, whatever its own files say.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// How many changes of a clock are looked at to find the end of a gap; the first is it but for odd data.
const CHANGES_LOOKED_AT: usize = 4;

/// A time zone of the IANA database, such as `Europe/Berlin`. On the wire it is its name.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A name that the IANA database does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the IANA name of a time zone, such as Europe/Berlin")]
pub struct UnknownZone;

impl Zone {
    /// The name, spelled as the database spells it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a clock there shows at this moment, or `None` beyond the years -9999 to 9999.
    pub fn local(&self, at: Timestamp) -> Option<NaiveDateTime> {
        // Clocks change at whole seconds.
        let moment = jiff::Timestamp::from_second(at.timestamp()).ok()?;
        let shift = i64::from(self.rules.to_offset(moment).seconds());
        at.naive_utc()
            .checked_add_signed(chrono::Duration::seconds(shift))
    }

    /// The first moment at which a clock there shows this time, or the end of the gap where a clock put forward
    /// leaves it out. `None` beyond the years -9999 to 9999.
    pub fn first(&self, local: NaiveDateTime) -> Option<Timestamp> {
        self.moment(local, |before, _| before)
    }

    /// As [`first`](Self::first), but the last moment where a clock put back shows the time twice.
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
                // Read with the later offset, a time in the gap lies before the change.
                let before_change = after.to_timestamp(local).ok()?;
                let change = self
                    .rules
                    .following(before_change)
                    .take(CHANGES_LOOKED_AT)
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
