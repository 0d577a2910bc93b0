//! Moments: dates with times of RFC 3339.

use chrono::{DateTime, Datelike, Utc};
use deserr::{DeserializeError, Deserr, IntoValue, Value, ValueKind, ValuePointerRef};
use tickmate_core::domain::time::{Timestamp, to_micros_precision};
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        KnownFormat, RefOr, SchemaFormat,
        schema::{ObjectBuilder, Schema, Type},
    },
};

use super::invalid::{invalid, wrong_type};

/// A moment of the years that every store and client can hold. As `value_type` it documents the moments of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Timestamp);

/// Texts of RFC 3339 from 1970 to 9999, with leap seconds left out.
const PATTERN: &str = r"^(19[7-9]\d|[2-9]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$";

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        moment.0
    }
}

impl<E: DeserializeError> Deserr<E> for Moment {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let Value::String(text) = value else {
            return Err(wrong_type(place, value, &[ValueKind::String]));
        };
        read(&text)
            .map(Self)
            .map_err(|message| invalid::<E>(place, message))
    }
}

impl ToSchema for Moment {}

impl ComposeSchema for Moment {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .pattern(Some(PATTERN))
            .into()
    }
}

fn read(text: &str) -> Result<Timestamp, &'static str> {
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
        let at = read("2030-01-31T12:00:00.1234567+02:00").unwrap();
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
            assert!(read(text).is_err(), "{text}");
        }
    }
}
