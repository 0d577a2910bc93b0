//! True and false, where a query or a choice says them.

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValuePointerRef};
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

use super::invalid::invalid;

/// `true`, and nothing else: the name of the field is the client's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct True;

/// `true` or `false` as a parameter of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueryFlag(pub(crate) bool);

impl<E: DeserializeError> Deserr<E> for True {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        match value {
            Value::Boolean(true) => Ok(Self),
            _ => Err(invalid(place, "must be true, or left out")),
        }
    }
}

impl<E: DeserializeError> Deserr<E> for QueryFlag {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        match value {
            Value::String(text) if text == "true" => Ok(Self(true)),
            Value::String(text) if text == "false" => Ok(Self(false)),
            _ => Err(invalid(place, "must be true or false")),
        }
    }
}

impl ToSchema for True {}

impl ComposeSchema for True {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .enum_values(Some([true]))
            .into()
    }
}

impl ToSchema for QueryFlag {}

impl ComposeSchema for QueryFlag {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}
