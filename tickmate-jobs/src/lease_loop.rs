//! The lease loop: leases the jobs that there is room for, and runs them.

use std::{sync::Arc, time::Duration};

use tickmate_core::{
    backend::queue::{ClaimRequest, QueueError, Wanted},
    domain::{
        job::LeasedJob,
        job_class::{JobClass, PerClass},
    },
    failpoint,
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout},
};

use crate::{
    caretaker::{pause, until},
    run::Runner,
    slots::Slots,
};

/// The shortest wait for a job that is due and was not claimed: another process has it, or it waits to run alone.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// When to look for the next job that runs alone. There are few of them, so that the pace of the poll will do.
enum Suspects {
    LookNow,
    LookAt(Instant),
    /// One has just run.
    AfterTheOthers,
}

impl Suspects {
    fn is_due(&self) -> bool {
        match self {
            Self::LookNow => true,
            Self::LookAt(at) => Instant::now() >= *at,
            Self::AfterTheOthers => false,
        }
    }
}

/// Leases jobs and runs them.
pub(crate) struct LeaseLoop {
    pub(crate) runner: Runner,
    /// Jobs were enqueued.
    pub(crate) enqueued: Arc<Notify>,
}

impl LeaseLoop {
    /// Works until it is stopped, then lets running jobs end, and gives back those that take too long.
    pub(crate) async fn run(&self, mut stopped: watch::Receiver<bool>) {
        let mut slots = Slots::new(self.runner.settings.concurrency);
        let mut suspects = Suspects::LookNow;
        while !*stopped.borrow() {
            match self.claim(&mut slots, &mut suspects, &mut stopped).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = %error, "jobs could not be claimed; trying again");
                    pause(&mut stopped).await;
                    continue;
                }
            }
            let wait = self.idle_time(slots.room()).await;
            tokio::select! {
                () = self.enqueued.notified() => {}
                Some(()) = slots.one_ends() => {}
                () = sleep(wait) => {}
                _ = stopped.changed() => {}
            }
        }
        let drain = self.runner.settings.drain;
        if timeout(drain, slots.all_end()).await.is_err() {
            tracing::warn!("jobs take too long to end; they are given back");
        }
        self.runner.leases.release_all(&self.runner.queue).await;
    }

    /// Renews the leases of the jobs that run, for as long as it is polled.
    pub(crate) async fn renew_leases(&self) {
        loop {
            sleep(self.runner.settings.heartbeat).await;
            let (queue, settings) = (self.runner.queue.as_ref(), &self.runner.settings);
            if let Err(error) = self.runner.leases.renew(queue, settings).await {
                tracing::warn!(error = %error, "leases could not be renewed");
            }
        }
    }

    /// Claims what there is room for and runs it. Returns whether to look again at once.
    async fn claim(
        &self,
        slots: &mut Slots,
        suspects: &mut Suspects,
        stopped: &mut watch::Receiver<bool>,
    ) -> Result<bool, QueueError> {
        // A job that was running when a process died runs alone, so that the next death is its own. Between two of
        // them the others have a turn, so that a suspect that takes its time holds up no job for long.
        let others_turn = matches!(suspects, Suspects::AfterTheOthers);
        if suspects.is_due() {
            if let Some(suspect) = self.leased(Wanted::Suspects(1)).await?.pop() {
                *suspects = Suspects::AfterTheOthers;
                tokio::select! {
                    () = slots.all_end() => {}
                    _ = stopped.changed() => return Ok(false),
                }
                self.spawn(slots, suspect);
                tokio::select! {
                    _ = slots.one_ends() => {}
                    _ = stopped.changed() => {}
                }
                return Ok(true);
            }
            *suspects = Suspects::LookAt(Instant::now() + self.runner.settings.poll);
        } else if others_turn {
            *suspects = Suspects::LookNow;
        }
        let room = slots.room();
        if room != PerClass::default() {
            for job in self.leased(Wanted::Unsuspected(room)).await? {
                self.spawn(slots, job);
            }
        }
        Ok(others_turn)
    }

    fn spawn(&self, slots: &mut Slots, job: LeasedJob) {
        let (key, class) = (job.key.clone(), job.class);
        let runner = self.runner.clone();
        let run = slots.spawn(class, async move {
            runner.run(job).await;
        });
        self.runner.leases.running(&key, run);
    }

    async fn leased(&self, wanted: Wanted) -> Result<Vec<LeasedJob>, QueueError> {
        let settings = &self.runner.settings;
        let request = ClaimRequest {
            lease: self.runner.lease(),
            duration: settings.lease,
            wanted,
            max_crashes: settings.retry.max_crashes,
        };
        let jobs = self.runner.queue.claim(&request).await?;
        for job in &jobs {
            self.runner.leases.hold(job.key.clone(), job.lease);
        }
        if !jobs.is_empty() {
            failpoint::hit("job.claimed");
        }
        Ok(jobs)
    }

    /// How long no job is due that there is room for, at most the time of a poll.
    async fn idle_time(&self, room: PerClass<u32>) -> Duration {
        let poll = self.runner.settings.poll;
        let mut free = JobClass::ALL.to_vec();
        free.retain(|class| *room.get(*class) > 0);
        if free.is_empty() {
            return poll;
        }
        match self.runner.queue.next_due(&free).await {
            Ok(Some(due)) => {
                until(due, self.runner.desk.now()).clamp(SHORTEST_WAIT.min(poll), poll)
            }
            Ok(None) | Err(_) => poll,
        }
    }
}
