//! The calls of models, and what they came to.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tickmate_core::{
    backend::llm::{Completion, LlmError, StopReason, Usage},
    domain::time::Span,
    memory::ScriptedLlm,
};

use crate::api::{
    people::{Caller, PASSWORD},
    requests::Answer,
    triage::{ANSWER, write},
    world::World,
};

async fn usage(world: &World, by: &Caller, query: &str) -> Answer {
    let path = format!("/api/admin/ai-usage{query}");
    world.get(&path).by(by).send().await
}

/// A world in which the model was asked about this many tickets, one after the other.
async fn asked_about(tickets: usize) -> (World, Caller, Caller) {
    let llm = Arc::new(ScriptedLlm::always(ANSWER));
    llm.complete_with(Completion {
        text: ANSWER.to_owned(),
        model: "scripted-1".to_owned(),
        usage: Usage {
            prompt_tokens: 700,
            cached_tokens: 200,
            output_tokens: 90,
        },
        latency: Duration::from_micros(1_234_567),
        stop: StopReason::Done,
    });
    let world = World::read_by(&llm);
    let (ann, admin) = (world.requester().await, world.admin().await);
    for _ in 0..tickets {
        write(&world, &ann).await;
        world.run_until_idle().await;
    }
    (world, ann, admin)
}

/// The same person with a new login: the old one ended with the month.
async fn again(world: &World, person: Caller) -> Caller {
    let answer = world.log_in(&person.email, PASSWORD).await;
    Caller {
        token: answer.body["token"].as_str().map(str::to_owned),
        ..person
    }
}

fn ids(answer: &Answer) -> Vec<String> {
    let calls = answer.body["calls"].as_array().unwrap();
    calls
        .iter()
        .map(|call| call["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn each_call_is_told_with_what_it_cost() {
    let (world, _, admin) = asked_about(1).await;
    let shown = usage(&world, &admin, "").await;
    assert_eq!(shown.status, 200, "{shown:?}");
    insta::assert_json_snapshot!(shown.body, {
        ".calls[].id" => "[id]", ".calls[].ticket" => "[ticket]", ".calls[].at" => "[time]",
    }, @r#"
    {
      "calls": [
        {
          "at": "[time]",
          "cacheHit": false,
          "cachedTokens": 200,
          "id": "[id]",
          "latencyMs": 1235,
          "model": "scripted",
          "operation": "triage",
          "outcome": "answered",
          "outputTokens": 90,
          "promptTokens": 700,
          "provider": "memory",
          "ticket": "[ticket]"
        }
      ],
      "nextCursor": null,
      "success": true,
      "usage": [
        {
          "cacheHit": false,
          "cachedTokens": 200,
          "calls": 1,
          "latencyMs": 1235,
          "model": "scripted",
          "outcome": "answered",
          "outputTokens": 90,
          "promptTokens": 700,
          "provider": "memory"
        }
      ]
    }
    "#);
    let ticket = world.get("/api/tickets/1").by(&admin).send().await;
    assert_eq!(
        shown.body["calls"][0]["ticket"],
        ticket.body["ticket"]["id"]
    );
    assert!(!shown.text.contains("The VPN is down"), "no answer is told");
}

#[tokio::test]
async fn a_desk_without_calls_answers_empty_lists() {
    let world = World::new();
    let admin = world.admin().await;
    let shown = usage(&world, &admin, "").await;
    let nothing = json!({ "success": true, "calls": [], "usage": [], "nextCursor": null });
    assert_eq!((shown.status, shown.body), (200, nothing));
}

#[tokio::test]
async fn calls_that_failed_are_told_apart() {
    let llm = Arc::new(ScriptedLlm::new());
    llm.fail(LlmError::Rejected("a secret reason".into()));
    let world = World::read_by(&llm);
    let (ann, admin) = (world.requester().await, world.admin().await);
    write(&world, &ann).await;
    world.run_until_idle().await;
    let shown = usage(&world, &admin, "").await;
    assert_eq!(shown.body["calls"][0]["outcome"], "rejected");
    assert_eq!(shown.body["usage"][0]["outcome"], "rejected");
    assert!(!shown.text.contains("secret"));
}

#[tokio::test]
async fn pages_hold_every_call_once_newest_first() {
    let (world, _, admin) = asked_about(5).await;
    let whole = usage(&world, &admin, "?limit=5").await;
    let all = ids(&whole);
    assert_eq!(
        (all.len(), &whole.body["nextCursor"]),
        (5, &Value::Null),
        "nothing follows a page that is just full"
    );
    let at = |n: usize| whole.body["calls"][n]["at"].as_str().unwrap();
    assert!(at(0) > at(1) && at(3) > at(4));
    let mut paged = Vec::new();
    let mut query = "?limit=2".to_owned();
    for _ in 0..3 {
        let page = usage(&world, &admin, &query).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert_eq!(
            page.body["usage"], whole.body["usage"],
            "that of the whole period"
        );
        paged.extend(ids(&page));
        let Some(cursor) = page.body["nextCursor"].as_str() else {
            break;
        };
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(cursor.chars().all(safe), "{cursor}");
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(paged, all);

    let first = usage(&world, &admin, "?limit=2").await;
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let other = world.admin().await;
    for (by, query) in [
        (
            &admin,
            format!("?from=2026-01-01T00:00:00Z&cursor={cursor}"),
        ),
        (&other, format!("?cursor={cursor}")),
    ] {
        let refused = usage(&world, by, &query).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["cursor"]));
    }
}

#[tokio::test]
async fn a_period_is_from_one_moment_until_before_another() {
    let (world, ann, admin) = asked_about(1).await;
    let first = usage(&world, &admin, "").await.body["calls"][0].clone();
    world.pass(Span::days(31));
    let (ann, admin) = (again(&world, ann).await, again(&world, admin).await);
    write(&world, &ann).await;
    world.run_until_idle().await;
    let recent = usage(&world, &admin, "").await;
    let newer = recent.body["calls"][0].clone();
    assert_eq!(ids(&recent).len(), 1, "the last 30 days");
    assert_eq!(recent.body["usage"][0]["calls"], 1);
    let [old, new] = [&first, &newer].map(|call| call["at"].as_str().unwrap().to_owned());
    for (query, calls) in [
        (format!("?from={old}"), vec![&newer, &first]),
        (format!("?from={old}&to={new}"), vec![&first]),
        (format!("?to={new}"), vec![]),
        (format!("?from={new}"), vec![&newer]),
    ] {
        let shown = usage(&world, &admin, &query).await;
        assert_eq!(shown.body["calls"], json!(calls), "{query}");
        let counted = shown.body["usage"].as_array().unwrap();
        let counted = counted
            .iter()
            .map(|line| line["calls"].as_u64().unwrap())
            .sum::<u64>();
        assert_eq!(counted, calls.len() as u64, "{query}");
    }
}

#[tokio::test]
async fn only_admins_ask_and_what_cannot_be_taken_is_named() {
    let (world, ann, admin) = asked_about(1).await;
    let mia = world.moderator().await;
    for (by, refusal) in [
        (&Caller::nobody(), (401, "unauthenticated")),
        (&ann, (403, "forbidden")),
        (&mia, (403, "forbidden")),
    ] {
        let refused = usage(&world, by, "?limit=0").await;
        assert_eq!(refused.refusal(), refusal);
        assert!(!refused.text.contains("scripted"));
    }
    let moment = "2026-01-01T00:00:00Z";
    for (query, field) in [
        ("?limit=0".to_owned(), "limit"),
        ("?limit=101".to_owned(), "limit"),
        ("?limit=ten".to_owned(), "limit"),
        ("?limit=1&limit=1".to_owned(), "limit"),
        ("?cursor=x".to_owned(), "cursor"),
        ("?from=yesterday".to_owned(), "from"),
        ("?from=2026-01-01".to_owned(), "from"),
        ("?to=1969-01-01T00:00:00Z".to_owned(), "to"),
        (format!("?from={moment}&to={moment}"), "to"),
        ("?from=2999-01-01T00:00:00Z".to_owned(), "from"),
        ("?page=1".to_owned(), "page"),
    ] {
        let refused = usage(&world, &admin, &query).await;
        assert_eq!(
            (refused.status, refused.fields()),
            (422, vec![field]),
            "{query}"
        );
    }
    let earliest = usage(&world, &admin, "?to=1970-01-01T00:00:00Z").await;
    assert_eq!((earliest.status, ids(&earliest).len()), (200, 0));
}
