//! Caretakers of several processes: one leads, and another takes over.

use std::{sync::Arc, time::Duration};

use tickmate_core::{
    backend::{
        queue::{JobLeases, JobQueue},
        store::EventStore,
    },
    desk::Desk,
    domain::{event::EventKind, id::LeaseId, job_class::PerClass, mail::MailKey, time::Span},
};
use tickmate_jobs::{Caretaker, WorkerSettings};
use tokio::{sync::oneshot, task::JoinHandle, time::sleep};

use crate::worker::desk::{World, until};

fn caretake(desk: Arc<Desk>, world: &World) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let settings = WorkerSettings::default();
    let caretaker = Caretaker::new(desk, &world.random, settings, Arc::new(|| {})).unwrap();
    let run = caretaker.run(async {
        let _stopped = stopped.await;
    });
    (stop, tokio::spawn(run))
}

/// Whether no process leads: this one could.
async fn is_free(world: &World) -> bool {
    let third = LeaseId::new(world.desk.now(), [3; 10]);
    let leads = world
        .desk
        .jobs()
        .lead(third, Span::seconds(1))
        .await
        .unwrap();
    world.desk.jobs().stop_leading(third).await.unwrap();
    leads
}

#[tokio::test(start_paused = true)]
async fn the_lead_is_taken_over_within_ten_seconds_after_a_death() {
    let world = World::new(None).await;
    let (_stop, first) = caretake(Arc::clone(&world.desk), &world);
    sleep(Duration::from_secs(1)).await;
    let (stop, second) = caretake(Arc::new(world.another_desk()), &world);
    sleep(Duration::from_secs(60)).await;
    assert!(!is_free(&world).await);
    first.abort();
    // What a process without a worker commits is found by the leader alone.
    let before = world.queue.depth().await.unwrap().ready;
    world.ticket("left behind").await;
    let ready = async || world.queue.depth().await.unwrap().ready > before;
    let took = until(ready).await;
    assert!(took <= Duration::from_secs(15), "{took:?}");
    stop.send(()).unwrap();
    second.await.unwrap();
    assert!(
        is_free(&world).await,
        "a process that stops gives the lead back"
    );
}

#[tokio::test(start_paused = true)]
async fn each_process_relays_at_once_what_it_committed() {
    let world = World::new(None).await;
    let other = Arc::new(world.another_desk());
    let (stop, leader) = caretake(other, &world);
    sleep(Duration::from_secs(1)).await;
    let (stop_second, second) = caretake(Arc::clone(&world.desk), &world);
    sleep(Duration::from_millis(2_500)).await;
    let before = world.queue.depth().await.unwrap().ready;
    world.ticket("help").await;
    let took = until(async || world.queue.depth().await.unwrap().ready > before).await;
    assert!(took < Duration::from_millis(100), "{took:?}");
    for (stop, task) in [(stop, leader), (stop_second, second)] {
        stop.send(()).unwrap();
        task.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn sweeps_of_two_processes_at_once_do_everything_once() {
    let world = World::new(None).await;
    let other = world.another_desk();
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(world.ticket(&format!("t{number}")).await);
    }
    world.desk.jobs().relay().await.unwrap();
    // The jobs of all tickets end without having done their work.
    let tickets = PerClass {
        tickets: 100,
        ..PerClass::default()
    };
    let jobs = world.lease_elsewhere(tickets).await;
    assert!(jobs.len() >= ids.len());
    for job in &jobs {
        world.queue.finish(&job.key, job.lease).await.unwrap();
    }
    sleep(Duration::from_secs(3_600)).await;
    let (stop, task) = world.work(WorkerSettings::default());
    for _ in 0..5 {
        let (one, another) = tokio::join!(world.desk.jobs().sweep(), other.jobs().sweep());
        one.unwrap();
        another.unwrap();
    }
    until(async || {
        let depth = world.queue.depth().await.unwrap();
        depth.ready + depth.leased == 0
    })
    .await;
    for id in ids {
        let events = world.store.ticket_events(id, 0, 100).await.unwrap().items;
        let assigned = events
            .iter()
            .filter(|event| event.kind == EventKind::Assigned);
        assert_eq!(assigned.count(), 1, "{events:?}");
    }
    let mut mails: Vec<MailKey> = world
        .mailer
        .accepted()
        .iter()
        .map(|mail| mail.key)
        .collect();
    let all = mails.len();
    mails.sort_unstable();
    mails.dedup();
    assert_eq!(mails.len(), all, "no mail was sent twice");
    assert!(all >= 40, "{all}");
    stop.send(()).unwrap();
    task.await.unwrap();
}
