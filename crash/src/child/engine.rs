//! An engine with its own loop: it is notified of enqueued jobs, keeps its own schedule in memory, and runs jobs by
//! key. Jobs that it lost when it died it finds in the queue.

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

/// The maximum number of concurrent jobs.
const MAX_RUNNING: usize = 8;
/// How often the engine looks for overdue jobs, and how long a job must have been due to be overdue.
const OVERDUE_CHECK: Duration = Duration::from_millis(200);
/// How long running jobs may take to end when the engine is stopped.
const DRAIN: Duration = Duration::from_secs(1);

type WakeUp = (Timestamp, JobKey);

/// The job queue as the desk sees it: enqueued jobs also wake the engine.
pub(super) struct WakingQueue {
    queue: Arc<dyn JobLeases>,
    wake_ups: UnboundedSender<WakeUp>,
}

impl WakingQueue {
    pub(super) fn new(queue: Arc<dyn JobLeases>) -> (Self, UnboundedReceiver<WakeUp>) {
        let (wake_ups, receiver) = mpsc::unbounded_channel();
        (Self { queue, wake_ups }, receiver)
    }
}

/// Drives a desk with an engine that has its own loop, until `shutdown` completes.
pub(super) async fn run(
    desk: Arc<Desk>,
    queue: Arc<dyn JobLeases>,
    runner: JobRunner,
    caretaker: Caretaker,
    wake_ups: UnboundedReceiver<WakeUp>,
    shutdown: impl Future<Output = ()> + Clone + Send,
) {
    let engine = Engine {
        desk,
        queue,
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
    queue: Arc<dyn JobLeases>,
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
            self.start_due_jobs();
            tokio::select! {
                () = &mut shutdown => break,
                Some(wake_up) = wake_ups.recv() => {
                    self.schedule.insert(wake_up);
                }
                Some(ended) = self.running.join_next() => self.schedule.extend(ended.ok().flatten()),
                () = sleep(OVERDUE_CHECK) => self.schedule_overdue_jobs().await,
            }
        }
        let drain = async { while self.running.join_next().await.is_some() {} };
        if timeout(DRAIN, drain).await.is_err() {
            self.runner.release().await;
        }
    }

    fn start_due_jobs(&mut self) {
        let now = self.desk.now();
        while self.running.len() < MAX_RUNNING
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

    async fn schedule_overdue_jobs(&mut self) {
        let now = self.desk.now();
        let age = Span::from_std(OVERDUE_CHECK).unwrap_or_default();
        if let Ok(keys) = self.queue.overdue(now - age, 100).await {
            self.schedule.extend(keys.into_iter().map(|key| (now, key)));
        }
    }
}

#[async_trait]
impl JobQueue for WakingQueue {
    async fn enqueue(&self, jobs: &[NewJob]) -> Result<(), QueueError> {
        self.queue.enqueue(jobs).await?;
        for job in jobs {
            // The receiver is dropped once the engine has stopped.
            let _ = self.wake_ups.send((job.run_at, job.key.clone()));
        }
        Ok(())
    }

    async fn dead(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Page<DeadJob>, QueueError> {
        self.queue.dead(after, limit).await
    }

    async fn deaths(&self, keys: &[JobKey]) -> Result<Vec<DeadJob>, QueueError> {
        self.queue.deaths(keys).await
    }

    async fn replay(&self, key: &JobKey, now: Timestamp) -> Result<bool, QueueError> {
        let replayed = self.queue.replay(key, now).await?;
        if replayed {
            // The receiver is dropped once the engine has stopped.
            let _ = self.wake_ups.send((now, key.clone()));
        }
        Ok(replayed)
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        self.queue.depth().await
    }

    async fn waiting_deliveries(&self) -> Result<BTreeMap<String, u64>, QueueError> {
        self.queue.waiting_deliveries().await
    }

    async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError> {
        self.queue.clean(ended_before).await
    }

    async fn overdue(&self, due_before: Timestamp, limit: u32) -> Result<Vec<JobKey>, QueueError> {
        self.queue.overdue(due_before, limit).await
    }

    async fn ping(&self) -> Result<(), QueueError> {
        self.queue.ping().await
    }
}
