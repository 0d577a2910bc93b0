//! Moments and spans as values: UTC, to the microsecond, never read from a clock.

pub(crate) use chrono::serde::{
    ts_microseconds as micros, ts_microseconds_option as micros_or_none,
};
use chrono::{DateTime, Utc};

/// A moment in UTC. Stores keep microseconds, so moments are cut to them.
pub type Timestamp = DateTime<Utc>;

/// A calendar day in UTC.
pub type Date = chrono::NaiveDate;

/// A duration, which may be negative.
pub type Span = chrono::Duration;

/// The largest difference between the clocks of two processes of one desk. A stored moment further ahead shows that the
/// clock was set back.
pub const CLOCK_SLACK: Span = Span::seconds(5);

/// Returns the latest stored moment that is possible without a clock that was set back.
pub fn furthest_ahead(now: Timestamp) -> Timestamp {
    now.checked_add_signed(CLOCK_SLACK)
        .unwrap_or(Timestamp::MAX_UTC)
}

/// Returns whether a span has passed since a stored moment. A moment beyond [`furthest_ahead`] counts as long past, so
/// nothing waits for a time that a clock showed before it was set back.
pub fn has_passed(span: Span, since: Timestamp, now: Timestamp) -> bool {
    since > furthest_ahead(now) || now - since >= span
}

/// Cuts a moment to whole microseconds, so that every store returns it unchanged.
pub fn to_micros_precision(at: Timestamp) -> Timestamp {
    from_micros(at.timestamp_micros())
}

/// Returns the moment this many microseconds after 1970, or the nearest end of chrono's range.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_passed_at_its_end_or_after_the_clock_was_set_back() {
        let now = from_micros(1_000_000_000_000);
        let span = Span::hours(1);
        for (ago, passed) in [
            (span, true),
            (span - Span::microseconds(1), false),
            (Span::zero(), false),
            (-CLOCK_SLACK, false),
            (-CLOCK_SLACK - Span::microseconds(1), true),
            (-Span::days(365), true),
        ] {
            assert_eq!(has_passed(span, now - ago, now), passed, "{ago}");
        }
        for [since, now] in [
            [Timestamp::MIN_UTC, Timestamp::MAX_UTC],
            [Timestamp::MAX_UTC, Timestamp::MIN_UTC],
        ] {
            assert!(has_passed(span, since, now));
        }
        assert!(!has_passed(span, Timestamp::MAX_UTC, Timestamp::MAX_UTC));
    }
}
