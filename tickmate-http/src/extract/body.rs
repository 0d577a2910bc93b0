//! The parts of a body: its fields, the expected version, and the idempotency key.

use std::borrow::Cow;

use axum::body::Bytes;
use deserr::Deserr;
use http::HeaderMap;
use serde_json::{Map, Value};
use tickmate_core::desk::RequestId;
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{RefOr, Schema, schema::ObjectBuilder},
};

use super::{Input, idempotency, input::FromInput, json, version};
use crate::{problem::Problem, requests::InvalidInput};

/// A body with the fields of `B`.
#[derive(Debug)]
pub struct Body<B>(pub B);

/// An optional body with the fields of `B`.
#[derive(Debug)]
pub struct OptionalBody<B>(pub Option<B>);

/// A body that creates an object, with an optional `Idempotency-Key`.
#[derive(Debug)]
pub struct Submission<B> {
    /// The fields of the body.
    pub fields: B,
    /// The client's idempotency key, if it sent one.
    pub request: Option<RequestId>,
}

/// A body that updates an object, with the expected version of the object: from `If-Match` or the field `version`.
#[derive(Debug)]
pub struct Update<B> {
    /// The fields of the body, without the version.
    pub fields: B,
    /// The version that the update expects, if the client sent one.
    pub expected: Option<u64>,
}

/// An update with an optional body.
#[derive(Debug)]
pub struct OptionalUpdate<B> {
    /// The fields of the body without the version, if a body was sent.
    pub fields: Option<B>,
    /// The version that the update expects, if the client sent one.
    pub expected: Option<u64>,
}

/// A received update whose values are not read yet, for routes on which the required permission depends on its fields.
#[derive(Debug)]
pub struct UnreadUpdate {
    members: Map<String, Value>,
    headers: HeaderMap,
}

type Members = Map<String, Value>;

impl<B: Deserr<InvalidInput> + Send> FromInput for Body<B> {
    async fn from_input(input: Input<Self>) -> Result<Self, Problem> {
        let (headers, body) = input.received().await?;
        read(members(&headers, &body)?).map(Self)
    }
}

impl<B: Deserr<InvalidInput> + Send> FromInput for OptionalBody<B> {
    async fn from_input(input: Input<Self>) -> Result<Self, Problem> {
        let (headers, body) = input.received().await?;
        if body.is_empty() {
            return Ok(Self(None));
        }
        read(members(&headers, &body)?).map(|fields| Self(Some(fields)))
    }
}

impl<B: Deserr<InvalidInput> + Send> FromInput for Submission<B> {
    async fn from_input(input: Input<Self>) -> Result<Self, Problem> {
        let (headers, body) = input.received().await?;
        let members = members(&headers, &body)?;
        let request = idempotency::request_id(&headers, &body)?;
        let fields = read(members)?;
        Ok(Self { fields, request })
    }
}

impl<B: Deserr<InvalidInput> + Send> FromInput for Update<B> {
    async fn from_input(input: Input<Self>) -> Result<Self, Problem> {
        input.receive().await?.read()
    }
}

impl<B: Deserr<InvalidInput> + Send> FromInput for OptionalUpdate<B> {
    async fn from_input(input: Input<Self>) -> Result<Self, Problem> {
        let (headers, body) = input.received().await?;
        let mut invalid = InvalidInput::default();
        let mut members = match body.is_empty() {
            true => None,
            false => Some(members(&headers, &body)?),
        };
        let expected = version::expected(&headers, members.as_mut(), &mut invalid)?;
        let fields = members.map(|members| deserr::deserialize(Value::Object(members)));
        let fields = invalid.or_value(fields.transpose())?;
        Ok(Self { fields, expected })
    }
}

impl<B> Input<Update<B>> {
    /// Receives an update without reading its values, for routes on which the required permission depends on its
    /// fields.
    ///
    /// # Errors
    /// 400, 413 or 415 for a body that is not JSON, 422 for one that is not an object.
    pub async fn receive(self) -> Result<UnreadUpdate, Problem> {
        let (headers, body) = self.received().await?;
        let members = members(&headers, &body)?;
        Ok(UnreadUpdate { members, headers })
    }
}

impl UnreadUpdate {
    /// Returns the names of the fields, except the version.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.members.keys().map(String::as_str);
        names.filter(|name| *name != version::FIELD)
    }

    /// Reads the fields and the version.
    ///
    /// # Errors
    /// 422 with every invalid field; 400 for an `If-Match` that is not an entity tag.
    pub fn read<B: Deserr<InvalidInput>>(mut self) -> Result<Update<B>, Problem> {
        let mut invalid = InvalidInput::default();
        let expected = version::expected(&self.headers, Some(&mut self.members), &mut invalid)?;
        let fields = invalid.or_value(deserr::deserialize(Value::Object(self.members)))?;
        Ok(Update { fields, expected })
    }
}

fn members(headers: &HeaderMap, body: &Bytes) -> Result<Members, Problem> {
    match json::parse(headers, body)? {
        Value::Object(members) => Ok(members),
        _ => {
            let mut invalid = InvalidInput::default();
            invalid.add("body", "must be an object");
            Err(invalid.into())
        }
    }
}

fn read<B: Deserr<InvalidInput>>(members: Members) -> Result<B, Problem> {
    InvalidInput::default().or_value(deserr::deserialize(Value::Object(members)))
}

/// Documents the body of an update: the fields, and the version.
impl<B: ToSchema> ToSchema for Update<B> {
    fn name() -> Cow<'static, str> {
        "UpdateOf".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        B::schemas(schemas);
    }
}

impl<B: ToSchema> ComposeSchema for Update<B> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        match B::schema() {
            RefOr::T(Schema::Object(fields)) => ObjectBuilder::from(fields)
                .property(version::FIELD, version::schema())
                .into(),
            other => other,
        }
    }
}
