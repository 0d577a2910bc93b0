//! Suggesting or applying: by how sure a reading is, and by what staff makes of it.

use std::sync::Arc;

use tickmate_core::{
    desk::{DeskError, DeskSettings, Review, TicketPatch, TicketRef, TicketView},
    domain::{access::Actor, field::Field, priority::Priority, user::Role},
    memory::ScriptedLlm,
};

use super::super::world::World;

const UNSURE: &str = r#"{"summary":"Something","category":"network","priority":"high","type":"incident",
    "skills":["Linux"],"confidence":{"category":0.2,"priority":0.3,"type":0.4,"skills":0.1}}"#;

async fn unsure() -> (World, Actor, TicketView) {
    let llm = Arc::new(ScriptedLlm::always(UNSURE));
    let world = World::with(DeskSettings::default(), Some(llm));
    let root = Actor::person(&world.staff("root", Role::Admin, &["Linux"], 50).await);
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "hello", &[]).await;
    world.run_until_idle().await;
    (world, root, ticket)
}

fn invalid(error: DeskError) -> Vec<String> {
    match error {
        DeskError::Invalid(errors) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_not_sure_is_a_suggestion() {
    let (world, _, ticket) = unsure().await;
    let stored = world.stored(&ticket).await;
    assert_eq!(
        (stored.category.as_str(), stored.priority),
        ("general", Priority::Medium)
    );
    assert_eq!((stored.kind, stored.required_skills), (None, vec![]));
    let triage = stored.triage.unwrap();
    assert_eq!(triage.suggestions.category.as_deref(), Some("network"));
    assert_eq!(triage.suggestions.priority, Some(Priority::High));
    assert_eq!(triage.suggestions.kind.as_deref(), Some("incident"));
    assert_eq!(triage.suggestions.skills, ["Linux"]);
    assert!(triage.found.applied.is_empty());
}

#[tokio::test]
async fn staff_accepts_and_corrects_in_one_call() {
    let (world, root, ticket) = unsure().await;
    let of = TicketRef::Id(ticket.ticket.id);
    let review = Review {
        accept: vec![Field::Category, Field::Skill],
        correct: TicketPatch {
            kind: Some("question".to_owned()),
            ..TicketPatch::default()
        },
    };
    let before = world.stored(&ticket).await.version;
    let stale = world
        .desk
        .triage()
        .review(&root, of, &review, Some(before + 7))
        .await;
    assert!(matches!(stale, Err(DeskError::Stale { .. })));
    let view = world
        .desk
        .triage()
        .review(&root, of, &review, Some(before))
        .await
        .unwrap();
    let reviewed = view.view.ticket;
    assert_eq!(reviewed.category, "network");
    assert_eq!(reviewed.kind.as_deref(), Some("question"));
    assert_eq!(reviewed.required_skills[0].name, "Linux");
    assert!(reviewed.set_by_human.category && reviewed.set_by_human.skills);
    assert!(reviewed.set_by_human.kind && !reviewed.set_by_human.priority);
    let left = reviewed.triage.unwrap().suggestions;
    assert_eq!(left.priority, Some(Priority::High));
    assert!(left.category.is_none() && left.kind.is_none() && left.skills.is_empty());
    let history = world.history(&root, &ticket).await;
    assert_eq!(history.iter().filter(|kind| *kind == "reviewed").count(), 1);
    // The same once more says nothing new.
    let again = world.desk.triage().review(&root, of, &review, None).await;
    assert_eq!(again.unwrap().view.ticket.version, reviewed.version);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let (world, root, ticket) = unsure().await;
    let ann = world.requester("ann").await;
    let of = TicketRef::Id(ticket.ticket.id);
    let of_none = Review::default();
    let twice = Review {
        accept: vec![Field::Priority],
        correct: TicketPatch {
            priority: Some(Priority::Low),
            ..TicketPatch::default()
        },
    };
    let long = Review {
        accept: vec![],
        correct: TicketPatch {
            category: Some("x".repeat(61)),
            ..TicketPatch::default()
        },
    };
    for (review, field) in [(of_none, "accept"), (twice, "accept"), (long, "category")] {
        let error = world.desk.triage().review(&root, of, &review, None).await;
        assert_eq!(invalid(error.unwrap_err()), [field]);
    }
    let accept = Review {
        accept: vec![Field::Category],
        ..Review::default()
    };
    let by_requester = world.desk.triage().review(&ann, of, &accept, None).await;
    assert!(matches!(by_requester, Err(DeskError::Forbidden(_))));
    let unread = world.ticket(&ann, "not read yet", &[]).await;
    let of_unread = TicketRef::Id(unread.ticket.id);
    let early = world
        .desk
        .triage()
        .review(&root, of_unread, &accept, None)
        .await;
    assert!(matches!(
        early,
        Err(DeskError::Conflict {
            code: "not_read",
            ..
        })
    ));
}

#[tokio::test]
async fn staff_has_a_ticket_read_again_and_requesters_do_not() {
    let (world, root, ticket) = unsure().await;
    let ann = world.requester("ann").await;
    let of = TicketRef::Id(ticket.ticket.id);
    assert!(matches!(
        world.desk.triage().retriage(&ann, of, None).await,
        Err(DeskError::Forbidden(_))
    ));
    let first = world.stored(&ticket).await.triage.unwrap();
    world.desk.triage().retriage(&root, of, None).await.unwrap();
    let waiting = world.stored(&ticket).await;
    assert!(!waiting.is_read() && waiting.triage.as_ref().unwrap().summary == first.summary);
    // Asked twice it is read once.
    let again = world.desk.triage().retriage(&root, of, None).await.unwrap();
    assert_eq!(again.view.ticket.version, waiting.version);
    world.run_until_idle().await;
    let read = world.stored(&ticket).await;
    assert!(read.is_read());
    let triage = read.triage.unwrap();
    assert!(triage.at > first.at && triage.round == 1);
}
