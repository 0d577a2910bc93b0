//! What is sent, unread: a handler asks whether the caller may, and only then reads it.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{FromRequest, Request},
};
use http::{HeaderMap, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tickmate_core::desk::RequestId;

use super::{Fields, Query, idempotency, json, version};
use crate::problem::Problem;

/// A request's query, headers and body, unread.
pub(crate) struct Input {
    uri: Uri,
    headers: HeaderMap,
    body: Body,
}

/// An update of which it is known what it names, but no value is looked at.
pub(crate) struct Update {
    headers: HeaderMap,
    fields: Fields,
}

/// The most bytes of a body, where nothing else is said.
const MAX_BODY: usize = 256 * 1024;

impl<S: Send + Sync> FromRequest<S> for Input {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(Self {
            uri: parts.uri,
            headers: parts.headers,
            body,
        })
    }
}

impl Input {
    /// The query of a request whose body, if it has one, means nothing.
    pub(crate) fn query(&self) -> Query {
        Query::of(&self.uri)
    }

    /// The body's fields.
    pub(crate) async fn fields(self) -> Result<Fields, Problem> {
        let (headers, body) = self.received(MAX_BODY).await?;
        Fields::of(json::parse(&headers, &body)?)
    }

    /// The body's fields; none of them where no body was sent.
    pub(crate) async fn fields_if_any(self) -> Result<Fields, Problem> {
        let (headers, body) = self.received(MAX_BODY).await?;
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
        let (headers, body) = self.received(most).await?;
        let fields = Fields::of(json::parse(&headers, &body)?)?;
        Ok(Update { headers, fields })
    }

    /// The same, where no body at all means something too.
    pub(crate) async fn update_if_any(self) -> Result<(Option<Fields>, Option<u64>), Problem> {
        let (headers, body) = self.received(MAX_BODY).await?;
        let mut fields = match body.is_empty() {
            true => None,
            false => Some(Fields::of(json::parse(&headers, &body)?)?),
        };
        let mut none = Fields::of(serde_json::Value::Object(serde_json::Map::new()))?;
        let expected = version::expected(&headers, fields.as_mut().unwrap_or(&mut none))?;
        Ok((fields, expected))
    }

    /// The fields of something new, and what the client calls the request.
    pub(crate) async fn submission(self) -> Result<(Fields, Option<RequestId>), Problem> {
        let (headers, body) = self.received(MAX_BODY).await?;
        let fields = Fields::of(json::parse(&headers, &body)?)?;
        let request = idempotency::request_id(&headers, &body)?;
        Ok((fields, request))
    }

    /// Headers and body of a request that takes no query.
    async fn received(self, most: usize) -> Result<(HeaderMap, Bytes), Problem> {
        self.query().end()?;
        if self.body.size_hint().lower() > most as u64 {
            return Err(Problem::too_large());
        }
        let body = Limited::new(self.body, most).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => Problem::too_large(),
            false => Problem::malformed_json("the body ended early"),
        })?;
        Ok((self.headers, body.to_bytes()))
    }
}

impl Update {
    /// Whether the body names one of these fields.
    pub(crate) fn names_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.fields.has(name))
    }

    /// The fields, and the version that the update expects.
    pub(crate) fn read(mut self) -> Result<(Fields, Option<u64>), Problem> {
        let expected = version::expected(&self.headers, &mut self.fields)?;
        Ok((self.fields, expected))
    }
}
