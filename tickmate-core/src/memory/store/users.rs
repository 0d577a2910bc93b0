//! People.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{MemoryStore, state::State};
use crate::{
    backend::store::{NewUser, StoreError, UserCreated, UserStore, UserWrite, UserWritten},
    domain::{
        email::Email,
        id::UserId,
        page::Page,
        query::UserQuery,
        routing::Staff,
        skill::Skill,
        time::Timestamp,
        user::{Role, User},
    },
};

#[async_trait]
impl UserStore for MemoryStore {
    async fn create_user(&self, new: &NewUser) -> Result<UserCreated, StoreError> {
        let mut state = self.state().await?;
        if new.only_without_admin && state.admins().next().is_some() {
            return Ok(UserCreated::AdminExists);
        }
        if state.users.contains_key(&new.user.id) {
            return Err(StoreError::Taken { field: "id" });
        }
        state.check_unique(&new.user)?;
        state.check_event(&new.event)?;
        state.add_event(&new.event);
        state.users.insert(new.user.id, new.user.clone());
        Ok(UserCreated::Created(new.user.clone()))
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.state().await?.users.get(&id).cloned())
    }

    async fn people(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let state = self.state().await?;
        let wanted = |user: &&User| ids.contains(&user.id);
        Ok(state.users.values().filter(wanted).cloned().collect())
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        self.find_user(|user| user.email == *email).await
    }

    async fn user_by_username(&self, username: &str) -> Result<Option<User>, StoreError> {
        self.find_user(|user| {
            let name = user.username.as_deref();
            name.is_some_and(|name| name.eq_ignore_ascii_case(username))
        })
        .await
    }

    async fn user_by_subject(&self, subject: &str) -> Result<Option<User>, StoreError> {
        self.find_user(|user| user.subject.as_deref() == Some(subject))
            .await
    }

    async fn user_by_token(&self, hash: &str) -> Result<Option<User>, StoreError> {
        self.find_user(|user| user.tokens.iter().any(|token| token.hash == hash))
            .await
    }

    async fn write_user(&self, write: &UserWrite) -> Result<UserWritten, StoreError> {
        let mut state = self.state().await?;
        let user = &write.user;
        let stored = state.users.get(&user.id);
        if stored.is_none_or(|stored| user.version.checked_sub(1) != Some(stored.version)) {
            return Ok(UserWritten::Stale);
        }
        let was_admin = stored.is_some_and(is_active_admin);
        let others = state.admins().any(|admin| admin.id != user.id);
        if was_admin && !is_active_admin(user) && !others {
            return Ok(UserWritten::LastAdmin);
        }
        state.check_unique(user)?;
        state.check_event(&write.event)?;
        if write.end_sessions {
            state.sessions.retain(|_, session| session.user != user.id);
        }
        state.add_event(&write.event);
        state.users.insert(user.id, user.clone());
        Ok(UserWritten::Written(user.clone()))
    }

    async fn users(&self, query: &UserQuery) -> Result<Page<User>, StoreError> {
        let state = self.state().await?;
        let page: Vec<User> = state
            .users
            .values()
            .filter(|user| query.after.is_none_or(|after| user.id > after))
            .filter(|user| is_asked_for(query, user))
            .take(query.limit as usize + 1)
            .cloned()
            .collect();
        Ok(Page::cut(page, query.limit))
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        Ok(self.state().await?.admins().next().is_some())
    }

    async fn staff_skills(&self) -> Result<Vec<Skill>, StoreError> {
        let state = self.state().await?;
        let mut skills: Vec<Skill> = Vec::new();
        for user in state.users.values().filter(|user| user.is_active_staff()) {
            for skill in &user.skills {
                if !Skill::has(&skills, &skill.id) {
                    skills.push(skill.clone().at(None));
                }
            }
        }
        Ok(skills)
    }

    async fn roster(&self) -> Result<Vec<Staff>, StoreError> {
        let state = self.state().await?;
        let staff = state.users.values().filter(|user| user.is_active_staff());
        Ok(staff.map(|user| state.on_roster(user)).collect())
    }

    async fn staff(&self, ids: &[UserId]) -> Result<Vec<Staff>, StoreError> {
        let state = self.state().await?;
        let ids: BTreeSet<UserId> = ids.iter().copied().collect();
        let people = ids.iter().filter_map(|id| state.users.get(id));
        let staff = people.filter(|user| user.is_active_staff());
        Ok(staff.map(|user| state.on_roster(user)).collect())
    }

    async fn due_shifts(&self, now: Timestamp, limit: u32) -> Result<Vec<User>, StoreError> {
        let state = self.state().await?;
        let staff = state.users.values().filter(|user| user.is_active_staff());
        let mut due: Vec<(Timestamp, &User)> = staff
            .filter_map(|user| Some((user.shift.until?, user)))
            .filter(|(until, _)| *until <= now)
            .collect();
        due.sort_by_key(|(until, user)| (*until, user.id));
        let due = due.into_iter().take(limit as usize);
        Ok(due.map(|(_, user)| user.clone()).collect())
    }
}

impl MemoryStore {
    async fn find_user(
        &self,
        is_meant: impl Fn(&User) -> bool + Send,
    ) -> Result<Option<User>, StoreError> {
        let state = self.state().await?;
        Ok(state.users.values().find(|user| is_meant(user)).cloned())
    }
}

impl State {
    fn admins(&self) -> impl Iterator<Item = &User> {
        self.users.values().filter(|user| is_active_admin(user))
    }

    /// Refuses what belongs to somebody else.
    fn check_unique(&self, user: &User) -> Result<(), StoreError> {
        let others = || self.users.values().filter(|other| other.id != user.id);
        let same_name = |other: &User| match (&other.username, &user.username) {
            (Some(other), Some(name)) => other.eq_ignore_ascii_case(name),
            _ => false,
        };
        let field = match () {
            () if others().any(|other| other.email == user.email) => "email",
            () if others().any(same_name) => "username",
            () if user.subject.is_some() && others().any(|other| other.subject == user.subject) => {
                "subject"
            }
            () => return Ok(()),
        };
        Err(StoreError::Taken { field })
    }

    fn on_roster(&self, user: &User) -> Staff {
        Staff {
            id: user.id,
            role: user.role,
            skills: user.skills.clone(),
            capacity: user.capacity,
            active: self.seats_of(user.id).count() as u32,
            presence: user.presence(),
            shift_ends: user.shift.ends(),
            last_assignment: self.given.get(&user.id).copied().unwrap_or(0),
        }
    }
}

fn is_active_admin(user: &User) -> bool {
    user.active && user.role == Role::Admin
}

fn is_asked_for(query: &UserQuery, user: &User) -> bool {
    let contains = |text: &str, part: &str| text.to_ascii_lowercase().contains(part);
    let text = query.text.as_ref().map(|text| text.to_ascii_lowercase());
    (query.roles.is_empty() || query.roles.contains(&user.role))
        && query.active.is_none_or(|active| user.active == active)
        && text.is_none_or(|text| {
            let username = user.username.as_deref().unwrap_or_default();
            let fields = [&user.name, username, user.email.as_str()];
            fields.iter().any(|field| contains(field, &text))
        })
}
