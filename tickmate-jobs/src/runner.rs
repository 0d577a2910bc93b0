//! Runs one job by its key, for an engine with its own loop.

use std::{fmt, sync::Arc};

use tickmate_core::{
    backend::queue::{ClaimRequest, JobLeases, QueueError, Wanted},
    desk::{Desk, Random},
    domain::{
        job::{JobKey, LeasedJob},
        job_class::PerClass,
        time::Timestamp,
    },
    failpoint,
};
use tokio::{
    sync::{RwLock, watch},
    time::sleep,
};

use crate::{InvalidSettings, WorkerSettings, run::Runner, suspects::REPEATED_CRASHES};

/// The result of running a job by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// The job ended, successfully or not: it is done or dead.
    Ended,
    /// The job failed. It is due again at this moment, and the engine must wake it then.
    RetryAt(Timestamp),
    /// The job was not run: it does not exist, is not due, has ended, or is leased by another process, or the runner
    /// was stopped.
    NotClaimed,
    /// [`JobRunner::release`] stopped the run and released the job.
    Released,
    /// The lease was lost, or the queue was not available to report the start or the end. The queue offers the job
    /// again once the lease has expired.
    Lost,
}

/// Runs jobs of the desk's queue by key, on request of an engine with its own loop.
///
/// The queue decides: a job that is not due, or that another process runs, is not run. Leases, retries and dead jobs
/// are handled by the queue. An engine may therefore wake a job too often. It must not lose one, so it reads
/// [`JobQueue::overdue`](tickmate_core::backend::queue::JobQueue::overdue) regularly.
pub struct JobRunner {
    runner: Runner,
    /// A suspect, a job whose last run never ended, takes the write lock of its class and so runs without other jobs
    /// of the class: the next crash has an unambiguous cause.
    class_locks: PerClass<RwLock<()>>,
    /// A suspect with repeated crashes also takes this write lock, and so runs without suspects of any class. It is
    /// taken before the lock of the class.
    suspects: RwLock<()>,
    /// Set to true to stop all runs.
    stop: watch::Sender<bool>,
}

impl JobRunner {
    /// Creates the runner for a desk and its queue.
    ///
    /// # Errors
    /// Returns [`InvalidSettings`] for settings that would lose or repeat work.
    pub fn new(
        desk: Arc<Desk>,
        queue: Arc<dyn JobLeases>,
        random: Random,
        settings: WorkerSettings,
    ) -> Result<Self, InvalidSettings> {
        settings.check()?;
        Ok(Self {
            runner: Runner {
                desk,
                queue,
                random,
                settings: Arc::new(settings),
                leases: Arc::default(),
            },
            class_locks: PerClass::of(|_| RwLock::new(())),
            suspects: RwLock::new(()),
            stop: watch::Sender::new(false),
        })
    }

    /// Runs the job with this key, if it is due.
    ///
    /// The returned future must be polled to completion or dropped, because other jobs may wait for it. Dropping it
    /// stops the run. Unless [`Self::release`] then releases the job, its lease expires, which counts as a crash.
    ///
    /// # Errors
    /// Returns the error of the queue if the job could not be claimed.
    pub async fn run(&self, key: &JobKey) -> Result<Ran, QueueError> {
        if *self.stop.borrow() {
            return Ok(Ran::NotClaimed);
        }
        let request = ClaimRequest {
            lease: self.runner.new_lease(),
            duration: self.runner.settings.lease,
            wanted: Wanted::Keys(vec![key.clone()]),
            max_crashes: self.runner.settings.retry.max_crashes,
        };
        let Some(job) = self.runner.queue.claim(&request).await?.pop() else {
            return Ok(Ran::NotClaimed);
        };
        self.runner.leases.hold(job.key.clone(), job.lease);
        let _abandon = AbandonOnDrop {
            runner: &self.runner,
            job: &job,
        };
        failpoint::hit("job.claimed");
        let run = async {
            let class_lock = self.class_locks.get(job.class);
            if !job.suspect {
                let _others = class_lock.read().await;
                return self.runner.run(job.clone()).await;
            }
            // A suspect first waits for suspects of other classes, so that other jobs of its class run meanwhile.
            if job.crashes < REPEATED_CRASHES {
                let _suspects = self.suspects.read().await;
                let _class = class_lock.write().await;
                return self.runner.run(job.clone()).await;
            }
            let _suspects = self.suspects.write().await;
            let _class = class_lock.write().await;
            self.runner.run(job.clone()).await
        };
        tokio::select! {
            ran = run => Ok(ran),
            () = self.wait_until_lease_lost(&job) => {
                self.runner.leases.remove(&job.key, job.lease);
                Ok(Ran::Lost)
            }
            () = self.wait_until_stopped() => {
                // The job may have been leased while the others were released.
                self.runner.leases.release_all(&self.runner.queue).await;
                Ok(Ran::Released)
            }
        }
    }

    /// Stops every run and releases the jobs, including those of dropped calls. They are ready at once, and the run
    /// counts neither as an error nor as a crash. Later calls of [`Self::run`] run no job.
    ///
    /// Engines call this on shutdown, for the jobs that take too long to end.
    pub async fn release(&self) {
        self.stop.send_replace(true);
        self.runner.leases.release_all(&self.runner.queue).await;
    }

    async fn wait_until_stopped(&self) {
        // The sender lives as long as the runner, so this can't fail.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// Renews the lease until it is lost. A job that ended during the renewal looks the same, so the lease counts as
    /// lost only after two missed renewals.
    async fn wait_until_lease_lost(&self, job: &LeasedJob) {
        let settings = &self.runner.settings;
        let keys = std::slice::from_ref(&job.key);
        let mut missed = 0;
        while missed < 2 {
            sleep(settings.heartbeat).await;
            let renewed = self.runner.queue.renew(keys, job.lease, settings.lease);
            match renewed.await {
                Ok(renewed) if renewed.is_empty() => missed += 1,
                Ok(_) => missed = 0,
                Err(error) => {
                    tracing::warn!(job.key = %job.key, error = %error, "can't renew a lease");
                }
            }
        }
        tracing::warn!(job.key = %job.key, "the lease of a job was lost");
    }
}

/// Marks the lease of a job as abandoned when the call ends or is dropped.
struct AbandonOnDrop<'a> {
    runner: &'a Runner,
    job: &'a LeasedJob,
}

impl Drop for AbandonOnDrop<'_> {
    fn drop(&mut self) {
        let duration = self.runner.settings.lease;
        let leases = &self.runner.leases;
        leases.abandon(&self.job.key, self.job.lease, duration);
    }
}

impl fmt::Debug for JobRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobRunner")
            .field("settings", &self.runner.settings)
            .finish_non_exhaustive()
    }
}
