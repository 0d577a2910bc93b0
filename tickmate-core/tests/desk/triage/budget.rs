//! A day's calls stay within the budget, and the next day goes on.

use std::sync::Arc;

use tickmate_core::{
    desk::DeskSettings,
    domain::{analysis::TriageSource, models::Budget, time::Span, user::Role},
};

use super::{super::world::World, sure};

#[tokio::test]
async fn what_is_over_the_budget_is_read_by_the_embedded_analyzer_and_refined_the_next_day() {
    let llm = sure("dear");
    let mut settings = DeskSettings::default();
    settings.models.budget = Budget {
        calls: Some(2),
        tokens: None,
    };
    let world = World::asking(settings, vec![Arc::clone(&llm) as _]);
    world.staff("root", Role::Admin, &[], 50).await;
    let ann = world.requester("ann").await;
    let mut tickets = Vec::new();
    for title in ["one", "two", "three"] {
        tickets.push(world.ticket(&ann, title, &[]).await);
        world.run_until_idle().await;
    }
    let mut sources = Vec::new();
    for ticket in &tickets {
        let stored = world.stored(ticket).await;
        assert!(stored.is_triaged() && stored.assignment.is_some());
        sources.push(stored.triage.unwrap().source);
    }
    use TriageSource::{Embedded, Model};
    assert_eq!(sources, [Model, Model, Embedded]);
    assert_eq!(llm.inner.prompts().len(), 2);
    world.pass(Span::hours(1));
    world.run_until_idle().await;
    assert_eq!(llm.inner.prompts().len(), 2);
    world.pass(Span::days(1));
    world.run_until_idle().await;
    assert_eq!(llm.inner.prompts().len(), 3);
    let last = world.stored(&tickets[2]).await.triage.unwrap();
    assert_eq!(last.source, Model);
}

#[tokio::test]
async fn tokens_are_reserved_before_they_are_spent() {
    let llm = sure("dear");
    let mut settings = DeskSettings::default();
    settings.models.budget = Budget {
        calls: None,
        tokens: Some(50),
    };
    let world = World::asking(settings, vec![Arc::clone(&llm) as _]);
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "one", &[]).await;
    world.run_until_idle().await;
    assert!(llm.inner.prompts().is_empty());
    let triage = world.stored(&ticket).await.triage.unwrap();
    assert_eq!(triage.source, TriageSource::Embedded);
    assert!(triage.needs_review);
}
