//! Tests job classes: slow jobs of one class, and many jobs of one requester, don't delay others.

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
        mailer::{MailError, Mailer, OutgoingMail, Receipt},
        queue::JobQueue,
        store::EventStore,
    },
    domain::{
        event::{Event, EventKind},
        job_class::PerClass,
    },
};
use tickmate_jobs::WorkerSettings;

use crate::worker::desk::{World, until};

/// A mailer whose server accepts connections and never answers.
#[derive(Default)]
pub(crate) struct SilentMailer {
    pub(crate) started: AtomicUsize,
}

#[async_trait]
impl Mailer for SilentMailer {
    async fn send(&self, _mail: &OutgoingMail) -> Result<Receipt, MailError> {
        self.started.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_mail_server_that_never_answers_delays_no_ticket() {
    let silent = Arc::new(SilentMailer::default());
    let world = World::with_mailer(Arc::clone(&silent) as _).await;
    let settings = WorkerSettings::default();
    let slots = settings.concurrency.deliveries as usize;
    let (stop, task) = world.work(settings);
    let mut ids = Vec::new();
    for number in 0..30 {
        ids.push(world.create_ticket(&format!("t{number}")).await);
    }
    let assigned = async || {
        for id in &ids {
            if world.load_ticket(*id).await.assignment.is_none() {
                return false;
            }
        }
        true
    };
    until(assigned).await;
    // Every ticket is assigned before the first mail has timed out.
    until(async || silent.started.load(Ordering::SeqCst) >= slots).await;
    assert_eq!(silent.started.load(Ordering::SeqCst), slots);
    let depth = world.queue.depth().await.unwrap();
    assert_eq!(depth.leased as usize, slots, "{depth:?}");
    assert!(depth.ready as usize > slots, "{depth:?}");
    drop((stop, task));
}

#[tokio::test(start_paused = true)]
async fn a_silent_mail_server_delays_no_ticket_after_a_crash() {
    let silent = Arc::new(SilentMailer::default());
    let world = World::with_mailer(Arc::clone(&silent) as _).await;
    for number in 0..8 {
        world.create_ticket(&format!("before {number}")).await;
    }
    world.desk.jobs().relay().await.unwrap();
    // A process dies while it sends eight mails.
    let deliveries = PerClass {
        deliveries: 8,
        ..PerClass::default()
    };
    assert_eq!(world.start_and_die(deliveries).await.len(), 8);
    tokio::time::sleep(Duration::from_secs(31)).await;
    let mut ids = Vec::new();
    for number in 0..30 {
        ids.push(world.create_ticket(&format!("after {number}")).await);
    }
    let (stop, task) = world.work(WorkerSettings::default());
    until(async || {
        for id in &ids {
            if world.load_ticket(*id).await.assignment.is_none() {
                return false;
            }
        }
        true
    })
    .await;
    // The first suspect has not timed out yet, so the other mails wait for it.
    assert_eq!(silent.started.load(Ordering::SeqCst), 1);
    drop((stop, task));
}

#[tokio::test(start_paused = true)]
async fn suspects_of_a_class_without_slots_are_left_to_other_processes() {
    let world = World::new(None).await;
    world.create_ticket("help").await;
    world.desk.jobs().relay().await.unwrap();
    let delivery = PerClass {
        deliveries: 1,
        ..PerClass::default()
    };
    assert_eq!(world.start_and_die(delivery).await.len(), 1);
    let (stop, task) = world.work(WorkerSettings {
        concurrency: PerClass {
            deliveries: 0,
            ..WorkerSettings::default().concurrency
        },
        ..WorkerSettings::default()
    });
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(world.mailer.accepted().is_empty());
    let (stop_other, other) = world.work(WorkerSettings {
        concurrency: PerClass {
            deliveries: 1,
            ..PerClass::default()
        },
        ..WorkerSettings::default()
    });
    until(async || world.mailer.accepted().len() == 3).await;
    for (stop, task) in [(stop, task), (stop_other, other)] {
        stop.send(()).unwrap();
        task.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn many_tickets_of_one_requester_delay_no_other_requester() {
    let world = World::new(None).await;
    let [busy_requester, other_requester] = [
        world.requester_named("many").await,
        world.requester_named("few").await,
    ];
    let mut flood = Vec::new();
    for number in 0..400 {
        flood.push(
            world
                .create_ticket_of(&busy_requester, &format!("flood {number}"))
                .await,
        );
    }
    let single = world.create_ticket_of(&other_requester, "single").await;
    let (stop, task) = world.work(WorkerSettings {
        concurrency: PerClass::of(|_| 1),
        ..WorkerSettings::default()
    });
    until(async || world.desk.tickets().count_needing_triage().await.unwrap() == 0).await;
    let events = world.store.events_after(0, 10_000).await.unwrap();
    let triaged = events
        .iter()
        .filter(|event| event.kind == EventKind::Triaged);
    let order: Vec<_> = triaged.filter_map(Event::ticket).collect();
    assert_eq!(order.len(), flood.len() + 1);
    let before = order.iter().position(|id| *id == single).unwrap();
    // The relay enqueues the jobs of the flood while the first of them run.
    assert!(before <= 250, "{before} tickets were triaged before");
    assert_eq!(order[0], flood[0]);
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_class_without_slots_is_left_to_other_processes() {
    let world = World::new(None).await;
    let (stop, task) = world.work(WorkerSettings {
        concurrency: PerClass {
            deliveries: 0,
            ..WorkerSettings::default().concurrency
        },
        ..WorkerSettings::default()
    });
    let id = world.create_ticket("help").await;
    until(async || world.load_ticket(id).await.assignment.is_some()).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(world.mailer.accepted().is_empty());
    let (stop_other, other) = world.work(WorkerSettings {
        concurrency: PerClass {
            deliveries: 1,
            ..PerClass::default()
        },
        ..WorkerSettings::default()
    });
    until(async || world.mailer.accepted().len() == 3).await;
    for (stop, task) in [(stop, task), (stop_other, other)] {
        stop.send(()).unwrap();
        task.await.unwrap();
    }
}
