//! Stores sessions.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use tickmate_core::{
    backend::store::{SessionStore, StoreError},
    domain::{
        id::{SessionId, UserId},
        session::Session,
        time::Timestamp,
        user::User,
    },
};

use super::{SqliteStore, error::store_error, row::Columns, unreadable::RowKey, users};

const ROW: RowKey = RowKey {
    table: "sessions",
    column: "session",
};

/// Aliases for the columns, so that they don't clash with those of the joined user.
macro_rules! columns {
    () => {
        "id AS session, person AS session_of, created_at AS session_created_at, last_used_at, expires_at"
    };
}

const WITH_USER: &str = concat!(
    "SELECT * FROM (SELECT ",
    columns!(),
    " FROM sessions WHERE id = $1) JOIN users ON users.id = session_of"
);
const OF_USER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM sessions WHERE person = $1 ORDER BY created_at DESC, id DESC"
);

#[async_trait]
impl SessionStore for SqliteStore {
    async fn create_session(&self, session: &Session) -> Result<(), StoreError> {
        self.write(session.clone(), |session, db| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO sessions (id, person, created_at, last_used_at, expires_at) \
                     VALUES ($1, $2, $3, $4, $5)",
                )
                .bind(session.id.as_uuid())
                .bind(session.user.as_uuid())
                .bind(session.created_at.timestamp_micros())
                .bind(session.last_used_at.timestamp_micros())
                .bind(session.expires_at.timestamp_micros())
                .execute(db)
                .await?;
                Ok(())
            })
        })
        .await
    }

    async fn session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        let row = sqlx::query(WITH_USER).bind(id.as_uuid());
        let row = row.fetch_optional(self.readers()).await;
        let both = |row: &SqliteRow| Ok((session(row)?, users::user(row)?));
        row.map_err(store_error)?.as_ref().map(both).transpose()
    }

    async fn touch_session(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
        self.write((id, at), |(id, at), db| {
            Box::pin(async move {
                sqlx::query("UPDATE sessions SET last_used_at = $2 WHERE id = $1")
                    .bind(id.as_uuid())
                    .bind(at.timestamp_micros())
                    .execute(db)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    async fn end_session(&self, id: SessionId) -> Result<(), StoreError> {
        self.write(id, |id, db| {
            Box::pin(async move {
                sqlx::query("DELETE FROM sessions WHERE id = $1")
                    .bind(id.as_uuid())
                    .execute(db)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let query = sqlx::query(OF_USER).bind(user.as_uuid());
        self.read_all(ROW, query, session).await
    }
}

fn session(row: &SqliteRow) -> Result<Session, StoreError> {
    let columns = Columns::of("sessions", row);
    Ok(Session {
        id: columns.id("session", SessionId::from_uuid)?,
        user: columns.id("session_of", UserId::from_uuid)?,
        created_at: columns.moment("session_created_at")?,
        last_used_at: columns.moment("last_used_at")?,
        expires_at: columns.moment("expires_at")?,
    })
}
