//! Leasing jobs. A lease is held by its id alone: who has another one changes nothing.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::SqliteConnection;
use tickmate_core::{
    backend::{
        queue::{AfterError, ClaimRequest, Held, JobLeases, QueueError, Take},
        store::StoreError,
    },
    domain::{
        id::LeaseId,
        job::{Job, JobKey, LeasedJob},
        time::{Timestamp, from_micros},
    },
};

use super::{ROW, SqliteQueue, row};
use crate::sqlite::{
    Clock, File,
    error::{queue_error, store_error},
    row::{Columns, json},
    writer::UnitError,
};

/// The most characters of an error that are kept.
const MAX_ERROR: usize = 2_000;

/// What became of leases that ran out: whatever had started has crashed.
pub(in crate::sqlite) const EXPIRE: &str = "UPDATE jobs SET crashes = crashes + started, suspect = max(suspect, started), \
     state = iif(started = 1 AND crashes + 1 >= $2, 'dead', 'ready'), \
     cause = iif(started = 1 AND crashes + 1 >= $2, 'crashes', NULL), \
     ended_at = iif(started = 1 AND crashes + 1 >= $2, $1, NULL), \
     run_at = lease_until, lease = NULL, lease_until = NULL, started = 0 \
     WHERE state = 'leased' AND lease_until <= $1 AND kind IN (SELECT value FROM json_each($3))";

macro_rules! claim {
    ($suspect:literal) => {
        concat!(
            "UPDATE jobs SET state = 'leased', lease = $2, lease_until = $3, started = 0 WHERE place IN \
             (SELECT place FROM jobs WHERE state = 'ready' AND suspect ",
            $suspect,
            " AND run_at <= $1 AND kind IN (SELECT value FROM json_each($4)) ORDER BY run_at, place LIMIT $5) \
             RETURNING key, payload, errors, crashes, suspect, run_at, place"
        )
    };
}
/// The claim of those that never crashed, and of those that did.
pub(in crate::sqlite) const CLAIM: [&str; 2] = [claim!("= 0"), claim!("= 1")];

pub(in crate::sqlite) const NEXT_DUE: &str = "SELECT min(due) FROM ( \
     SELECT * FROM (SELECT run_at AS due FROM jobs WHERE state = 'ready' AND suspect = 0 \
       AND kind IN (SELECT value FROM json_each($1)) ORDER BY run_at LIMIT 1) \
     UNION ALL \
     SELECT * FROM (SELECT run_at AS due FROM jobs WHERE state = 'ready' AND suspect = 1 \
       AND kind IN (SELECT value FROM json_each($1)) ORDER BY run_at LIMIT 1) \
     UNION ALL \
     SELECT * FROM (SELECT lease_until AS due FROM jobs WHERE state = 'leased' \
       AND kind IN (SELECT value FROM json_each($1)) ORDER BY lease_until LIMIT 1))";

const START: &str =
    "UPDATE jobs SET started = 1 WHERE key = $1 AND state = 'leased' AND lease = $2";
const RENEW: &str = "UPDATE jobs SET lease_until = $3 WHERE key IN (SELECT value FROM json_each($1)) \
     AND state = 'leased' AND lease = $2 RETURNING key";
const FINISH: &str = "UPDATE jobs SET state = 'done', ended_at = $3, lease = NULL, lease_until = NULL, started = 0 \
     WHERE key = $1 AND state = 'leased' AND lease = $2";
const RETRY: &str = "UPDATE jobs SET state = 'ready', run_at = $3, errors = errors + 1, last_error = $4, \
     lease = NULL, lease_until = NULL, started = 0, suspect = 0 WHERE key = $1 AND state = 'leased' AND lease = $2";
const DEFER: &str = "UPDATE jobs SET state = 'ready', run_at = $3, last_error = $4, \
     lease = NULL, lease_until = NULL, started = 0, suspect = 0 WHERE key = $1 AND state = 'leased' AND lease = $2";
const DIE: &str = "UPDATE jobs SET state = 'dead', cause = 'errors', ended_at = $3, errors = errors + 1, \
     last_error = $4, lease = NULL, lease_until = NULL, started = 0 \
     WHERE key = $1 AND state = 'leased' AND lease = $2";
const RELEASE: &str = "UPDATE jobs SET state = 'ready', run_at = min(run_at, $3), lease = NULL, lease_until = NULL, \
     started = 0 WHERE key IN (SELECT value FROM json_each($1)) AND state = 'leased' AND lease = $2";

#[async_trait]
impl JobLeases for SqliteQueue {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<LeasedJob>, QueueError> {
        let input = (*request, self.clock(), Arc::clone(&self.file));
        self.write(input, |(request, clock, file), db| {
            Box::pin(claim(*request, clock(), file, db))
        })
        .await
    }

    async fn start(&self, key: &JobKey, lease: LeaseId) -> Result<Held, QueueError> {
        self.write((key.clone(), lease), |(key, lease), db| {
            Box::pin(async move {
                let done = sqlx::query(START)
                    .bind(key.as_str())
                    .bind(lease.as_uuid())
                    .execute(db)
                    .await?;
                Ok(held(done.rows_affected()))
            })
        })
        .await
    }

    async fn renew(
        &self,
        keys: &[JobKey],
        lease: LeaseId,
        duration: Duration,
    ) -> Result<Vec<JobKey>, QueueError> {
        let keys = json(&keys).map_err(queue_error)?;
        let input = (keys, lease, duration, self.clock());
        self.write(input, |(keys, lease, duration, clock), db| {
            Box::pin(async move {
                let rows = sqlx::query(RENEW)
                    .bind(keys)
                    .bind(lease.as_uuid())
                    .bind(micros_after(clock(), *duration))
                    .fetch_all(db)
                    .await?;
                let keys: Result<Vec<JobKey>, StoreError> = rows
                    .iter()
                    .map(|one| row::key(Columns::of("jobs", one)))
                    .collect();
                Ok(keys?)
            })
        })
        .await
    }

    async fn finish(&self, key: &JobKey, lease: LeaseId) -> Result<Held, QueueError> {
        self.write(
            (key.clone(), lease, self.clock()),
            |(key, lease, clock), db| {
                Box::pin(async move {
                    let done = sqlx::query(FINISH)
                        .bind(key.as_str())
                        .bind(lease.as_uuid())
                        .bind(clock().timestamp_micros())
                        .execute(db)
                        .await?;
                    Ok(held(done.rows_affected()))
                })
            },
        )
        .await
    }

    async fn fail(
        &self,
        key: &JobKey,
        lease: LeaseId,
        error: &str,
        after: AfterError,
    ) -> Result<Held, QueueError> {
        let error: String = error.chars().take(MAX_ERROR).collect();
        let input = (key.clone(), lease, error, after, self.clock());
        self.write(input, |(key, lease, error, after, clock), db| {
            Box::pin(async move {
                let (statement, at) = match after {
                    AfterError::RetryAt(at) => (RETRY, *at),
                    AfterError::DeferUntil(at) => (DEFER, *at),
                    AfterError::Die => (DIE, clock()),
                };
                let done = sqlx::query(statement)
                    .bind(key.as_str())
                    .bind(lease.as_uuid())
                    .bind(at.timestamp_micros())
                    .bind(error)
                    .execute(db)
                    .await?;
                Ok(held(done.rows_affected()))
            })
        })
        .await
    }

    async fn release(&self, keys: &[JobKey], lease: LeaseId) -> Result<(), QueueError> {
        let keys = json(&keys).map_err(queue_error)?;
        self.write((keys, lease, self.clock()), |(keys, lease, clock), db| {
            Box::pin(async move {
                sqlx::query(RELEASE)
                    .bind(keys)
                    .bind(lease.as_uuid())
                    .bind(clock().timestamp_micros())
                    .execute(db)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, QueueError> {
        let kinds = json(&Job::KINDS).map_err(queue_error)?;
        let due: Option<i64> = sqlx::query_scalar(NEXT_DUE)
            .bind(kinds)
            .fetch_one(&self.file.readers)
            .await
            .map_err(|error| queue_error(store_error(error)))?;
        Ok(due.map(from_micros))
    }
}

impl SqliteQueue {
    /// The clock, to be read when the unit runs: a lease that began while it waited would be short.
    fn clock(&self) -> Clock {
        Clock::clone(&self.clock)
    }
}

async fn claim(
    request: ClaimRequest,
    now: Timestamp,
    file: &File,
    db: &mut SqliteConnection,
) -> Result<Vec<LeasedJob>, UnitError> {
    let kinds = json(&Job::KINDS)?;
    sqlx::query(EXPIRE)
        .bind(now.timestamp_micros())
        .bind(i64::from(request.max_crashes))
        .bind(&kinds)
        .execute(&mut *db)
        .await?;
    let [unsuspected, suspects] = CLAIM;
    let statement = match request.take {
        Take::Unsuspected => unsuspected,
        Take::Suspects => suspects,
    };
    let rows = sqlx::query(statement)
        .bind(now.timestamp_micros())
        .bind(request.lease.as_uuid())
        .bind(micros_after(now, request.duration))
        .bind(&kinds)
        .bind(i64::from(request.limit))
        .fetch_all(db)
        .await?;
    // RETURNING gives rows in any order.
    let mut jobs = file.readable(ROW, &rows, |one| {
        let columns = Columns::of("jobs", one);
        let place: (i64, i64) = (columns.get("run_at")?, columns.get("place")?);
        Ok((place, row::leased(request.lease, one)?))
    });
    jobs.sort_by_key(|(place, _)| *place);
    Ok(jobs.into_iter().map(|(_, job)| job).collect())
}

const fn held(rows: u64) -> Held {
    match rows {
        0 => Held::Lost,
        _ => Held::Yes,
    }
}

fn micros_after(now: Timestamp, duration: Duration) -> i64 {
    let duration = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    now.timestamp_micros().saturating_add(duration)
}
