//! Tests the caretakers of several processes: one leads, and another takes over.

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

fn spawn_caretaker(desk: Arc<Desk>, world: &World) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let settings = WorkerSettings::default();
    let caretaker = Caretaker::new(desk, &world.random, settings, Arc::new(|| {})).unwrap();
    let run = caretaker.run(async {
        let _stopped = stopped.await;
    });
    (stop, tokio::spawn(run))
}

/// Returns whether no process leads, by trying to lead.
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
async fn another_process_takes_the_lead_within_ten_seconds_after_a_death() {
    let world = World::new(None).await;
    let (_stop, first) = spawn_caretaker(Arc::clone(&world.desk), &world);
    sleep(Duration::from_secs(1)).await;
    let (stop, second) = spawn_caretaker(Arc::new(world.another_desk()), &world);
    sleep(Duration::from_secs(60)).await;
    assert!(!is_free(&world).await);
    first.abort();
    // Only the leader finds the events of a process without a worker.
    let before = world.queue.depth().await.unwrap().ready;
    world.create_ticket("left behind").await;
    let ready = async || world.queue.depth().await.unwrap().ready > before;
    let took = until(ready).await;
    assert!(took <= Duration::from_secs(15), "{took:?}");
    stop.send(()).unwrap();
    second.await.unwrap();
    assert!(
        is_free(&world).await,
        "a process that stops gives up the lead"
    );
}

#[tokio::test(start_paused = true)]
async fn each_process_relays_its_own_events_at_once() {
    let world = World::new(None).await;
    let other = Arc::new(world.another_desk());
    let (stop, leader) = spawn_caretaker(other, &world);
    sleep(Duration::from_secs(1)).await;
    let (stop_second, second) = spawn_caretaker(Arc::clone(&world.desk), &world);
    sleep(Duration::from_millis(2_500)).await;
    let before = world.queue.depth().await.unwrap().ready;
    world.create_ticket("help").await;
    let took = until(async || world.queue.depth().await.unwrap().ready > before).await;
    assert!(took < Duration::from_millis(100), "{took:?}");
    for (stop, task) in [(stop, leader), (stop_second, second)] {
        stop.send(()).unwrap();
        task.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn concurrent_sweeps_of_two_processes_do_everything_once() {
    let world = World::new(None).await;
    let other = world.another_desk();
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(world.create_ticket(&format!("t{number}")).await);
    }
    world.desk.jobs().relay().await.unwrap();
    // Finishes the jobs of all tickets without running them.
    let tickets = PerClass {
        tickets: 100,
        ..PerClass::default()
    };
    let jobs = world.lease_as_other_process(tickets).await;
    assert!(jobs.len() >= ids.len());
    for job in &jobs {
        world.queue.finish(&job.key, job.lease).await.unwrap();
    }
    sleep(Duration::from_secs(3_600)).await;
    let (stop, task) = world.work(WorkerSettings::default());
    for _ in 0..5 {
        let (first, second) = tokio::join!(world.desk.jobs().sweep(), other.jobs().sweep());
        first.unwrap();
        second.unwrap();
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
