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
    suspects::Suspects,
};

/// The shortest wait for a job that is due and was not claimed: another process has it, or it is a suspect that waits.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// How long running jobs of other classes may take to end before a suspect starts next to them.
const SETTLE: Duration = Duration::from_millis(250);

/// How long nothing is claimed after a suspect has started. A job that kills its process mostly does so at once.
const QUIET: Duration = Duration::from_secs(1);

/// What the loop runs, and whose turn it is.
struct Work {
    slots: Slots,
    suspects: Suspects,
    /// When to look for the next suspect. There are few of them, so that the pace of the poll will do.
    look_at: Instant,
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
        let mut work = Work {
            slots: Slots::new(self.runner.settings.concurrency),
            suspects: Suspects::new(),
            look_at: Instant::now(),
        };
        while !*stopped.borrow() {
            match self.claim(&mut work, &mut stopped).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = %error, "jobs could not be claimed; trying again");
                    pause(&mut stopped).await;
                    continue;
                }
            }
            let room = work.suspects.room_for_others(work.slots.room());
            let wait = self.idle_time(room).await;
            tokio::select! {
                () = self.enqueued.notified() => {}
                Some(()) = work.slots.one_ends() => {}
                () = sleep(wait) => {}
                _ = stopped.changed() => {}
            }
        }
        let drain = self.runner.settings.drain;
        if timeout(drain, work.slots.all_end()).await.is_err() {
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
        work: &mut Work,
        stopped: &mut watch::Receiver<bool>,
    ) -> Result<bool, QueueError> {
        let room = work.slots.room();
        work.suspects.note_ended(|class| work.slots.runs(class));
        if let Some(class) = work.suspects.ready(|class| work.slots.runs(class)) {
            self.run_suspect(class, work, stopped).await;
            return Ok(true);
        }
        if Instant::now() >= work.look_at {
            if let Some(suspect) = self.lease_suspect(&work.suspects).await? {
                work.suspects.lease(suspect);
                return Ok(true);
            }
            work.look_at = Instant::now() + self.runner.settings.poll;
        }
        let room = work.suspects.room_for_others(room);
        if room != PerClass::default() {
            for job in self.leased(Wanted::Unsuspected(room)).await? {
                self.spawn(&mut work.slots, job);
            }
        }
        let suspects_are_next = work.suspects.others_had_their_turn();
        if suspects_are_next {
            work.look_at = Instant::now();
        }
        Ok(suspects_are_next)
    }

    /// Leases a suspect of a class that has slots and no suspect yet.
    async fn lease_suspect(&self, suspects: &Suspects) -> Result<Option<LeasedJob>, QueueError> {
        let mut classes = suspects.wanted();
        classes.retain(|class| *self.runner.settings.concurrency.get(*class) > 0);
        match classes.is_empty() {
            true => Ok(None),
            false => {
                let wanted = Wanted::Suspects { most: 1, classes };
                Ok(self.leased(wanted).await?.pop())
            }
        }
    }

    /// Starts the suspect of a class in which nothing runs. For a moment before and after that nothing else is claimed, so
    /// that a job that kills its process kills it alone. The moments are short, since a suspect may wait for another server
    /// until its timeout: then the other classes go on, and the jobs of its own class wait for its end.
    async fn run_suspect(
        &self,
        class: JobClass,
        work: &mut Work,
        stopped: &mut watch::Receiver<bool>,
    ) {
        tokio::select! {
            _ = timeout(SETTLE, work.slots.all_end()) => {}
            _ = stopped.changed() => return,
        }
        if let Some(suspect) = work.suspects.take(class) {
            self.spawn(&mut work.slots, suspect);
        }
        tokio::select! {
            _ = timeout(QUIET, work.slots.class_ends(class)) => {}
            _ = stopped.changed() => {}
        }
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
