//! Lists of calls of models, their sums, and their deletion.

use super::models::{ANY, Calls, all, answered_end, begin_unlimited, query};
use crate::{
    backend::store::Store,
    conformance::{Outcome, sweeps::sweep_all},
    domain::{
        models::{Budget, CallEnd, CallOutcome, CallQuery, ModelCall, Usage, UsageLine},
        time::{Span, Timestamp, from_micros},
    },
};

/// Creates six calls, three of them of one moment, recorded in any order. Returns them with the newest first.
async fn create_six_calls(store: &dyn Store) -> Outcome<Vec<ModelCall>> {
    let mut calls = Calls::new(1);
    let mut made: Vec<ModelCall> = (0..6).map(|_| calls.call()).collect();
    (made[1].begun_at, made[3].begun_at) = (made[2].begun_at, made[2].begun_at);
    for place in [3, 0, 5, 2, 4, 1] {
        begin_unlimited(store, &made[place]).await?;
    }
    made.reverse();
    Ok(made)
}

/// Calls come newest first, those of one moment by their ids, from a moment until before another.
pub async fn calls_come_newest_first(store: &dyn Store) -> Outcome {
    let made = create_six_calls(store).await?;
    let (first, middle, last) = (made[5].begun_at, made[3].begun_at, made[0].begun_at);
    let one = Span::microseconds(1);
    assert!(made[2].id > made[3].id && made[3].id > made[4].id);
    for (from, to, expected) in [
        (None, None, 0..6),
        (Some(first), None, 0..6),
        (Some(first + one), None, 0..5),
        (Some(middle), None, 0..5),
        (Some(middle + one), None, 0..2),
        (None, Some(last), 1..6),
        (None, Some(last + one), 0..6),
        (None, Some(middle), 5..6),
        (Some(middle), Some(middle + one), 2..5),
        (Some(middle), Some(middle), 0..0),
        (Some(last), Some(first), 0..0),
    ] {
        let query = CallQuery {
            from,
            to,
            ..query(None, 100)
        };
        let found = store.model_calls(&query).await?;
        assert_eq!(found, made[expected], "{query:?}");
    }
    Ok(())
}

/// A page ends at its limit, and the next one starts after its last call, within the bounds; after a call that does not
/// exist the page is empty.
pub async fn calls_come_page_by_page(store: &dyn Store) -> Outcome {
    let made = create_six_calls(store).await?;
    for limit in [1, 2, 4, 6, 7] {
        let mut found: Vec<ModelCall> = Vec::new();
        loop {
            let after = found.last().map(|call| call.id);
            let page = store.model_calls(&query(after, limit)).await?;
            assert_eq!(page.len(), (6 - found.len()).min(limit as usize));
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, made);
    }
    let middle = made[3].begun_at;
    let unknown = Calls::new(2).call().id;
    let later = Some(middle + Span::microseconds(1));
    for (from, to, after, expected) in [
        (Some(middle), None, made[2].id, 3..5),
        (None, later, made[0].id, 2..6),
        (None, Some(middle), made[2].id, 5..6),
        (None, Some(middle), made[5].id, 0..0),
        (later, None, made[4].id, 0..0),
        (None, None, unknown, 0..0),
        (None, later, unknown, 0..0),
    ] {
        let query = CallQuery {
            from,
            to,
            ..query(Some(after), 100)
        };
        let found = store.model_calls(&query).await?;
        assert_eq!(found, made[expected], "{query:?}");
    }
    assert!(store.model_calls(&query(None, 0)).await?.is_empty());
    Ok(())
}

/// Returns all lines in the order of their fields.
async fn usage(store: &dyn Store, from: Timestamp, to: Timestamp) -> Outcome<Vec<UsageLine>> {
    let mut lines = store.model_usage(from, to).await?;
    lines.sort_by_key(|line| {
        let of = (line.provider.clone(), line.model.clone());
        (of, line.outcome, line.cache_hit)
    });
    Ok(lines)
}

/// There is one line for each provider, model, outcome and whether the store had the answer, of the calls of the period.
pub async fn usage_is_summed_by_model_and_outcome(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let [from, to] = [0, 3_600].map(|seconds| calls.now() + Span::seconds(seconds));
    assert!(usage(store, from, to).await?.is_empty());
    let kinds = [
        ("a", "x", None, false),
        ("a", "x", Some(CallOutcome::Answered), false),
        ("a", "x", Some(CallOutcome::Answered), true),
        ("a", "x", Some(CallOutcome::Garbled), false),
        ("a", "y", Some(CallOutcome::Answered), false),
        ("A", "x", Some(CallOutcome::Answered), false),
    ];
    let mut expected = Vec::new();
    for (number, (provider, model, outcome, cache_hit)) in (1..).zip(kinds) {
        let mut line = UsageLine {
            provider: provider.to_owned(),
            model: model.to_owned(),
            outcome,
            cache_hit,
            calls: 0,
            usage: Usage::default(),
            micros: 0,
        };
        for times in 1..=number {
            let end = |outcome| CallEnd {
                outcome,
                usage: Usage {
                    prompt_tokens: number * 1_000,
                    cached_tokens: number * 100,
                    output_tokens: number * 10 + times,
                },
                micros: number << 40,
                cache_hit,
                answer: None,
            };
            let call = ModelCall {
                provider: provider.to_owned(),
                model: model.to_owned(),
                end: outcome.map(end),
                ..calls.call()
            };
            begin_unlimited(store, &call).await?;
            line.calls += 1;
            if let Some(end) = call.end {
                line.usage.prompt_tokens += end.usage.prompt_tokens;
                line.usage.cached_tokens += end.usage.cached_tokens;
                line.usage.output_tokens += end.usage.output_tokens;
                line.micros += end.micros;
            }
        }
        expected.push(line);
    }
    expected.rotate_right(1);
    for begun_at in [from - Span::microseconds(1), to] {
        let outside = ModelCall {
            begun_at,
            ..calls.ended_call("")
        };
        begin_unlimited(store, &outside).await?;
    }
    assert_eq!(usage(store, from, to).await?, expected);
    let lasts = ModelCall {
        begun_at: to - Span::microseconds(1),
        ..calls.ended_call("")
    };
    begin_unlimited(store, &lasts).await?;
    let first = ModelCall {
        begun_at: from,
        ..calls.ended_call("")
    };
    begin_unlimited(store, &first).await?;
    let both = usage(store, from, to).await?;
    let added: Vec<&UsageLine> = both
        .iter()
        .filter(|line| line.provider == "gemini")
        .collect();
    assert_eq!(
        (added.len(), added[0].calls, added[0].usage.total()),
        (1, 2, 22)
    );
    assert!(usage(store, to, from).await?.is_empty());
    Ok(())
}

/// Providers may report any usage: sums saturate, and the budget is used up.
pub async fn sums_saturate(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let start = calls.now();
    let most = i64::MAX.unsigned_abs();
    for _ in 0..3 {
        let mut call = calls.call();
        call.end = Some(CallEnd {
            usage: Usage {
                prompt_tokens: most,
                cached_tokens: most,
                output_tokens: most,
            },
            micros: most,
            ..answered_end("")
        });
        begin_unlimited(store, &call).await?;
    }
    let end = calls.now();
    let lines = usage(store, start, end).await?;
    assert_eq!(lines.len(), 1);
    let largest = Usage {
        prompt_tokens: u64::MAX,
        cached_tokens: u64::MAX,
        output_tokens: u64::MAX,
    };
    assert_eq!((lines[0].usage, lines[0].micros), (largest, u64::MAX));
    let budget = Budget {
        calls: None,
        tokens: Some(most),
    };
    assert!(
        !store
            .begin_call(&calls.call(), &budget, start.date_naive())
            .await?
    );
    assert!(
        store
            .begin_call(&calls.call(), &ANY, start.date_naive())
            .await?
    );
    Ok(())
}

/// Answers and calls before the moments are deleted, ended or not; newer ones stay unchanged.
pub async fn old_calls_and_answers_are_deleted(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let mut made = Vec::new();
    for number in 0..8 {
        let mut call = calls.ended_call("an answer");
        call.key = "a5".to_owned();
        if number % 2 == 1 {
            call.end = None;
        }
        begin_unlimited(store, &call).await?;
        made.push(call);
    }
    let long_ago = from_micros(0);
    assert_eq!(store.forget_calls(long_ago, long_ago).await?, 0);
    made.reverse();
    assert_eq!(all(store).await?, made);
    let (answers_before, calls_before) = (made[1].begun_at, made[4].begun_at);
    let forgotten = sweep_all(async || store.forget_calls(answers_before, calls_before).await);
    assert_eq!(forgotten.await?, 3);
    let deleted = made.split_off(5);
    let after_a_deleted_one = query(Some(deleted[0].id), 9);
    assert!(store.model_calls(&after_a_deleted_one).await?.is_empty());
    for call in &mut made[2..] {
        if let Some(end) = &mut call.end {
            end.answer = None;
        }
    }
    assert_eq!(all(store).await?, made);
    assert_eq!(store.answered_call("a5").await?.as_ref(), Some(&made[1]));
    let after_all = calls.now();
    assert_eq!(store.forget_calls(after_all, long_ago).await?, 0);
    assert_eq!(store.answered_call("a5").await?, None);
    assert_eq!(all(store).await?.len(), 5);
    let forgotten = sweep_all(async || store.forget_calls(long_ago, after_all).await);
    assert_eq!(forgotten.await?, 5);
    assert!(all(store).await?.is_empty());
    begin_unlimited(store, &deleted[0]).await
}
