//! Leases jobs. The lease id alone identifies the holder: a call with another lease id changes nothing.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::SqliteConnection;
use tickmate_core::{
    backend::{
        queue::{
            AfterError, CLOCK_SLACK, ClaimRequest, JobLeases, LeaseState, MAX_JOB_ERROR,
            QueueError, Wanted, due_at,
        },
        store::StoreError,
    },
    domain::{
        id::LeaseId,
        job::{Job, JobKey, LeasedJob},
        job_class::JobClass,
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

// A claim is one SQL text of three statements, so it takes one call of the connection's thread. Parameters: $1 now,
// $2 the kinds that this version knows, $3 the moment after which a record shows that the clock was set back, $4 the
// maximum number of crashes, $5 the lease, $6 its end, and from $7 on the wanted jobs.

/// Ends expired leases. A run that had started under one counts as a crash.
macro_rules! expire {
    () => {
        "UPDATE jobs SET crashes = crashes + started, suspect = max(suspect, started), \
         state = iif(started = 1 AND crashes + 1 >= $4, 'dead', 'ready'), \
         cause = iif(started = 1 AND crashes + 1 >= $4, 'crashes', NULL), \
         ended_at = iif(started = 1 AND crashes + 1 >= $4, $1, NULL), \
         run_at = min(lease_until, $1), since = $1, round = NULL, lease = NULL, lease_until = NULL, started = 0 \
         WHERE state = 'leased' AND (lease_until <= $1 OR since > $3) AND kind IN (SELECT value FROM json_each($2))"
    };
}

/// Assigns each due job its round in the round-robin order of its class.
macro_rules! assign_rounds {
    () => {
        "UPDATE jobs SET round = placed.round, run_at = min(jobs.run_at, $1) FROM \
         (SELECT due.place AS place, max( \
            coalesce((SELECT first.round FROM jobs AS first WHERE first.state = 'ready' AND first.round IS NOT NULL \
              AND first.class = due.class ORDER BY first.round LIMIT 1), 0), \
            coalesce((SELECT max(own.round) + 1 FROM jobs AS own WHERE own.state = 'ready' AND own.round IS NOT NULL \
              AND own.class = due.class AND own.requester = due.requester), 0)) \
            + iif(due.requester IS NULL, 0, \
              row_number() OVER (PARTITION BY due.class, due.requester ORDER BY due.run_at, due.place) - 1) AS round \
          FROM jobs AS due WHERE due.place IN \
              (SELECT place FROM jobs WHERE state = 'ready' AND round IS NULL AND run_at <= $1 \
               UNION SELECT place FROM jobs WHERE state = 'ready' AND round IS NULL AND since > $3) \
            AND due.suspect = 0 AND due.kind IN (SELECT value FROM json_each($2))) AS placed \
         WHERE jobs.place = placed.place"
    };
}

macro_rules! claim {
    ($places:expr) => {
        concat!(
            expire!(),
            "; ",
            assign_rounds!(),
            "; UPDATE jobs SET state = 'leased', lease = $5, lease_until = $6, since = $1, started = 0 WHERE place IN (",
            $places,
            ") RETURNING key, payload, class, errors, crashes, suspect, run_at, place, round"
        )
    };
}
macro_rules! first_of_class {
    ($class:literal, $most:literal) => {
        concat!(
            "SELECT * FROM (SELECT place FROM jobs WHERE state = 'ready' AND round IS NOT NULL AND class = '",
            $class,
            "' AND kind IN (SELECT value FROM json_each($2)) ORDER BY round, run_at, place LIMIT ",
            $most,
            ")"
        )
    };
}
/// Claims up to a maximum number of jobs of each class.
pub(in crate::sqlite) const CLAIM: &str = claim!(concat!(
    first_of_class!("tickets", "$7"),
    " UNION ALL ",
    first_of_class!("deliveries", "$8"),
    " UNION ALL ",
    first_of_class!("bulk", "$9"),
    " UNION ALL ",
    first_of_class!("maintenance", "$10")
));
pub(in crate::sqlite) const CLAIM_SUSPECTS: &str = claim!(
    "SELECT place FROM jobs WHERE state = 'ready' AND suspect = 1 AND (run_at <= $1 OR since > $3) \
     AND kind IN (SELECT value FROM json_each($2)) AND class IN (SELECT value FROM json_each($8)) \
     ORDER BY run_at, place LIMIT $7"
);
pub(in crate::sqlite) const CLAIM_KEYS: &str = claim!(
    "SELECT place FROM jobs WHERE key IN (SELECT value FROM json_each($7)) AND state = 'ready' \
     AND (round IS NOT NULL OR run_at <= $1 OR since > $3) AND kind IN (SELECT value FROM json_each($2))"
);

macro_rules! earliest {
    ($due:literal, $which:literal) => {
        concat!(
            "SELECT * FROM (SELECT ",
            $due,
            " AS due FROM jobs WHERE ",
            $which,
            " AND kind IN (SELECT value FROM json_each($3)) ORDER BY ",
            $due,
            " LIMIT 1)"
        )
    };
}
macro_rules! due_now {
    ($which:literal) => {
        concat!(
            "SELECT $1 WHERE EXISTS (SELECT 1 FROM jobs WHERE ",
            $which,
            " AND kind IN (SELECT value FROM json_each($3)))"
        )
    };
}
pub(in crate::sqlite) const NEXT_DUE: &str = concat!(
    "SELECT min(due) FROM (",
    earliest!(
        "run_at",
        "state = 'ready' AND round IS NULL AND suspect = 0 AND class IN (SELECT value FROM json_each($4))"
    ),
    " UNION ALL ",
    earliest!(
        "run_at",
        "state = 'ready' AND suspect = 1 AND class IN (SELECT value FROM json_each($4))"
    ),
    " UNION ALL ",
    earliest!("lease_until", "state = 'leased'"),
    " UNION ALL ",
    due_now!(
        "state = 'ready' AND round IS NOT NULL AND class IN (SELECT value FROM json_each($4))"
    ),
    " UNION ALL ",
    due_now!(
        "state = 'ready' AND round IS NULL AND since > $2 AND class IN (SELECT value FROM json_each($4))"
    ),
    " UNION ALL ",
    due_now!("state = 'leased' AND since > $2"),
    ")"
);

const START: &str =
    "UPDATE jobs SET started = 1 WHERE key = $1 AND state = 'leased' AND lease = $2";
const RENEW: &str = "UPDATE jobs SET lease_until = $3, since = $4 WHERE key IN (SELECT value FROM json_each($1)) \
     AND state = 'leased' AND lease = $2 RETURNING key";
const FINISH: &str = "UPDATE jobs SET state = 'done', ended_at = $3, lease = NULL, lease_until = NULL, started = 0 \
     WHERE key = $1 AND state = 'leased' AND lease = $2";
const RETRY: &str = "UPDATE jobs SET state = 'ready', run_at = $3, since = $5, round = NULL, errors = errors + 1, \
     last_error = $4, lease = NULL, lease_until = NULL, started = 0, suspect = 0 WHERE key = $1 AND state = 'leased' AND lease = $2";
const DEFER: &str = "UPDATE jobs SET state = 'ready', run_at = $3, since = $5, round = NULL, last_error = $4, \
     lease = NULL, lease_until = NULL, started = 0, suspect = 0 WHERE key = $1 AND state = 'leased' AND lease = $2";
const DIE: &str = "UPDATE jobs SET state = 'dead', cause = 'errors', ended_at = $3, since = $5, errors = errors + 1, \
     last_error = $4, lease = NULL, lease_until = NULL, started = 0 \
     WHERE key = $1 AND state = 'leased' AND lease = $2";
const RELEASE: &str = "UPDATE jobs SET state = 'ready', since = $3, lease = NULL, lease_until = NULL, \
     started = 0 WHERE key IN (SELECT value FROM json_each($1)) AND state = 'leased' AND lease = $2";

#[async_trait]
impl JobLeases for SqliteQueue {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<LeasedJob>, QueueError> {
        let input = (request.clone(), self.clock(), Arc::clone(&self.file));
        self.write(input, |(request, clock, file), db| {
            Box::pin(claim(request, clock(), file, db))
        })
        .await
    }

    async fn start(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError> {
        self.write((key.clone(), lease), |(key, lease), db| {
            Box::pin(async move {
                let done = sqlx::query(START)
                    .bind(key.as_str())
                    .bind(lease.as_uuid())
                    .execute(db)
                    .await?;
                Ok(lease_state(done.rows_affected()))
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
                let now = clock();
                let rows = sqlx::query(RENEW)
                    .bind(keys)
                    .bind(lease.as_uuid())
                    .bind(micros_after(now, *duration))
                    .bind(now.timestamp_micros())
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

    async fn finish(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError> {
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
                    Ok(lease_state(done.rows_affected()))
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
    ) -> Result<LeaseState, QueueError> {
        let error: String = error.chars().take(MAX_JOB_ERROR).collect();
        let input = (key.clone(), lease, error, after, self.clock());
        self.write(input, |(key, lease, error, after, clock), db| {
            Box::pin(async move {
                let now = clock();
                let (statement, at) = match after {
                    AfterError::RetryAt(at) => (RETRY, due_at(*at, now)),
                    AfterError::DeferUntil(at) => (DEFER, due_at(*at, now)),
                    AfterError::Die => (DIE, now),
                };
                let done = sqlx::query(statement)
                    .bind(key.as_str())
                    .bind(lease.as_uuid())
                    .bind(at.timestamp_micros())
                    .bind(error)
                    .bind(now.timestamp_micros())
                    .execute(db)
                    .await?;
                Ok(lease_state(done.rows_affected()))
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

    async fn next_due(&self, classes: &[JobClass]) -> Result<Option<Timestamp>, QueueError> {
        let now = (self.clock)();
        let due: Option<i64> = sqlx::query_scalar(NEXT_DUE)
            .bind(now.timestamp_micros())
            .bind(latest_plausible(now))
            .bind(json(&Job::KINDS).map_err(queue_error)?)
            .bind(json(&classes).map_err(queue_error)?)
            .fetch_one(&self.file.readers)
            .await
            .map_err(|error| queue_error(store_error(error)))?;
        Ok(due.map(|due| from_micros(due).max(now)))
    }
}

impl SqliteQueue {
    /// Returns the clock instead of the time: a unit of work reads it when it runs, because a lease that began
    /// earlier would be too short.
    fn clock(&self) -> Clock {
        Clock::clone(&self.clock)
    }
}

async fn claim(
    request: &ClaimRequest,
    now: Timestamp,
    file: &File,
    db: &mut SqliteConnection,
) -> Result<Vec<LeasedJob>, UnitError> {
    let statement = match &request.wanted {
        Wanted::Unsuspected(_) => CLAIM,
        Wanted::Suspects { .. } => CLAIM_SUSPECTS,
        Wanted::Keys(_) => CLAIM_KEYS,
    };
    let query = sqlx::query(statement)
        .bind(now.timestamp_micros())
        .bind(json(&Job::KINDS)?)
        .bind(latest_plausible(now))
        .bind(i64::from(request.max_crashes))
        .bind(request.lease.as_uuid())
        .bind(micros_after(now, request.duration));
    let query = match &request.wanted {
        Wanted::Unsuspected(most) => JobClass::ALL.into_iter().fold(query, |query, class| {
            query.bind(i64::from(*most.get(class)))
        }),
        Wanted::Suspects { most, classes } => query.bind(i64::from(*most)).bind(json(classes)?),
        Wanted::Keys(keys) => query.bind(json(keys)?),
    };
    let rows = query.fetch_all(db).await?;
    // RETURNING yields the rows in no particular order.
    let mut jobs = file.readable(ROW, &rows, |one| {
        let columns = Columns::of("jobs", one);
        let job = row::leased_job(request.lease, one)?;
        let due: (i64, i64) = (columns.get("run_at")?, columns.get("place")?);
        let round = match request.wanted {
            Wanted::Unsuspected(_) => Some((job.class, columns.get::<i64>("round")?)),
            Wanted::Suspects { .. } | Wanted::Keys(_) => None,
        };
        Ok(((round, due), job))
    });
    jobs.sort_by_key(|(place, _)| *place);
    Ok(jobs.into_iter().map(|(_, job)| job).collect())
}

const fn lease_state(rows: u64) -> LeaseState {
    match rows {
        0 => LeaseState::Lost,
        _ => LeaseState::Held,
    }
}

/// Returns the moment, in microseconds, after which a record shows that the clock was set back.
pub(super) fn latest_plausible(now: Timestamp) -> i64 {
    (now + CLOCK_SLACK).timestamp_micros()
}

fn micros_after(now: Timestamp, duration: Duration) -> i64 {
    let duration = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    now.timestamp_micros().saturating_add(duration)
}
