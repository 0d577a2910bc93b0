//! Runs one leased job to its end. Errors, panics and timeouts become failures of the job.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use tickmate_core::{
    backend::{
        queue::{AfterError, JobLeases, LeaseState},
        with_causes,
    },
    desk::{Desk, Random},
    domain::{
        id::LeaseId,
        job::LeasedJob,
        retry::{Backoff, NextRun},
    },
    failpoint,
};
use tokio::time::{sleep, timeout};

use crate::{Ran, WorkerSettings, leases::Leases};

/// The dependencies of a run.
#[derive(Clone)]
pub(crate) struct Runner {
    pub(crate) desk: Arc<Desk>,
    pub(crate) queue: Arc<dyn JobLeases>,
    pub(crate) random: Random,
    pub(crate) settings: Arc<WorkerSettings>,
    pub(crate) leases: Arc<Leases>,
}

/// How an attempt to run a job ended.
enum AttemptOutcome {
    Done,
    Failed { error: String, next: NextRun },
}

impl Runner {
    /// Runs a job, and reports its end to the queue. A panic counts as a failure of the job.
    pub(crate) async fn run(&self, job: LeasedJob) -> Ran {
        let mut ran = Ran::Lost;
        match self.queue.start(&job.key, job.lease).await {
            Ok(LeaseState::Held) => {
                failpoint::hit("job.started");
                let ended = self.attempt(&job).await;
                failpoint::hit("job.ran");
                ran = self.report(&job, ended).await;
                failpoint::hit("job.finished");
            }
            Ok(LeaseState::Lost) => {}
            Err(error) => {
                tracing::warn!(job.key = %job.key, error = %error, "can't start a job");
            }
        }
        self.leases.remove(&job.key, job.lease);
        ran
    }

    async fn attempt(&self, job: &LeasedJob) -> AttemptOutcome {
        let Some(work) = &job.job else {
            return AttemptOutcome::Failed {
                error: "the payload can't be read".to_owned(),
                next: NextRun::Never,
            };
        };
        let run = AssertUnwindSafe(self.desk.jobs().run(work, job.errors)).catch_unwind();
        match timeout(self.settings.job_timeout, run).await {
            Ok(Ok(Ok(()))) => AttemptOutcome::Done,
            Ok(Ok(Err(error))) => AttemptOutcome::Failed {
                error: with_causes(&error),
                next: error.next_run(),
            },
            Ok(Err(_panic)) => AttemptOutcome::Failed {
                error: "the job panicked".to_owned(),
                next: NextRun::ByPolicy,
            },
            Err(_elapsed) => AttemptOutcome::Failed {
                error: "the job took too long".to_owned(),
                next: NextRun::ByPolicy,
            },
        }
    }

    /// Reports to the queue how a run ended. Retries while the queue is not available, because an end that is not
    /// reported counts as a crash. Stops once the lease is lost.
    async fn report(&self, job: &LeasedJob, ended: AttemptOutcome) -> Ran {
        match &ended {
            AttemptOutcome::Done => {}
            AttemptOutcome::Failed {
                next: NextRun::At(at) | NextRun::Deferred(at),
                ..
            } => tracing::debug!(job.key = %job.key, until = %at, "a job is deferred"),
            AttemptOutcome::Failed { error, .. } => {
                tracing::warn!(job.key = %job.key, job.errors = job.errors + 1, error = %error, "a job failed");
            }
        }
        let after = match &ended {
            AttemptOutcome::Done => None,
            AttemptOutcome::Failed { next, .. } => Some(self.after_error(job, *next)),
        };
        let mut tries = 0;
        loop {
            let reported = match (&ended, after) {
                (AttemptOutcome::Failed { error, .. }, Some(after)) => {
                    self.queue.fail(&job.key, job.lease, error, after).await
                }
                _ => self.queue.finish(&job.key, job.lease).await,
            };
            match reported {
                Ok(LeaseState::Lost) => return Ran::Lost,
                Ok(LeaseState::Held) => {
                    return match after {
                        Some(AfterError::RetryAt(at) | AfterError::DeferUntil(at)) => {
                            Ran::RetryAt(at)
                        }
                        Some(AfterError::Die) | None => Ran::Ended,
                    };
                }
                Err(error) => {
                    tries += 1;
                    tracing::warn!(job.key = %job.key, error = %error, "can't report the end of a job");
                    sleep(Backoff::QUICK.delay(tries, u16::MAX)).await;
                    if tries >= self.settings.retry.max_errors {
                        return Ran::Lost;
                    }
                }
            }
        }
    }

    fn after_error(&self, job: &LeasedJob, next: NextRun) -> AfterError {
        let spread = u16::from_le_bytes(random_bytes(&self.random));
        let (retry, now) = (&self.settings.retry, self.desk.now());
        retry.after_error(job.class, job.errors, next, now, spread)
    }

    /// Returns a new random lease id.
    pub(crate) fn new_lease(&self) -> LeaseId {
        LeaseId::new(self.desk.now(), random_bytes(&self.random))
    }
}

fn random_bytes<const N: usize>(source: &Random) -> [u8; N] {
    let mut bytes = [0; N];
    source(&mut bytes);
    bytes
}
