//! What queries say about pages.

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValuePointerRef};
use serde::de::DeserializeOwned;
use tickmate_core::domain::page::{DEFAULT_LIMIT, MAX_LIMIT, decode_cursor};
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

use super::{AnyText, InvalidInput, Optional, invalid::invalid};

/// How many entries a page has: 1 to 100, 20 unless it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) u32);

/// The place after which a page starts.
pub(crate) type Cursor = AnyText<1, 1_000>;

/// A page of a list.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// How many entries the page has at most.
    #[deserr(default)]
    #[serde(default)]
    pub(crate) limit: Limit,
    /// The `nextCursor` of the page before.
    #[deserr(default)]
    #[serde(default)]
    pub(crate) cursor: Optional<Cursor>,
}

/// No fields, or no parameters.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFields {}

/// Returns the place that a cursor of the list names.
///
/// # Errors
/// A cursor that is none, or of another list.
pub(crate) fn place_after<T: DeserializeOwned>(
    list: &str,
    cursor: Optional<Cursor>,
) -> Result<Option<T>, InvalidInput> {
    let cursor: Option<String> = cursor.into();
    let place = cursor.map(|cursor| decode_cursor(list, &cursor));
    place.transpose().map_err(|error| {
        let mut invalid = InvalidInput::default();
        invalid.add("cursor", error.to_string());
        invalid
    })
}

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl<E: DeserializeError> Deserr<E> for Limit {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let digits = match value {
            Value::String(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
            _ => None,
        };
        match digits.filter(|limit| (1..=MAX_LIMIT).contains(limit)) {
            Some(limit) => Ok(Self(limit)),
            None => Err(invalid(place, format!("must be 1 to {MAX_LIMIT}"))),
        }
    }
}

impl ToSchema for Limit {}

impl ComposeSchema for Limit {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(MAX_LIMIT))
            .default(Some(DEFAULT_LIMIT.into()))
            .into()
    }
}
