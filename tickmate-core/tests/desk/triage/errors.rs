//! What is asked again, how often and when, by the kind of trouble.

use std::{sync::Arc, time::Duration};

use tickmate_core::{
    backend::{
        llm::{Llm, LlmError, StopReason},
        store::ModelStore,
    },
    desk::DeskSettings,
    domain::{
        analysis::TriageSource,
        models::{CallOutcome, CallQuery},
        time::Span,
        user::Role,
    },
    memory::{FailingLlm, ScriptedLlm},
};

use super::{super::world::World, SURE, completion, sure};

type Make = fn(Option<Duration>) -> LlmError;

fn source() -> tickmate_core::backend::BoxError {
    "trouble".into()
}

const UNAVAILABLE: Make = |retry_after| LlmError::Unavailable {
    retry_after,
    source: source(),
};
const EXHAUSTED: Make = |retry_after| LlmError::Exhausted {
    retry_after,
    source: source(),
};
const MISCONFIGURED: Make = |_| LlmError::Misconfigured(source());
const REJECTED: Make = |_| LlmError::Rejected(source());
const GARBLED: Make = |_| LlmError::Garbled(source());

/// How often the model is asked about one ticket within this many seconds and hours of failing.
struct Row {
    name: &'static str,
    error: Make,
    wait: Option<u64>,
    /// Tries until the ticket was read, and seconds until then at most.
    tries: u64,
    read_within: i64,
    /// Tries within a day, at least and at most.
    in_a_day: (u64, u64),
    outcome: CallOutcome,
}

const ROWS: &[Row] = &[
    Row {
        name: "no word on when",
        error: UNAVAILABLE,
        wait: None,
        tries: 3,
        read_within: 10,
        in_a_day: (20, 60),
        outcome: CallOutcome::Unavailable,
    },
    Row {
        name: "in a moment",
        error: UNAVAILABLE,
        wait: Some(1),
        tries: 3,
        read_within: 10,
        in_a_day: (20, 60),
        outcome: CallOutcome::Unavailable,
    },
    Row {
        name: "in half a minute",
        error: UNAVAILABLE,
        wait: Some(26),
        tries: 1,
        read_within: 1,
        in_a_day: (20, 60),
        outcome: CallOutcome::Unavailable,
    },
    Row {
        name: "the day's quota, a second is named",
        error: EXHAUSTED,
        wait: Some(1),
        tries: 1,
        read_within: 1,
        in_a_day: (10, 24),
        outcome: CallOutcome::Exhausted,
    },
    Row {
        name: "the day's quota, ten hours are named",
        error: EXHAUSTED,
        wait: Some(36_000),
        tries: 1,
        read_within: 1,
        in_a_day: (3, 3),
        outcome: CallOutcome::Exhausted,
    },
    Row {
        name: "a wrong key",
        error: MISCONFIGURED,
        wait: None,
        tries: 1,
        read_within: 1,
        in_a_day: (15, 60),
        outcome: CallOutcome::Misconfigured,
    },
    Row {
        name: "this question is refused",
        error: REJECTED,
        wait: None,
        tries: 1,
        read_within: 1,
        in_a_day: (1, 1),
        outcome: CallOutcome::Rejected,
    },
    Row {
        name: "not the protocol",
        error: GARBLED,
        wait: None,
        tries: 3,
        read_within: 10,
        in_a_day: (20, 60),
        outcome: CallOutcome::Garbled,
    },
];

#[tokio::test]
async fn each_kind_of_error_has_its_own_patience() {
    for row in ROWS {
        let (error, wait) = (row.error, row.wait.map(Duration::from_secs));
        let llm = Arc::new(FailingLlm::with(sure("x"), move || error(wait)));
        let world = World::asking(DeskSettings::default(), vec![Arc::clone(&llm) as _]);
        world.staff("root", Role::Admin, &[], 50).await;
        let ann = world.requester("ann").await;
        let ticket = world.ticket(&ann, "hello", &[]).await;
        world.run_until_idle().await;
        let mut seconds = 0;
        while !world.stored(&ticket).await.is_read() {
            world.pass(Span::milliseconds(500));
            world.run_until_idle().await;
            seconds += 1;
            assert!(seconds <= 2 * row.read_within, "{}: not read", row.name);
        }
        assert_eq!(llm.asked(), row.tries, "{}", row.name);
        for _ in 0..24 * 60 {
            world.pass(Span::minutes(1));
            world.run_until_idle().await;
        }
        let (least, most) = row.in_a_day;
        let asked = llm.asked();
        assert!(
            (least..=most).contains(&asked),
            "{}: {asked} in a day",
            row.name
        );
        let all = CallQuery {
            from: None,
            to: None,
            after: None,
            limit: 100,
        };
        let calls = world.store.model_calls(&all).await.unwrap();
        assert_eq!(calls.len() as u64, asked, "{}", row.name);
        let outcome = |call: &tickmate_core::domain::models::ModelCall| {
            call.end.as_ref().map(|end| end.outcome)
        };
        assert!(calls.iter().all(|call| outcome(call) == Some(row.outcome)));
        let triage = world.stored(&ticket).await.triage.unwrap();
        assert_eq!(triage.source, TriageSource::Embedded, "{}", row.name);
        assert!(triage.needs_review, "{}", row.name);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_use_is_asked_for_once_more_at_once() {
    let cut = r#"{"summary":"VPN bro"#;
    for (text, stop, outcome) in [
        ("no JSON", StopReason::Done, CallOutcome::Unreadable),
        ("", StopReason::Length, CallOutcome::Truncated),
        (cut, StopReason::Length, CallOutcome::Truncated),
        ("", StopReason::Other, CallOutcome::Stopped),
    ] {
        let llm = Arc::new(ScriptedLlm::always(SURE));
        llm.complete_with(completion(text, stop));
        let world = World::with(DeskSettings::default(), Some(Arc::clone(&llm) as _));
        let ann = world.requester("ann").await;
        let ticket = world.ticket(&ann, "hello", &[]).await;
        world.run_until_idle().await;
        let prompts = llm.prompts();
        assert_eq!(prompts.len(), 2, "{stop:?}");
        let factor = if stop == StopReason::Length { 2 } else { 1 };
        assert_eq!(
            prompts[1].max_output_tokens,
            factor * prompts[0].max_output_tokens
        );
        assert_ne!(
            prompts[1].user, prompts[0].user,
            "another mark of the fence"
        );
        let triage = world.stored(&ticket).await.triage.unwrap();
        assert_eq!(triage.source, TriageSource::Model);
        let all = CallQuery {
            from: None,
            to: None,
            after: None,
            limit: 100,
        };
        let calls = world.store.model_calls(&all).await.unwrap();
        assert_eq!(calls[1].end.as_ref().unwrap().outcome, outcome);
    }
}

#[tokio::test]
async fn what_was_blocked_is_not_asked_again() {
    let llm = Arc::new(ScriptedLlm::always(SURE));
    llm.complete_with(completion("", StopReason::Blocked));
    let world = World::with(DeskSettings::default(), Some(Arc::clone(&llm) as _));
    world.staff("root", Role::Admin, &[], 50).await;
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "hello", &[]).await;
    world.run_until_idle().await;
    world.pass(Span::days(2));
    world.run_until_idle().await;
    assert_eq!(llm.prompts().len(), 1);
    let stored = world.stored(&ticket).await;
    assert!(stored.assignment.is_some());
    assert!(stored.triage.unwrap().needs_review);
}

#[tokio::test]
async fn who_refused_a_question_is_not_asked_again_while_another_is_away() {
    let away = Arc::new(FailingLlm::unavailable(sure("away")));
    for (answer, outcome, asked) in [
        (Err(()), CallOutcome::Rejected, 1),
        (Ok(StopReason::Blocked), CallOutcome::Blocked, 1),
        (Ok(StopReason::Done), CallOutcome::Unreadable, 2),
    ] {
        let second = Arc::new(ScriptedLlm::always(SURE));
        for _ in 0..asked {
            match answer {
                Ok(stop) => second.complete_with(completion("no", stop)),
                Err(()) => second.fail(LlmError::Rejected(source())),
            }
        }
        let models: Vec<Arc<dyn Llm>> = vec![Arc::clone(&away) as _, Arc::clone(&second) as _];
        let world = World::asking(DeskSettings::default(), models);
        world.staff("root", Role::Admin, &[], 50).await;
        let ann = world.requester("ann").await;
        world.ticket(&ann, "hello", &[]).await;
        for _ in 0..24 * 60 {
            world.run_until_idle().await;
            world.pass(Span::minutes(1));
        }
        assert_eq!(second.prompts().len(), asked, "{outcome}");
    }
}
