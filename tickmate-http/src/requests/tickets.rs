//! What queries say about lists of tickets.

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValueKind, ValuePointerRef};
use tickmate_core::domain::{id::UserId, query::TicketOrder};
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr, SchemaFormat,
        schema::{ObjectBuilder, OneOfBuilder, Schema, Type},
    },
};

use super::invalid::{invalid, wrong_type};

/// The order of a list of tickets: a field, with `-` before it for the largest first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sort {
    pub(crate) order: TicketOrder,
    pub(crate) descending: bool,
}

/// A user: by id, or the caller by `me`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum UserOrMe {
    User(UserId),
    Me,
}

/// A part of the tickets that a role may see.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScopeWord(&'static str);

const ORDERS: [(&str, TicketOrder); 4] = [
    ("createdAt", TicketOrder::CreatedAt),
    ("updatedAt", TicketOrder::UpdatedAt),
    ("priority", TicketOrder::Priority),
    ("deadline", TicketOrder::Deadline),
];

const SCOPES: [&str; 4] = ["own", "assigned", "queue", "all"];

impl From<ScopeWord> for String {
    fn from(scope: ScopeWord) -> Self {
        scope.0.to_owned()
    }
}

impl<E: DeserializeError> Deserr<E> for Sort {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let sort = text(value, place)?;
        let (name, descending) = match sort.strip_prefix('-') {
            Some(name) => (name, true),
            None => (sort.as_str(), false),
        };
        match ORDERS.into_iter().find(|(order, _)| *order == name) {
            Some((_, order)) => Ok(Self { order, descending }),
            None => {
                let names = ORDERS.map(|(name, _)| name).join(", ");
                let message = format!("must be one of {names}, with - before it or not");
                Err(invalid(place, message))
            }
        }
    }
}

impl<E: DeserializeError> Deserr<E> for UserOrMe {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let user = text(value, place)?;
        match user.as_str() {
            "me" => Ok(Self::Me),
            id => id
                .parse()
                .map(Self::User)
                .map_err(|_| invalid(place, "must be ids of users, or me")),
        }
    }
}

impl<E: DeserializeError> Deserr<E> for ScopeWord {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let word = text(value, place)?;
        let scope = SCOPES.into_iter().find(|scope| *scope == word);
        scope
            .map(Self)
            .ok_or_else(|| invalid(place, format!("must be one of {}", SCOPES.join(", "))))
    }
}

fn text<V: IntoValue, E: DeserializeError>(
    value: Value<V>,
    place: ValuePointerRef<'_>,
) -> Result<String, E> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(wrong_type(place, other, &[ValueKind::String])),
    }
}

impl ToSchema for Sort {}

impl ComposeSchema for Sort {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let orders = ORDERS.iter();
        let words = orders.flat_map(|(name, _)| [(*name).to_owned(), format!("-{name}")]);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(words.collect::<Vec<_>>()))
            .into()
    }
}

impl ToSchema for UserOrMe {}

impl ComposeSchema for UserOrMe {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let id = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uuid".to_owned())));
        let me = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["me"]));
        OneOfBuilder::new().item(id).item(me).into()
    }
}

impl ToSchema for ScopeWord {}

impl ComposeSchema for ScopeWord {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(SCOPES))
            .into()
    }
}
