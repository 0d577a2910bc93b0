//! What belongs to the desk as a whole.

use std::time::Duration;

use async_trait::async_trait;
use tickmate_core::{
    backend::store::{Cleaned, StoreError, SystemStore},
    domain::time::Timestamp,
};

use tokio::time::Instant;

use super::{SqliteStore, error::store_error, writer::Checkup};

/// How many rows one unit removes at most: others wait behind it.
pub(super) const CLEAN_AT_ONCE: u64 = 2_000;
/// How long a read may take before the store counts as gone.
const PING_DEADLINE: Duration = Duration::from_millis(500);

/// The name of the value that a probe writes.
const PROBE: &str = "store.probe";
/// How much a probe writes: on a disk that is nearly full, small writes may still succeed.
const PROBE_BYTES: usize = 64 << 10;

const REPLACE_VALUE: &str = "UPDATE desk_values SET value = $2 WHERE name = $1 AND value = $3";
const FIRST_VALUE: &str =
    "INSERT INTO desk_values (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
const CLEAN_SESSIONS: &str = "DELETE FROM sessions WHERE rowid IN \
     (SELECT rowid FROM sessions WHERE expires_at <= $1 OR last_used_at < $2 LIMIT $3)";
const CLEAN_KEYS: &str = "DELETE FROM request_keys WHERE rowid IN \
     (SELECT rowid FROM request_keys WHERE at < $1 LIMIT $3)";
const CLEAN_THROTTLES: &str = "DELETE FROM throttles WHERE key IN \
     (SELECT key FROM throttles WHERE last < $1 LIMIT $3)";

#[async_trait]
impl SystemStore for SqliteStore {
    async fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar("SELECT value FROM desk_values WHERE name = $1")
            .bind(name)
            .fetch_optional(self.readers())
            .await
            .map_err(store_error)
    }

    async fn put_value(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let pair = (name.to_owned(), value.map(str::to_owned));
        self.write(pair, |(name, value), db| {
            Box::pin(async move {
                let query = match value {
                    Some(value) => sqlx::query(
                        "INSERT INTO desk_values (name, value) VALUES ($1, $2) \
                         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    )
                    .bind(name)
                    .bind(value),
                    None => sqlx::query("DELETE FROM desk_values WHERE name = $1").bind(name),
                };
                query.execute(db).await?;
                Ok(())
            })
        })
        .await
    }

    async fn replace_value(
        &self,
        name: &str,
        expected: Option<&str>,
        value: &str,
    ) -> Result<bool, StoreError> {
        let input = (
            name.to_owned(),
            expected.map(str::to_owned),
            value.to_owned(),
        );
        self.write(input, |(name, expected, value), db| {
            Box::pin(async move {
                let query = match expected {
                    Some(expected) => sqlx::query(REPLACE_VALUE)
                        .bind(name)
                        .bind(value)
                        .bind(expected),
                    None => sqlx::query(FIRST_VALUE).bind(name).bind(value),
                };
                Ok(query.execute(db).await?.rows_affected() == 1)
            })
        })
        .await
    }

    /// Each kind of row is removed in several units, so that no write waits long behind it.
    async fn clean(
        &self,
        now: Timestamp,
        idle_before: Timestamp,
        keys_before: Timestamp,
        throttles_before: Timestamp,
    ) -> Result<Cleaned, StoreError> {
        Ok(Cleaned {
            sessions: self.remove(CLEAN_SESSIONS, now, idle_before).await?,
            request_keys: self.remove(CLEAN_KEYS, keys_before, keys_before).await?,
            throttles: self
                .remove(CLEAN_THROTTLES, throttles_before, throttles_before)
                .await?,
        })
    }

    fn unreadable_records(&self) -> u64 {
        self.file.unreadable.count()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        match self.file.writer.health.check(Instant::now()) {
            Checkup::Well => {}
            Checkup::Probe(number) => {
                self.probe().await?;
                self.file.writer.health.probe_succeeded(number);
            }
            Checkup::Unwell => {
                return Err(StoreError::Unavailable(
                    "a write failed, and no probe has succeeded since".into(),
                ));
            }
        }
        let read = sqlx::query("SELECT 1 FROM desk_values LIMIT 1").fetch_optional(self.readers());
        match tokio::time::timeout(PING_DEADLINE, read).await {
            Ok(read) => read.map(|_| ()).map_err(store_error),
            Err(late) => Err(StoreError::Unavailable(Box::new(late))),
        }
    }
}

impl SqliteStore {
    /// Writes as much as a large request would.
    async fn probe(&self) -> Result<(), StoreError> {
        self.put_value(PROBE, Some(&"0".repeat(PROBE_BYTES))).await
    }

    /// Removes rows, or a part of each, by a statement that takes two moments and a limit, until none is left.
    pub(super) async fn remove(
        &self,
        statement: &'static str,
        first: Timestamp,
        second: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let some = self
                .write(
                    (statement, first, second),
                    |(statement, first, second), db| {
                        Box::pin(async move {
                            let done = sqlx::query(*statement)
                                .bind(first.timestamp_micros())
                                .bind(second.timestamp_micros())
                                .bind(i64::try_from(CLEAN_AT_ONCE).unwrap_or(i64::MAX))
                                .execute(db)
                                .await?;
                            Ok(done.rows_affected())
                        })
                    },
                )
                .await?;
            removed += some;
            if some < CLEAN_AT_ONCE {
                return Ok(removed);
            }
        }
    }
}
