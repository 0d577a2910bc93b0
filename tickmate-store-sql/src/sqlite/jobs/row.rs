//! Maps rows of the table `jobs`.

use sqlx::sqlite::SqliteRow;
use tickmate_core::{
    backend::store::StoreError,
    domain::{
        id::LeaseId,
        job::{DeadJob, Job, JobKey, LeasedJob},
    },
};

use crate::sqlite::row::Columns;

pub(super) fn leased_job(lease: LeaseId, row: &SqliteRow) -> Result<LeasedJob, StoreError> {
    let columns = Columns::of("jobs", row);
    Ok(LeasedJob {
        key: key(columns)?,
        lease,
        job: job(columns)?,
        class: columns.word("class")?,
        errors: columns.number("errors")?,
        crashes: columns.number("crashes")?,
        suspect: columns.get("suspect")?,
    })
}

pub(super) fn dead_job(row: &SqliteRow) -> Result<DeadJob, StoreError> {
    let columns = Columns::of("jobs", row);
    Ok(DeadJob {
        key: key(columns)?,
        kind: columns.get("kind")?,
        job: job(columns)?,
        cause: columns
            .maybe_tag("cause")?
            .ok_or_else(|| columns.corrupt("cause"))?,
        errors: columns.number("errors")?,
        crashes: columns.number("crashes")?,
        last_error: columns.get("last_error")?,
        died_at: columns.moment("ended_at")?,
    })
}

pub(super) fn key(columns: Columns<'_>) -> Result<JobKey, StoreError> {
    columns.get::<String>("key").map(JobKey::new)
}

/// Returns the job, or `None` if this version can't read its payload.
fn job(columns: Columns<'_>) -> Result<Option<Job>, StoreError> {
    Ok(serde_json::from_str(columns.get("payload")?).ok())
}
