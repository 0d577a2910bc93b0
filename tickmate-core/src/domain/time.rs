//! Time as a value: UTC, to the microsecond, always passed in.

pub(crate) use chrono::serde::{
    ts_microseconds as micros, ts_microseconds_option as micros_or_none,
};
use chrono::{DateTime, Utc};

/// A moment in UTC. Stores keep microseconds, so everything made here is cut to them.
pub type Timestamp = DateTime<Utc>;

/// A calendar day in UTC.
pub type Date = chrono::NaiveDate;

/// A span of time.
pub type Span = chrono::Duration;

/// How far apart the clocks may be of two processes of one desk. A stored moment that lies ahead of the clock by more
/// tells that the clock was set back.
pub const CLOCK_SLACK: Span = Span::seconds(5);

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

/// A list of moments in its storage form: microseconds since 1970.
pub(crate) mod micros_list {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Timestamp;

    #[derive(Deserialize)]
    struct Micros(#[serde(with = "super::micros")] Timestamp);

    pub(crate) fn serialize<S: Serializer>(list: &[Timestamp], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(list.iter().map(Timestamp::timestamp_micros))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Timestamp>, D::Error> {
        let list = Vec::<Micros>::deserialize(from)?;
        Ok(list.into_iter().map(|Micros(at)| at).collect())
    }
}
