//! Time as a value: UTC, to the microsecond, always passed in.

use chrono::{DateTime, Utc};

/// A moment in UTC. Stores keep microseconds, so everything made here is cut to them.
pub type Timestamp = DateTime<Utc>;

/// A calendar day in UTC.
pub type Date = chrono::NaiveDate;

/// A span of time.
pub type Span = chrono::Duration;

/// Cuts a moment to whole microseconds, so that it survives every store unchanged.
pub fn to_micros_precision(at: Timestamp) -> Timestamp {
    from_micros(at.timestamp_micros())
}

/// The moment this many microseconds after 1970; what lies outside of chrono's range is its nearest end.
pub fn from_micros(micros: i64) -> Timestamp {
    DateTime::from_timestamp_micros(micros).unwrap_or(if micros < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}
