//! Who runs what is left to do. [`JobQueue`] hands work over and shows what died; [`JobLeases`] is the further
//! role of a queue that the embedded engine leases jobs from.
//!
//! # Contract
//! * The doc comment of each method says whether it is a **change**, a **read** or a **sweep**, as those of
//!   [stores](super::store) do.
//! * A job runs at least once, whatever dies; under one key it is one job, for 30 days after it ended.
//! * A lease is a fence: who lost it changes nothing any more.
//! * Each class of jobs is a line of its own. A job joins it when a claim finds the job due, in the round after that of
//!   its requester's last job in the line, and not before the first round of the line. Rounds are served in order, and
//!   the jobs of a round in the order in which they became due. So a requester with thousands of jobs delays another
//!   one's next job by a round.
//! * A clock that was set back strands nothing: what was scheduled or leased at a moment that lies ahead of the queue's
//!   present moment by more than [`CLOCK_SLACK`] is due, and so is a job that would wait for longer than [`LONGEST_WAIT`].
//! * Runs are counted when they start. A run that never ended (its lease ran out) is a crash, counted when the
//!   job is claimed again; a job claimed but not started has not crashed.
//!
//! A queue is done when it passes the conformance suite (feature `testing`).

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

/// The longest that a job waits: longer than the longest delay after an error, which is that of an event handler.
pub const LONGEST_WAIT: Span = Span::days(8);

/// Returns when a job is due that asks for a moment. A moment further ahead than [`LONGEST_WAIT`] was asked for by a clock that
/// was set back since: the job is due now.
pub fn due_at(asked: Timestamp, now: Timestamp) -> Timestamp {
    match asked - now > LONGEST_WAIT {
        true => now,
        false => asked,
    }
}

/// How many characters of a job's last error a queue keeps: the first ones.
pub const MAX_JOB_ERROR: usize = 2_000;

/// Why a queue did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The queue can't be reached, or did not answer in time. The same call may be made again.
    #[error("the job queue is unavailable")]
    Unavailable(#[source] BoxError),
    /// The queue refused for good.
    #[error("the job queue refused: {what}")]
    Refused {
        /// What it refused, without payloads.
        what: String,
        /// What the driver said.
        #[source]
        source: Option<BoxError>,
    },
}

impl QueueError {
    /// Whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// Hands work over, and shows what died.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Enqueues jobs. A job whose key is taken stays as it is, in every state.
    ///
    /// One job is enqueued or not. Of several jobs each one is: where the call fails or is dropped some of them may be
    /// enqueued, and the caller calls again with the same keys.
    ///
    /// A **change** of one job, a **sweep** of several.
    async fn enqueue(&self, jobs: &[NewJob]) -> Result<(), QueueError>;

    /// Returns a page of the dead jobs, the newest first: those after this place in the list ([`DeadPlace`]), or from
    /// the first one on.
    ///
    /// A **read**.
    async fn dead(&self, after: Option<DeadPlace>, limit: u32)
    -> Result<Page<DeadJob>, QueueError>;

    /// Returns those of the jobs with these keys that are dead, each once and in no particular order.
    ///
    /// A **read**.
    async fn deaths(&self, keys: &[JobKey]) -> Result<Vec<DeadJob>, QueueError>;

    /// Makes a dead job ready again with its counts at zero. Returns whether there was one.
    ///
    /// A **change**.
    async fn replay(&self, key: &JobKey, now: Timestamp) -> Result<bool, QueueError>;

    /// Counts the jobs of each state.
    ///
    /// A **read**.
    async fn depth(&self) -> Result<QueueDepth, QueueError>;

    /// Counts the deliveries of events ([`Job::HandleEvent`](crate::domain::job::Job::HandleEvent)) that are ready, by the
    /// name of their handler. Handlers without one, and payloads that can't be read, are left out.
    ///
    /// A **read**.
    async fn waiting_deliveries(&self) -> Result<BTreeMap<String, u64>, QueueError>;

    /// Removes jobs that ended well before this moment, and returns how many. Dead ones stay until they are replayed.
    ///
    /// A **sweep**.
    async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError>;

    /// Returns the keys of jobs of known kinds that were due before this moment and are not under way: those that wait,
    /// and those whose lease ran out. The longest due come first.
    ///
    /// An engine with a loop of its own looks here for the jobs whose wake-ups it lost.
    ///
    /// A **read**.
    async fn overdue(&self, due_before: Timestamp, limit: u32) -> Result<Vec<JobKey>, QueueError>;

    /// Returns once the queue has read something.
    ///
    /// A **read**.
    async fn ping(&self) -> Result<(), QueueError>;
}
