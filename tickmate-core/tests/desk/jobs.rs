//! Dead jobs, failing models, imports.

use std::sync::Arc;

use tickmate_core::{
    backend::{llm::LlmError, queue::JobQueue},
    desk::{Imported, ImportedTicket},
    domain::{analysis::TriageSource, time::Span, user::Role},
    memory::ScriptedLlm,
};

use super::world::World;

#[tokio::test]
async fn a_failing_model_blocks_no_ticket() {
    let llm = Arc::new(ScriptedLlm::new());
    llm.fail(LlmError::Rejected("no".into()));
    llm.answer("this is no JSON at all");
    let world = World::with(Default::default(), Some(llm));
    let ann = world.requester("ann").await;
    world.staff("root", Role::Admin, &[], 5).await;
    for title in ["one", "two"] {
        let ticket = world.ticket(&ann, title, &[]).await;
        world.run_until_idle().await;
        let stored = world.stored(&ticket).await;
        assert_eq!(
            stored.triage.map(|triage| triage.source),
            Some(TriageSource::Embedded)
        );
        assert!(stored.assignment.is_some());
    }
}

#[tokio::test]
async fn a_model_s_answer_counts_as_far_as_it_is_allowed() {
    let answer = r#"{"summary":"VPN broken","category":"network","priority":"high","skills":["Linux"],
        "notes":"check the tunnel","firstSteps":["ping"],"assignee":"root"}"#;
    let world = World::with(
        Default::default(),
        Some(Arc::new(ScriptedLlm::always(answer))),
    );
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    let ticket = world.ticket(&ann, "It does not work", &[]).await;
    world.run_until_idle().await;
    let stored = world.stored(&ticket).await;
    let triage = stored.triage.clone().unwrap();
    assert_eq!(
        (triage.source, triage.summary.as_str()),
        (TriageSource::Model, "VPN broken")
    );
    assert_eq!(stored.required_skills[0].name, "Linux");
}

#[tokio::test]
async fn an_import_is_known_again_for_good() {
    let world = World::new();
    let requester = world
        .desk
        .users()
        .requester_by_email("ann@example.org", None)
        .await
        .unwrap();
    let imported = ImportedTicket {
        id: Some("old-1".to_owned()),
        title: String::new(),
        description: "The   printer\nis on fire".to_owned(),
        requester: requester.id,
        notify: false,
    };
    let first = world.desk.tickets().import(&imported).await.unwrap();
    let Imported::Taken(id) = first else {
        panic!("it was known")
    };
    world.pass(Span::days(400));
    world.run_until_idle().await;
    world.desk.jobs().sweep().await.unwrap();
    assert_eq!(
        world.desk.tickets().import(&imported).await.unwrap(),
        Imported::Known(id)
    );
    assert!(
        world.mailed("ann").is_empty(),
        "requesters are not told of an import"
    );
    let other = ImportedTicket {
        id: None,
        ..imported
    };
    assert!(matches!(
        world.desk.tickets().import(&other).await.unwrap(),
        Imported::Taken(_)
    ));
    assert!(matches!(
        world.desk.tickets().import(&other).await.unwrap(),
        Imported::Known(_)
    ));
}

#[tokio::test]
async fn lost_jobs_are_found_by_the_sweep() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("root", Role::Admin, &[], 5).await;
    let ticket = world.ticket(&ann, "x", &[]).await;
    // The event was marked as relayed, but its jobs never came to be.
    let events = tickmate_core::backend::store::EventStore::pending_events(&*world.store, 0, 10)
        .await
        .unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    tickmate_core::backend::store::EventStore::mark_relayed(&*world.store, &ids)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert!(world.stored(&ticket).await.triage.is_none());
    world.pass(Span::minutes(1));
    assert_eq!(world.desk.jobs().sweep().await.unwrap().needing_triage, 1);
    world.run_until_idle().await;
    assert!(world.stored(&ticket).await.assignment.is_some());
}

#[tokio::test]
async fn a_ticket_whose_reading_kills_the_process_goes_to_the_admins_unread() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let root = world.staff("root", Role::Admin, &[], 5).await;
    world.run_until_idle().await;
    let ticket = world.ticket(&ann, "poison", &[]).await;
    world.desk.jobs().relay().await.unwrap();
    for _ in 0..6 {
        for job in claim_all(&world).await {
            tickmate_core::backend::queue::JobLeases::start(&*world.queue, &job.key, job.lease)
                .await
                .unwrap();
        }
        world.pass(Span::minutes(1));
    }
    assert!(world.queue.depth().await.unwrap().dead > 0);
    world.desk.jobs().sweep().await.unwrap();
    let stored = world.stored(&ticket).await;
    let triage = stored.triage.clone().unwrap();
    assert_eq!(
        (triage.source, triage.summary.as_str()),
        (TriageSource::Unread, "poison")
    );
    assert_eq!(stored.assignee(), Some(root.id));
}

#[tokio::test]
async fn a_second_reading_that_died_is_made_up_for() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("root", Role::Admin, &[], 5).await;
    let ticket = world.ticket(&ann, "first", &[]).await;
    world.run_until_idle().await;
    let patch = tickmate_core::desk::TicketPatch {
        title: Some("second".to_owned()),
        ..Default::default()
    };
    world
        .desk
        .tickets()
        .edit(&ann, ticket.ticket.id, &patch, None)
        .await
        .unwrap();
    world.desk.jobs().relay().await.unwrap();
    for _ in 0..6 {
        for job in claim_all(&world).await {
            tickmate_core::backend::queue::JobLeases::start(&*world.queue, &job.key, job.lease)
                .await
                .unwrap();
        }
        world.pass(Span::minutes(1));
    }
    assert!(!world.stored(&ticket).await.is_triaged());
    world.desk.jobs().sweep().await.unwrap();
    let stored = world.stored(&ticket).await;
    assert!(stored.is_triaged());
    assert_eq!(stored.triage.unwrap().summary, "second");
}

/// Claims what never crashed and what did.
async fn claim_all(world: &World) -> Vec<tickmate_core::domain::job::LeasedJob> {
    use tickmate_core::{
        backend::queue::{ClaimRequest, JobLeases, Wanted},
        domain::job_class::{JobClass, PerClass},
    };
    let mut jobs = Vec::new();
    for wanted in [
        Wanted::Unsuspected(PerClass::of(|_| 10)),
        Wanted::Suspects {
            most: 10,
            classes: JobClass::ALL.to_vec(),
        },
    ] {
        let now = world.desk.now();
        let request = ClaimRequest {
            lease: tickmate_core::domain::id::LeaseId::new(
                now,
                now.timestamp_micros().to_be_bytes()[..].try_into().map_or(
                    [0; 10],
                    |b: [u8; 8]| {
                        let mut bytes = [0; 10];
                        bytes[..8].copy_from_slice(&b);
                        bytes
                    },
                ),
            ),
            duration: std::time::Duration::from_secs(30),
            wanted,
            max_crashes: 5,
        };
        jobs.extend(world.queue.claim(&request).await.unwrap());
    }
    jobs
}
