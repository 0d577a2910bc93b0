//! Budgets of the calls of models on one day.

use chrono::Days;
use futures_util::future::join_all;

use super::models::{ANY, Calls, all, answered_end, begin_unlimited};
use crate::{
    backend::store::Store,
    conformance::{Outcome, random::Random, sweeps::sweep_all},
    domain::{
        models::{Budget, CallEnd, CallOutcome, ModelCall},
        time::{Date, Span, from_micros},
    },
};

/// Returns the day on which all calls of most cases begin.
fn day() -> Date {
    from_micros(1_788_220_800_000_000).date_naive()
}

const fn calls_of(calls: u64) -> Budget {
    Budget {
        calls: Some(calls),
        tokens: None,
    }
}

const fn tokens_of(tokens: u64) -> Budget {
    Budget {
        calls: None,
        tokens: Some(tokens),
    }
}

/// The last call that fits begins, and the next does not, whether the earlier ones have ended or not.
pub async fn a_budget_of_calls_is_used_to_the_last(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let mut begun = Vec::new();
    assert!(!store.begin_call(&calls.call(), &calls_of(0), day()).await?);
    for _ in 0..3 {
        let mut call = calls.call();
        assert!(store.begin_call(&call, &calls_of(3), day()).await?);
        call.end = Some(answered_end(""));
        store.end_call(&call).await?;
        begun.insert(0, call);
    }
    assert!(!store.begin_call(&calls.call(), &calls_of(3), day()).await?);
    assert!(!store.begin_call(&calls.call(), &calls_of(2), day()).await?);
    assert_eq!(all(store).await?, begun);
    assert!(store.begin_call(&calls.call(), &calls_of(4), day()).await?);
    Ok(())
}

/// The last call whose tokens fit begins, one that needs one more token does not, and both limits apply together.
pub async fn a_budget_of_tokens_is_used_to_the_last(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let mut of = |reserved_tokens| ModelCall {
        reserved_tokens,
        ..calls.call()
    };
    assert!(!store.begin_call(&of(1), &tokens_of(0), day()).await?);
    assert!(store.begin_call(&of(60), &tokens_of(100), day()).await?);
    assert!(!store.begin_call(&of(41), &tokens_of(100), day()).await?);
    assert!(store.begin_call(&of(40), &tokens_of(100), day()).await?);
    assert!(!store.begin_call(&of(1), &tokens_of(100), day()).await?);
    assert!(store.begin_call(&of(0), &tokens_of(100), day()).await?);
    for (calls, tokens, begins) in [(3, 1_000, false), (4, 109, false), (4, 110, true)] {
        let budget = Budget {
            calls: Some(calls),
            tokens: Some(tokens),
        };
        let answer = store.begin_call(&of(10), &budget, day()).await?;
        assert_eq!(answer, begins, "{budget:?}");
    }
    Ok(())
}

/// The reserved tokens of a call count until it ends; then the used tokens count, less or more, for any outcome.
pub async fn reserved_tokens_count_until_the_end(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let mut less = calls.call();
    let mut more = ModelCall {
        reserved_tokens: 1,
        ..calls.call()
    };
    begin_unlimited(store, &less).await?;
    begin_unlimited(store, &more).await?;
    let next = calls.call();
    assert!(!store.begin_call(&next, &tokens_of(200), day()).await?);
    less.end = Some(CallEnd {
        outcome: CallOutcome::Garbled,
        answer: None,
        ..answered_end("")
    });
    store.end_call(&less).await?;
    assert!(!store.begin_call(&next, &tokens_of(111), day()).await?);
    assert!(store.begin_call(&next, &tokens_of(112), day()).await?);
    more.end = Some(answered_end(""));
    store.end_call(&more).await?;
    let last = calls.call();
    assert!(!store.begin_call(&last, &tokens_of(221), day()).await?);
    assert!(store.begin_call(&last, &tokens_of(222), day()).await?);
    Ok(())
}

/// Only calls of the same day count, each on the day on which it began, regardless of when it ends; those whose answer was
/// in the store don't count.
pub async fn only_calls_of_the_day_count(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let (today, tomorrow) = (day(), day() + Days::new(1));
    let mut before = calls.call();
    assert!(store.begin_call(&before, &ANY, today).await?);
    let mut hit = calls.call();
    assert!(store.begin_call(&hit, &ANY, tomorrow).await?);
    hit.end = Some(CallEnd {
        cache_hit: true,
        answer: None,
        ..answered_end("")
    });
    store.end_call(&hit).await?;
    let one = Budget {
        calls: Some(1),
        tokens: Some(100),
    };
    let mut at = calls.call();
    assert!(store.begin_call(&at, &one, tomorrow).await?);
    // It ends after the first call of the next day has begun.
    before.end = Some(answered_end(""));
    store.end_call(&before).await?;
    let next = calls.call();
    assert!(!store.begin_call(&next, &calls_of(1), tomorrow).await?);
    assert!(!store.begin_call(&next, &calls_of(1), today).await?);
    assert!(!store.begin_call(&next, &tokens_of(110), today).await?);
    assert!(!store.begin_call(&next, &tokens_of(199), tomorrow).await?);
    at.end = Some(answered_end(""));
    store.end_call(&at).await?;
    assert!(!store.begin_call(&next, &calls_of(1), tomorrow).await?);
    assert!(!store.begin_call(&next, &tokens_of(110), tomorrow).await?);
    let both = Budget {
        calls: Some(2),
        tokens: Some(111),
    };
    assert!(store.begin_call(&next, &both, tomorrow).await?);
    let last = calls.call();
    assert!(store.begin_call(&last, &both, today).await?);
    Ok(())
}

/// A counter outlives its calls until its day is deleted, and the end of a deleted call changes no counter.
pub async fn counters_are_deleted_by_their_day(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let mut deleted_call = calls.call();
    let kept_call = calls.call();
    for call in [&deleted_call, &kept_call] {
        assert!(store.begin_call(call, &ANY, day()).await?);
    }
    // The day of this moment is kept, although a call of that day is deleted.
    let first = kept_call.begun_at;
    assert_eq!(first.date_naive(), day());
    let removed = sweep_all(async || store.forget_calls(first, first).await);
    assert_eq!(removed.await?, 1);
    deleted_call.end = Some(CallEnd {
        cache_hit: true,
        ..answered_end("")
    });
    store.end_call(&deleted_call).await?;
    let next = calls.call();
    assert!(!store.begin_call(&next, &calls_of(2), day()).await?);
    let later = first + Span::days(1);
    let removed = sweep_all(async || store.forget_calls(later, later).await);
    assert_eq!(removed.await?, 1);
    assert!(store.begin_call(&next, &calls_of(1), day()).await?);
    Ok(())
}

/// A call that is recorded with its end begins even without room; it counts unless its answer was in the store.
pub async fn calls_recorded_with_their_end_always_begin(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let none = Budget {
        calls: Some(0),
        tokens: Some(0),
    };
    for cache_hit in [true, false, true] {
        let mut call = calls.call();
        call.end = Some(CallEnd {
            cache_hit,
            ..answered_end("")
        });
        assert!(store.begin_call(&call, &none, day()).await?);
    }
    assert_eq!(all(store).await?.len(), 3);
    let call = calls.call();
    assert!(!store.begin_call(&call, &calls_of(1), day()).await?);
    assert!(!store.begin_call(&call, &tokens_of(110), day()).await?);
    assert!(store.begin_call(&call, &tokens_of(111), day()).await?);
    Ok(())
}

/// Of concurrent calls exactly as many begin as fit, and ended calls make room.
pub async fn concurrent_calls_stay_within_the_budget(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let first = begin_concurrently(store, &mut calls, &calls_of(7), day()).await?;
    assert_eq!((first.len(), all(store).await?.len()), (7, 7));
    let tomorrow = day() + Days::new(1);
    let second = begin_concurrently(store, &mut calls, &tokens_of(799), tomorrow).await?;
    assert_eq!((second.len(), all(store).await?.len()), (7, 14));
    let ends = second.into_iter().map(|mut call| async move {
        call.end = Some(answered_end(""));
        store.end_call(&call).await
    });
    join_all(ends)
        .await
        .into_iter()
        .collect::<Result<(), _>>()?;
    let third = begin_concurrently(store, &mut calls, &tokens_of(777), tomorrow).await?;
    assert_eq!((third.len(), all(store).await?.len()), (7, 21));
    let others = begin_concurrently(store, &mut calls, &ANY, tomorrow).await?;
    assert_eq!((others.len(), all(store).await?.len()), (40, 61));
    Ok(())
}

/// Begins 40 calls concurrently, and returns those that began.
async fn begin_concurrently(
    store: &dyn Store,
    calls: &mut Calls,
    budget: &Budget,
    day: Date,
) -> Outcome<Vec<ModelCall>> {
    let tries = (0..40).map(|seed| {
        let call = calls.call();
        async move {
            Random::new(seed).pause().await;
            let begins = store.begin_call(&call, budget, day).await?;
            Outcome::Ok(begins.then_some(call))
        }
    });
    let tries = join_all(tries).await.into_iter();
    let begun: Vec<Option<ModelCall>> = tries.collect::<Outcome<_>>()?;
    Ok(begun.into_iter().flatten().collect())
}
