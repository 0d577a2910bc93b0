//! Tests the loops without failures: work starts at once, without polling, and is completed when the worker stops.

use std::time::Duration;

use tickmate_core::{
    backend::queue::JobQueue,
    desk::RoutingPatch,
    domain::{
        job::{Job, JobKey, NewJob, QueueDepth},
        skill::SkillEntry,
    },
};
use tickmate_jobs::WorkerSettings;
use tokio::time::sleep;

use crate::worker::desk::{World, until};

#[tokio::test(start_paused = true)]
async fn a_ticket_is_assigned_and_mails_are_sent_without_a_poll() {
    let world = World::new(None).await;
    let (stop, task) = world.work(WorkerSettings {
        poll: Duration::from_secs(3_600),
        ..WorkerSettings::default()
    });
    until(|| async { world.queue.depth().await.unwrap().done > 0 }).await;
    let id = world.create_ticket("help").await;
    let took = until(|| async { world.load_ticket(id).await.assignment.is_some() }).await;
    assert!(took < Duration::from_millis(100), "{took:?}");
    let took = until(|| async { world.mailer.accepted().len() == 3 }).await;
    assert!(took < Duration::from_millis(100), "{took:?}");
    stop.send(()).unwrap();
    task.await.unwrap();
    let QueueDepth {
        ready,
        leased,
        dead,
        ..
    } = world.queue.depth().await.unwrap();
    assert_eq!((ready, leased, dead), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn work_of_another_process_is_found_within_a_poll() {
    let world = World::new(None).await;
    let (stop, task) = world.work(WorkerSettings::default());
    until(|| async { world.queue.depth().await.unwrap().done > 0 }).await;
    // The job shares only the queue with the worker.
    let job = NewJob::new(
        JobKey::new("from.elsewhere"),
        Job::DispatchBacklog { freed: None },
        world.desk.now(),
    );
    let done = world.queue.depth().await.unwrap().done;
    world.queue.enqueue(&[job]).await.unwrap();
    let took = until(|| async { world.queue.depth().await.unwrap().done > done }).await;
    assert!(took <= Duration::from_millis(1_100), "{took:?}");
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn rules_changed_by_another_process_apply_within_a_second() {
    let world = World::new(None).await;
    let (stop, task) = world.work(WorkerSettings::default());
    let admin = world.admin().await;
    let has_skill = async || {
        let vocabulary = world.desk.vocabulary().await.unwrap();
        vocabulary.entry("zeppelins").is_some()
    };
    assert!(!has_skill().await);
    sleep(Duration::from_secs(60)).await;
    let zeppelins = SkillEntry {
        id: "zeppelins".to_owned(),
        name: "Zeppelins".to_owned(),
        ..SkillEntry::default()
    };
    let patch = RoutingPatch {
        skills: Some(vec![zeppelins]),
        ..RoutingPatch::default()
    };
    let other = world.another_desk();
    other
        .routing()
        .set_rules(&admin, patch, None)
        .await
        .unwrap();
    assert!(!has_skill().await, "the rules were reread before the poll");
    let took = until(has_skill).await;
    assert!(took <= Duration::from_secs(1), "{took:?}");
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_hundred_tickets_leave_no_job_behind() {
    let world = World::new(None).await;
    let (stop, task) = world.work(WorkerSettings::default());
    let mut ids = Vec::new();
    for n in 0..100 {
        ids.push(world.create_ticket(&format!("t{n}")).await);
    }
    until(|| async { world.desk.tickets().count_needing_triage().await.unwrap() == 0 }).await;
    for id in ids {
        assert!(world.load_ticket(id).await.assignment.is_some());
    }
    until(|| async {
        let depth = world.queue.depth().await.unwrap();
        depth.ready + depth.leased == 0
    })
    .await;
    stop.send(()).unwrap();
    task.await.unwrap();
}
