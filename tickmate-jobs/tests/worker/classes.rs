//! Classes of jobs: slow jobs of one class and many jobs of one requester delay no others.

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

/// A relay that takes connections and never says a word.
#[derive(Default)]
pub(crate) struct Mute {
    pub(crate) under_way: AtomicUsize,
}

#[async_trait]
impl Mailer for Mute {
    async fn send(&self, _mail: &OutgoingMail) -> Result<Receipt, MailError> {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_mail_server_that_never_answers_delays_no_ticket() {
    let mute = Arc::new(Mute::default());
    let world = World::with_mailer(Arc::clone(&mute) as _).await;
    let settings = WorkerSettings::default();
    let slots = settings.concurrency.deliveries as usize;
    let (stop, task) = world.work(settings);
    let mut ids = Vec::new();
    for number in 0..30 {
        ids.push(world.ticket(&format!("t{number}")).await);
    }
    let assigned = async || {
        for id in &ids {
            if world.stored(*id).await.assignment.is_none() {
                return false;
            }
        }
        true
    };
    until(assigned).await;
    // Every ticket is assigned before the first mail has timed out.
    until(async || mute.under_way.load(Ordering::SeqCst) >= slots).await;
    assert_eq!(mute.under_way.load(Ordering::SeqCst), slots);
    let depth = world.queue.depth().await.unwrap();
    assert_eq!(depth.leased as usize, slots, "{depth:?}");
    assert!(depth.ready as usize > slots, "{depth:?}");
    drop((stop, task));
}

#[tokio::test(start_paused = true)]
async fn a_mute_mail_server_delays_no_ticket_after_a_crash_either() {
    let mute = Arc::new(Mute::default());
    let world = World::with_mailer(Arc::clone(&mute) as _).await;
    for number in 0..8 {
        world.ticket(&format!("before {number}")).await;
    }
    world.desk.jobs().relay().await.unwrap();
    // A process dies while it sends eight mails.
    let deliveries = PerClass {
        deliveries: 8,
        ..PerClass::default()
    };
    assert_eq!(world.die_running(deliveries).await.len(), 8);
    tokio::time::sleep(Duration::from_secs(31)).await;
    let mut ids = Vec::new();
    for number in 0..30 {
        ids.push(world.ticket(&format!("after {number}")).await);
    }
    let (stop, task) = world.work(WorkerSettings::default());
    until(async || {
        for id in &ids {
            if world.stored(*id).await.assignment.is_none() {
                return false;
            }
        }
        true
    })
    .await;
    // The first suspect has not timed out yet: the others of its class wait for it.
    assert_eq!(mute.under_way.load(Ordering::SeqCst), 1);
    drop((stop, task));
}

#[tokio::test(start_paused = true)]
async fn suspects_of_a_class_without_slots_are_left_to_other_processes() {
    let world = World::new(None).await;
    world.ticket("help").await;
    world.desk.jobs().relay().await.unwrap();
    let delivery = PerClass {
        deliveries: 1,
        ..PerClass::default()
    };
    assert_eq!(world.die_running(delivery).await.len(), 1);
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
async fn many_tickets_of_one_requester_delay_no_other_one() {
    let world = World::new(None).await;
    let [many, few] = [
        world.requester_named("many").await,
        world.requester_named("few").await,
    ];
    let mut flood = Vec::new();
    for number in 0..400 {
        flood.push(world.ticket_of(&many, &format!("flood {number}")).await);
    }
    let single = world.ticket_of(&few, "single").await;
    let (stop, task) = world.work(WorkerSettings {
        concurrency: PerClass::of(|_| 1),
        ..WorkerSettings::default()
    });
    until(async || world.desk.tickets().count_needing_triage().await.unwrap() == 0).await;
    let events = world.store.events_after(0, 10_000).await.unwrap();
    let read = events
        .iter()
        .filter(|event| event.kind == EventKind::Triaged);
    let order: Vec<_> = read.filter_map(Event::ticket).collect();
    assert_eq!(order.len(), flood.len() + 1);
    let before = order.iter().position(|id| *id == single).unwrap();
    // The relay enqueues the jobs of the flood while the first of them run.
    assert!(before <= 250, "{before} tickets were read before");
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
    let id = world.ticket("help").await;
    until(async || world.stored(id).await.assignment.is_some()).await;
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
