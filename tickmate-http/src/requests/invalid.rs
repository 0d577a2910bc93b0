//! Input errors: all invalid fields together, each with its path.

use std::{convert::Infallible, fmt::Display, ops::ControlFlow};

use deserr::{
    DeserializeError, ErrorKind, IntoValue, MergeWithError, ValueKind, ValuePointerRef,
    take_cf_content,
};
use tickmate_core::domain::text::FieldError;

use crate::problem::Problem;

/// The errors of all fields of an input. Reading goes on after each of them, so that one answer names them all.
#[derive(Debug, Default)]
pub struct InvalidInput {
    errors: Vec<FieldError>,
}

/// Returns the error of a value that violates a rule.
pub(crate) fn invalid<E: DeserializeError>(place: ValuePointerRef<'_>, message: impl Display) -> E {
    let msg = message.to_string();
    let error = ErrorKind::Unexpected { msg };
    take_cf_content(E::error::<Infallible>(None, error, place))
}

/// Returns the error of a value of an unexpected type.
pub(crate) fn wrong_type<E: DeserializeError, V: IntoValue>(
    place: ValuePointerRef<'_>,
    actual: deserr::Value<V>,
    accepted: &[ValueKind],
) -> E {
    let error = ErrorKind::IncorrectValueKind { actual, accepted };
    take_cf_content(E::error(None, error, place))
}

impl InvalidInput {
    /// Adds an error of the field with this name.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError::new(field, message));
    }

    /// Returns whether there are no errors.
    pub const fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Returns the names of the fields.
    #[cfg(test)]
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().map(|error| error.field.as_str())
    }

    /// Returns the value, if it was read and there are no other errors.
    ///
    /// # Errors
    /// 422 with these errors and those of the value.
    pub(crate) fn or_value<T>(mut self, value: Result<T, Self>) -> Result<T, Problem> {
        match value {
            Ok(value) if self.errors.is_empty() => Ok(value),
            Ok(_) => Err(self.into()),
            Err(invalid) => {
                self.errors.extend(invalid.errors);
                Err(self.into())
            }
        }
    }
}

impl From<InvalidInput> for Problem {
    fn from(invalid: InvalidInput) -> Self {
        invalid.errors.into()
    }
}

impl From<FieldError> for InvalidInput {
    fn from(error: FieldError) -> Self {
        Self {
            errors: vec![error],
        }
    }
}

impl MergeWithError<Self> for InvalidInput {
    fn merge(this: Option<Self>, other: Self, _: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        let mut merged = this.unwrap_or_default();
        merged.errors.extend(other.errors);
        ControlFlow::Continue(merged)
    }
}

impl DeserializeError for InvalidInput {
    fn error<V: IntoValue>(
        this: Option<Self>,
        error: ErrorKind<'_, V>,
        place: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let mut invalid = this.unwrap_or_default();
        match error {
            ErrorKind::MissingField { field } => {
                invalid.add(place_name(place.push_key(field)), "is needed");
            }
            ErrorKind::UnknownKey { key, .. } => {
                invalid.add(place_name(place.push_key(key)), "is unknown");
            }
            ErrorKind::UnknownValue { accepted, .. } => {
                invalid.add(
                    place_name(place),
                    format!("must be one of {}", accepted.join(", ")),
                );
            }
            ErrorKind::IncorrectValueKind { accepted, .. } => {
                invalid.add(place_name(place), type_message(accepted));
            }
            ErrorKind::BadSequenceLen { expected, .. } => {
                invalid.add(place_name(place), format!("must have {expected} entries"));
            }
            ErrorKind::Unexpected { msg } => invalid.add(place_name(place), msg),
        }
        ControlFlow::Continue(invalid)
    }
}

/// Returns the name of a place: `skills[2].level`; `body` for the whole input.
pub(super) fn place_name(place: ValuePointerRef<'_>) -> String {
    match place {
        ValuePointerRef::Origin => "body".to_owned(),
        ValuePointerRef::Key {
            key,
            prev: ValuePointerRef::Origin,
        } => key.to_owned(),
        ValuePointerRef::Key { key, prev } => format!("{}.{key}", place_name(*prev)),
        ValuePointerRef::Index { index, prev } => format!("{}[{index}]", place_name(*prev)),
    }
}

fn type_message(accepted: &[ValueKind]) -> String {
    let noun = |kind: &ValueKind| match kind {
        ValueKind::Null => "null",
        ValueKind::Boolean => "true or false",
        ValueKind::Integer => "a whole number that is not negative",
        ValueKind::NegativeInteger => "a whole number",
        ValueKind::Float => "a number",
        ValueKind::String => "a text",
        ValueKind::Sequence => "a list",
        ValueKind::Map => "an object",
    };
    let nouns: Vec<&str> = accepted.iter().map(noun).collect();
    format!("must be {}", nouns.join(", or "))
}

#[cfg(test)]
mod tests {
    use deserr::Deserr;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserr)]
    #[deserr(rename_all = camelCase, deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors are looked at")]
    struct Outer {
        is_set: bool,
        #[deserr(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserr)]
    #[deserr(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors are looked at")]
    struct Inner {
        name: String,
    }

    #[test]
    fn every_error_is_named_by_its_place() {
        for (sent, fields) in [
            (json!([]), vec!["body"]),
            (json!({}), vec!["isSet"]),
            (
                json!({ "isSet": 1, "is_set": true }),
                vec!["isSet", "is_set"],
            ),
            (
                json!({ "inner": [{}, { "name": 1, "x": 1 }, "x"], "isSet": null }),
                vec![
                    "inner[0].name",
                    "inner[1].name",
                    "inner[1].x",
                    "inner[2]",
                    "isSet",
                ],
            ),
        ] {
            let read = deserr::deserialize::<Outer, Value, InvalidInput>(sent.clone());
            let errors = read.unwrap_err().errors;
            let named: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(named, fields, "{sent}");
        }
    }
}
