//! The job queue in the store's own file: handing over, what died, and what there is.

mod lease;
mod row;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sqlx::{QueryBuilder, SqliteConnection};
use tickmate_core::{
    backend::{
        queue::{JobQueue, QueueError},
        store::StoreError,
    },
    domain::{
        job::{DeadJob, DeadPlace, JobKey, NewJob, QueueDepth},
        page::Page,
        time::Timestamp,
    },
};

#[cfg(test)]
pub(super) use self::lease::{CLAIM, EXPIRE, NEXT_DUE};
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
            "SELECT key, payload, errors, crashes, cause, last_error, ended_at FROM jobs WHERE state = 'dead' ",
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
     (SELECT count(*) FROM jobs WHERE state = 'ready' AND suspect = 0) \
     + (SELECT count(*) FROM jobs WHERE state = 'ready' AND suspect = 1) AS ready, \
     (SELECT count(*) FROM jobs WHERE state = 'leased') AS leased, \
     (SELECT count(*) FROM jobs WHERE state = 'done') AS done, \
     (SELECT count(*) FROM jobs WHERE state = 'dead') AS dead";
pub(super) const CLEAN: &str = "DELETE FROM jobs WHERE place IN \
     (SELECT place FROM jobs WHERE state = 'done' AND ended_at < $1 LIMIT $2)";
const REPLAY: &str = "UPDATE jobs SET state = 'ready', run_at = $2, started = 0, errors = 0, crashes = 0, suspect = 0, \
     cause = NULL, last_error = NULL, ended_at = NULL WHERE key = $1 AND state = 'dead'";
const ROW: RowKey = RowKey {
    table: "jobs",
    column: "key",
};
/// How many jobs one statement inserts.
const ROWS_AT_ONCE: usize = 500;

/// A job queue in a store's file. Clones share it.
#[derive(Clone)]
pub struct SqliteQueue {
    file: Arc<File>,
    clock: Clock,
}

impl SqliteQueue {
    pub(super) const fn new(file: Arc<File>, clock: Clock) -> Self {
        Self { file, clock }
    }

    /// Hands a unit of work to the store's writer.
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
        self.write(jobs.to_vec(), |jobs, db| Box::pin(insert(jobs, db)))
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
        let jobs = self.file.read_first(ROW, wanted, query, row::dead).await;
        Ok(Page::cut(jobs.map_err(queue_error)?, limit))
    }

    async fn deaths(&self, keys: &[JobKey]) -> Result<Vec<DeadJob>, QueueError> {
        let keys = json(&keys).map_err(queue_error)?;
        let rows = sqlx::query(DEATHS)
            .bind(keys)
            .fetch_all(&self.file.readers)
            .await
            .map_err(|error| queue_error(store_error(error)))?;
        Ok(self.file.readable(ROW, &rows, row::dead))
    }

    async fn replay(&self, key: &JobKey, now: Timestamp) -> Result<bool, QueueError> {
        self.write((key.clone(), now), |(key, now), db| {
            Box::pin(async move {
                let done = sqlx::query(REPLAY)
                    .bind(key.as_str())
                    .bind(now.timestamp_micros())
                    .execute(db)
                    .await?;
                Ok(done.rows_affected() > 0)
            })
        })
        .await
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        let row = sqlx::query(DEPTH).fetch_one(&self.file.readers).await;
        let row = row.map_err(|error| queue_error(store_error(error)))?;
        let columns = Columns::of("jobs", &row);
        let depth = || -> Result<QueueDepth, StoreError> {
            Ok(QueueDepth {
                ready: columns.number("ready")?,
                leased: columns.number("leased")?,
                done: columns.number("done")?,
                dead: columns.number("dead")?,
            })
        };
        depth().map_err(queue_error)
    }

    /// Removed in several units, so that no write waits long behind it.
    async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError> {
        let mut removed = 0;
        loop {
            let some = self
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
            removed += some;
            if some < CLEAN_AT_ONCE {
                return Ok(removed);
            }
        }
    }

    async fn ping(&self) -> Result<(), QueueError> {
        system::ping(PING, &self.file.readers)
            .await
            .map_err(queue_error)
    }
}

async fn insert(jobs: &[NewJob], db: &mut SqliteConnection) -> Result<(), UnitError> {
    for some in jobs.chunks(ROWS_AT_ONCE) {
        let mut rows = Vec::with_capacity(some.len());
        for new in some {
            rows.push((new, json(&new.job)?));
        }
        let mut sql = QueryBuilder::new("INSERT INTO jobs (key, kind, payload, state, run_at) ");
        sql.push_values(rows, |mut row, (new, payload)| {
            row.push_bind(new.key.as_str().to_owned())
                .push_bind(new.job.kind())
                .push_bind(payload)
                .push("'ready'")
                .push_bind(new.run_at.timestamp_micros());
        });
        sql.push(" ON CONFLICT (key) DO NOTHING");
        sql.build().execute(&mut *db).await?;
    }
    Ok(())
}
