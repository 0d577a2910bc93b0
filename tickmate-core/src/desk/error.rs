//! Errors of the desk, grouped by meaning.

use crate::{
    backend::{
        queue::QueueError,
        store::{StoreError, Unique},
    },
    domain::{field_versions::StaleFields, text::FieldError, time::Span},
};

/// An error of a use case.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Some fields are invalid.
    #[error("some fields can't be taken")]
    Invalid(Vec<FieldError>),
    /// The caller is not logged in, or the login is not valid any more.
    #[error("a valid login is needed")]
    Unauthenticated,
    /// The name or the password is wrong, or the account is inactive; the error does not reveal which.
    #[error("name or password is wrong")]
    WrongCredentials,
    /// The link is unknown, used or expired.
    #[error("the link is not valid or was used already")]
    InvalidToken,
    /// The user must verify the e-mail address first.
    #[error("the e-mail address must be verified first")]
    EmailNotVerified,
    /// The actor may not perform the operation.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The object does not exist, or the actor may not know that it exists.
    #[error("not found")]
    NotFound,
    /// The current state does not allow the operation.
    #[error("{detail}")]
    Conflict {
        /// A stable code of the cause.
        code: &'static str,
        /// The cause as a sentence for users.
        detail: String,
    },
    /// The expected version is stale: a user changed one of the same fields since.
    #[error("it was changed meanwhile; its version is {current}")]
    Stale {
        /// The stored version.
        current: u64,
        /// The fields that were changed, if they are known.
        fields: Vec<&'static str>,
    },
    /// The idempotency key was used for another request.
    #[error("this Idempotency-Key stands for another request")]
    KeyReused,
    /// The rate limit is exceeded.
    #[error("too many tries")]
    Throttled {
        /// The time until the next attempt is allowed.
        retry_after: Span,
    },
    /// The desk is overloaded.
    #[error("the desk is overloaded")]
    Overloaded,
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// The job queue failed.
    #[error("the job queue failed")]
    Queue(#[from] QueueError),
    /// An operation failed that can't fail.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl DeskError {
    /// Makes a [`DeskError::Invalid`] of one field.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    pub(crate) fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            detail: detail.into(),
        }
    }

    pub(crate) fn stale(current: u64, stale: StaleFields) -> Self {
        Self::Stale {
            current,
            fields: stale.0,
        }
    }

    /// Returns whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Queue(error) => error.is_transient(),
            Self::Overloaded | Self::Throttled { .. } => true,
            _ => false,
        }
    }
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Taken(Unique::Email) => {
                Self::conflict("email_taken", "this e-mail address is taken")
            }
            StoreError::Taken(Unique::Username) => {
                Self::conflict("username_taken", "this username is taken")
            }
            StoreError::Taken(_) => Self::conflict("taken", "this account is there already"),
            StoreError::Overloaded => Self::Overloaded,
            other => Self::Store(other),
        }
    }
}

impl From<Vec<FieldError>> for DeskError {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Invalid(errors)
    }
}

/// An error of [`DeskBuilder::build`](crate::desk::DeskBuilder::build).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A required part is missing.
    #[error("the desk needs a {0}")]
    Missing(&'static str),
    /// The name of an event handler is invalid.
    #[error("{0:?} is no name of an event handler: 1 to 60 of a-z, 0-9, _ and -")]
    HandlerName(String),
    /// Two event handlers have the same name.
    #[error("two event handlers are named {0:?}")]
    HandlerTwice(String),
}
