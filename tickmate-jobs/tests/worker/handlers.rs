//! Tests event handlers under the worker: failures, a process that dies, dead deliveries, and processes without the
//! handler.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tickmate_core::{
    backend::{
        queue::{ClaimRequest, JobLeases, JobQueue, Wanted},
        store::EventStore,
    },
    desk::{Audience, Desk, EventHandler, EventNotice, HandlerError, Start},
    domain::{
        id::{EventId, LeaseId},
        job::{DeathCause, Job},
        job_class::PerClass,
        retry::{Backoff, RetryPolicy},
        time::Span,
    },
};
use tickmate_jobs::WorkerSettings;
use tokio::time::{sleep, timeout};

use crate::worker::desk::{World, until};

/// An event handler that records its deliveries, after a number of failures that the test sets.
#[derive(Default)]
struct RecordingHandler {
    /// The number of times that each delivery fails first.
    failures: AtomicU32,
    hangs: AtomicBool,
    /// The number of deliveries that hung.
    hung: AtomicU32,
    failed: Mutex<Vec<EventId>>,
    delivered: Mutex<Vec<EventId>>,
}

impl RecordingHandler {
    fn failing(times: u32) -> Arc<Self> {
        Arc::new(Self {
            failures: AtomicU32::new(times),
            ..Self::default()
        })
    }

    fn failures_of(&self, event: EventId) -> usize {
        let failed = self.failed.lock().unwrap();
        failed.iter().filter(|failed| **failed == event).count()
    }

    fn delivered(&self) -> BTreeSet<EventId> {
        self.delivered.lock().unwrap().iter().copied().collect()
    }
}

#[async_trait]
impl EventHandler for RecordingHandler {
    fn name(&self) -> &str {
        "counting"
    }

    fn audience(&self) -> Audience {
        Audience::Admins
    }

    fn start(&self) -> Start {
        Start::After(0)
    }

    fn targets(&self, event: &EventNotice) -> Vec<String> {
        event
            .ticket()
            .map(|_| "all".to_owned())
            .into_iter()
            .collect()
    }

    async fn handle(&self, event: &EventNotice, _target: &str) -> Result<(), HandlerError> {
        if self.hangs.load(Ordering::SeqCst) {
            self.hung.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
        if self.failures_of(event.id) < self.failures.load(Ordering::SeqCst) as usize {
            self.failed.lock().unwrap().push(event.id);
            return Err(HandlerError::new("as the test wants it").retry_after(Span::seconds(1)));
        }
        self.delivered.lock().unwrap().push(event.id);
        Ok(())
    }
}

fn desk_with(world: &World, handler: &Arc<RecordingHandler>) -> Arc<Desk> {
    let builder = world.builder().on_events(Arc::clone(handler) as _);
    Arc::new(builder.build().unwrap())
}

/// Returns the events of tickets.
async fn ticket_events(world: &World) -> BTreeSet<EventId> {
    let events = world.store.events_after(0, 10_000).await.unwrap();
    let of_tickets = events.iter().filter(|event| event.ticket().is_some());
    of_tickets.map(|event| event.id).collect()
}

#[tokio::test(start_paused = true)]
async fn a_handler_gets_every_event_after_failures_and_a_crash() {
    let world = World::new(None).await;
    let handler = RecordingHandler::failing(2);
    let desk = desk_with(&world, &handler);
    for n in 0..5 {
        world.create_ticket(&format!("{n}")).await;
    }
    desk.jobs().relay().await.unwrap();
    desk.jobs().relay_handlers().await.unwrap();
    // The deliveries fail twice, and then the process dies during the third attempt.
    let claim = |number| ClaimRequest {
        lease: LeaseId::new(world.desk.now(), [number; 10]),
        duration: Duration::from_secs(30),
        wanted: Wanted::Unsuspected(PerClass {
            deliveries: 100,
            ..PerClass::default()
        }),
        max_crashes: 5,
    };
    for round in 1..=3 {
        handler.hangs.store(round == 3, Ordering::SeqCst);
        let mut runs = 0;
        for job in world.queue.claim(&claim(round)).await.unwrap() {
            let Some(work @ Job::HandleEvent { .. }) = job.job else {
                continue;
            };
            runs += 1;
            world.queue.start(&job.key, job.lease).await.unwrap();
            // A run that the timeout drops ends like in a process that dies: the queue gets no report.
            let run = desk.jobs().run(&work, job.errors);
            if let Ok(ended) = timeout(Duration::from_secs(1), run).await {
                let error = ended.unwrap_err();
                let after = RetryPolicy::default().after_error(
                    job.class,
                    job.errors,
                    error.next_run(),
                    desk.now(),
                    0,
                );
                let failed = world.queue.fail(&job.key, job.lease, "failed", after);
                failed.await.unwrap();
            }
        }
        assert_eq!(runs, 5, "round {round}");
        sleep(Duration::from_secs(2)).await;
    }
    assert!(handler.delivered().is_empty());
    assert_eq!(handler.hung.load(Ordering::SeqCst), 5);
    handler.hangs.store(false, Ordering::SeqCst);
    let (stop, task) = world.work_with(&desk, WorkerSettings::default());
    until(|| async {
        let all = ticket_events(&world).await;
        let depth = world.queue.depth().await.unwrap();
        depth.ready + depth.leased == 0 && all.len() > 5 && handler.delivered() == all
    })
    .await;
    for event in handler.delivered() {
        assert_eq!(handler.failures_of(event), 2);
    }
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_always_fails_ends_in_dead_letters_and_can_be_replayed() {
    let world = World::new(None).await;
    let handler = RecordingHandler::failing(u32::MAX);
    let desk = desk_with(&world, &handler);
    let (stop, task) = world.work_with(
        &desk,
        WorkerSettings {
            retry: RetryPolicy {
                deliveries: Backoff::QUICK,
                ..RetryPolicy::default()
            },
            ..WorkerSettings::default()
        },
    );
    world.create_ticket("x").await;
    until(|| async {
        let depth = world.queue.depth().await.unwrap();
        depth.dead > 0 && depth.ready + depth.leased == 0
    })
    .await;
    let all = ticket_events(&world).await;
    let dead = world.queue.dead(None, 100).await.unwrap().items;
    assert_eq!(dead.len(), all.len());
    for job in &dead {
        assert_eq!(
            (job.cause, job.kind.as_str()),
            (DeathCause::Errors, "handle_event")
        );
        let error = job.last_error.as_deref().unwrap_or_default();
        assert!(error.contains("as the test wants it"), "{error}");
    }
    handler.failures.store(0, Ordering::SeqCst);
    let admin = world.admin().await;
    for job in &dead {
        world.desk.jobs().replay(&admin, &job.key).await.unwrap();
    }
    until(|| async { handler.delivered() == all }).await;
    assert_eq!(world.queue.depth().await.unwrap().dead, 0);
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_delays_no_ticket() {
    let world = World::new(None).await;
    let handler = RecordingHandler::failing(0);
    handler.hangs.store(true, Ordering::SeqCst);
    let desk = desk_with(&world, &handler);
    let (stop, task) = world.work_with(
        &desk,
        WorkerSettings {
            concurrency: PerClass::of(|_| 2),
            drain: Duration::from_secs(1),
            job_timeout: Duration::from_secs(36_000),
            ..WorkerSettings::default()
        },
    );
    let mut tickets = Vec::new();
    for n in 0..30 {
        tickets.push(world.create_ticket(&format!("{n}")).await);
    }
    until(|| async {
        let mut assigned = 0;
        for id in &tickets {
            assigned += usize::from(world.load_ticket(*id).await.assignment.is_some());
        }
        assigned == tickets.len()
    })
    .await;
    assert!(handler.delivered().is_empty());
    assert_eq!(
        world.queue.depth().await.unwrap().dead,
        0,
        "no delivery may be dead yet"
    );
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handler_gets_all_events_while_another_process_lacks_it() {
    let world = World::new(None).await;
    let handler = RecordingHandler::failing(0);
    let desk = desk_with(&world, &handler);
    let (stop_other, other) = world.work(WorkerSettings::default());
    for n in 0..3 {
        world.create_ticket(&format!("before {n}")).await;
    }
    until(|| async { world.desk.tickets().count_needing_triage().await.unwrap() == 0 }).await;
    let (stop, task) = world.work_with(&desk, WorkerSettings::default());
    for n in 0..10 {
        world.create_ticket(&format!("after {n}")).await;
    }
    until(|| async {
        let depth = world.queue.depth().await.unwrap();
        depth.ready + depth.leased == 0 && handler.delivered() == ticket_events(&world).await
    })
    .await;
    let depth = world.queue.depth().await.unwrap();
    assert_eq!(depth.dead, 0);
    for stop in [stop, stop_other] {
        stop.send(()).unwrap();
    }
    for task in [task, other] {
        task.await.unwrap();
    }
}
