//! Running one leased job to its end, whatever it does.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use tickmate_core::{
    backend::{
        queue::{AfterError, Held, JobLeases},
        with_causes,
    },
    desk::{Desk, Random},
    domain::{
        id::LeaseId,
        job::{Job, LeasedJob},
        time::{Span, Timestamp},
    },
    failpoint,
};
use tokio::time::{sleep, timeout};

use crate::{WorkerSettings, leases::Leases};

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
    Badly { error: String, then: Then },
}

/// What the desk says about another try.
#[derive(Clone, Copy)]
enum Then {
    /// It can't end otherwise.
    Never,
    /// At this moment.
    At(Timestamp),
    /// At this moment, however often the job failed before.
    Deferred(Timestamp),
    /// When the engine thinks fit.
    Sometime,
}

impl Runner {
    /// Runs a job, and tells the queue how it ended. A panic is that job's failure.
    pub(crate) async fn run(&self, job: LeasedJob) {
        match self.queue.start(&job.key, job.lease).await {
            Ok(Held::Yes) => {
                failpoint::hit("job.started");
                let ended = self.attempt(&job).await;
                failpoint::hit("job.ran");
                self.report(&job, ended).await;
                failpoint::hit("job.finished");
            }
            Ok(Held::Lost) => {}
            Err(error) => {
                tracing::warn!(job.key = %job.key, error = %error, "a job could not be started");
            }
        }
        self.leases.drop_lease(&job.key, job.lease);
    }

    async fn attempt(&self, job: &LeasedJob) -> Ended {
        let Some(work) = &job.job else {
            return Ended::Badly {
                error: "the payload can't be read".to_owned(),
                then: Then::Never,
            };
        };
        let run = AssertUnwindSafe(self.desk.run_job(work, job.errors)).catch_unwind();
        match timeout(self.settings.job_timeout, run).await {
            Ok(Ok(Ok(()))) => Ended::Well,
            Ok(Ok(Err(error))) => {
                let then = match error.retry_at() {
                    _ if error.is_permanent() => Then::Never,
                    Some(at) if !error.is_counted() => Then::Deferred(at),
                    Some(at) => Then::At(at),
                    None => Then::Sometime,
                };
                Ended::Badly {
                    error: with_causes(&error),
                    then,
                }
            }
            Ok(Err(_panic)) => Ended::Badly {
                error: "the job panicked".to_owned(),
                then: Then::Sometime,
            },
            Err(_elapsed) => Ended::Badly {
                error: "the job took too long".to_owned(),
                then: Then::Sometime,
            },
        }
    }

    /// Tells the queue how a run ended, again and again while it can't be reached: an end that nobody noted would
    /// count as a crash. It gives up once the lease is lost.
    async fn report(&self, job: &LeasedJob, ended: Ended) {
        match &ended {
            Ended::Well => {}
            Ended::Badly {
                then: Then::At(at), ..
            } => tracing::debug!(job.key = %job.key, until = %at, "a job waits"),
            Ended::Badly { error, .. } => {
                tracing::warn!(job.key = %job.key, job.errors = job.errors + 1, error = %error, "a job failed");
            }
        }
        let mut tries = 0;
        loop {
            let told = match &ended {
                Ended::Well => self.queue.finish(&job.key, job.lease).await,
                Ended::Badly { error, then } => {
                    self.queue
                        .fail(&job.key, job.lease, error, self.after_error(job, *then))
                        .await
                }
            };
            match told {
                Ok(Held::Yes | Held::Lost) => return,
                Err(error) => {
                    tries += 1;
                    tracing::warn!(job.key = %job.key, error = %error, "the end of a job could not be noted");
                    sleep(self.settings.pace.next_try_after(tries, u16::MAX)).await;
                    if tries >= self.settings.bounds.max_errors {
                        return;
                    }
                }
            }
        }
    }

    fn after_error(&self, job: &LeasedJob, then: Then) -> AfterError {
        let errors = job.errors + 1;
        match then {
            Then::Never => return AfterError::Die,
            Then::Deferred(at) => return AfterError::DeferUntil(at),
            _ if errors >= self.settings.bounds.max_errors => return AfterError::Die,
            Then::At(at) => return AfterError::RetryAt(at),
            Then::Sometime => {}
        }
        let pace = match &job.job {
            Some(Job::Mail { .. }) => self.settings.mail_pace,
            Some(_) | None => self.settings.pace,
        };
        let wait = pace.next_try_after(errors, u16::from_le_bytes(random(&self.random)));
        AfterError::RetryAt(
            self.desk.now() + Span::from_std(wait).unwrap_or_else(|_| Span::minutes(10)),
        )
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
