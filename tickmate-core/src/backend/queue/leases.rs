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

/// Which jobs a worker takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Jobs that are not suspected: they never ran, or their last run ended, if with an error. At most so many of each
    /// class, class by class, in the order of its line.
    Unsuspected(PerClass<u32>),
    /// Jobs whose last run never ended, the longest due first. No other job of their class runs next to them.
    Suspects {
        /// At most so many, over all classes.
        most: u32,
        /// Jobs of these classes.
        classes: Vec<JobClass>,
    },
    /// The jobs with these keys, suspected or not, the longest due first.
    Keys(Vec<JobKey>),
}

/// A worker's wish for jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// The lease that the jobs claimed are held by.
    pub lease: LeaseId,
    /// For how long, unless it is renewed.
    pub duration: Duration,
    /// Which jobs, of those that are due.
    pub wanted: Wanted,
    /// A job that has crashed so often is dead instead.
    pub max_crashes: u32,
}

/// Whether a lease still held when something was done under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseState {
    /// It held; the thing was done.
    Held,
    /// It was lost; nothing was done.
    Lost,
}

/// Lets a worker lease jobs. "Now" is the queue's own clock.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[async_trait]
pub trait JobLeases: JobQueue {
    /// Leases jobs that are due, of the kinds in [`crate::domain::job::Job::KINDS`] (others
    /// are left for a newer version; of a known kind a payload that can't be read is leased with `job: None`).
    /// Jobs whose lease ran out are due: one that had started counts a crash, and dies where that is one too many.
    ///
    /// A **sweep**.
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<LeasedJob>, QueueError>;

    /// Notes that the run starts.
    ///
    /// A **change**.
    async fn start(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError>;

    /// Extends the lease on these jobs. Answers those that it still held.
    ///
    /// A **sweep**.
    async fn renew(
        &self,
        keys: &[JobKey],
        lease: LeaseId,
        duration: Duration,
    ) -> Result<Vec<JobKey>, QueueError>;

    /// Notes that the job ended well.
    ///
    /// A **change**.
    async fn finish(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError>;

    /// Notes that the run ended with an error, of which the first [`MAX_JOB_ERROR`](super::MAX_JOB_ERROR) characters are kept, counts it unless the
    /// job is deferred, and does what follows.
    ///
    /// A **change**.
    async fn fail(
        &self,
        key: &JobKey,
        lease: LeaseId,
        error: &str,
        after: AfterError,
    ) -> Result<LeaseState, QueueError>;

    /// Gives jobs back that were not started, or whose run was stopped on purpose: ready at once, nothing counted.
    ///
    /// A **sweep**.
    async fn release(&self, keys: &[JobKey], lease: LeaseId) -> Result<(), QueueError>;

    /// Returns when the next job of these classes, suspected or not, or the end of the next lease is due, but at the
    /// earliest the present moment; none where there is nothing to do.
    ///
    /// A **read**.
    async fn next_due(&self, classes: &[JobClass]) -> Result<Option<Timestamp>, QueueError>;
}
