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

mod leases;

use std::collections::BTreeMap;

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::BoxError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{
    job::{DeadJob, DeadPlace, JobKey, NewJob, QueueDepth},
    page::Page,
    time::{Span, Timestamp},
};
pub use leases::{ClaimRequest, JobLeases, LeaseState, Wanted};

pub use crate::domain::{retry::AfterError, time::CLOCK_SLACK};

/// The methods of each role, for [`delegate_queue!`](crate::delegate_queue).
#[cfg(any(feature = "mock", feature = "testing"))]
#[doc(hidden)]
pub mod role_macros {
    pub use super::{delegation as jobs, leases::delegation as leases};
}

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
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
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
