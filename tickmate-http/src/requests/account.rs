//! What requests say about accounts: addresses, passwords, names to log in by, tokens.

use std::borrow::Cow;

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValueKind, ValuePointerRef};
use tickmate_core::domain::{
    email,
    id::UserId,
    text::{FieldError, MAX_PASSWORD, MIN_PASSWORD, NAME, check_username},
};
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr, SchemaFormat,
        schema::{ObjectBuilder, Schema, Type},
    },
};

use super::{
    AnyText,
    invalid::{invalid, wrong_type},
    text::pattern,
};

/// A password to set.
pub(crate) type NewPassword = AnyText<MIN_PASSWORD, MAX_PASSWORD>;

/// The name of a user, or nothing but white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OptionalName(String);

/// What a user logs in with: a name, an address or a password of an account that may not exist.
pub(crate) type Credential = AnyText<1, 1_000>;

/// An e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email(email::Email);

/// A name to log in by, or nothing but white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Username(String);

/// The token of a link. One of another type than a text is like one that never was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) Option<String>);

/// The id of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UserKey(pub(crate) UserId);

/// The characters of a dot-atom, and a domain (RFC 5322, RFC 1035).
const EMAIL: &str = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$";

impl From<Email> for email::Email {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0.as_str().to_owned()
    }
}

impl From<OptionalName> for String {
    fn from(name: OptionalName) -> Self {
        name.0
    }
}

impl From<Username> for String {
    fn from(username: Username) -> Self {
        username.0
    }
}

impl<E: DeserializeError> Deserr<E> for Email {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let Value::String(text) = value else {
            return Err(wrong_type(place, value, &[ValueKind::String]));
        };
        let email = text.parse();
        email
            .map(Self)
            .map_err(|error: email::InvalidEmail| invalid(place, error))
    }
}

impl<E: DeserializeError> Deserr<E> for Username {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        blank_or(value, place, check_username).map(Self)
    }
}

impl<E: DeserializeError> Deserr<E> for OptionalName {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        blank_or(value, place, |text| NAME.check("", text)).map(Self)
    }
}

/// Reads a text that is blank or passes a check.
fn blank_or<V: IntoValue, E: DeserializeError>(
    value: Value<V>,
    place: ValuePointerRef<'_>,
    check: impl FnOnce(&str) -> Result<String, FieldError>,
) -> Result<String, E> {
    let Value::String(text) = value else {
        return Err(wrong_type(place, value, &[ValueKind::String]));
    };
    match text.trim().is_empty() {
        true => Ok(String::new()),
        false => check(&text).map_err(|error| invalid(place, error.message)),
    }
}

impl<E: DeserializeError> Deserr<E> for Token {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        _: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        match value {
            Value::String(text) => Ok(Self(Some(text))),
            _ => Ok(Self(None)),
        }
    }
}

impl<E: DeserializeError> Deserr<E> for UserKey {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let Value::String(text) = value else {
            return Err(wrong_type(place, value, &[ValueKind::String]));
        };
        text.parse()
            .map(Self)
            .map_err(|_| invalid(place, "must be the id of a user"))
    }
}

impl ToSchema for Email {}

impl ComposeSchema for Email {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(254))
            .pattern(Some(EMAIL))
            .into()
    }
}

impl ToSchema for OptionalName {}

impl ComposeSchema for OptionalName {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(NAME.max()))
            .pattern(Some(format!("^$|{}", pattern(NAME.has_lines()))))
            .into()
    }
}

impl ToSchema for Username {}

impl ComposeSchema for Username {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^([A-Za-z0-9._-]{3,40})?$"))
            .into()
    }
}

impl ToSchema for Token {}

impl ComposeSchema for Token {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

impl ToSchema for UserKey {
    fn name() -> Cow<'static, str> {
        "UserId".into()
    }
}

impl ComposeSchema for UserKey {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uuid".to_owned())))
            .into()
    }
}
