//! The worker: relays events, sweeps, and runs jobs, woken by commits and by a poll.

use std::{fmt, future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tickmate_core::{
    backend::queue::{ClaimRequest, JobLeases, QueueError, Take},
    desk::{Desk, Random},
    domain::{job::LeasedJob, time::Timestamp},
    failpoint,
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{InvalidSettings, WorkerSettings, run::Runner};

/// How long the worker waits after store or queue failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How often the worker looks for changed rules, so that each process uses them within a second.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// The shortest wait for a job that is due and was not claimed: somebody else has it, or it waits to run alone.
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

/// Drives a desk.
pub struct Worker {
    runner: Runner,
    /// Something was committed: there may be events to relay.
    committed: Arc<Notify>,
    /// Something was enqueued: there may be jobs to run.
    enqueued: Arc<Notify>,
}

impl Worker {
    /// A worker for this desk, which runs what is in this queue: the desk's own.
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
        let committed = Arc::new(Notify::new());
        let wake = Arc::clone(&committed);
        desk.on_commit(Arc::new(move || wake.notify_one()));
        let runner = Runner {
            desk,
            queue,
            random,
            settings: Arc::new(settings),
            leases: Arc::default(),
        };
        Ok(Self {
            runner,
            committed,
            enqueued: Arc::new(Notify::new()),
        })
    }

    /// Works until `shutdown` is done, then lets running jobs end, and gives back those that take too long.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let (stop, stopped) = watch::channel(false);
        let relay = self.relay_loop(stopped.clone());
        let sweep = self.sweep_loop(stopped.clone());
        let heartbeat = self.heartbeat_loop();
        let follow = self.follow_loop(stopped.clone());
        let jobs = self.job_loop(stopped);
        let ending = async {
            shutdown.await;
            // Every loop holds a receiver; there is nobody to miss the word.
            let _told = stop.send(true);
        };
        tokio::select! {
            ((), (), (), (), ()) = async { tokio::join!(relay, sweep, follow, jobs, ending) } => {}
            () = heartbeat => {}
        }
    }

    async fn relay_loop(&self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            match caught(self.runner.desk.relay()).await {
                Ok(relayed) => {
                    if relayed.events > 0 {
                        self.enqueued.notify_one();
                    }
                    if relayed.events > 0 {
                        continue;
                    }
                    tokio::select! {
                        () = self.committed.notified() => {}
                        () = sleep(self.runner.settings.poll) => {}
                        _ = stopped.changed() => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %error, "events could not be relayed; trying again");
                    pause(&mut stopped).await;
                }
            }
        }
    }

    async fn sweep_loop(&self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            match caught(self.runner.desk.sweep()).await {
                Ok(swept) => {
                    tokio::select! {
                        () = sleep(until(swept.next_due, self.runner.desk.now())) => {}
                        _ = stopped.changed() => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %error, "the sweep failed; trying again");
                    pause(&mut stopped).await;
                }
            }
        }
    }

    async fn follow_loop(&self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            match caught(self.runner.desk.follow_events()).await {
                Ok(()) => tokio::select! {
                    () = sleep(FOLLOW_EVERY) => {}
                    _ = stopped.changed() => {}
                },
                Err(error) => {
                    tracing::warn!(error = %error, "events could not be followed; trying again");
                    pause(&mut stopped).await;
                }
            }
        }
    }

    async fn heartbeat_loop(&self) {
        loop {
            sleep(self.runner.settings.heartbeat).await;
            if let Err(error) = self
                .runner
                .leases
                .renew(self.runner.queue.as_ref(), &self.runner.settings)
                .await
            {
                tracing::warn!(error = %error, "leases could not be renewed");
            }
        }
    }

    async fn job_loop(&self, mut stopped: watch::Receiver<bool>) {
        let mut running = JoinSet::new();
        let mut suspects = Suspects::LookNow;
        while !*stopped.borrow() {
            while running.try_join_next().is_some() {}
            match self.claim(&mut running, &mut suspects, &mut stopped).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = %error, "jobs could not be claimed; trying again");
                    pause(&mut stopped).await;
                    continue;
                }
            }
            let full = running.len() >= self.runner.settings.concurrency as usize;
            let wait = if full {
                self.runner.settings.poll
            } else {
                self.idle_time().await
            };
            tokio::select! {
                () = self.enqueued.notified() => {}
                Some(_) = running.join_next() => {}
                () = sleep(wait) => {}
                _ = stopped.changed() => {}
            }
        }
        let drained = async { while running.join_next().await.is_some() {} };
        if timeout(self.runner.settings.drain, drained).await.is_err() {
            tracing::warn!("jobs take too long to end; they are given back");
        }
        self.runner.leases.release_all(&self.runner.queue).await;
    }

    /// Claims what there is room for and runs it. Answers whether to look again at once.
    async fn claim(
        &self,
        running: &mut JoinSet<()>,
        suspects: &mut Suspects,
        stopped: &mut watch::Receiver<bool>,
    ) -> Result<bool, QueueError> {
        // A job that was running when a process died runs alone, so that the next death is its own. Between two of
        // them the others have a turn, so that a suspect that takes its time holds up nobody for long.
        let others_turn = matches!(suspects, Suspects::AfterTheOthers);
        if suspects.is_due() {
            if let Some(suspect) = self.leased(Take::Suspects, 1).await?.pop() {
                *suspects = Suspects::AfterTheOthers;
                let last = async { while running.join_next().await.is_some() {} };
                tokio::select! {
                    () = last => {}
                    _ = stopped.changed() => return Ok(false),
                }
                self.spawn(running, suspect);
                tokio::select! {
                    _ = running.join_next() => {}
                    _ = stopped.changed() => {}
                }
                return Ok(true);
            }
            *suspects = Suspects::LookAt(Instant::now() + self.runner.settings.poll);
        } else if others_turn {
            *suspects = Suspects::LookNow;
        }
        let room = self
            .runner
            .settings
            .concurrency
            .saturating_sub(u32::try_from(running.len()).unwrap_or(u32::MAX));
        if room == 0 {
            return Ok(others_turn);
        }
        let jobs = self.leased(Take::Unsuspected, room).await?;
        let claimed = u32::try_from(jobs.len()).unwrap_or(u32::MAX);
        for job in jobs {
            self.spawn(running, job);
        }
        let full_claim = claimed > 0
            && claimed == room
            && running.len() < self.runner.settings.concurrency as usize;
        Ok(full_claim || others_turn)
    }

    fn spawn(&self, running: &mut JoinSet<()>, job: LeasedJob) {
        let key = job.key.clone();
        let runner = self.runner.clone();
        let run = running.spawn(async move { runner.run(job).await });
        self.runner.leases.running(&key, run);
    }

    async fn leased(&self, take: Take, limit: u32) -> Result<Vec<LeasedJob>, QueueError> {
        let settings = &self.runner.settings;
        let request = ClaimRequest {
            lease: self.runner.lease(),
            duration: settings.lease,
            take,
            limit,
            max_crashes: settings.bounds.max_crashes,
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

    /// How long nothing is due, at most the time of a poll.
    async fn idle_time(&self) -> Duration {
        let poll = self.runner.settings.poll;
        match self.runner.queue.next_due().await {
            Ok(Some(due)) => {
                until(due, self.runner.desk.now()).clamp(SHORTEST_WAIT.min(poll), poll)
            }
            Ok(None) | Err(_) => poll,
        }
    }
}

/// Runs a step of the desk. A panic in it must not end the worker.
async fn caught<T, E: fmt::Display>(step: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match AssertUnwindSafe(step).catch_unwind().await {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_panic) => Err("it panicked".to_owned()),
    }
}

fn until(due: Timestamp, now: Timestamp) -> Duration {
    (due - now).to_std().unwrap_or_default()
}

async fn pause(stopped: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = sleep(PAUSE) => {}
        _ = stopped.changed() => {}
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("settings", &self.runner.settings)
            .finish_non_exhaustive()
    }
}
