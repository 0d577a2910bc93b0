//! What happens when something goes wrong: errors, panics, jobs that never end, leases that run out.

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
struct Poisoned;

#[async_trait]
impl Llm for Poisoned {
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
async fn a_panic_is_that_job_s_failure_and_the_model_is_not_asked_for_ever() {
    let world = World::new(Some(Arc::new(Poisoned))).await;
    let (stop, task) = world.work(WorkerSettings::default());
    let poisoned = world.ticket("panic").await;
    let healthy = world.ticket("healthy").await;
    let took = until(|| async { world.stored(healthy).await.assignment.is_some() }).await;
    assert!(
        took < Duration::from_secs(1),
        "others are not held up: {took:?}"
    );
    until(|| async { world.stored(poisoned).await.assignment.is_some() }).await;
    assert_eq!(
        world.stored(poisoned).await.triage.unwrap().source,
        TriageSource::Embedded
    );
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_too_often_is_dead_and_can_be_replayed() {
    let world = World::new(None).await;
    // Three mails, eight tries each.
    world.mailer.fail_next(24);
    let (stop, task) = world.work(WorkerSettings {
        retry: RetryPolicy {
            deliveries: Backoff::QUICK,
            ..RetryPolicy::default()
        },
        ..WorkerSettings::default()
    });
    world.ticket("x").await;
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
async fn a_job_that_hangs_is_ended_and_blocks_nobody() {
    let world = World::new(Some(Arc::new(Poisoned))).await;
    let (stop, task) = world.work(WorkerSettings {
        concurrency: PerClass::of(|_| 2),
        ..WorkerSettings::default()
    });
    let hanging = world.ticket("hang").await;
    for n in 0..9 {
        world.ticket(&format!("healthy {n}")).await;
    }
    let took =
        until(|| async { world.desk.tickets().count_needing_triage().await.unwrap() == 1 }).await;
    assert!(took < Duration::from_secs(30), "{took:?}");
    until(|| async { world.stored(hanging).await.assignment.is_some() }).await;
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn stopping_gives_back_what_does_not_end() {
    let world = World::new(Some(Arc::new(Poisoned))).await;
    let settings = WorkerSettings {
        drain: Duration::from_secs(2),
        ..WorkerSettings::default()
    };
    let (stop, task) = world.work(settings);
    world.ticket("hang").await;
    until(|| async { world.queue.depth().await.unwrap().leased == 1 }).await;
    stop.send(()).unwrap();
    task.await.unwrap();
    let depth = world.queue.depth().await.unwrap();
    assert_eq!((depth.leased, depth.dead), (0, 0));
    assert!(depth.ready >= 1, "ready at once for the next process");
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_process_held_is_run_again_alone() {
    let world = World::new(None).await;
    let mut ids = Vec::new();
    for n in 0..20 {
        ids.push(world.ticket(&format!("left behind {n}")).await);
    }
    world.desk.jobs().relay().await.unwrap();
    // A process claims and starts everything, and is never heard of again.
    world.die_running(PerClass::of(|_| 100)).await;
    let (stop, task) = world.work(WorkerSettings::default());
    let took =
        until(|| async { world.desk.tickets().count_needing_triage().await.unwrap() == 0 }).await;
    // Once the leases have run out they follow each other without a pause.
    assert!(
        took >= Duration::from_secs(29) && took < Duration::from_secs(33),
        "{took:?}"
    );
    for id in ids {
        assert!(world.stored(id).await.assignment.is_some());
    }
    until(|| async { world.queue.depth().await.unwrap().leased == 0 }).await;
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_keeps_a_long_job() {
    let world = World::new(Some(Arc::new(Poisoned))).await;
    let (stop, task) = world.work(WorkerSettings {
        job_timeout: Duration::from_secs(600),
        ..WorkerSettings::default()
    });
    world.ticket("hang").await;
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
        "ten leases later nobody else gets it"
    );
    stop.send(()).unwrap();
    task.await.unwrap();
}

/// A model that takes two seconds, and never answers some tickets. It counts how many questions are under way.
#[derive(Default)]
struct Slow {
    under_way: AtomicUsize,
    most: AtomicUsize,
}

/// A question that is under way, until it is answered or given up.
struct Counted<'a>(&'a Slow);

impl<'a> Counted<'a> {
    fn new(llm: &'a Slow) -> Self {
        let now = llm.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        llm.most.fetch_max(now, Ordering::SeqCst);
        Self(llm)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Llm for Slow {
    fn identity(&self) -> ModelId {
        ModelId {
            provider: "test".to_owned(),
            model: "slow".to_owned(),
        }
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        let _asked = Counted::new(self);
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
async fn one_ticket_that_makes_the_model_hang_holds_up_no_other() {
    let llm = Arc::new(Slow::default());
    let world = World::new(Some(Arc::clone(&llm) as _)).await;
    let (stop, task) = world.work(WorkerSettings::default());
    let hostile = world.ticket("hang").await;
    let mut others = Vec::new();
    for number in 0..99 {
        others.push(world.ticket(&format!("honest {number}")).await);
    }
    let is_served = async |id| {
        let ticket = world.stored(id).await;
        ticket.assignment.is_some() && ticket.triage.is_some()
    };
    let took = until(async || {
        for id in &others {
            if !is_served(*id).await {
                return false;
            }
        }
        true
    })
    .await;
    assert!(took < Duration::from_secs(30), "{took:?}");
    until(async || is_served(hostile).await).await;
    assert!(llm.most.load(Ordering::SeqCst) <= 4);
    // Those whom the model had no time for are refined, one after another.
    until(async || {
        for id in &others {
            let triage = world.stored(*id).await.triage;
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
