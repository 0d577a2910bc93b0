//! Values that may be left out.

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValuePointerRef};
use tickmate_core::domain::time::Timestamp;
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type},
    },
};

use super::Moment;

/// A value that may be left out, but not be `null`. Its field has `#[deserr(default)]` and `#[serde(default)]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Optional<T>(pub Option<T>);

/// What a patch does to a value that an object may have or not. Its field has `#[deserr(default)]` and
/// `#[serde(default)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// The field was left out: the value stays.
    #[default]
    Keep,
    /// The field was `null`: the value is removed.
    Clear,
    /// The field has a new value.
    Set(T),
}

/// A value of any type that means nothing. Its field has `#[deserr(default)]` and `#[serde(default)]`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ignored;

impl<E: DeserializeError> Deserr<E> for Ignored {
    fn deserialize_from_value<V: IntoValue>(
        _: Value<V>,
        _: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        Ok(Self)
    }
}

impl ToSchema for Ignored {}

impl ComposeSchema for Ignored {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let types = [Type::String, Type::Number, Type::Boolean, Type::Null];
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter(types))
            .into()
    }
}

impl<T> Default for Optional<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Optional<T> {
    /// Returns the value as the type that the desk takes.
    pub fn into<U>(self) -> Option<U>
    where
        T: Into<U>,
    {
        self.0.map(T::into)
    }
}

impl Optional<Moment> {
    /// Returns the moment.
    pub(crate) fn moment(&self) -> Option<Timestamp> {
        self.0.map(|moment| moment.0)
    }
}

impl<T> Patch<T> {
    /// Returns what the desk takes: nothing to keep the value, and `Some(None)` to clear it.
    pub fn into<U>(self) -> Option<Option<U>>
    where
        T: Into<U>,
    {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value.into())),
        }
    }

    /// Returns the new value, if there is one.
    pub fn set(self) -> Option<T> {
        match self {
            Self::Keep | Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for Optional<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        T::deserialize_from_value(value, place).map(|value| Self(Some(value)))
    }
}

impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for Patch<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        match value {
            Value::Null => Ok(Self::Clear),
            value => T::deserialize_from_value(value, place).map(Self::Set),
        }
    }
}

impl<T: ToSchema> ToSchema for Optional<T> {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> ToSchema for Patch<T> {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> ComposeSchema for Optional<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        T::schema()
    }
}

impl<T: ToSchema> ComposeSchema for Patch<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(T::schema())
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::requests::InvalidInput;

    #[test]
    fn left_out_null_and_set_are_three_things() {
        let read = |value| deserr::deserialize::<Patch<bool>, _, InvalidInput>(value);
        assert_eq!(Patch::<bool>::default(), Patch::Keep);
        assert_eq!(read(json!(null)).unwrap(), Patch::Clear);
        assert_eq!(read(json!(true)).unwrap(), Patch::Set(true));
        assert!(read(json!(1)).is_err());
    }

    #[test]
    fn an_optional_value_is_not_null() {
        let read = |value| deserr::deserialize::<Optional<bool>, _, InvalidInput>(value);
        assert_eq!(read(json!(true)).unwrap(), Optional(Some(true)));
        assert!(read(json!(null)).is_err());
    }
}
