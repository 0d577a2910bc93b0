//! Running one job by its key, for an engine with a loop of its own.

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

use crate::{InvalidSettings, WorkerSettings, run::Runner, suspects::REPEATED};

/// What became of a job that an engine ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// The job ended, well or not: it is done or dead.
    Ended,
    /// The job failed. It is due again at this moment, and the engine wakes it up then.
    RetryAt(Timestamp),
    /// The job was not run: it is not there, not due, over, or held by another process, or the runner was stopped.
    NotClaimed,
    /// The run was stopped by [`JobRunner::release`], and the job was given back.
    Released,
    /// The lease was lost, or the queue could not be reached to note the start or the end. The ledger runs the job again
    /// once the lease has run out.
    Lost,
}

/// Runs jobs of the desk's ledger by key, when an engine with a loop of its own says so.
///
/// The ledger stays the judge: a job that is not due, or that another process runs, is not run; fences, retries and dead
/// letters are those of the ledger. So an engine may wake a job too often. It must not forget one: it looks for those in
/// [`JobQueue::overdue`](tickmate_core::backend::queue::JobQueue::overdue) from time to time.
pub struct JobRunner {
    runner: Runner,
    /// A job whose last run never ended runs without others of its class, so that the next death is its own.
    alone: PerClass<RwLock<()>>,
    /// One whose run did not end twice runs without other such jobs of any class. Taken after the lock of the class.
    suspects: RwLock<()>,
    /// Whether the runs are stopped.
    stop: watch::Sender<bool>,
}

impl JobRunner {
    /// Makes the runner of a desk and its queue.
    ///
    /// # Errors
    /// [`InvalidSettings`] that would lose or repeat work.
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
            alone: PerClass::of(|_| RwLock::new(())),
            suspects: RwLock::new(()),
            stop: watch::Sender::new(false),
        })
    }

    /// Runs the job with this key, if it is due.
    ///
    /// The call must be polled to its end, or dropped: other jobs may wait for it. A caller that drops it stops the run.
    /// Unless [`Self::release`] gives the job back, the lease runs out, and that counts as a crash.
    ///
    /// # Errors
    /// Those of the queue before the run began.
    pub async fn run(&self, key: &JobKey) -> Result<Ran, QueueError> {
        if *self.stop.borrow() {
            return Ok(Ran::NotClaimed);
        }
        let request = ClaimRequest {
            lease: self.runner.lease(),
            duration: self.runner.settings.lease,
            wanted: Wanted::Keys(vec![key.clone()]),
            max_crashes: self.runner.settings.retry.max_crashes,
        };
        let Some(job) = self.runner.queue.claim(&request).await?.pop() else {
            return Ok(Ran::NotClaimed);
        };
        self.runner.leases.hold(job.key.clone(), job.lease);
        let _abandon = Abandon {
            runner: &self.runner,
            job: &job,
        };
        failpoint::hit("job.claimed");
        let run = async {
            let alone = self.alone.get(job.class);
            if !job.suspect {
                let _others = alone.read().await;
                return self.runner.run(job.clone()).await;
            }
            // A suspect waits for suspects of other classes first: the other jobs of its class run meanwhile.
            if job.crashes < REPEATED {
                let _suspects = self.suspects.read().await;
                let _class = alone.write().await;
                return self.runner.run(job.clone()).await;
            }
            let _suspects = self.suspects.write().await;
            let _class = alone.write().await;
            self.runner.run(job.clone()).await
        };
        tokio::select! {
            ran = run => Ok(ran),
            () = self.lease_is_lost(&job) => {
                self.runner.leases.drop_lease(&job.key, job.lease);
                Ok(Ran::Lost)
            }
            () = self.is_stopped() => {
                // It may have been leased while the others were given back.
                self.runner.leases.release_all(&self.runner.queue).await;
                Ok(Ran::Released)
            }
        }
    }

    /// Stops every run and gives the jobs back, those of dropped calls too: they are ready at once, and nothing is counted.
    /// No job is run after that.
    ///
    /// An engine calls it when it shuts down, for the jobs that take too long to end.
    pub async fn release(&self) {
        self.stop.send_replace(true);
        self.runner.leases.release_all(&self.runner.queue).await;
    }

    async fn is_stopped(&self) {
        // The sender lives as long as the runner.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// Renews the lease until it is lost. A job that ended while its lease was renewed looks the same, so that only one
    /// missed twice counts.
    async fn lease_is_lost(&self, job: &LeasedJob) {
        let settings = &self.runner.settings;
        let keys = std::slice::from_ref(&job.key);
        let mut missed = 0;
        while missed < 2 {
            sleep(settings.heartbeat).await;
            let held = self.runner.queue.renew(keys, job.lease, settings.lease);
            match held.await {
                Ok(held) if held.is_empty() => missed += 1,
                Ok(_) => missed = 0,
                Err(error) => {
                    tracing::warn!(job.key = %job.key, error = %error, "a lease could not be renewed");
                }
            }
        }
        tracing::warn!(job.key = %job.key, "the lease of a job was lost");
    }
}

/// Notes at the end of a call, also of one that is dropped, that its job is no longer renewed.
struct Abandon<'a> {
    runner: &'a Runner,
    job: &'a LeasedJob,
}

impl Drop for Abandon<'_> {
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
