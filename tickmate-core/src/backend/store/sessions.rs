//! Logins.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    id::{SessionId, UserId},
    session::Session,
    time::Timestamp,
    user::User,
};

/// Logins.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Inserts a session.
    async fn create_session(&self, session: &Session) -> Result<(), StoreError>;

    /// A session and the person as both are now.
    async fn session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError>;

    /// Writes when a session was last used. Does nothing to one that ended.
    async fn touch_session(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError>;

    /// Ends a session. Ending one that ended does nothing.
    async fn end_session(&self, id: SessionId) -> Result<(), StoreError>;

    /// A person's sessions, the newest first.
    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError>;
}
