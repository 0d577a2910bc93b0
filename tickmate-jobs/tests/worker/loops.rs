//! What happens when nothing goes wrong: at once, without polling, and to the end when told to stop.

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
async fn a_ticket_is_assigned_and_mailed_about_without_waiting_for_a_poll() {
    let world = World::new(None).await;
    let (stop, task) = world.work(WorkerSettings {
        poll: Duration::from_secs(3_600),
        ..WorkerSettings::default()
    });
    until(|| async { world.queue.depth().await.unwrap().done > 0 }).await;
    let id = world.ticket("help").await;
    let took = until(|| async { world.stored(id).await.assignment.is_some() }).await;
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
async fn another_process_s_work_is_noticed_within_a_poll() {
    let world = World::new(None).await;
    let (stop, task) = world.work(WorkerSettings::default());
    until(|| async { world.queue.depth().await.unwrap().done > 0 }).await;
    // It shares nothing with the worker but the queue.
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
async fn rules_that_another_process_changed_hold_within_a_second() {
    let world = World::new(None).await;
    let (stop, task) = world.work(WorkerSettings::default());
    let admin = world.admin().await;
    let knows = async || {
        let vocabulary = world.desk.vocabulary().await.unwrap();
        vocabulary.entry("zeppelins").is_some()
    };
    assert!(!knows().await);
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
    assert!(!knows().await, "the rules are read once");
    let took = until(knows).await;
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
        ids.push(world.ticket(&format!("t{n}")).await);
    }
    until(|| async { world.desk.tickets().count_needing_triage().await.unwrap() == 0 }).await;
    for id in ids {
        assert!(world.stored(id).await.assignment.is_some());
    }
    until(|| async {
        let depth = world.queue.depth().await.unwrap();
        depth.ready + depth.leased == 0
    })
    .await;
    stop.send(()).unwrap();
    task.await.unwrap();
}
