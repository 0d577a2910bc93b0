//! Running one leased job to its end, whatever it does.

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

/// What a run needs.
#[derive(Clone)]
pub(crate) struct Runner {
    pub(crate) desk: Arc<Desk>,
    pub(crate) queue: Arc<dyn JobLeases>,
    pub(crate) random: Random,
    pub(crate) settings: Arc<WorkerSettings>,
    pub(crate) leases: Arc<Leases>,
}

/// How a run ended.
enum Ended {
    Well,
    Badly { error: String, next: NextRun },
}

impl Runner {
    /// Runs a job, and notes in the queue how it ended. A panic is that job's failure.
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
                tracing::warn!(job.key = %job.key, error = %error, "a job could not be started");
            }
        }
        self.leases.drop_lease(&job.key, job.lease);
        ran
    }

    async fn attempt(&self, job: &LeasedJob) -> Ended {
        let Some(work) = &job.job else {
            return Ended::Badly {
                error: "the payload can't be read".to_owned(),
                next: NextRun::Never,
            };
        };
        let run = AssertUnwindSafe(self.desk.jobs().run(work, job.errors)).catch_unwind();
        match timeout(self.settings.job_timeout, run).await {
            Ok(Ok(Ok(()))) => Ended::Well,
            Ok(Ok(Err(error))) => Ended::Badly {
                error: with_causes(&error),
                next: error.next_run(),
            },
            Ok(Err(_panic)) => Ended::Badly {
                error: "the job panicked".to_owned(),
                next: NextRun::ByPolicy,
            },
            Err(_elapsed) => Ended::Badly {
                error: "the job took too long".to_owned(),
                next: NextRun::ByPolicy,
            },
        }
    }

    /// Notes in the queue how a run ended, and retries while the queue can't be reached: an end that is not noted counts as
    /// a crash. Gives up once the lease is lost.
    async fn report(&self, job: &LeasedJob, ended: Ended) -> Ran {
        match &ended {
            Ended::Well => {}
            Ended::Badly {
                next: NextRun::At(at) | NextRun::Deferred(at),
                ..
            } => tracing::debug!(job.key = %job.key, until = %at, "a job waits"),
            Ended::Badly { error, .. } => {
                tracing::warn!(job.key = %job.key, job.errors = job.errors + 1, error = %error, "a job failed");
            }
        }
        let after = match &ended {
            Ended::Well => None,
            Ended::Badly { next, .. } => Some(self.after_error(job, *next)),
        };
        let mut tries = 0;
        loop {
            let noted = match (&ended, after) {
                (Ended::Badly { error, .. }, Some(after)) => {
                    self.queue.fail(&job.key, job.lease, error, after).await
                }
                _ => self.queue.finish(&job.key, job.lease).await,
            };
            match noted {
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
                    tracing::warn!(job.key = %job.key, error = %error, "the end of a job could not be noted");
                    sleep(Backoff::QUICK.delay(tries, u16::MAX)).await;
                    if tries >= self.settings.retry.max_errors {
                        return Ran::Lost;
                    }
                }
            }
        }
    }

    fn after_error(&self, job: &LeasedJob, next: NextRun) -> AfterError {
        let spread = u16::from_le_bytes(random(&self.random));
        let (retry, now) = (&self.settings.retry, self.desk.now());
        retry.after_error(job.class, job.errors, next, now, spread)
    }

    /// A fresh name for a lease.
    pub(crate) fn lease(&self) -> LeaseId {
        LeaseId::new(self.desk.now(), random(&self.random))
    }
}

fn random<const N: usize>(source: &Random) -> [u8; N] {
    let mut bytes = [0; N];
    source(&mut bytes);
    bytes
}
