//! Authentication by a host with its own accounts.

use async_trait::async_trait;
use http::request::Parts;
use tickmate_core::{backend::BoxError, desk::Identified};

/// Authenticates callers with the host's own login.
///
/// The user is inserted or updated at the desk. A write that carries a cookie and no `Authorization` must come from the
/// same origin, whichever credential the host's login uses.
#[async_trait]
pub trait Identify: Send + Sync {
    /// Returns the identity of the request's sender; `None` if the sender is not logged in (401).
    ///
    /// # Errors
    /// An error if the host can't decide.
    async fn identify(&self, parts: &Parts) -> Result<Option<Identified>, IdentifyError>;
}

/// The error of a host that can't authenticate a request. The sources are logged and never shown to clients.
#[derive(Debug, thiserror::Error)]
pub enum IdentifyError {
    /// The host's login did not answer (503): the same request may succeed later.
    #[error("the host's login is unavailable")]
    Unavailable(#[source] BoxError),
    /// The host's login failed (500).
    #[error("the host's login failed")]
    Failed(#[source] BoxError),
}

impl IdentifyError {
    /// Returns whether the same request may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
