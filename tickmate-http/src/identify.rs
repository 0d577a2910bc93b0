//! How a host with accounts of its own says who calls.

use async_trait::async_trait;
use http::request::Parts;
use tickmate_core::{backend::BoxError, desk::Identified};

/// Says who calls, by the host's own login.
///
/// The person is inserted or refreshed at the desk on sight. A write that carries a cookie and no `Authorization`
/// must come from the same origin, whatever the host's login goes by.
#[async_trait]
pub trait Identify: Send + Sync {
    /// Who sent this request; none for whoever is not logged in (401).
    ///
    /// # Errors
    /// When the host can't tell.
    async fn identify(&self, parts: &Parts) -> Result<Option<Identified>, IdentifyError>;
}

/// Why the host can't tell who calls. The sources are logged and never shown to clients.
#[derive(Debug, thiserror::Error)]
pub enum IdentifyError {
    /// Its login did not answer (503): the same request may succeed later.
    #[error("the host's login is unavailable")]
    Unavailable(#[source] BoxError),
    /// Its login failed (500).
    #[error("the host's login failed")]
    Failed(#[source] BoxError),
}

impl IdentifyError {
    /// Whether the same request may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
