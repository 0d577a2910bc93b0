//! An engine with a loop of its own: it learns of jobs when they are enqueued, keeps its own schedule in memory, and runs
//! them by key. What it forgot when it died, it finds in the ledger.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use tickmate::{
    backend::queue::{JobLeases, JobQueue, QueueError},
    desk::Desk,
    domain::{
        job::{DeadJob, DeadPlace, JobKey, NewJob, QueueDepth},
        page::Page,
        time::{Span, Timestamp},
    },
    jobs::{Caretaker, JobRunner, Ran},
};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinSet,
    time::{sleep, timeout},
};

/// How many jobs run at once.
const AT_ONCE: usize = 8;
/// How often the engine looks for jobs that it forgot, and for how long those have been due.
const LOOK: Duration = Duration::from_millis(200);
/// How long running jobs may take to end when the engine is stopped.
const DRAIN: Duration = Duration::from_secs(1);

type WakeUp = (Timestamp, JobKey);

/// The ledger as the desk sees it: what is enqueued wakes the engine up.
pub(super) struct WakingQueue {
    ledger: Arc<dyn JobLeases>,
    wake_ups: UnboundedSender<WakeUp>,
}

impl WakingQueue {
    pub(super) fn new(ledger: Arc<dyn JobLeases>) -> (Self, UnboundedReceiver<WakeUp>) {
        let (wake_ups, received) = mpsc::unbounded_channel();
        (Self { ledger, wake_ups }, received)
    }
}

/// Drives a desk as an engine with a loop of its own does, until `shutdown` is done.
pub(super) async fn run(
    desk: Arc<Desk>,
    ledger: Arc<dyn JobLeases>,
    runner: JobRunner,
    caretaker: Caretaker,
    wake_ups: UnboundedReceiver<WakeUp>,
    shutdown: impl Future<Output = ()> + Clone + Send,
) {
    let engine = Engine {
        desk,
        ledger,
        runner: Arc::new(runner),
        schedule: BTreeSet::new(),
        running: JoinSet::new(),
    };
    tokio::join!(
        caretaker.run(shutdown.clone()),
        engine.run(wake_ups, shutdown)
    );
}

struct Engine {
    desk: Arc<Desk>,
    ledger: Arc<dyn JobLeases>,
    runner: Arc<JobRunner>,
    schedule: BTreeSet<WakeUp>,
    running: JoinSet<Option<WakeUp>>,
}

impl Engine {
    async fn run(
        mut self,
        mut wake_ups: UnboundedReceiver<WakeUp>,
        shutdown: impl Future<Output = ()>,
    ) {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            self.start_what_is_due();
            tokio::select! {
                () = &mut shutdown => break,
                Some(wake_up) = wake_ups.recv() => {
                    self.schedule.insert(wake_up);
                }
                Some(ended) = self.running.join_next() => self.schedule.extend(ended.ok().flatten()),
                () = sleep(LOOK) => self.look_for_forgotten().await,
            }
        }
        let drained = async { while self.running.join_next().await.is_some() {} };
        if timeout(DRAIN, drained).await.is_err() {
            self.runner.release().await;
        }
    }

    fn start_what_is_due(&mut self) {
        let now = self.desk.now();
        while self.running.len() < AT_ONCE
            && self.schedule.first().is_some_and(|(at, _)| *at <= now)
            && let Some((_, key)) = self.schedule.pop_first()
        {
            let runner = Arc::clone(&self.runner);
            self.running.spawn(async move {
                match runner.run(&key).await {
                    Ok(Ran::RetryAt(at)) => Some((at, key)),
                    Ok(Ran::Ended | Ran::NotClaimed | Ran::Released | Ran::Lost) | Err(_) => None,
                }
            });
        }
    }

    async fn look_for_forgotten(&mut self) {
        let now = self.desk.now();
        let look = Span::from_std(LOOK).unwrap_or_default();
        if let Ok(keys) = self.ledger.overdue(now - look, 100).await {
            self.schedule.extend(keys.into_iter().map(|key| (now, key)));
        }
    }
}

#[async_trait]
impl JobQueue for WakingQueue {
    async fn enqueue(&self, jobs: &[NewJob]) -> Result<(), QueueError> {
        self.ledger.enqueue(jobs).await?;
        for job in jobs {
            // Nobody listens once the engine was stopped.
            let _ = self.wake_ups.send((job.run_at, job.key.clone()));
        }
        Ok(())
    }

    async fn dead(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Page<DeadJob>, QueueError> {
        self.ledger.dead(after, limit).await
    }

    async fn deaths(&self, keys: &[JobKey]) -> Result<Vec<DeadJob>, QueueError> {
        self.ledger.deaths(keys).await
    }

    async fn replay(&self, key: &JobKey, now: Timestamp) -> Result<bool, QueueError> {
        let replayed = self.ledger.replay(key, now).await?;
        if replayed {
            // Nobody listens once the engine was stopped.
            let _ = self.wake_ups.send((now, key.clone()));
        }
        Ok(replayed)
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        self.ledger.depth().await
    }

    async fn waiting_deliveries(&self) -> Result<BTreeMap<String, u64>, QueueError> {
        self.ledger.waiting_deliveries().await
    }

    async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError> {
        self.ledger.clean(ended_before).await
    }

    async fn overdue(&self, due_before: Timestamp, limit: u32) -> Result<Vec<JobKey>, QueueError> {
        self.ledger.overdue(due_before, limit).await
    }

    async fn ping(&self) -> Result<(), QueueError> {
        self.ledger.ping().await
    }
}
