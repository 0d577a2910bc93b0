//! Lists and sums of model calls skip damaged calls.

use tickmate_core::{
    backend::store::{ModelStore, SystemStore},
    domain::{
        id::CallId,
        models::{Budget, CallEnd, CallOutcome, CallQuery, ModelCall, Task, Usage},
        time::{Timestamp, from_micros},
    },
};

use crate::{damage, support::Desk};

fn at(micros: u8) -> Timestamp {
    from_micros(micros.into())
}

/// Returns an answered call that began this many microseconds after 1970.
fn call(micros: u8) -> ModelCall {
    ModelCall {
        id: CallId::new(at(micros), [micros; 10]),
        task: Task::Triage,
        ticket: None,
        provider: "gemini".to_owned(),
        model: "model-1".to_owned(),
        key: "a5".to_owned(),
        begun_at: at(micros),
        reserved_tokens: 100,
        end: Some(CallEnd {
            outcome: CallOutcome::Answered,
            usage: Usage {
                prompt_tokens: 10,
                cached_tokens: 0,
                output_tokens: 1,
            },
            micros: 1_000,
            cache_hit: false,
            answer: None,
        }),
    }
}

/// Returns a desk with this many calls, of which some are damaged by an assignment, and its undamaged calls.
async fn desk_with_damaged_calls(
    calls: u8,
    assignment: &str,
    numbers: &[u8],
) -> (Desk, Vec<ModelCall>) {
    let desk = Desk::new().await;
    let mut readable = Vec::new();
    for call in (1..=calls).map(call) {
        let any = Budget::default();
        let began = desk.store.begin_call(&call, &any, at(0).date_naive());
        assert!(began.await.unwrap());
        readable.push(call);
    }
    for number in numbers {
        let statement = format!("UPDATE model_calls SET {assignment} WHERE begun_at = {number}");
        damage(&desk, &statement).await;
    }
    readable.retain(|call| !numbers.iter().any(|number| call.begun_at == at(*number)));
    readable.reverse();
    (desk, readable)
}

#[tokio::test]
async fn calls_are_listed_without_damaged_ones() {
    let (desk, readable) = desk_with_damaged_calls(9, "task = '?'", &[1, 4, 5, 6, 9]).await;
    for limit in 1..=5 {
        let mut listed: Vec<ModelCall> = Vec::new();
        loop {
            let query = CallQuery {
                from: None,
                to: None,
                after: listed.last().map(|call| call.id),
                limit,
            };
            let page = desk.store.model_calls(&query).await.unwrap();
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        assert_eq!(listed, readable, "by {limit}");
    }
    assert_eq!(desk.store.unreadable_records(), 5);
}

#[tokio::test]
async fn usage_is_summed_without_damaged_calls() {
    for assignment in [
        "outcome = 'exploded'",
        "prompt_tokens = -1",
        "cached_tokens = -4294967296",
        "output_tokens = -9223372036854775808",
        "micros = -1",
        "micros = NULL",
    ] {
        let (desk, _) = desk_with_damaged_calls(4, assignment, &[2, 3]).await;
        let lines = desk.store.model_usage(at(0), at(9)).await.unwrap();
        assert_eq!(lines.len(), 1, "{assignment}: {lines:?}");
        let usage = Usage {
            prompt_tokens: 20,
            cached_tokens: 0,
            output_tokens: 2,
        };
        let line = &lines[0];
        assert_eq!(
            (line.calls, line.usage, line.micros),
            (2, usage, 2_000),
            "{assignment}"
        );
        assert_eq!(desk.store.unreadable_records(), 1, "{assignment}");
    }
}
