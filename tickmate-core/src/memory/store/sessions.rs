//! Login sessions.

use std::{cmp::Reverse, collections::btree_map::Entry};

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    backend::store::{SessionStore, StoreError, Unique},
    domain::{
        id::{SessionId, UserId},
        session::Session,
        time::Timestamp,
        user::User,
    },
};

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create_session(&self, session: &Session) -> Result<(), StoreError> {
        match self.state().await?.sessions.entry(session.id) {
            Entry::Occupied(_) => Err(StoreError::Taken(Unique::Id)),
            Entry::Vacant(place) => {
                place.insert(session.clone());
                Ok(())
            }
        }
    }

    async fn session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        let state = self.state().await?;
        let session = state.sessions.get(&id);
        let with_user =
            session.and_then(|session| Some((session, state.users.get(&session.user)?)));
        Ok(with_user.map(|(session, user)| (session.clone(), user.clone())))
    }

    async fn touch_session(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
        if let Some(session) = self.state().await?.sessions.get_mut(&id) {
            session.last_used_at = at;
        }
        Ok(())
    }

    async fn end_session(&self, id: SessionId) -> Result<(), StoreError> {
        self.state().await?.sessions.remove(&id);
        Ok(())
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let state = self.state().await?;
        let is_own = |session: &&Session| session.user == user;
        let mut sessions: Vec<Session> = state.sessions.values().filter(is_own).cloned().collect();
        sessions.sort_by_key(|session| Reverse((session.created_at, session.id)));
        Ok(sessions)
    }
}
