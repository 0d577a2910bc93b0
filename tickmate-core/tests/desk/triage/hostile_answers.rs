//! Answers that no honest model gives: the ticket is read and routed all the same, and nothing grows.

use std::sync::Arc;

use tickmate_core::{
    backend::llm::{LlmError, StopReason},
    desk::DeskSettings,
    domain::{analysis::TriageSource, ticket::Ticket, user::Role},
    memory::ScriptedLlm,
};

use super::{super::world::World, answers::answers, completion};

/// How large what is stored of an analysis may be: notes, summary, steps and what else is capped.
const MAX_STORED: usize = 16 * 1024;

fn assert_settled(ticket: &Ticket, what: &str) {
    assert!(ticket.is_triaged() && ticket.assignment.is_some(), "{what}");
    let triage = ticket.triage.as_ref().unwrap();
    let stored = serde_json::to_string(triage).unwrap().len();
    assert!(stored <= MAX_STORED, "{what}: {stored} bytes");
    let is_stand_in = triage.source != TriageSource::Model;
    assert_eq!(triage.needs_review, is_stand_in, "{what}");
    assert!(!is_stand_in || !triage.summary.is_empty(), "{what}");
}

#[tokio::test]
async fn the_ticket_is_routed_whatever_the_model_says() {
    let answers = answers();
    assert!(answers.len() >= 30);
    let llm = Arc::new(ScriptedLlm::new());
    let world = World::with(DeskSettings::default(), Some(Arc::clone(&llm) as _));
    world.staff("root", Role::Admin, &[], 900).await;
    let ann = world.requester("ann").await;
    for answer in answers {
        // Once more for a model that is asked again at once.
        for _ in 0..2 {
            llm.complete_with(completion(&answer, StopReason::Done));
        }
        let what: String = answer.chars().take(60).collect();
        let ticket = world.ticket(&ann, "The VPN is broken", &[]).await;
        world.run_until_idle().await;
        assert_settled(&world.stored(&ticket).await, &what);
        llm.forget();
    }
}

#[tokio::test]
async fn the_ticket_is_routed_whatever_goes_wrong() {
    let errors: [fn() -> LlmError; 4] = [
        || LlmError::Garbled("a redirect to somewhere else".into()),
        || LlmError::Garbled("a body without end".into()),
        || LlmError::Unavailable {
            retry_after: Some(std::time::Duration::MAX),
            source: "for ever".into(),
        },
        || LlmError::Exhausted {
            retry_after: Some(std::time::Duration::MAX),
            source: "for ever".into(),
        },
    ];
    for error in errors {
        let llm = Arc::new(ScriptedLlm::new());
        for _ in 0..9 {
            llm.fail(error());
        }
        let world = World::with(DeskSettings::default(), Some(llm));
        world.staff("root", Role::Admin, &[], 900).await;
        let ann = world.requester("ann").await;
        let ticket = world.ticket(&ann, "The VPN is broken", &[]).await;
        for _ in 0..30 {
            world.run_until_idle().await;
            world.pass(tickmate_core::domain::time::Span::seconds(1));
        }
        assert_settled(&world.stored(&ticket).await, "an error");
    }
}
