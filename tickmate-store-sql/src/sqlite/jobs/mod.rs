//! Implements the job queue in the store's file: enqueueing, dead jobs and counts.

mod lease;
mod row;

use std::{collections::BTreeMap, fmt, sync::Arc};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sqlx::{QueryBuilder, SqliteConnection};
use tickmate_core::{
    backend::{
        queue::{JobQueue, QueueError, due_at},
        store::StoreError,
    },
    domain::{
        job::{DeadJob, DeadPlace, Job, JobKey, NewJob, QueueDepth},
        page::Page,
        time::Timestamp,
    },
};

#[cfg(test)]
pub(super) use self::lease::{CLAIM, CLAIM_KEYS, CLAIM_SUSPECTS, NEXT_DUE};
use super::{
    Clock, File,
    error::{queue_error, store_error},
    row::{Columns, json},
    system::{self, CLEAN_AT_ONCE},
    unreadable::RowKey,
    writer::UnitError,
};

macro_rules! select_dead {
    ($rest:literal) => {
        concat!(
            "SELECT key, kind, payload, errors, crashes, cause, last_error, ended_at FROM jobs WHERE state = 'dead' ",
            $rest
        )
    };
}

pub(super) const DEAD: &str = select_dead!("ORDER BY ended_at DESC, key DESC LIMIT $1");
pub(super) const DEAD_AFTER: &str =
    select_dead!("AND (ended_at, key) < ($2, $3) ORDER BY ended_at DESC, key DESC LIMIT $1");
pub(super) const DEATHS: &str = select_dead!("AND key IN (SELECT value FROM json_each($1))");
const PING: &str = "SELECT 1 FROM jobs LIMIT 1";
pub(super) const DEPTH: &str = "SELECT \
     (SELECT count(*) FROM jobs WHERE state = 'ready' AND round IS NULL) \
     + (SELECT count(*) FROM jobs WHERE state = 'ready' AND round IS NOT NULL) AS ready, \
     (SELECT count(*) FROM jobs WHERE state = 'leased') AS leased, \
     (SELECT count(*) FROM jobs WHERE state = 'done') AS done, \
     (SELECT count(*) FROM jobs WHERE state = 'dead') AS dead, \
     (SELECT count(*) FROM jobs WHERE state = 'ready' AND round IS NULL AND kind NOT IN (SELECT value FROM json_each($1))) \
     + (SELECT count(*) FROM jobs WHERE state = 'ready' AND round IS NOT NULL \
        AND kind NOT IN (SELECT value FROM json_each($1))) AS unknown";
pub(super) const WAITING_DELIVERIES: &str = "SELECT handler, count(*) AS waiting FROM ( \
     SELECT CASE WHEN json_valid(payload) THEN json_extract(payload, '$.handler') END AS handler FROM jobs \
     WHERE state = 'ready' AND round IS NULL AND kind = $1 \
     UNION ALL \
     SELECT CASE WHEN json_valid(payload) THEN json_extract(payload, '$.handler') END AS handler FROM jobs \
     WHERE state = 'ready' AND round IS NOT NULL AND kind = $1) \
     WHERE typeof(handler) = 'text' GROUP BY handler";
pub(super) const OVERDUE: &str = "SELECT key FROM ( \
     SELECT key, run_at AS due, place FROM jobs WHERE state = 'ready' AND round IS NULL AND (run_at < $1 OR since > $2) \
       AND kind IN (SELECT value FROM json_each($3)) \
     UNION ALL \
     SELECT key, run_at AS due, place FROM jobs WHERE state = 'ready' AND round IS NOT NULL \
       AND (run_at < $1 OR run_at > $2) AND kind IN (SELECT value FROM json_each($3)) \
     UNION ALL \
     SELECT key, lease_until AS due, place FROM jobs WHERE state = 'leased' AND (lease_until < $1 OR since > $2) \
       AND kind IN (SELECT value FROM json_each($3))) \
     ORDER BY due, place LIMIT $4";
pub(super) const CLEAN: &str = "DELETE FROM jobs WHERE place IN \
     (SELECT place FROM jobs WHERE state = 'done' AND ended_at < $1 LIMIT $2)";
const REPLAY: &str = "UPDATE jobs SET state = 'ready', run_at = $2, since = $3, round = NULL, started = 0, errors = 0, crashes = 0, suspect = 0, \
     cause = NULL, last_error = NULL, ended_at = NULL WHERE key = $1 AND state = 'dead'";
const ROW: RowKey = RowKey {
    table: "jobs",
    column: "key",
};
/// The maximum number of jobs in one INSERT statement.
const ROWS_PER_INSERT: usize = 500;

/// A job queue in the file of a store. Clones share it.
#[derive(Clone)]
pub struct SqliteQueue {
    file: Arc<File>,
    clock: Clock,
}

impl SqliteQueue {
    pub(super) const fn new(file: Arc<File>, clock: Clock) -> Self {
        Self { file, clock }
    }

    /// Runs a unit of work on the store's writer.
    async fn write<I, T, F>(&self, input: I, work: F) -> Result<T, QueueError>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'u> Fn(&'u I, &'u mut SqliteConnection) -> BoxFuture<'u, Result<T, UnitError>>
            + Send
            + Sync
            + 'static,
    {
        self.file.writer.run(input, work).await.map_err(queue_error)
    }
}

impl fmt::Debug for SqliteQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteQueue").finish_non_exhaustive()
    }
}

#[async_trait]
impl JobQueue for SqliteQueue {
    async fn enqueue(&self, jobs: &[NewJob]) -> Result<(), QueueError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let input = (jobs.to_vec(), Clock::clone(&self.clock));
        self.write(input, |(jobs, clock), db| {
            Box::pin(insert(jobs, clock(), db))
        })
        .await
    }

    async fn dead(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Page<DeadJob>, QueueError> {
        let query = |limit| match &after {
            None => sqlx::query(DEAD).bind(limit),
            Some(after) => sqlx::query(DEAD_AFTER)
                .bind(limit)
                .bind(after.died_at.timestamp_micros())
                .bind(after.key.as_str().to_owned()),
        };
        let wanted = limit.saturating_add(1);
        let jobs = self
            .file
            .read_first(ROW, wanted, query, row::dead_job)
            .await;
        Ok(Page::cut(jobs.map_err(queue_error)?, limit))
    }

    async fn deaths(&self, keys: &[JobKey]) -> Result<Vec<DeadJob>, QueueError> {
        let keys = json(&keys).map_err(queue_error)?;
        let rows = sqlx::query(DEATHS)
            .bind(keys)
            .fetch_all(&self.file.readers)
            .await
            .map_err(|error| queue_error(store_error(error)))?;
        Ok(self.file.readable(ROW, &rows, row::dead_job))
    }

    async fn replay(&self, key: &JobKey, now: Timestamp) -> Result<bool, QueueError> {
        let input = (key.clone(), now, Clock::clone(&self.clock));
        self.write(input, |(key, now, clock), db| {
            Box::pin(async move {
                let done = sqlx::query(REPLAY)
                    .bind(key.as_str())
                    .bind(now.timestamp_micros())
                    .bind(clock().timestamp_micros())
                    .execute(db)
                    .await?;
                Ok(done.rows_affected() > 0)
            })
        })
        .await
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        let kinds = json(&Job::KINDS).map_err(queue_error)?;
        let row = sqlx::query(DEPTH).bind(kinds);
        let row = row.fetch_one(&self.file.readers).await;
        let row = row.map_err(|error| queue_error(store_error(error)))?;
        let columns = Columns::of("jobs", &row);
        let depth = || -> Result<QueueDepth, StoreError> {
            Ok(QueueDepth {
                ready: columns.number("ready")?,
                leased: columns.number("leased")?,
                done: columns.number("done")?,
                dead: columns.number("dead")?,
                unknown: columns.number("unknown")?,
            })
        };
        depth().map_err(queue_error)
    }

    async fn waiting_deliveries(&self) -> Result<BTreeMap<String, u64>, QueueError> {
        let rows = sqlx::query(WAITING_DELIVERIES).bind(Job::HANDLE_EVENT);
        let rows = rows.fetch_all(&self.file.readers).await;
        let rows = rows.map_err(|error| queue_error(store_error(error)))?;
        let count = |row| -> Result<(String, u64), StoreError> {
            let columns = Columns::of("jobs", row);
            Ok((columns.get("handler")?, columns.number("waiting")?))
        };
        rows.iter()
            .map(|row| count(row).map_err(queue_error))
            .collect()
    }

    /// Deletes in several units of work, so that no other write waits long.
    async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError> {
        let mut removed = 0;
        loop {
            let count = self
                .write(ended_before, |before, db| {
                    Box::pin(async move {
                        let done = sqlx::query(CLEAN)
                            .bind(before.timestamp_micros())
                            .bind(i64::try_from(CLEAN_AT_ONCE).unwrap_or(i64::MAX))
                            .execute(db)
                            .await?;
                        Ok(done.rows_affected())
                    })
                })
                .await?;
            removed += count;
            if count < CLEAN_AT_ONCE {
                return Ok(removed);
            }
        }
    }

    async fn overdue(&self, due_before: Timestamp, limit: u32) -> Result<Vec<JobKey>, QueueError> {
        let kinds = json(&Job::KINDS).map_err(queue_error)?;
        let rows = sqlx::query(OVERDUE)
            .bind(due_before.timestamp_micros())
            .bind(lease::latest_plausible((self.clock)()))
            .bind(kinds)
            .bind(limit)
            .fetch_all(&self.file.readers)
            .await
            .map_err(|error| queue_error(store_error(error)))?;
        let key = |one| row::key(Columns::of("jobs", one)).map_err(queue_error);
        rows.iter().map(key).collect()
    }

    async fn ping(&self) -> Result<(), QueueError> {
        system::ping(PING, &self.file.readers)
            .await
            .map_err(queue_error)
    }
}

async fn insert(
    jobs: &[NewJob],
    now: Timestamp,
    db: &mut SqliteConnection,
) -> Result<(), UnitError> {
    for chunk in jobs.chunks(ROWS_PER_INSERT) {
        let mut rows = Vec::with_capacity(chunk.len());
        for new in chunk {
            rows.push((new, json(&new.job)?));
        }
        let columns =
            "INSERT INTO jobs (key, kind, class, requester, payload, state, run_at, since) ";
        let mut sql = QueryBuilder::new(columns);
        sql.push_values(rows, |mut row, (new, payload)| {
            row.push_bind(new.key.as_str().to_owned())
                .push_bind(new.job.kind())
                .push_bind(new.class.as_str())
                .push_bind(new.requester.map(|id| id.as_uuid()))
                .push_bind(payload)
                .push("'ready'")
                .push_bind(due_at(new.run_at, now).timestamp_micros())
                .push_bind(now.timestamp_micros());
        });
        sql.push(" ON CONFLICT (key) DO NOTHING");
        sql.build().execute(&mut *db).await?;
    }
    Ok(())
}
