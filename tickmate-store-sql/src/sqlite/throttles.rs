//! Counters of tries.

use async_trait::async_trait;
use sqlx::SqliteConnection;
use tickmate_core::{
    backend::store::{StoreError, ThrottleStore},
    domain::{
        throttle::{self, Attempts, Verdict},
        time::Timestamp,
    },
};

use super::{SqliteStore, row::Columns, writer::UnitError};

#[async_trait]
impl ThrottleStore for SqliteStore {
    async fn attempt(&self, key: &str, now: Timestamp) -> Result<Verdict, StoreError> {
        self.write((key.to_owned(), now), |(key, now), db| {
            Box::pin(attempt(key, *now, db))
        })
        .await
    }

    async fn forget_attempts(&self, key: &str) -> Result<(), StoreError> {
        self.write(key.to_owned(), |key, db| {
            Box::pin(async move {
                sqlx::query("DELETE FROM throttles WHERE key = $1")
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
    now: Timestamp,
    db: &mut SqliteConnection,
) -> Result<Verdict, UnitError> {
    let row = sqlx::query("SELECT count, last FROM throttles WHERE key = $1")
        .bind(key)
        .fetch_optional(&mut *db)
        .await?;
    let before = match &row {
        Some(row) => {
            let columns = Columns::of("throttles", row);
            Some(Attempts {
                count: columns.number("count")?,
                last: columns.moment("last")?,
            })
        }
        None => None,
    };
    let (after, verdict) = throttle::attempt(before, now);
    sqlx::query(
        "INSERT INTO throttles (key, count, last) VALUES ($1, $2, $3) \
         ON CONFLICT (key) DO UPDATE SET count = excluded.count, last = excluded.last",
    )
    .bind(key)
    .bind(i64::from(after.count))
    .bind(after.last.timestamp_micros())
    .execute(db)
    .await?;
    Ok(verdict)
}
