//! The lease loop: leases the jobs that there are free slots for, and runs them.

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

/// The shortest wait for a job that is due but was not claimed, because another process has leased it or because it
/// is a suspect.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// How long a suspect waits for the running jobs of other classes to end before it starts.
const SUSPECT_START_WAIT: Duration = Duration::from_millis(250);

/// How long no other job is claimed after a suspect has started. A job that kills its process usually does so at
/// once.
const SUSPECT_QUIET_TIME: Duration = Duration::from_secs(1);

/// The running jobs, and the turns of suspects.
struct LoopState {
    slots: Slots,
    suspects: Suspects,
    /// When to look for the next suspect. Suspects are rare, so the poll interval is often enough.
    next_suspect_check: Instant,
}

/// Leases jobs and runs them.
pub(crate) struct LeaseLoop {
    pub(crate) runner: Runner,
    /// Notified when jobs were enqueued.
    pub(crate) enqueued: Arc<Notify>,
}

impl LeaseLoop {
    /// Runs until it is stopped. Then it waits for running jobs to end, and releases those that take too long.
    pub(crate) async fn run(&self, mut stop_signal: watch::Receiver<bool>) {
        let mut state = LoopState {
            slots: Slots::new(self.runner.settings.concurrency),
            suspects: Suspects::new(),
            next_suspect_check: Instant::now(),
        };
        while !*stop_signal.borrow() {
            match self.claim(&mut state, &mut stop_signal).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = %error, "can't claim jobs; will retry");
                    pause(&mut stop_signal).await;
                    continue;
                }
            }
            let room = state.suspects.slots_for_others(state.slots.free_slots());
            let wait = self.idle_time(room).await;
            tokio::select! {
                () = self.enqueued.notified() => {}
                Some(()) = state.slots.wait_for_one() => {}
                () = sleep(wait) => {}
                _ = stop_signal.changed() => {}
            }
        }
        let drain = self.runner.settings.drain;
        if timeout(drain, state.slots.wait_for_all()).await.is_err() {
            tracing::warn!("running jobs take too long to end; releasing them");
        }
        self.runner.leases.release_all(&self.runner.queue).await;
    }

    /// Renews the leases of all running jobs, for as long as this future is polled.
    pub(crate) async fn renew_leases(&self) {
        loop {
            sleep(self.runner.settings.heartbeat).await;
            let (queue, settings) = (self.runner.queue.as_ref(), &self.runner.settings);
            if let Err(error) = self.runner.leases.renew(queue, settings).await {
                tracing::warn!(error = %error, "can't renew leases");
            }
        }
    }

    /// Claims as many jobs as there are free slots, and spawns them. Returns whether to claim again at once.
    async fn claim(
        &self,
        state: &mut LoopState,
        stop_signal: &mut watch::Receiver<bool>,
    ) -> Result<bool, QueueError> {
        let room = state.slots.free_slots();
        state.suspects.note_ended(|class| state.slots.runs(class));
        if let Some(class) = state.suspects.ready(|class| state.slots.runs(class)) {
            self.run_suspect(class, state, stop_signal).await;
            return Ok(true);
        }
        if Instant::now() >= state.next_suspect_check {
            if let Some(suspect) = self.lease_suspect(&state.suspects).await? {
                state.suspects.lease(suspect);
                return Ok(true);
            }
            state.next_suspect_check = Instant::now() + self.runner.settings.poll;
        }
        let room = state.suspects.slots_for_others(room);
        if room != PerClass::default() {
            for job in self.lease_jobs(Wanted::Unsuspected(room)).await? {
                self.spawn(&mut state.slots, job);
            }
        }
        let suspects_are_next = state.suspects.end_turn_of_others();
        if suspects_are_next {
            state.next_suspect_check = Instant::now();
        }
        Ok(suspects_are_next)
    }

    /// Leases a suspect of a class that has slots and no leased suspect.
    async fn lease_suspect(&self, suspects: &Suspects) -> Result<Option<LeasedJob>, QueueError> {
        let mut classes = suspects.leasable_classes();
        classes.retain(|class| *self.runner.settings.concurrency.get(*class) > 0);
        match classes.is_empty() {
            true => Ok(None),
            false => {
                let wanted = Wanted::Suspects { most: 1, classes };
                Ok(self.lease_jobs(wanted).await?.pop())
            }
        }
    }

    /// Starts the suspect of a class in which no job runs. For a short time before and after, no other job is
    /// claimed, so that a job that kills its process affects no other job. The time is short, because a suspect may
    /// wait for another server until its timeout: meanwhile the other classes continue, and the jobs of its own class
    /// wait for its end.
    async fn run_suspect(
        &self,
        class: JobClass,
        state: &mut LoopState,
        stop_signal: &mut watch::Receiver<bool>,
    ) {
        tokio::select! {
            _ = timeout(SUSPECT_START_WAIT, state.slots.wait_for_all()) => {}
            _ = stop_signal.changed() => return,
        }
        if let Some(suspect) = state.suspects.take(class) {
            self.spawn(&mut state.slots, suspect);
        }
        tokio::select! {
            _ = timeout(SUSPECT_QUIET_TIME, state.slots.wait_for_class(class)) => {}
            _ = stop_signal.changed() => {}
        }
    }

    fn spawn(&self, slots: &mut Slots, job: LeasedJob) {
        let (key, class) = (job.key.clone(), job.class);
        let runner = self.runner.clone();
        let run = slots.spawn(class, async move {
            runner.run(job).await;
        });
        self.runner.leases.set_run(&key, run);
    }

    async fn lease_jobs(&self, wanted: Wanted) -> Result<Vec<LeasedJob>, QueueError> {
        let settings = &self.runner.settings;
        let request = ClaimRequest {
            lease: self.runner.new_lease(),
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

    /// Returns the time until a job is due for which there is a free slot, at most the poll interval.
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
