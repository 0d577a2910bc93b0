//! Inputs whose fields a handler takes by name.

use http::HeaderMap;
use tickmate_core::desk::RequestId;

use super::{
    Fields, Input, Query, idempotency,
    input::{MAX_BODY, Untyped},
    json,
};
use crate::problem::Problem;

/// An update of which it is known what it names, but no value is looked at.
pub(crate) struct Update {
    headers: HeaderMap,
    fields: Fields,
}

impl Input<Untyped> {
    /// The query of a request whose body, if it has one, means nothing.
    pub(crate) fn query(&self) -> Query {
        Query::of(&self.uri)
    }

    /// The body's fields.
    pub(crate) async fn fields(self) -> Result<Fields, Problem> {
        let (headers, body) = self.received().await?;
        Fields::of(json::parse(&headers, &body)?)
    }

    /// The body's fields; none of them where no body was sent.
    pub(crate) async fn fields_if_any(self) -> Result<Fields, Problem> {
        let (headers, body) = self.received().await?;
        match body.is_empty() {
            true => Fields::of(serde_json::Value::Object(serde_json::Map::new())),
            false => Fields::of(json::parse(&headers, &body)?),
        }
    }

    /// The fields of an update, and the version that it expects.
    pub(crate) async fn update(self) -> Result<(Fields, Option<u64>), Problem> {
        self.unread_update().await?.read()
    }

    /// The same for a body of so many bytes at most.
    pub(crate) async fn update_within(self, most: usize) -> Result<(Fields, Option<u64>), Problem> {
        self.update_of(most).await?.read()
    }

    /// An update of which no value is looked at, for handlers whose right to it depends on its fields.
    pub(crate) async fn unread_update(self) -> Result<Update, Problem> {
        self.update_of(MAX_BODY).await
    }

    async fn update_of(self, most: usize) -> Result<Update, Problem> {
        let (headers, body) = self.within(most).received().await?;
        let fields = Fields::of(json::parse(&headers, &body)?)?;
        Ok(Update { headers, fields })
    }

    /// The same, where no body at all means something too.
    pub(crate) async fn update_if_any(self) -> Result<(Option<Fields>, Option<u64>), Problem> {
        let (headers, body) = self.received().await?;
        let mut fields = match body.is_empty() {
            true => None,
            false => Some(Fields::of(json::parse(&headers, &body)?)?),
        };
        let mut none = Fields::of(serde_json::Value::Object(serde_json::Map::new()))?;
        let expected = fields.as_mut().unwrap_or(&mut none).version(&headers)?;
        Ok((fields, expected))
    }

    /// The fields of something new, and what the client calls the request.
    pub(crate) async fn submission(self) -> Result<(Fields, Option<RequestId>), Problem> {
        let (headers, body) = self.received().await?;
        let fields = Fields::of(json::parse(&headers, &body)?)?;
        let request = idempotency::request_id(&headers, &body)?;
        Ok((fields, request))
    }
}

impl Update {
    /// Whether the body names one of these fields.
    pub(crate) fn names_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.fields.has(name))
    }

    /// The fields, and the version that the update expects.
    pub(crate) fn read(mut self) -> Result<(Fields, Option<u64>), Problem> {
        let expected = self.fields.version(&self.headers)?;
        Ok((self.fields, expected))
    }
}
