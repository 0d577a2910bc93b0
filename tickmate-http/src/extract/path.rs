//! Parameters of paths. An id of an invalid format is not found, like an unknown one.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use tickmate_core::{
    desk::{DeskError, TicketRef},
    domain::{email::Email, id::UserId, job::JobKey, mail::MailKey},
};

use utoipa::{
    IntoParams,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};

use crate::problem::Problem;

/// The ticket that the path names, by id or number.
pub(crate) struct TicketPath(pub(crate) TicketRef);

/// The user that the path names; `None` if the segment is not a valid id.
pub(crate) struct UserPath(pub(crate) Option<UserId>);

/// The mail that the path names; `None` if the segment is not a valid id.
pub(crate) struct MailPath(pub(crate) Option<MailKey>);

/// The job that the path names; `None` if the segment is not a valid key.
pub(crate) struct JobPath(pub(crate) Option<JobKey>);

/// The address that the path names; `None` if the segment is not a valid address.
pub(crate) struct AddressPath(pub(crate) Option<Email>);

impl<S: Send + Sync> FromRequestParts<S> for TicketPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = segment(parts, state).await;
        let ticket = id.and_then(|id| id.parse().ok());
        Ok(Self(ticket.ok_or(DeskError::NotFound)?))
    }
}

impl IntoParams for TicketPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The id or the number of the ticket.";
        let pattern = "^([1-9][0-9]{0,18}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$";
        vec![path_parameter("id", description, pattern)]
    }
}

impl IntoParams for UserPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter("id", "The id of the user.", ID)]
    }
}

impl IntoParams for MailPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter(
            "id",
            "The id of the mail.",
            r"^[\x21-\x7E]{1,200}$",
        )]
    }
}

impl IntoParams for JobPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter(
            "key",
            "The key of the job.",
            r"^[\x21-\x7E]{1,200}$",
        )]
    }
}

impl IntoParams for AddressPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter(
            "address",
            "The e-mail address.",
            r"^[^@\s]{1,64}@[^@\s]{1,189}$",
        )]
    }
}

/// The pattern of an id.
const ID: &str = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$";

/// Documents a segment of a path. A segment that does not match is not found.
fn path_parameter(name: &str, description: &str, pattern: &str) -> Parameter {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(text))
        .build()
}

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = segment(parts, state).await;
        Ok(Self(id.and_then(|id| id.parse().ok())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MailPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = segment(parts, state).await;
        Ok(Self(id.and_then(|id| id.parse().ok())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for JobPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let key = segment(parts, state).await;
        let key = key.filter(|key| key.len() <= 200 && key.bytes().all(|b| b.is_ascii_graphic()));
        Ok(Self(key.map(JobKey::new)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AddressPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let address = segment(parts, state).await;
        Ok(Self(address.and_then(|address| address.parse().ok())))
    }
}

async fn segment<S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<String> {
    let path = Path::<String>::from_request_parts(parts, state).await;
    path.ok().map(|Path(id)| id)
}
