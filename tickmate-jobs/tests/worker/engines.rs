//! An engine with a loop of its own: it wakes jobs by key, and the ledger stays the judge.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tickmate_core::{
    backend::queue::{ClaimRequest, JobLeases, JobQueue, Wanted},
    domain::{
        id::LeaseId,
        job::{Job, JobKey, NewJob, QueueDepth},
        time::{Span, Timestamp},
    },
};
use tickmate_jobs::{JobRunner, Ran, WorkerSettings};

use crate::desk::World;

/// Runs what is overdue by its keys, one job at a time, until nothing is left at this moment. Returns what each run
/// came to, and the retries that the engine has to wake up.
async fn run_all(world: &World, runner: &JobRunner) -> (usize, BTreeMap<JobKey, Timestamp>) {
    let (mut ended, mut retries) = (0, BTreeMap::new());
    loop {
        let relayed = world.desk.relay().await.unwrap();
        let due = world.queue.overdue(world.desk.now() + Span::seconds(1), 7);
        let mut keys = due.await.unwrap();
        keys.retain(|key| !retries.contains_key(key));
        if keys.is_empty() && relayed.events == 0 {
            return (ended, retries);
        }
        for key in keys {
            match runner.run(&key).await.unwrap() {
                Ran::Ended => ended += 1,
                Ran::RetryAt(at) => {
                    retries.insert(key, at);
                }
                ran @ (Ran::NotClaimed | Ran::Lost) => panic!("{key}: {ran:?}"),
            }
        }
    }
}

fn runner(world: &World) -> JobRunner {
    JobRunner::new(
        Arc::clone(&world.desk),
        Arc::clone(&world.queue) as _,
        Arc::clone(&world.random),
        WorkerSettings::default(),
    )
    .unwrap()
}

#[tokio::test(start_paused = true)]
async fn everything_runs_by_keys() {
    let world = World::new(None).await;
    let runner = runner(&world);
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(world.ticket(&format!("t{number}")).await);
    }
    world.mailer.fail_next(4);
    let (ended, retries) = run_all(&world, &runner).await;
    assert_eq!(retries.len(), 4);
    for id in ids {
        assert!(world.stored(id).await.assignment.is_some());
    }
    // A job that is not due yet is not run, however often the engine wakes it.
    for key in retries.keys() {
        assert_eq!(runner.run(key).await.unwrap(), Ran::NotClaimed);
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
    let (rest, retries) = run_all(&world, &runner).await;
    assert_eq!((rest, retries.len()), (4, 0));
    let depth = world.queue.depth().await.unwrap();
    let done = (ended + rest) as u64;
    assert_eq!(
        depth,
        QueueDepth {
            done,
            ..QueueDepth::default()
        }
    );
    assert!(world.mailer.accepted().len() >= 60);
}

#[tokio::test(start_paused = true)]
async fn a_job_runs_once_however_often_it_is_woken() {
    let world = World::new(None).await;
    let runner = runner(&world);
    world.ticket("help").await;
    world.desk.relay().await.unwrap();
    let due = world.queue.overdue(world.desk.now() + Span::seconds(1), 99);
    let keys = due.await.unwrap();
    assert!(!keys.is_empty());
    for key in &keys {
        let [one, two, three] = [runner.run(key), runner.run(key), runner.run(key)];
        let ran = tokio::join!(one, two, three);
        let mut ran = [ran.0.unwrap(), ran.1.unwrap(), ran.2.unwrap()];
        ran.sort_by_key(|ran| *ran != Ran::Ended);
        assert_eq!(ran, [Ran::Ended, Ran::NotClaimed, Ran::NotClaimed]);
    }
    let missing = JobKey::new("not.there");
    assert_eq!(runner.run(&missing).await.unwrap(), Ran::NotClaimed);
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_last_run_never_ended_is_run_by_its_key() {
    let world = World::new(None).await;
    let runner = runner(&world);
    let key = JobKey::new("suspect");
    let job = Job::DispatchBacklog { freed: None };
    let new = NewJob::new(key.clone(), job, world.desk.now());
    world.queue.enqueue(&[new]).await.unwrap();
    let request = ClaimRequest {
        lease: LeaseId::new(world.desk.now(), [9; 10]),
        duration: Duration::from_secs(30),
        wanted: Wanted::Keys(vec![key.clone()]),
        max_crashes: 5,
    };
    let claimed = world.queue.claim(&request).await.unwrap();
    world.queue.start(&key, claimed[0].lease).await.unwrap();
    assert_eq!(runner.run(&key).await.unwrap(), Ran::NotClaimed);
    tokio::time::sleep(Duration::from_secs(31)).await;
    let overdue = world.queue.overdue(world.desk.now(), 9).await.unwrap();
    assert_eq!(overdue, std::slice::from_ref(&key));
    assert_eq!(runner.run(&key).await.unwrap(), Ran::Ended);
}
