//! What happens at the same time: people while a model thinks, and several processes that learn.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tickmate_core::{
    desk::{DeskSettings, JobError, Review, TicketPatch, TicketRef, TicketView},
    domain::{
        access::Actor, analysis::TriageSource, job::Job, priority::Priority, status::Status,
        user::Role,
    },
    memory::SlowLlm,
};
use tokio::sync::Semaphore;

use super::{
    super::world::{World, poll_until},
    sure,
};

/// What the questions to a model wait for.
struct Gate {
    /// One permit lets one question through.
    permits: Semaphore,
    /// The number of questions that came to the gate.
    asked: AtomicUsize,
}

impl Gate {
    fn open(&self, questions: usize) {
        self.permits.add_permits(questions);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A desk whose model answers when the gate is opened, an admin, a requester and a ticket.
async fn scene() -> (World, Arc<Gate>, Actor, Actor, TicketView) {
    let gate = Arc::new(Gate {
        permits: Semaphore::new(0),
        asked: AtomicUsize::new(0),
    });
    let behind = Arc::clone(&gate);
    let llm = SlowLlm::new(sure("slow"), move || {
        behind.asked.fetch_add(1, Ordering::SeqCst);
        let gate = Arc::clone(&behind);
        async move { gate.permits.acquire().await.unwrap().forget() }
    });
    let world = World::asking(DeskSettings::default(), vec![Arc::new(llm)]);
    let root = Actor::person(&world.staff("root", Role::Admin, &["Linux"], 50).await);
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "hello", &[]).await;
    (world, gate, root, ann, ticket)
}

type Run<'a> = Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>>;

/// Runs a triage job until its question waits at the gate.
async fn run_to_gate<'a>(world: &'a World, gate: &Gate, job: &'a Job) -> Run<'a> {
    let asked = gate.asked();
    let mut run: Run<'a> = Box::pin(world.desk.jobs().run(job, 0));
    poll_until(&mut run, || gate.asked() > asked).await;
    run
}

#[tokio::test]
async fn what_people_do_while_the_model_thinks_stays() {
    let (world, gate, root, ann, ticket) = scene().await;
    let (id, of) = (ticket.ticket.id, TicketRef::Id(ticket.ticket.id));
    let job = Job::Triage { ticket: id };
    let run = run_to_gate(&world, &gate, &job).await;
    let patch = TicketPatch {
        category: Some("billing".to_owned()),
        ..TicketPatch::default()
    };
    world
        .desk
        .tickets()
        .edit(&ann, of, &patch, None)
        .await
        .unwrap();
    let patch = TicketPatch {
        priority: Some(Priority::Low),
        skills: Some(vec!["Knitting".into()]),
        ..TicketPatch::default()
    };
    world
        .desk
        .tickets()
        .edit(&root, of, &patch, None)
        .await
        .unwrap();
    world
        .desk
        .tickets()
        .set_status(&root, of, Status::InProgress, None)
        .await
        .unwrap();
    gate.open(1);
    run.await.unwrap();
    let read = world.stored(&ticket).await;
    assert_eq!(
        (read.category.as_str(), read.priority),
        ("billing", Priority::Low)
    );
    assert_eq!(read.required_skills[0].name, "Knitting");
    assert_eq!(read.status, Status::InProgress);
    assert_eq!(
        read.kind.as_deref(),
        Some("incident"),
        "nobody said otherwise"
    );
    let suggested = read.triage.unwrap().suggestions;
    assert_eq!(suggested.category.as_deref(), Some("network"));
    assert_eq!(suggested.priority, Some(Priority::High));
    assert_eq!(suggested.skills, ["Linux"]);
}

#[tokio::test]
async fn an_answer_about_another_text_is_not_stored() {
    let (world, gate, _, ann, ticket) = scene().await;
    let (id, of) = (ticket.ticket.id, TicketRef::Id(ticket.ticket.id));
    let job = Job::Triage { ticket: id };
    let run = run_to_gate(&world, &gate, &job).await;
    let patch = TicketPatch {
        description: Some("It is the printer after all.".to_owned()),
        ..TicketPatch::default()
    };
    world
        .desk
        .tickets()
        .edit(&ann, of, &patch, None)
        .await
        .unwrap();
    gate.open(1);
    run.await.unwrap();
    assert_eq!(world.stored(&ticket).await.triage, None);
    gate.open(9);
    world.run_until_idle().await;
    assert!(world.stored(&ticket).await.is_read());
}

#[tokio::test]
async fn a_ticket_that_is_over_when_the_answer_comes_keeps_its_fields() {
    let (world, gate, root, _, ticket) = scene().await;
    let (id, of) = (ticket.ticket.id, TicketRef::Id(ticket.ticket.id));
    let job = Job::Triage { ticket: id };
    let run = run_to_gate(&world, &gate, &job).await;
    for status in [Status::InProgress, Status::Resolved] {
        world
            .desk
            .tickets()
            .set_status(&root, of, status, None)
            .await
            .unwrap();
    }
    gate.open(1);
    run.await.unwrap();
    let read = world.stored(&ticket).await;
    assert_eq!(
        (read.category.as_str(), read.priority),
        ("general", Priority::Medium)
    );
    let triage = read.triage.unwrap();
    assert!(triage.found.applied.is_empty());
    assert_eq!(triage.suggestions.category.as_deref(), Some("network"));
    assert_eq!(triage.source, TriageSource::Model);
}

#[tokio::test]
async fn two_runs_of_one_job_read_once() {
    let (world, gate, _, _, ticket) = scene().await;
    let job = Job::Triage {
        ticket: ticket.ticket.id,
    };
    let first = run_to_gate(&world, &gate, &job).await;
    let second = run_to_gate(&world, &gate, &job).await;
    gate.open(2);
    first.await.unwrap();
    let read = world.stored(&ticket).await;
    second.await.unwrap();
    assert_eq!(world.stored(&ticket).await.version, read.version);
}

/// Corrects a ticket of another process's desk.
async fn taught(world: &World, root: &Actor, ann: &Actor, number: u32) {
    let ticket = world
        .ticket(ann, &format!("the flumox wobbles in room {number}"), &[])
        .await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    let review = Review {
        accept: vec![],
        correct: TicketPatch {
            category: Some("hardware".to_owned()),
            ..TicketPatch::default()
        },
    };
    world
        .desk
        .triage()
        .review(root, of, &review, None)
        .await
        .unwrap();
    for status in [Status::InProgress, Status::Resolved] {
        world
            .desk
            .tickets()
            .set_status(root, of, status, None)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn two_processes_that_learn_and_save_lose_no_lesson() {
    let here = World::new();
    let there = World::sharing(&here);
    let root = Actor::person(&here.staff("root", Role::Admin, &[], 1_000).await);
    let ann = here.requester("ann").await;
    for number in 0..40 {
        let world = if number % 2 == 0 { &here } else { &there };
        taught(world, &root, &ann, number).await;
        if number % 7 == 0 {
            here.desk.jobs().sweep().await.unwrap();
            there.desk.jobs().sweep().await.unwrap();
            here.run_until_idle().await;
            there.run_until_idle().await;
        }
    }
    for world in [&here, &there, &here, &there] {
        world.desk.jobs().sweep().await.unwrap();
        world.run_until_idle().await;
    }
    here.desk.triage().relearn(&root).await.unwrap();
    here.run_until_idle().await;
    for world in [&here, &there] {
        let learned = world.desk.triage().overview(&root).await.unwrap().learned;
        assert!(learned.trainings >= 2);
        assert_eq!(learned.by_field[0], 40);
    }
}
