//! Several models: the next is asked where one does not answer, and the embedded analyzer always does.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tickmate_core::{
    desk::DeskSettings,
    domain::{
        analysis::{Triage, TriageSource},
        job::LeasedJob,
        user::Role,
    },
    memory::{FailingLlm, SlowLlm},
};

use super::{
    super::world::{World, poll_until},
    sure,
};

/// A model that never answers, and the number of questions that it was asked.
fn hanging() -> (Arc<SlowLlm>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let llm = SlowLlm::new(sure("hanging"), move || {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::pending::<()>()
    });
    (Arc::new(llm), asked)
}

async fn read_by(world: &World, title: &str) -> Triage {
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, title, &[]).await;
    world.run_until_idle().await;
    world.stored(&ticket).await.triage.unwrap()
}

#[tokio::test]
async fn the_first_that_answers_reads() {
    let first = Arc::new(FailingLlm::unavailable(sure("first")));
    let second = sure("second");
    let world = World::asking(
        DeskSettings::default(),
        vec![Arc::clone(&first) as _, Arc::clone(&second) as _],
    );
    world.staff("root", Role::Admin, &[], 50).await;
    let triage = read_by(&world, "one").await;
    assert_eq!(triage.source, TriageSource::Model);
    assert_eq!(triage.model.as_deref(), Some("test/second"));
    assert!(!triage.needs_review);
    // After three failures the first one is left alone.
    for title in ["two", "three", "four", "five"] {
        read_by(&world, title).await;
    }
    assert_eq!((first.asked(), second.inner.prompts().len()), (3, 5));
    assert!(world.desk.triage().models()[0].resting_until.is_some());
    assert!(world.desk.triage().models()[1].resting_until.is_none());
    first.recover();
    world.pass(tickmate_core::domain::time::Span::seconds(31));
    let triage = read_by(&world, "six").await;
    assert_eq!(triage.model.as_deref(), Some("test/first"));
}

#[tokio::test]
async fn without_models_the_embedded_analyzer_reads_and_nobody_need_look() {
    let world = World::new();
    let triage = read_by(&world, "VPN").await;
    assert_eq!(triage.source, TriageSource::Embedded);
    assert!(!triage.needs_review);
    assert!(world.desk.triage().models().is_empty());
}

#[tokio::test]
async fn a_question_that_is_given_up_counts_as_a_failure() {
    let (hanging, asked) = hanging();
    let world = World::asking(DeskSettings::default(), vec![hanging]);
    world.staff("root", Role::Admin, &[], 50).await;
    let ann = world.requester("ann").await;
    for number in 1..=3 {
        world.ticket(&ann, "hello", &[]).await;
        world.desk.jobs().relay().await.unwrap();
        let jobs = world.claim().await;
        let is_triage = |job: &&LeasedJob| job.key.as_str().ends_with(".triage");
        for job in jobs.iter().filter(is_triage) {
            // Dropped, as the engine drops a job that takes too long.
            let mut run = Box::pin(world.desk.jobs().run(job.job.as_ref().unwrap(), 0));
            poll_until(&mut run, || asked.load(Ordering::SeqCst) == number).await;
        }
    }
    assert!(world.desk.triage().models()[0].resting_until.is_some());
    // Nobody is kept waiting by it any more.
    let ticket = world.ticket(&ann, "last", &[]).await;
    world.run_until_idle().await;
    let triage = world.stored(&ticket).await.triage.unwrap();
    assert_eq!(triage.source, TriageSource::Embedded);
    assert!(triage.needs_review);
}

#[tokio::test]
async fn no_more_questions_are_under_way_than_may_be() {
    let (hanging, asked) = hanging();
    let mut settings = DeskSettings::default();
    settings.models.concurrency = 2;
    let world = World::asking(settings, vec![hanging]);
    let ann = world.requester("ann").await;
    for _ in 0..3 {
        world.ticket(&ann, "hello", &[]).await;
    }
    world.desk.jobs().relay().await.unwrap();
    let jobs: Vec<_> = world
        .claim()
        .await
        .into_iter()
        .filter(|job| job.key.as_str().ends_with(".triage"))
        .collect();
    let mut runs: Vec<_> = jobs
        .iter()
        .map(|job| Box::pin(world.desk.jobs().run(job.job.as_ref().unwrap(), 0)))
        .collect();
    poll_until(&mut runs[0], || asked.load(Ordering::SeqCst) == 1).await;
    poll_until(&mut runs[1], || asked.load(Ordering::SeqCst) == 2).await;
    let third = runs.remove(2).await.unwrap_err();
    assert!(third.retry_at().is_some_and(|at| at > world.desk.now()));
}
