//! Why the desk did not do what it was asked, by meaning.

use crate::{
    backend::{
        queue::QueueError,
        store::{StoreError, Unique},
    },
    domain::{field_versions::StaleFields, text::FieldError, time::Span},
};

/// Why the desk did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Some fields can't be taken.
    #[error("some fields can't be taken")]
    Invalid(Vec<FieldError>),
    /// Nobody is logged in, or the login no longer counts.
    #[error("a valid login is needed")]
    Unauthenticated,
    /// Name or password is wrong, or the account is not in use: which of them is not said.
    #[error("name or password is wrong")]
    WrongCredentials,
    /// The link does not work: it never did, was used, or is too old.
    #[error("the link is not valid or was used already")]
    InvalidToken,
    /// The person must verify the e-mail address first.
    #[error("the e-mail address must be verified first")]
    EmailNotVerified,
    /// The person may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// It is not there, or the person may not know that it is.
    #[error("not found")]
    NotFound,
    /// The state does not allow it.
    #[error("{detail}")]
    Conflict {
        /// A stable name for the cause.
        code: &'static str,
        /// The cause, for people.
        detail: String,
    },
    /// The version that the caller expects is stale: a person changed one of the same fields since.
    #[error("it was changed meanwhile; its version is {current}")]
    Stale {
        /// The version that is stored.
        current: u64,
        /// The fields that were changed, where they are known.
        fields: Vec<&'static str>,
    },
    /// The key of the request stands for another request.
    #[error("this Idempotency-Key stands for another request")]
    KeyReused,
    /// Too many tries.
    #[error("too many tries")]
    Throttled {
        /// After how long the next one may be made.
        retry_after: Span,
    },
    /// More is going on than the desk can take.
    #[error("the desk is overloaded")]
    Overloaded,
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// The job queue failed.
    #[error("the job queue failed")]
    Queue(#[from] QueueError),
    /// Something that can't fail did.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl DeskError {
    /// One field that can't be taken.
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

    /// Whether the same call may succeed later.
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

/// What keeps a desk from being put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Something that it needs was not given.
    #[error("the desk needs a {0}")]
    Missing(&'static str),
    /// An event handler has a name that can't be taken.
    #[error("{0:?} is no name of an event handler: 1 to 60 of a-z, 0-9, _ and -")]
    HandlerName(String),
    /// Two event handlers have one name.
    #[error("two event handlers are named {0:?}")]
    HandlerTwice(String),
}
