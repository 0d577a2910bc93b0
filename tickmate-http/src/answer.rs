//! Successful answers: `success`, a message if an operation was performed, and the named object.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use tickmate_core::desk::DeskError;
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr,
        schema::{AllOfBuilder, ObjectBuilder, OneOfBuilder, Schema, Type},
    },
};

use crate::{json_body::json_body, problem::Problem};

/// A successful answer. The members of `body` are added to `success` and `message`.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    status: StatusCode,
    headers: HeaderMap,
    content: Content<T>,
}

#[derive(Debug, Serialize)]
struct Content<T> {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    #[serde(flatten)]
    body: T,
}

/// An answer without members other than `success` and `message`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Nothing {}

impl<T> Answer<T> {
    /// Makes an answer with status 200 and these members.
    pub(crate) fn of(body: T) -> Self {
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            content: Content {
                success: true,
                message: None,
                body,
            },
        }
    }

    pub(crate) const fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) const fn message(mut self, message: &'static str) -> Self {
        self.content.message = Some(message);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds the version of the answered object as the `ETag`.
    pub(crate) fn version(self, version: u64) -> Self {
        match HeaderValue::from_str(&format!("\"{version}\"")) {
            Ok(tag) => self.header(header::ETAG, tag),
            Err(_) => self,
        }
    }

    /// Marks the answer as that of a repeated request, for which nothing was written.
    pub(crate) fn replayed(self, replayed: bool) -> Self {
        let name = HeaderName::from_static("idempotency-replayed");
        match replayed {
            true => self.header(name, HeaderValue::from_static("true")),
            false => self,
        }
    }
}

/// Documents the members in addition to `success` and `message`.
impl<T: ToSchema> ToSchema for Answer<T> {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> ComposeSchema for Answer<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let success = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .enum_values(Some([true]));
        let message = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("What was done, for people."));
        let own = ObjectBuilder::new()
            .property("success", success)
            .required("success")
            .property("message", message)
            .build();
        let with_own = |body: RefOr<Schema>| AllOfBuilder::new().item(own.clone()).item(body);
        match T::schema() {
            RefOr::T(Schema::OneOf(choices)) => {
                let choices = choices.items.into_iter();
                let choices = choices.fold(OneOfBuilder::new(), |one_of, choice| {
                    one_of.item(with_own(choice))
                });
                choices.into()
            }
            body => with_own(body).into(),
        }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(mut self) -> Response {
        let Ok(body) = json_body(&self.content) else {
            return Problem::from(DeskError::Internal("an answer could not be written"))
                .into_response();
        };
        self.headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        (self.status, self.headers, body).into_response()
    }
}
