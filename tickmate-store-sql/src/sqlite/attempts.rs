//! Counts attempts against rate limits.

use async_trait::async_trait;
use sqlx::SqliteConnection;
use tickmate_core::{
    backend::store::{AttemptStore, StoreError},
    domain::{
        limit::{self, Attempt, Limit, Window},
        time::Timestamp,
    },
};

use super::{SqliteStore, row::Columns, writer::UnitError};

#[async_trait]
impl AttemptStore for SqliteStore {
    async fn attempt(
        &self,
        key: &str,
        limit: &Limit,
        now: Timestamp,
    ) -> Result<Attempt, StoreError> {
        self.write((key.to_owned(), *limit, now), |(key, limit, now), db| {
            Box::pin(attempt(key, limit, *now, db))
        })
        .await
    }

    async fn forget_attempts(&self, key: &str) -> Result<(), StoreError> {
        self.write(key.to_owned(), |key, db| {
            Box::pin(async move {
                sqlx::query("DELETE FROM attempts WHERE key = $1")
                    .bind(key)
                    .execute(db)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

async fn attempt(
    key: &str,
    limit: &Limit,
    now: Timestamp,
    db: &mut SqliteConnection,
) -> Result<Attempt, UnitError> {
    let row = sqlx::query("SELECT start, count, earlier FROM attempts WHERE key = $1")
        .bind(key)
        .fetch_optional(&mut *db)
        .await?;
    let stored = match &row {
        Some(row) => {
            let columns = Columns::of("attempts", row);
            Some(Window {
                start: columns.moment("start")?,
                count: columns.number("count")?,
                before: columns.number("earlier")?,
            })
        }
        None => None,
    };
    let (window, answer) = limit::attempt(stored, limit, now);
    if stored != Some(window) {
        sqlx::query(
            "INSERT INTO attempts (key, start, count, earlier) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (key) DO UPDATE \
             SET start = excluded.start, count = excluded.count, earlier = excluded.earlier",
        )
        .bind(key)
        .bind(window.start.timestamp_micros())
        .bind(i64::from(window.count))
        .bind(i64::from(window.before))
        .execute(db)
        .await?;
    }
    Ok(answer)
}
