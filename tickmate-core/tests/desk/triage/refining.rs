//! A later, better answer refines a ticket and never overwrites what a human set.

use std::{sync::Arc, time::Duration};

use tickmate_core::{
    desk::{DeskSettings, Review, TicketPatch, TicketRef},
    domain::{
        access::Actor, analysis::TriageSource, field::Field, priority::Priority, status::Status,
        time::Span, user::Role,
    },
    memory::FailingLlm,
};

use super::{super::world::World, sure};

/// A model that asks for an hour's rest, and a desk with an admin.
async fn resting() -> (World, Arc<FailingLlm>, Actor) {
    let llm = Arc::new(FailingLlm::busy(
        sure("resting"),
        Duration::from_secs(3_600),
    ));
    let world = World::asking(DeskSettings::default(), vec![Arc::clone(&llm) as _]);
    let root = Actor::person(&world.staff("root", Role::Admin, &[], 50).await);
    (world, llm, root)
}

#[tokio::test]
async fn the_provider_s_delay_is_kept_and_then_it_is_asked_again() {
    let (world, llm, _) = resting().await;
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "VPN", &[]).await;
    world.run_until_idle().await;
    let read = world.stored(&ticket).await;
    assert!(read.assignment.is_some(), "an hour is not waited for");
    assert_eq!(read.triage.unwrap().source, TriageSource::Embedded);
    world.pass(Span::minutes(59));
    world.run_until_idle().await;
    assert_eq!(llm.asked(), 1);
    llm.recover();
    world.pass(Span::minutes(3));
    world.run_until_idle().await;
    assert_eq!(llm.asked(), 2);
    let refined = world.stored(&ticket).await;
    let triage = refined.triage.unwrap();
    assert_eq!(triage.source, TriageSource::Model);
    assert!(!triage.needs_review);
    assert_eq!(
        (refined.category.as_str(), refined.priority),
        ("network", Priority::High)
    );
    assert_eq!(refined.kind.as_deref(), Some("incident"));
    world.pass(Span::days(1));
    world.run_until_idle().await;
    assert_eq!(llm.asked(), 2, "what was refined is left alone");
}

#[tokio::test]
async fn a_short_delay_is_waited_for() {
    let llm = Arc::new(FailingLlm::busy(sure("busy"), Duration::from_secs(3)));
    let world = World::asking(DeskSettings::default(), vec![Arc::clone(&llm) as _]);
    world.staff("root", Role::Admin, &[], 50).await;
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "VPN", &[]).await;
    world.run_until_idle().await;
    assert_eq!(world.stored(&ticket).await.triage, None);
    llm.recover();
    world.pass(Span::seconds(4));
    world.run_until_idle().await;
    let triage = world.stored(&ticket).await.triage.unwrap();
    assert_eq!(triage.source, TriageSource::Model);
    assert_eq!(llm.asked(), 2);
}

#[tokio::test]
async fn what_a_human_said_meanwhile_stays() {
    let (world, llm, root) = resting().await;
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "VPN", &[]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    let review = Review {
        accept: vec![],
        correct: TicketPatch {
            category: Some("billing".to_owned()),
            priority: Some(Priority::Low),
            ..TicketPatch::default()
        },
    };
    world
        .desk
        .triage()
        .review(&root, of, &review, None)
        .await
        .unwrap();
    llm.recover();
    world.pass(Span::minutes(62));
    world.run_until_idle().await;
    let refined = world.stored(&ticket).await;
    assert_eq!(
        (refined.category.as_str(), refined.priority),
        ("billing", Priority::Low)
    );
    assert_eq!(refined.kind.as_deref(), Some("incident"));
    let suggested = refined.triage.unwrap().suggestions;
    assert_eq!(suggested.category.as_deref(), Some("network"));
    assert_eq!(suggested.priority, Some(Priority::High));
}

#[tokio::test]
async fn what_is_over_is_not_refined() {
    let (world, llm, root) = resting().await;
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "VPN", &[]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    for status in [Status::InProgress, Status::Resolved] {
        world
            .desk
            .tickets()
            .set_status(&root, of, status, None)
            .await
            .unwrap();
    }
    llm.recover();
    world.pass(Span::hours(3));
    world.run_until_idle().await;
    assert_eq!(llm.asked(), 1);
}

#[tokio::test]
async fn accepting_a_suggestion_after_refining_counts() {
    let (world, llm, root) = resting().await;
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "VPN", &[]).await;
    let of = TicketRef::Id(ticket.ticket.id);
    world.run_until_idle().await;
    let patch = TicketPatch {
        priority: Some(Priority::Low),
        ..TicketPatch::default()
    };
    world
        .desk
        .tickets()
        .edit(&root, of, &patch, None)
        .await
        .unwrap();
    llm.recover();
    world.pass(Span::minutes(62));
    world.run_until_idle().await;
    let review = Review {
        accept: vec![Field::Priority],
        ..Review::default()
    };
    world
        .desk
        .triage()
        .review(&root, of, &review, None)
        .await
        .unwrap();
    let reviewed = world.stored(&ticket).await;
    assert_eq!(reviewed.priority, Priority::High);
    assert_eq!(reviewed.triage.unwrap().suggestions.priority, None);
}
