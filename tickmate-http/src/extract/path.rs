//! What a path names. An id of the wrong form is not found, like one that nothing has.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use tickmate_core::{
    desk::{DeskError, TicketRef},
    domain::id::UserId,
};

use crate::problem::Problem;

/// The ticket that the path names, by id or number.
pub(crate) struct TicketPath(pub(crate) TicketRef);

/// The person whom the path names; none where it can't be anybody's id.
pub(crate) struct UserPath(pub(crate) Option<UserId>);

impl<S: Send + Sync> FromRequestParts<S> for TicketPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = segment(parts, state).await;
        let ticket = id.and_then(|id| id.parse().ok());
        Ok(Self(ticket.ok_or(DeskError::NotFound)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = segment(parts, state).await;
        Ok(Self(id.and_then(|id| id.parse().ok())))
    }
}

async fn segment<S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<String> {
    let path = Path::<String>::from_request_parts(parts, state).await;
    path.ok().map(|Path(id)| id)
}
