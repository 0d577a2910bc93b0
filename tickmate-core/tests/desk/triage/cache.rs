//! A question is paid for once, and every call is noted.

use std::sync::Arc;

use tickmate_core::{
    backend::{llm::StopReason, store::ModelStore},
    desk::{CallsQuery, DeskSettings, TicketRef},
    domain::{
        analysis::TriageSource,
        models::{CallOutcome, CallQuery, ModelCall},
        user::Role,
    },
    memory::ScriptedLlm,
};

use super::{super::world::World, SURE, completion};

async fn calls(world: &World) -> Vec<ModelCall> {
    let all = CallQuery {
        from: None,
        to: None,
        after: None,
        limit: 100,
    };
    world.store.model_calls(&all).await.unwrap()
}

#[tokio::test]
async fn a_job_that_is_run_twice_is_billed_once() {
    let llm = Arc::new(ScriptedLlm::new());
    llm.complete_with(completion(SURE, StopReason::Done));
    let world = World::with(DeskSettings::default(), Some(Arc::clone(&llm) as _));
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "VPN", &[]).await;
    world.desk.jobs().relay().await.unwrap();
    let job = world
        .claim()
        .await
        .into_iter()
        .find(|job| job.key.as_str().ends_with(".triage"))
        .unwrap()
        .job
        .unwrap();
    // The process dies after the answer, before the reading is stored: the ticket is as it was.
    let before = world.stored(&ticket).await;
    world.desk.jobs().run(&job, 0).await.unwrap();
    let first = world.stored(&ticket).await.triage.unwrap();
    let mut again = before.clone();
    again.version = world.stored(&ticket).await.version + 1;
    world.rewrite(again).await;
    world.desk.jobs().run(&job, 0).await.unwrap();
    let second = world.stored(&ticket).await.triage.unwrap();
    assert_eq!(llm.prompts().len(), 1);
    assert_eq!(second.source, TriageSource::Model);
    assert_eq!(second.summary, first.summary);
    let noted: Vec<(bool, CallOutcome, u64)> = calls(&world)
        .await
        .into_iter()
        .map(|call| call.end.unwrap())
        .map(|end| (end.cache_hit, end.outcome, end.usage.total()))
        .collect();
    assert_eq!(
        noted,
        [
            (true, CallOutcome::Answered, 0),
            (false, CallOutcome::Answered, 120)
        ]
    );
}

#[tokio::test]
async fn another_text_another_round_and_another_ticket_are_asked_anew() {
    let llm = Arc::new(ScriptedLlm::always(SURE));
    let world = World::with(DeskSettings::default(), Some(Arc::clone(&llm) as _));
    let root = tickmate_core::domain::access::Actor::person(
        &world.staff("root", Role::Admin, &[], 50).await,
    );
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "VPN", &[]).await;
    world.ticket(&ann, "VPN", &[]).await;
    world.run_until_idle().await;
    assert_eq!(llm.prompts().len(), 2);
    let of = TicketRef::Id(ticket.ticket.id);
    world.desk.triage().retriage(&root, of, None).await.unwrap();
    world.run_until_idle().await;
    assert_eq!(llm.prompts().len(), 3);
    let patch = tickmate_core::desk::TicketPatch {
        description: Some("It is the printer after all.".to_owned()),
        ..Default::default()
    };
    world
        .desk
        .tickets()
        .edit(&ann, of, &patch, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(llm.prompts().len(), 4);
    let keys: std::collections::BTreeSet<String> = calls(&world)
        .await
        .into_iter()
        .map(|call| call.key)
        .collect();
    assert_eq!(keys.len(), 4);
}

#[tokio::test]
async fn admins_see_every_call_and_no_answer() {
    let llm = Arc::new(ScriptedLlm::new());
    llm.complete_with(completion(SURE, StopReason::Done));
    llm.complete_with(completion("", StopReason::Blocked));
    let world = World::with(DeskSettings::default(), Some(llm));
    let root = world.staff("root", Role::Admin, &[], 50).await;
    let root = tickmate_core::domain::access::Actor::person(&root);
    let ann = world.requester("ann").await;
    for title in ["one", "two"] {
        world.ticket(&ann, title, &[]).await;
        world.run_until_idle().await;
    }
    let query = CallsQuery::default();
    assert!(world.desk.triage().model_calls(&ann, &query).await.is_err());
    let calls = world
        .desk
        .triage()
        .model_calls(&root, &query)
        .await
        .unwrap()
        .items;
    let ends: Vec<_> = calls.iter().map(|call| call.end.clone().unwrap()).collect();
    assert_eq!(
        ends.iter().map(|end| end.outcome).collect::<Vec<_>>(),
        [CallOutcome::Blocked, CallOutcome::Answered]
    );
    assert!(
        ends.iter()
            .all(|end| end.answer.is_none() && end.micros == 1_500_000)
    );
    let (from, to) = (calls[1].begun_at, world.desk.now());
    let lines = world
        .desk
        .triage()
        .model_usage(&root, from, to)
        .await
        .unwrap();
    assert_eq!(lines.iter().map(|line| line.calls).sum::<u64>(), 2);
    assert_eq!(
        lines
            .iter()
            .map(|line| line.usage.cached_tokens)
            .sum::<u64>(),
        80
    );
}
