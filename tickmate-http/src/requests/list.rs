//! Lists: of values in a body, and of values with commas between in a query.

use deserr::{DeserializeError, Deserr, IntoValue, Sequence, Value, ValueKind, ValuePointerRef};
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr,
        schema::{ArrayBuilder, Schema},
    },
};

use super::invalid::{invalid, wrong_type};

/// A list of at most `MAX` entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bounded<T, const MAX: usize>(pub(crate) Vec<T>);

/// One or more values of a query's parameter, with commas between. Without the parameter there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commas<T>(pub(crate) Vec<T>);

/// The most values of one parameter.
const MAX_VALUES: usize = 50;

impl<T, const MAX: usize> Bounded<T, MAX> {
    /// Returns the entries as the desk takes them.
    pub(crate) fn into_vec<U: From<T>>(self) -> Vec<U> {
        self.0.into_iter().map(U::from).collect()
    }
}

impl<T, U: From<T>, const MAX: usize> From<Bounded<T, MAX>> for Vec<U> {
    fn from(list: Bounded<T, MAX>) -> Self {
        list.into_vec()
    }
}

impl<T> Commas<T> {
    /// Returns the values as the desk takes them.
    pub(crate) fn into_vec<U: From<T>>(self) -> Vec<U> {
        self.0.into_iter().map(U::from).collect()
    }
}

impl<T> Default for Commas<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Deserr<E>, const MAX: usize, E: DeserializeError> Deserr<E> for Bounded<T, MAX> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        // A list that is too long is not read: each entry could be an error.
        match &value {
            Value::Sequence(items) if items.len() > MAX => {
                Err(invalid(place, format!("must have at most {MAX} entries")))
            }
            _ => Vec::deserialize_from_value(value, place).map(Self),
        }
    }
}

impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for Commas<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let Value::String(text) = value else {
            return Err(wrong_type(place, value, &[ValueKind::String]));
        };
        if text.split(',').count() > MAX_VALUES {
            let message = format!("must be at most {MAX_VALUES} values");
            return Err(invalid(place, message));
        }
        let value = |value: &str| {
            T::deserialize_from_value::<serde_json::Value>(Value::String(value.to_owned()), place)
        };
        let values = text.split(',').map(str::trim).map(value);
        values.collect::<Result<_, E>>().map(Self)
    }
}

impl<T: ToSchema, const MAX: usize> ToSchema for Bounded<T, MAX> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("AtMost{MAX}{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema, const MAX: usize> ComposeSchema for Bounded<T, MAX> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(T::schema())
            .max_items(Some(MAX))
            .into()
    }
}

impl<T: ToSchema> ToSchema for Commas<T> {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> ComposeSchema for Commas<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(T::schema())
            .min_items(Some(1))
            .max_items(Some(MAX_VALUES))
            .into()
    }
}
