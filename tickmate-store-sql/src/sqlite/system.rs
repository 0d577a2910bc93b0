//! Stores the desk's own values and blobs, cleans old rows, and probes the store.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::SqlitePool;
use tickmate_core::{
    backend::store::{BlobGroup, Cleaned, MAX_BLOB_PART, StoreError, SystemStore},
    domain::time::Timestamp,
};

use tokio::time::Instant;

use super::{SqliteStore, error::store_error, row::Columns, unreadable::RowKey};

const BLOB_GROUP_ROW: RowKey = RowKey {
    table: "blobs",
    column: "name",
};

/// The maximum number of rows that one unit of work deletes, because other writes wait for it.
pub(super) const CLEAN_AT_ONCE: u64 = 2_000;
/// How long a read may take before the store counts as unavailable.
const PING_DEADLINE: Duration = Duration::from_millis(500);

/// The name of the value that the probe writes.
const PROBE: &str = "store.probe";
/// The number of bytes that the probe writes: on a disk that is nearly full, small writes may still succeed.
const PROBE_BYTES: usize = 64 << 10;

const REPLACE_VALUE: &str = "UPDATE desk_values SET value = $2 WHERE name = $1 AND value = $3";
const FIRST_VALUE: &str =
    "INSERT INTO desk_values (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
const PUT_BLOB: &str = "INSERT INTO blobs (name, part, put_at, bytes) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (name, part) DO UPDATE SET put_at = excluded.put_at, bytes = excluded.bytes";
pub(super) const BLOB: &str = "SELECT bytes FROM blobs WHERE name = $1 AND part = $2";
/// Reads only the covering index, and not the bytes.
pub(super) const BLOB_GROUPS: &str =
    "SELECT name, max(put_at) AS put_at FROM blobs GROUP BY name ORDER BY name";
const REMOVE_BLOB: &str = "DELETE FROM blobs WHERE rowid IN \
     (SELECT rowid FROM blobs WHERE name = $1 LIMIT 8)";
const CLEAN_SESSIONS: &str = "DELETE FROM sessions WHERE rowid IN \
     (SELECT rowid FROM sessions WHERE expires_at <= $1 OR last_used_at < $2 LIMIT $3)";
const CLEAN_KEYS: &str = "DELETE FROM request_keys WHERE rowid IN \
     (SELECT rowid FROM request_keys WHERE at < $1 LIMIT $3)";
const CLEAN_ATTEMPTS: &str = "DELETE FROM attempts WHERE key IN \
     (SELECT key FROM attempts WHERE start < $1 LIMIT $3)";

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

    async fn put_blob(
        &self,
        group: &str,
        part: u32,
        bytes: &[u8],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if bytes.len() > MAX_BLOB_PART {
            return Err(StoreError::Full);
        }
        let input = (group.to_owned(), part, bytes.to_vec(), at);
        self.write(input, |(group, part, bytes, at), db| {
            Box::pin(async move {
                sqlx::query(PUT_BLOB)
                    .bind(group)
                    .bind(i64::from(*part))
                    .bind(at.timestamp_micros())
                    .bind(bytes)
                    .execute(db)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    async fn blob(&self, group: &str, part: u32) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar(BLOB)
            .bind(group)
            .bind(i64::from(part))
            .fetch_optional(self.readers())
            .await
            .map_err(store_error)
    }

    async fn blob_groups(&self) -> Result<Vec<BlobGroup>, StoreError> {
        self.read_all(BLOB_GROUP_ROW, sqlx::query(BLOB_GROUPS), |row| {
            let columns = Columns::of("blobs", row);
            Ok(BlobGroup {
                name: columns.get("name")?,
                put_at: columns.moment("put_at")?,
            })
        })
        .await
    }

    /// Deletes a few parts at a time, so that no other write waits long.
    async fn remove_blobs(&self, group: &str) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let count = self
                .write(group.to_owned(), |group, db| {
                    Box::pin(async move {
                        let done = sqlx::query(REMOVE_BLOB).bind(group).execute(db).await?;
                        Ok(done.rows_affected())
                    })
                })
                .await?;
            removed += count;
            if count == 0 {
                return Ok(removed);
            }
        }
    }

    /// Deletes each kind of row in several units of work, so that no other write waits long.
    async fn clean(
        &self,
        now: Timestamp,
        idle_before: Timestamp,
        keys_before: Timestamp,
        attempts_before: Timestamp,
    ) -> Result<Cleaned, StoreError> {
        Ok(Cleaned {
            sessions: self.remove(CLEAN_SESSIONS, now, idle_before).await?,
            request_keys: self.remove(CLEAN_KEYS, keys_before, keys_before).await?,
            attempts: self
                .remove(CLEAN_ATTEMPTS, attempts_before, attempts_before)
                .await?,
        })
    }

    fn unreadable_records(&self) -> u64 {
        self.file.unreadable.count()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let store = self.clone();
        // The probe runs in a task of its own, because it may take longer than the caller waits and must not end when
        // the caller gives up.
        let confirmed = tokio::spawn(async move {
            let health = &store.file.writer.health;
            let now = Instant::now().into_std();
            health.confirm(now, store.probe()).await
        });
        confirmed
            .await
            .map_err(|error| StoreError::Unavailable(Box::new(error)))??;
        ping("SELECT 1 FROM desk_values LIMIT 1", self.readers()).await
    }
}

/// Runs a read to check that the store answers.
///
/// # Errors
/// [`StoreError::Unavailable`] also if the answer takes longer than [`PING_DEADLINE`].
pub(super) async fn ping(statement: &'static str, readers: &SqlitePool) -> Result<(), StoreError> {
    let read = sqlx::query(statement).fetch_optional(readers);
    match tokio::time::timeout(PING_DEADLINE, read).await {
        Ok(read) => read.map(|_| ()).map_err(store_error),
        Err(late) => Err(StoreError::Unavailable(Box::new(late))),
    }
}

impl SqliteStore {
    /// Writes as many bytes as a large request would.
    async fn probe(&self) -> Result<(), StoreError> {
        self.put_value(PROBE, Some(&"0".repeat(PROBE_BYTES))).await
    }

    /// Repeats a statement that takes two moments and a limit until it changes no more rows. Returns the number of
    /// changed rows.
    pub(super) async fn remove(
        &self,
        statement: &'static str,
        first: Timestamp,
        second: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut total = 0;
        loop {
            let count = self
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
            total += count;
            if count < CLEAN_AT_ONCE {
                return Ok(total);
            }
        }
    }
}
