//! Stores users.

mod read;
mod write;

use async_trait::async_trait;
use futures_util::FutureExt;
use tickmate_core::{
    backend::store::{
        NewUser, StoreError, UserCreated, UserKey, UserStore, UserWrite, UserWritten,
    },
    domain::{
        id::UserId, page::Page, query::UserQuery, routing::Staff, time::Timestamp, user::User,
    },
};

use super::{SqliteStore, error::store_error, row::hex_list, unreadable::RowKey};

pub(super) use self::read::user;
#[cfg(test)]
pub(super) use self::read::{DUE_SHIFTS, ROSTER, STAFF};

const ROW: RowKey = RowKey {
    table: "users",
    column: "id",
};

#[async_trait]
impl UserStore for SqliteStore {
    async fn create_user(&self, new: &NewUser) -> Result<UserCreated, StoreError> {
        self.write(new.clone(), |new, db| Box::pin(write::create(new, db)))
            .await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.one_user(sqlx::query(read::BY_ID).bind(id.as_uuid()))
            .await
    }

    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = hex_list(ids.iter().map(UserId::as_uuid));
        let query = sqlx::query(read::BY_IDS).bind(ids);
        self.read_all(ROW, query, user).await
    }

    async fn user_by(&self, key: &UserKey) -> Result<Option<User>, StoreError> {
        let (statement, value) = match key {
            UserKey::Email(email) => (read::BY_EMAIL, email.as_str()),
            UserKey::Username(username) => (read::BY_USERNAME, username.as_str()),
            UserKey::Subject(subject) => (read::BY_SUBJECT, subject.as_str()),
            UserKey::Token(hash) => (read::BY_TOKEN, hash.as_str()),
        };
        self.one_user(sqlx::query(statement).bind(value)).await
    }

    async fn write_user(&self, write: &UserWrite) -> Result<UserWritten, StoreError> {
        self.write(write.clone(), |write, db| {
            Box::pin(write::change(write, db))
        })
        .await
    }

    async fn user_page(&self, query: &UserQuery) -> Result<Page<User>, StoreError> {
        let fetch = |limit| {
            let mut statement = read::page(query, limit);
            async move { statement.build().fetch_all(self.readers()).await }.boxed()
        };
        let wanted = query.limit.saturating_add(1);
        let users = self.file.first_readable(ROW, wanted, fetch, user).await?;
        Ok(Page::cut(users, query.limit))
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        sqlx::query_scalar(read::HAS_ADMIN)
            .fetch_one(self.readers())
            .await
            .map_err(store_error)
    }

    async fn roster(&self) -> Result<Vec<Staff>, StoreError> {
        self.read_all(ROW, sqlx::query(read::ROSTER), read::staff)
            .await
    }

    async fn staff(&self, ids: &[UserId]) -> Result<Vec<Staff>, StoreError> {
        let ids = hex_list(ids.iter().map(UserId::as_uuid));
        let query = sqlx::query(read::STAFF).bind(ids);
        self.read_all(ROW, query, read::staff).await
    }

    async fn due_shifts(
        &self,
        now: Timestamp,
        ahead: Timestamp,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let query = |limit| {
            sqlx::query(read::DUE_SHIFTS)
                .bind(now.timestamp_micros())
                .bind(ahead.timestamp_micros())
                .bind(limit)
        };
        self.read_first(ROW, limit, query, user).await
    }
}

impl SqliteStore {
    async fn one_user(
        &self,
        query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<Option<User>, StoreError> {
        let row = query.fetch_optional(self.readers()).await;
        row.map_err(store_error)?.as_ref().map(user).transpose()
    }
}
