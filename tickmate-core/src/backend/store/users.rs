//! People.

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::StoreError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{
    email::Email, event::Event, id::UserId, page::Page, query::UserQuery, routing::Staff,
    time::Timestamp, user::User,
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
    /// The change would have taken the last active admin away, or it takes an admin away while another admin's change
    /// is under way; nothing was written.
    LastAdmin,
}

/// A unique value by which a store finds a user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserKey {
    /// The address.
    Email(Email),
    /// The username, in any case of ASCII letters.
    Username(String),
    /// The identity in the host's own accounts, compared byte by byte.
    Subject(String),
    /// The hash of one of the user's one-time tokens, expired or not.
    Token(String),
}

/// Users.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Inserts a user.
    ///
    /// A **change**.
    ///
    /// # Errors
    /// [`StoreError::Taken`] with the first of [`Unique::Email`](super::Unique::Email),
    /// [`Unique::Username`](super::Unique::Username) (any case of ASCII letters) and
    /// [`Unique::Subject`](super::Unique::Subject) that another user has, or with [`Unique::Id`](super::Unique::Id) where
    /// another user has the id alone.
    async fn create_user(&self, new: &NewUser) -> Result<UserCreated, StoreError>;

    /// Returns the user with this id.
    ///
    /// A **read**.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Returns the users with these ids, each once and in no particular order; unknown ids are skipped.
    ///
    /// A **read**.
    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError>;

    /// Returns the user with this unique value.
    ///
    /// A **read**.
    async fn user_by(&self, key: &UserKey) -> Result<Option<User>, StoreError>;

    /// Writes a change. A change that takes the last active admin away is refused, also when two admins do it
    /// to each other at once. One that takes an admin away may also be refused while another admin's change is under
    /// way.
    ///
    /// A **change**.
    ///
    /// # Errors
    /// [`StoreError::Taken`] as for [`UserStore::create_user`].
    async fn write_user(&self, write: &UserWrite) -> Result<UserWritten, StoreError>;

    /// Returns a page of users in the order of their ids.
    ///
    /// A **read**.
    async fn user_page(&self, query: &UserQuery) -> Result<Page<User>, StoreError>;

    /// Returns whether there is an active admin.
    ///
    /// A **read**.
    async fn has_admin(&self) -> Result<bool, StoreError>;

    /// Returns all active staff, absent users too, in no particular order, with the number of seats that their tickets
    /// hold and the largest `seq` among the events that assigned them a ticket.
    ///
    /// A **read**.
    async fn roster(&self) -> Result<Vec<Staff>, StoreError>;

    /// Returns those of the users with these ids that are active staff, as [`UserStore::roster`] shows them, each once
    /// and in no particular order.
    ///
    /// A **read**.
    async fn staff(&self, ids: &[UserId]) -> Result<Vec<Staff>, StoreError>;

    /// Returns active staff whose shift must be computed again: its `until` is not later than `now`, or it has one and its
    /// `since` is later than `ahead`, which is [`furthest_ahead`](crate::domain::time::furthest_ahead). The earliest
    /// `until` comes first.
    ///
    /// A **read**.
    async fn due_shifts(
        &self,
        now: Timestamp,
        ahead: Timestamp,
        limit: u32,
    ) -> Result<Vec<User>, StoreError>;
}
