//! Users.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{MemoryStore, state::State};
use crate::{
    backend::store::{
        NewUser, StoreError, Unique, UserCreated, UserKey, UserStore, UserWrite, UserWritten,
    },
    domain::{
        id::UserId, page::Page, query::UserQuery, routing::Staff, time::Timestamp, user::User,
    },
};

#[async_trait]
impl UserStore for MemoryStore {
    async fn create_user(&self, new: &NewUser) -> Result<UserCreated, StoreError> {
        let mut state = self.state().await?;
        if new.only_without_admin && state.admins().next().is_some() {
            return Ok(UserCreated::AdminExists);
        }
        state.check_unique(&new.user, None)?;
        if state.users.contains_key(&new.user.id) {
            return Err(StoreError::Taken(Unique::Id));
        }
        state.check_event(&new.event)?;
        state.add_event(&new.event);
        state.users.insert(new.user.id, new.user.clone());
        Ok(UserCreated::Created(new.user.clone()))
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.state().await?.users.get(&id).cloned())
    }

    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let state = self.state().await?;
        let is_requested = |user: &&User| ids.contains(&user.id);
        Ok(state.users.values().filter(is_requested).cloned().collect())
    }

    async fn user_by(&self, key: &UserKey) -> Result<Option<User>, StoreError> {
        let state = self.state().await?;
        let user = state.users.values().find(|user| has_key(user, key));
        Ok(user.cloned())
    }

    async fn write_user(&self, write: &UserWrite) -> Result<UserWritten, StoreError> {
        let mut state = self.state().await?;
        let user = &write.user;
        let stored = state.users.get(&user.id);
        if stored.is_none_or(|stored| user.version.checked_sub(1) != Some(stored.version)) {
            return Ok(UserWritten::Stale);
        }
        let was_admin = stored.is_some_and(User::is_active_admin);
        let has_other_admin = state.admins().any(|admin| admin.id != user.id);
        if was_admin && !user.is_active_admin() && !has_other_admin {
            return Ok(UserWritten::LastAdmin);
        }
        state.check_unique(user, Some(user.id))?;
        state.check_event(&write.event)?;
        if write.end_sessions {
            state.sessions.retain(|_, session| session.user != user.id);
        }
        state.add_event(&write.event);
        state.users.insert(user.id, user.clone());
        Ok(UserWritten::Written(user.clone()))
    }

    async fn user_page(&self, query: &UserQuery) -> Result<Page<User>, StoreError> {
        let state = self.state().await?;
        let page: Vec<User> = state
            .users
            .values()
            .filter(|user| query.after.is_none_or(|after| user.id > after))
            .filter(|user| matches(query, user))
            .take(query.limit as usize + 1)
            .cloned()
            .collect();
        Ok(Page::cut(page, query.limit))
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        Ok(self.state().await?.admins().next().is_some())
    }

    async fn roster(&self) -> Result<Vec<Staff>, StoreError> {
        let state = self.sequenced().await?;
        let staff = state.users.values().filter(|user| user.is_active_staff());
        Ok(staff.map(|user| state.roster_entry(user)).collect())
    }

    async fn staff(&self, ids: &[UserId]) -> Result<Vec<Staff>, StoreError> {
        let state = self.sequenced().await?;
        let ids: BTreeSet<UserId> = ids.iter().copied().collect();
        let users = ids.iter().filter_map(|id| state.users.get(id));
        let staff = users.filter(|user| user.is_active_staff());
        Ok(staff.map(|user| state.roster_entry(user)).collect())
    }

    async fn due_shifts(
        &self,
        now: Timestamp,
        ahead: Timestamp,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let state = self.state().await?;
        let users = state.users.values();
        let mut due: Vec<(Timestamp, &User)> = users
            .filter_map(|user| Some((user.shift_due()?, user)))
            .filter(|(at, user)| *at <= now || user.shift.since > ahead)
            .collect();
        due.sort_by_key(|(at, user)| (*at, user.id));
        let due = due.into_iter().take(limit as usize);
        Ok(due.map(|(_, user)| user.clone()).collect())
    }
}

fn has_key(user: &User, key: &UserKey) -> bool {
    match key {
        UserKey::Email(email) => user.email == *email,
        UserKey::Username(username) => {
            let own = user.username.as_deref();
            own.is_some_and(|own| own.eq_ignore_ascii_case(username))
        }
        UserKey::Subject(subject) => user.subject.as_ref() == Some(subject),
        UserKey::Token(hash) => user.tokens.iter().any(|token| token.hash == *hash),
    }
}

impl State {
    fn admins(&self) -> impl Iterator<Item = &User> {
        self.users.values().filter(|user| user.is_active_admin())
    }

    /// Refuses a user who has a unique value of another user than `own`.
    fn check_unique(&self, user: &User, own: Option<UserId>) -> Result<(), StoreError> {
        let others = || self.users.values().filter(|other| Some(other.id) != own);
        let has_same_name = |other: &User| match (&other.username, &user.username) {
            (Some(other), Some(name)) => other.eq_ignore_ascii_case(name),
            _ => false,
        };
        let unique = match () {
            () if others().any(|other| other.email == user.email) => Unique::Email,
            () if others().any(has_same_name) => Unique::Username,
            () if user.subject.is_some() && others().any(|other| other.subject == user.subject) => {
                Unique::Subject
            }
            () => return Ok(()),
        };
        Err(StoreError::Taken(unique))
    }

    fn roster_entry(&self, user: &User) -> Staff {
        Staff {
            id: user.id,
            role: user.role,
            skills: user.skills.clone(),
            capacity: user.capacity,
            active: self.seats_of(user.id).count() as u32,
            presence: user.presence(),
            shift_ends: user.shift.ends(),
            last_assignment: self.last_assignment(user.id),
        }
    }
}

fn matches(query: &UserQuery, user: &User) -> bool {
    let part = query.search_part();
    (query.roles.is_empty() || query.roles.contains(&user.role))
        && query.active.is_none_or(|active| user.active == active)
        && part.is_none_or(|part| user.search_text().contains(&part))
}
