//! Leases on jobs, for the embedded engine.

use std::time::Duration;

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::{AfterError, JobQueue, QueueError};
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{
    id::LeaseId,
    job::{JobKey, LeasedJob},
    job_class::{JobClass, PerClass},
    time::Timestamp,
};

/// Selects the jobs that a worker claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Jobs that are not suspects: they never ran, or their last run ended, perhaps with an error. At most this many of each
    /// class, class by class, in the order of its line.
    Unsuspected(PerClass<u32>),
    /// Jobs whose last run never ended, those due for longest first. No other job of their class runs next to them.
    Suspects {
        /// The most jobs, over all classes.
        most: u32,
        /// The classes of the jobs.
        classes: Vec<JobClass>,
    },
    /// The jobs with these keys, suspects or not, those due for longest first.
    Keys(Vec<JobKey>),
}

/// A worker's request for jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// The lease that holds the claimed jobs.
    pub lease: LeaseId,
    /// The duration of the lease, unless it is renewed.
    pub duration: Duration,
    /// Which of the due jobs.
    pub wanted: Wanted,
    /// The number of crashes after which a job is dead instead of claimed.
    pub max_crashes: u32,
}

/// Whether the worker held the lease when an operation ran under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseState {
    /// The lease was held; the operation was done.
    Held,
    /// The lease was lost; nothing was done.
    Lost,
}

/// Lets a worker lease jobs. "Now" is the time of the queue's own clock.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[async_trait]
pub trait JobLeases: JobQueue {
    /// Leases due jobs of the kinds in [`crate::domain::job::Job::KINDS`]. Other kinds are left for a newer version; a job of
    /// a known kind whose payload can't be read is leased with `job: None`. A job whose lease ran out is due: if it had
    /// started, a crash is counted, and the job dies when that reaches [`ClaimRequest::max_crashes`].
    ///
    /// A **sweep**.
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<LeasedJob>, QueueError>;

    /// Records that the run starts.
    ///
    /// A **change**.
    async fn start(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError>;

    /// Extends the lease on these jobs. Returns those that it still held.
    ///
    /// A **sweep**.
    async fn renew(
        &self,
        keys: &[JobKey],
        lease: LeaseId,
        duration: Duration,
    ) -> Result<Vec<JobKey>, QueueError>;

    /// Records that the job succeeded.
    ///
    /// A **change**.
    async fn finish(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError>;

    /// Records that the run ended with an error, of which the first [`MAX_JOB_ERROR`](super::MAX_JOB_ERROR) characters are kept. Counts it unless
    /// the job is deferred, and retries, defers or kills the job as `after` says.
    ///
    /// A **change**.
    async fn fail(
        &self,
        key: &JobKey,
        lease: LeaseId,
        error: &str,
        after: AfterError,
    ) -> Result<LeaseState, QueueError>;

    /// Releases jobs that were not started, or whose run was stopped on purpose: they are ready at once, and nothing is counted.
    ///
    /// A **sweep**.
    async fn release(&self, keys: &[JobKey], lease: LeaseId) -> Result<(), QueueError>;

    /// Returns when the next job of these classes, suspect or not, or the end of the next lease is due, but at the
    /// earliest the present moment; none if there is neither.
    ///
    /// A **read**.
    async fn next_due(&self, classes: &[JobClass]) -> Result<Option<Timestamp>, QueueError>;
}
