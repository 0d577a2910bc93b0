//! Values that bodies and queries share: words of a list, moments.

use chrono::{DateTime, Datelike, Utc};
use tickmate_core::domain::time::{Timestamp, to_micros_precision};

/// Reads a moment of RFC 3339. Years beyond those that every store and client can hold are refused.
pub(super) fn moment(text: &str) -> Result<Timestamp, &'static str> {
    let at = DateTime::parse_from_rfc3339(text)
        .map_err(|_| "must be a date and time like 2030-01-31T12:00:00Z")?
        .with_timezone(&Utc);
    match (1970..=9999).contains(&at.year()) {
        true => Ok(to_micros_precision(at)),
        false => Err("must be of the years 1970 to 9999"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_utc_to_the_microsecond() {
        let at = moment("2030-01-31T12:00:00.1234567+02:00").unwrap();
        assert_eq!(at.to_rfc3339(), "2030-01-31T10:00:00.123456+00:00");
        for text in [
            "",
            "2030-01-31",
            "2030-02-30T00:00:00Z",
            "2030-01-31T12:00:00",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59-01:00",
            "+12030-01-31T12:00:00Z",
            "tomorrow",
        ] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
