//! People.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    email::Email, event::Event, id::UserId, page::Page, query::UserQuery, routing::Staff,
    skill::Skill, time::Timestamp, user::User,
};

/// A person to insert.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The person, of version 1.
    pub user: User,
    /// The event of the account's creation.
    pub event: Event,
    /// Insert only while there is no active admin.
    pub only_without_admin: bool,
}

/// What became of a new person.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large answer is the ordinary one"
)]
pub enum UserCreated {
    /// The account was made.
    Created(User),
    /// There is an admin already; nothing was written.
    AdminExists,
}

/// A change of an account.
#[derive(Debug, Clone)]
pub struct UserWrite {
    /// The new state. It is written if the stored version is `version` - 1.
    pub user: User,
    /// What happened.
    pub event: Event,
    /// End every session of the person in the same write.
    pub end_sessions: bool,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large answer is the ordinary one"
)]
pub enum UserWritten {
    /// It was written.
    Written(User),
    /// The stored version is another, or the person is not there; nothing was written.
    Stale,
    /// It would have taken the last active admin away; nothing was written.
    LastAdmin,
}

/// People.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Inserts a person.
    ///
    /// # Errors
    /// [`StoreError::Taken`] names the first of `email`, `username` (any case of ASCII letters) and `subject` that
    /// another user has.
    async fn create_user(&self, new: &NewUser) -> Result<UserCreated, StoreError>;

    /// A person by id.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Those of these people that there are, in no particular order.
    async fn people(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError>;

    /// A person by address.
    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError>;

    /// A person by username, in any case of ASCII letters.
    async fn user_by_username(&self, username: &str) -> Result<Option<User>, StoreError>;

    /// A person by who it is in the host's own accounts.
    async fn user_by_subject(&self, subject: &str) -> Result<Option<User>, StoreError>;

    /// The person one of whose links has this hash, expired or not.
    async fn user_by_token(&self, hash: &str) -> Result<Option<User>, StoreError>;

    /// Writes a change. A change that takes the last active admin away is refused, also when two admins do it
    /// to each other at once.
    ///
    /// # Errors
    /// [`StoreError::Taken`] as for [`UserStore::create_user`].
    async fn write_user(&self, write: &UserWrite) -> Result<UserWritten, StoreError>;

    /// A page of people.
    async fn users(&self, query: &UserQuery) -> Result<Page<User>, StoreError>;

    /// Whether there is an active admin.
    async fn has_admin(&self) -> Result<bool, StoreError>;

    /// Every skill that active staff has, each once and without a level, in no particular order.
    async fn staff_skills(&self) -> Result<Vec<Skill>, StoreError>;

    /// All active staff, absent people too, with the seats that their tickets hold and when they were last given
    /// one, in no particular order.
    async fn roster(&self) -> Result<Vec<Staff>, StoreError>;

    /// Those of these people that are active staff, as [`UserStore::roster`] shows them, each once, in no particular
    /// order.
    async fn staff(&self, ids: &[UserId]) -> Result<Vec<Staff>, StoreError>;

    /// Active staff whose shift is to be looked at again by this moment (its `until` is not later), soonest first.
    async fn due_shifts(&self, now: Timestamp, limit: u32) -> Result<Vec<User>, StoreError>;

    /// Everybody after this person, by id; from the first one where none is given.
    async fn people_after(&self, id: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let query = UserQuery {
            after: id,
            limit,
            ..UserQuery::default()
        };
        Ok(self.users(&query).await?.items)
    }
}
