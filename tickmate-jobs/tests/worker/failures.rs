//! Tests failures: errors, panics, jobs that never end, and leases that expire.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tickmate_core::{
    backend::{
        llm::{Completion, Llm, LlmError, ModelId, Prompt, StopReason, Usage},
        queue::{ClaimRequest, JobLeases, JobQueue, Wanted},
    },
    domain::{
        analysis::TriageSource,
        id::LeaseId,
        job::DeathCause,
        job_class::{JobClass, PerClass},
        retry::{Backoff, RetryPolicy},
    },
};
use tickmate_jobs::WorkerSettings;
use tokio::time::sleep;

use crate::worker::desk::{World, until};

/// A model that panics on some tickets, never answers others, and refuses the rest.
struct HostileModel;

#[async_trait]
impl Llm for HostileModel {
    fn identity(&self) -> ModelId {
        ModelId {
            provider: "test".to_owned(),
            model: "poisoned".to_owned(),
        }
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        assert!(!prompt.user.contains("panic"), "as the test wants it");
        if prompt.user.contains("hang") {
            std::future::pending::<()>().await;
        }
        Err(LlmError::Rejected("no".into()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_fails_only_its_job_and_the_model_is_not_asked_forever() {
    let world = World::new(Some(Arc::new(HostileModel))).await;
    let (stop, task) = world.work(WorkerSettings::default());
    let poisoned = world.create_ticket("panic").await;
    let healthy = world.create_ticket("healthy").await;
    let took = until(|| async { world.load_ticket(healthy).await.assignment.is_some() }).await;
    assert!(
        took < Duration::from_secs(1),
        "other tickets are delayed: {took:?}"
    );
    until(|| async { world.load_ticket(poisoned).await.assignment.is_some() }).await;
    assert_eq!(
        world.load_ticket(poisoned).await.triage.unwrap().source,
        TriageSource::Embedded
    );
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_too_often_is_dead_and_can_be_replayed() {
    let world = World::new(None).await;
    // Three mails, eight attempts each.
    world.mailer.fail_next(24);
    let (stop, task) = world.work(WorkerSettings {
        retry: RetryPolicy {
            deliveries: Backoff::QUICK,
            ..RetryPolicy::default()
        },
        ..WorkerSettings::default()
    });
    world.create_ticket("x").await;
    until(|| async { world.queue.depth().await.unwrap().dead == 3 }).await;
    let dead = world.queue.dead(None, 10).await.unwrap().items;
    assert!(
        dead.iter()
            .all(|job| (job.cause, job.errors) == (DeathCause::Errors, 8))
    );
    assert!(
        dead[0]
            .last_error
            .as_deref()
            .is_some_and(|error| error.contains("not accepted"))
    );
    assert!(world.mailer.accepted().is_empty());
    let root = world
        .desk
        .users()
        .requester_by_email("root@example.org", None)
        .await
        .unwrap();
    let root = tickmate_core::domain::access::Actor::person(&root);
    for job in &dead {
        world.desk.jobs().replay(&root, &job.key).await.unwrap();
    }
    until(|| async { world.mailer.accepted().len() == 3 }).await;
    assert_eq!(world.queue.depth().await.unwrap().dead, 0);
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_hangs_is_ended_and_delays_no_other_job() {
    let world = World::new(Some(Arc::new(HostileModel))).await;
    let (stop, task) = world.work(WorkerSettings {
        concurrency: PerClass::of(|_| 2),
        ..WorkerSettings::default()
    });
    let hanging = world.create_ticket("hang").await;
    for n in 0..9 {
        world.create_ticket(&format!("healthy {n}")).await;
    }
    let took =
        until(|| async { world.desk.tickets().count_needing_triage().await.unwrap() == 1 }).await;
    assert!(took < Duration::from_secs(30), "{took:?}");
    until(|| async { world.load_ticket(hanging).await.assignment.is_some() }).await;
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn stopping_releases_jobs_that_do_not_end() {
    let world = World::new(Some(Arc::new(HostileModel))).await;
    let settings = WorkerSettings {
        drain: Duration::from_secs(2),
        ..WorkerSettings::default()
    };
    let (stop, task) = world.work(settings);
    world.create_ticket("hang").await;
    until(|| async { world.queue.depth().await.unwrap().leased == 1 }).await;
    stop.send(()).unwrap();
    task.await.unwrap();
    let depth = world.queue.depth().await.unwrap();
    assert_eq!((depth.leased, depth.dead), (0, 0));
    assert!(depth.ready >= 1, "not ready for the next process");
}

#[tokio::test(start_paused = true)]
async fn suspects_of_a_dead_process_run_again_one_by_one() {
    let world = World::new(None).await;
    let mut ids = Vec::new();
    for n in 0..20 {
        ids.push(world.create_ticket(&format!("left behind {n}")).await);
    }
    world.desk.jobs().relay().await.unwrap();
    // A process claims and starts all jobs, and dies.
    world.start_and_die(PerClass::of(|_| 100)).await;
    let (stop, task) = world.work(WorkerSettings::default());
    let took =
        until(|| async { world.desk.tickets().count_needing_triage().await.unwrap() == 0 }).await;
    // Once the leases have expired, the suspects run one after another without a pause.
    assert!(
        took >= Duration::from_secs(29) && took < Duration::from_secs(33),
        "{took:?}"
    );
    for id in ids {
        assert!(world.load_ticket(id).await.assignment.is_some());
    }
    until(|| async { world.queue.depth().await.unwrap().leased == 0 }).await;
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn heartbeats_keep_the_lease_of_a_long_job() {
    let world = World::new(Some(Arc::new(HostileModel))).await;
    let (stop, task) = world.work(WorkerSettings {
        job_timeout: Duration::from_secs(600),
        ..WorkerSettings::default()
    });
    world.create_ticket("hang").await;
    until(|| async { world.queue.depth().await.unwrap().leased == 1 }).await;
    sleep(Duration::from_secs(300)).await;
    let request = ClaimRequest {
        lease: LeaseId::new(world.desk.now(), [9; 10]),
        duration: Duration::from_secs(30),
        wanted: Wanted::Suspects {
            most: 100,
            classes: JobClass::ALL.to_vec(),
        },
        max_crashes: 5,
    };
    assert!(
        world.queue.claim(&request).await.unwrap().is_empty(),
        "another process gets the job after ten lease durations"
    );
    stop.send(()).unwrap();
    task.await.unwrap();
}

/// A model that takes two seconds, and never answers some prompts. It counts its concurrent calls.
#[derive(Default)]
struct SlowModel {
    active: AtomicUsize,
    max_active: AtomicUsize,
}

/// A call that is counted as active until it is answered or dropped.
struct ActiveCall<'a>(&'a SlowModel);

impl<'a> ActiveCall<'a> {
    fn new(llm: &'a SlowModel) -> Self {
        let now = llm.active.fetch_add(1, Ordering::SeqCst) + 1;
        llm.max_active.fetch_max(now, Ordering::SeqCst);
        Self(llm)
    }
}

impl Drop for ActiveCall<'_> {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Llm for SlowModel {
    fn identity(&self) -> ModelId {
        ModelId {
            provider: "test".to_owned(),
            model: "slow".to_owned(),
        }
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        let _call = ActiveCall::new(self);
        if prompt.user.contains("hang") {
            std::future::pending::<()>().await;
        }
        sleep(Duration::from_secs(2)).await;
        Ok(Completion {
            text: r#"{"summary": "read"}"#.to_owned(),
            model: "slow".to_owned(),
            usage: Usage::default(),
            latency: Duration::from_secs(2),
            stop: StopReason::Done,
        })
    }
}

#[tokio::test(start_paused = true)]
async fn one_ticket_that_makes_the_model_hang_delays_no_other() {
    let llm = Arc::new(SlowModel::default());
    let world = World::new(Some(Arc::clone(&llm) as _)).await;
    let (stop, task) = world.work(WorkerSettings::default());
    let hostile = world.create_ticket("hang").await;
    let mut others = Vec::new();
    for number in 0..99 {
        others.push(world.create_ticket(&format!("honest {number}")).await);
    }
    let is_processed = async |id| {
        let ticket = world.load_ticket(id).await;
        ticket.assignment.is_some() && ticket.triage.is_some()
    };
    let took = until(async || {
        for id in &others {
            if !is_processed(*id).await {
                return false;
            }
        }
        true
    })
    .await;
    assert!(took < Duration::from_secs(30), "{took:?}");
    until(async || is_processed(hostile).await).await;
    assert!(llm.max_active.load(Ordering::SeqCst) <= 4);
    // The model later refines the tickets that it had no time for, one after another.
    until(async || {
        for id in &others {
            let triage = world.load_ticket(*id).await.triage;
            if triage.is_none_or(|triage| triage.source != TriageSource::Model) {
                return false;
            }
        }
        true
    })
    .await;
    stop.send(()).unwrap();
    task.await.unwrap();
}
