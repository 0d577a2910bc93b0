//! The seam to the job queue. [`JobQueue`] enqueues jobs and shows dead ones; [`JobLeases`] is the additional role of a
//! queue from which the embedded engine leases jobs.
//!
//! # Contract
//! * The doc comment of each method says whether it is a **change**, a **read** or a **sweep**, as those of
//!   [stores](super::store) do.
//! * A job runs at least once, even if a process dies. Jobs with the same key are one job, for 30 days after it ended.
//! * A lease is a fence: a worker that lost it can't change the job.
//! * Each class of jobs is a line of its own. A job joins it when a claim finds the job due, in the round after that of
//!   its requester's last job in the line, but at the earliest in the first round of the line. Rounds are served in order,
//!   and the jobs of a round in the order in which they became due. A requester with thousands of jobs therefore delays the
//!   next job of another requester by one round.
//! * A clock that was set back blocks no job: a job that was scheduled or leased for a moment that is ahead of the
//!   queue's present moment by more than [`CLOCK_SLACK`] is due, and so is a job that would wait for longer than
//!   [`LONGEST_WAIT`].
//! * Runs are counted when they start. A run that never ended (its lease ran out) is a crash, counted when the
//!   job is claimed again; a job that was claimed but not started has not crashed.
//!
//! A queue is complete when it passes the conformance suite (feature `testing`).

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;

use super::BoxError;
use crate::domain::{
    id::LeaseId,
    job::{DeadJob, DeadPlace, JobKey, LeasedJob, NewJob, QueueDepth},
    job_class::{JobClass, PerClass},
    page::Page,
    time::{Span, Timestamp},
};
pub use crate::domain::{retry::AfterError, time::CLOCK_SLACK};

/// The longest time that a job waits. It exceeds the longest delay after an error, which is that of an event handler.
pub const LONGEST_WAIT: Span = Span::days(8);

/// Returns when a job that asks for a moment is due. A moment further ahead than [`LONGEST_WAIT`] was computed before the
/// clock was set back: that job is due now.
pub fn due_at(requested: Timestamp, now: Timestamp) -> Timestamp {
    match requested - now > LONGEST_WAIT {
        true => now,
        false => requested,
    }
}

/// The most characters of a job's last error that a queue keeps: the first ones.
pub const MAX_JOB_ERROR: usize = 2_000;

/// Why a queue operation failed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The queue can't be reached, or did not answer in time. The same call may be repeated.
    #[error("the job queue is unavailable")]
    Unavailable(#[source] BoxError),
    /// The queue refused the operation for good.
    #[error("the job queue refused: {what}")]
    Refused {
        /// What was refused, without payloads.
        what: String,
        /// The error of the driver.
        #[source]
        source: Option<BoxError>,
    },
}

impl QueueError {
    /// Returns whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// Enqueues jobs, and shows dead ones.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Enqueues jobs. A job whose key exists already stays as it is, in every state.
    ///
    /// A single job is enqueued or not. Of several jobs, some may be enqueued when the call fails or is dropped; the caller
    /// repeats the call with the same keys.
    ///
    /// A **change** of one job, a **sweep** of several.
    async fn enqueue(&self, jobs: &[NewJob]) -> Result<(), QueueError>;

    /// Returns a page of the dead jobs, the newest first: those after this place in the list ([`DeadPlace`]), or from
    /// the start.
    ///
    /// A **read**.
    async fn dead(&self, after: Option<DeadPlace>, limit: u32)
    -> Result<Page<DeadJob>, QueueError>;

    /// Returns the dead jobs among those with these keys, each once and in no particular order.
    ///
    /// A **read**.
    async fn deaths(&self, keys: &[JobKey]) -> Result<Vec<DeadJob>, QueueError>;

    /// Makes a dead job ready again and resets its counts. Returns whether there was one.
    ///
    /// A **change**.
    async fn replay(&self, key: &JobKey, now: Timestamp) -> Result<bool, QueueError>;

    /// Counts the jobs of each state.
    ///
    /// A **read**.
    async fn depth(&self) -> Result<QueueDepth, QueueError>;

    /// Counts the ready deliveries of events ([`Job::HandleEvent`](crate::domain::job::Job::HandleEvent)) by the name of
    /// their handler. Handlers without ready deliveries, and payloads that can't be read, are omitted.
    ///
    /// A **read**.
    async fn waiting_deliveries(&self) -> Result<BTreeMap<String, u64>, QueueError>;

    /// Removes jobs that succeeded before this moment, and returns how many. Dead ones stay until they are replayed.
    ///
    /// A **sweep**.
    async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError>;

    /// Returns the keys of jobs of known kinds that were due before this moment and are not running: those that wait, and
    /// those whose lease ran out. The jobs that have been due for longest come first.
    ///
    /// An engine with its own loop finds here the jobs whose wake-ups it lost.
    ///
    /// A **read**.
    async fn overdue(&self, due_before: Timestamp, limit: u32) -> Result<Vec<JobKey>, QueueError>;

    /// Returns once the queue has answered a read.
    ///
    /// A **read**.
    async fn ping(&self) -> Result<(), QueueError>;
}

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

    /// Records that the run ended with an error, of which the first [`MAX_JOB_ERROR`] characters are kept. Counts it unless
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
