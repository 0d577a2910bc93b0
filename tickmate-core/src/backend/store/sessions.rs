//! Logins.

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::StoreError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{
    id::{SessionId, UserId},
    session::Session,
    time::Timestamp,
    user::User,
};

/// Logins.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Inserts a session.
    ///
    /// A **change**.
    async fn create_session(&self, session: &Session) -> Result<(), StoreError>;

    /// Returns a session with its user as both are now.
    ///
    /// A **read**.
    async fn session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError>;

    /// Writes when a session was last used. Does nothing to a session that ended.
    ///
    /// A **change**.
    async fn touch_session(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError>;

    /// Ends a session. Does nothing to a session that ended.
    ///
    /// A **change**.
    async fn end_session(&self, id: SessionId) -> Result<(), StoreError>;

    /// Returns a user's sessions, the newest first.
    ///
    /// A **read**.
    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError>;
}
