//! Tests an engine with its own loop: it wakes jobs by key, and the queue decides which of them run.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tickmate_core::{
    backend::queue::{ClaimRequest, JobLeases, JobQueue, QueueError, Wanted},
    domain::{
        id::LeaseId,
        job::{Job, JobKey, NewJob, QueueDepth},
        job_class::PerClass,
        time::{Span, Timestamp},
    },
};
use tickmate_jobs::{JobRunner, Ran, WorkerSettings};
use tokio::task::JoinHandle;

use crate::worker::{
    classes::SilentMailer,
    desk::{World, until},
};

/// Runs overdue jobs by their keys, one at a time, until none is left at this moment. Returns the number of ended
/// jobs, and the retries that the engine has to wake.
async fn run_all(world: &World, runner: &JobRunner) -> (usize, BTreeMap<JobKey, Timestamp>) {
    let (mut ended, mut retries) = (0, BTreeMap::new());
    loop {
        let relayed = world.desk.jobs().relay().await.unwrap();
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
                ran @ (Ran::NotClaimed | Ran::Released | Ran::Lost) => panic!("{key}: {ran:?}"),
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
async fn all_jobs_run_by_key() {
    let world = World::new(None).await;
    let runner = runner(&world);
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(world.create_ticket(&format!("t{number}")).await);
    }
    world.mailer.fail_next(4);
    let (ended, retries) = run_all(&world, &runner).await;
    assert_eq!(retries.len(), 4);
    for id in ids {
        assert!(world.load_ticket(id).await.assignment.is_some());
    }
    // A job that is not due yet does not run, however often the engine wakes it.
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
async fn a_job_that_is_woken_repeatedly_runs_once() {
    let world = World::new(None).await;
    let runner = runner(&world);
    world.create_ticket("help").await;
    world.desk.jobs().relay().await.unwrap();
    let due = world.queue.overdue(world.desk.now() + Span::seconds(1), 99);
    let keys = due.await.unwrap();
    assert!(!keys.is_empty());
    for key in &keys {
        let [first, second, third] = [runner.run(key), runner.run(key), runner.run(key)];
        let ran = tokio::join!(first, second, third);
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

/// Wakes every due job, each in a task of its own.
async fn wake_all(
    world: &World,
    runner: &Arc<JobRunner>,
) -> Vec<JoinHandle<Result<Ran, QueueError>>> {
    let due = world.queue.overdue(world.desk.now() + Span::seconds(1), 99);
    let run = |key: JobKey| {
        let runner = Arc::clone(runner);
        tokio::spawn(async move { runner.run(&key).await })
    };
    due.await.unwrap().into_iter().map(run).collect()
}

#[tokio::test(start_paused = true)]
async fn stopping_releases_the_running_jobs() {
    for is_dropped in [false, true] {
        let silent = Arc::new(SilentMailer::default());
        let world = World::with_mailer(Arc::clone(&silent) as _).await;
        let runner = Arc::new(runner(&world));
        world.create_ticket("help").await;
        world.desk.jobs().relay().await.unwrap();
        let due = world.queue.overdue(world.desk.now() + Span::seconds(1), 99);
        let keys = due.await.unwrap();
        let runs = wake_all(&world, &runner).await;
        until(async || {
            let leased = world.queue.depth().await.unwrap().leased;
            silent.started.load(Ordering::SeqCst) == 1 && leased == 1
        })
        .await;
        if is_dropped {
            runs.iter().for_each(JoinHandle::abort);
        }
        runner.release().await;
        let mut released = 0;
        for run in runs {
            if let Ok(ran) = run.await {
                released += usize::from(ran.unwrap() == Ran::Released);
            }
        }
        assert_eq!(released, usize::from(!is_dropped));
        assert_eq!(world.queue.depth().await.unwrap().leased, 0);
        for key in &keys {
            assert_eq!(runner.run(key).await.unwrap(), Ran::NotClaimed);
        }
        // The next process runs the job at once, and its release does not count as a crash.
        let request = ClaimRequest {
            lease: LeaseId::new(world.desk.now(), [9; 10]),
            duration: Duration::from_secs(30),
            wanted: Wanted::Keys(keys),
            max_crashes: 5,
        };
        let claimed = world.queue.claim(&request).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!((claimed[0].crashes, claimed[0].suspect), (0, false));
    }
}

#[tokio::test(start_paused = true)]
async fn a_suspect_that_hangs_delays_no_other_class() {
    let silent = Arc::new(SilentMailer::default());
    let world = World::with_mailer(Arc::clone(&silent) as _).await;
    let id = world.create_ticket("help").await;
    world.desk.jobs().relay().await.unwrap();
    // A process dies while it sends the mail.
    let delivery = PerClass {
        deliveries: 1,
        ..PerClass::default()
    };
    let claimed = world.start_and_die(delivery).await;
    assert_eq!(claimed.len(), 1);
    let mail = claimed[0].key.clone();
    tokio::time::sleep(Duration::from_secs(31)).await;
    let runner = Arc::new(runner(&world));
    let suspect = tokio::spawn({
        let (runner, mail) = (Arc::clone(&runner), mail.clone());
        async move { runner.run(&mail).await }
    });
    until(async || silent.started.load(Ordering::SeqCst) == 1).await;
    let took = until(async || {
        world.desk.jobs().relay().await.unwrap();
        wake_all(&world, &runner).await;
        world.load_ticket(id).await.assignment.is_some()
    })
    .await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(
        silent.started.load(Ordering::SeqCst),
        1,
        "other mails wait for the suspect"
    );
    suspect.abort();
}
