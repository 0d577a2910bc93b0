//! What a day's calls of models may come to.

use chrono::Days;
use futures_util::future::join_all;

use super::models::{ANY, Calls, all, answered, begun};
use crate::{
    backend::store::Store,
    conformance::{Outcome, random::Random, sweeps::sweep_all},
    domain::{
        models::{Budget, CallEnd, CallOutcome, ModelCall},
        time::{Date, Span, from_micros},
    },
};

/// A day, on which all calls of most cases begin.
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

/// The last call that fits begins, the next does not, whether those before have ended or not.
pub async fn a_budget_of_calls_is_used_to_the_last(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let mut begun = Vec::new();
    assert!(!store.begin_call(&calls.call(), &calls_of(0), day()).await?);
    for _ in 0..3 {
        let mut call = calls.call();
        assert!(store.begin_call(&call, &calls_of(3), day()).await?);
        call.end = Some(answered(""));
        store.end_call(&call).await?;
        begun.insert(0, call);
    }
    assert!(!store.begin_call(&calls.call(), &calls_of(3), day()).await?);
    assert!(!store.begin_call(&calls.call(), &calls_of(2), day()).await?);
    assert_eq!(all(store).await?, begun);
    assert!(store.begin_call(&calls.call(), &calls_of(4), day()).await?);
    Ok(())
}

/// The last call whose tokens fit begins, one that needs a token more does not, and both bounds hold together.
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

/// What a call reserves counts until it ends; then what it used does, be it less or more, and whatever came of it.
pub async fn reserved_tokens_count_until_the_end(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let mut less = calls.call();
    let mut more = ModelCall {
        reserved_tokens: 1,
        ..calls.call()
    };
    begun(store, &less).await?;
    begun(store, &more).await?;
    let next = calls.call();
    assert!(!store.begin_call(&next, &tokens_of(200), day()).await?);
    less.end = Some(CallEnd {
        outcome: CallOutcome::Garbled,
        answer: None,
        ..answered("")
    });
    store.end_call(&less).await?;
    assert!(!store.begin_call(&next, &tokens_of(111), day()).await?);
    assert!(store.begin_call(&next, &tokens_of(112), day()).await?);
    more.end = Some(answered(""));
    store.end_call(&more).await?;
    let last = calls.call();
    assert!(!store.begin_call(&last, &tokens_of(221), day()).await?);
    assert!(store.begin_call(&last, &tokens_of(222), day()).await?);
    Ok(())
}

/// Only calls of the same day count, each on the day on which it began, whenever it ends; those whose answer was in the
/// store don't.
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
        ..answered("")
    });
    store.end_call(&hit).await?;
    let one = Budget {
        calls: Some(1),
        tokens: Some(100),
    };
    let mut at = calls.call();
    assert!(store.begin_call(&at, &one, tomorrow).await?);
    // It ends after the next day's first call has begun.
    before.end = Some(answered(""));
    store.end_call(&before).await?;
    let next = calls.call();
    assert!(!store.begin_call(&next, &calls_of(1), tomorrow).await?);
    assert!(!store.begin_call(&next, &calls_of(1), today).await?);
    assert!(!store.begin_call(&next, &tokens_of(110), today).await?);
    assert!(!store.begin_call(&next, &tokens_of(199), tomorrow).await?);
    at.end = Some(answered(""));
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

/// A counter outlives its calls until its day is forgotten, and the end of a forgotten call changes no counter.
pub async fn counters_are_forgotten_by_their_day(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let mut forgotten = calls.call();
    let kept = calls.call();
    for call in [&forgotten, &kept] {
        assert!(store.begin_call(call, &ANY, day()).await?);
    }
    // The day of this moment is kept, although a call of that day is not.
    let first = kept.begun_at;
    assert_eq!(first.date_naive(), day());
    let removed = sweep_all(async || store.forget_calls(first, first).await);
    assert_eq!(removed.await?, 1);
    forgotten.end = Some(CallEnd {
        cache_hit: true,
        ..answered("")
    });
    store.end_call(&forgotten).await?;
    let next = calls.call();
    assert!(!store.begin_call(&next, &calls_of(2), day()).await?);
    let later = first + Span::days(1);
    let removed = sweep_all(async || store.forget_calls(later, later).await);
    assert_eq!(removed.await?, 1);
    assert!(store.begin_call(&next, &calls_of(1), day()).await?);
    Ok(())
}

/// A call that is noted with its end begins without room too; it counts unless its answer was in the store.
pub async fn calls_noted_with_their_end_always_begin(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let none = Budget {
        calls: Some(0),
        tokens: Some(0),
    };
    for cache_hit in [true, false, true] {
        let mut call = calls.call();
        call.end = Some(CallEnd {
            cache_hit,
            ..answered("")
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

/// Of many calls at once as many begin as fit, neither more nor fewer, and what ends makes room.
pub async fn calls_at_once_stay_within_the_budget(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let first = at_once(store, &mut calls, &calls_of(7), day()).await?;
    assert_eq!((first.len(), all(store).await?.len()), (7, 7));
    let tomorrow = day() + Days::new(1);
    let second = at_once(store, &mut calls, &tokens_of(799), tomorrow).await?;
    assert_eq!((second.len(), all(store).await?.len()), (7, 14));
    let ends = second.into_iter().map(|mut call| async move {
        call.end = Some(answered(""));
        store.end_call(&call).await
    });
    join_all(ends)
        .await
        .into_iter()
        .collect::<Result<(), _>>()?;
    let third = at_once(store, &mut calls, &tokens_of(777), tomorrow).await?;
    assert_eq!((third.len(), all(store).await?.len()), (7, 21));
    let others = at_once(store, &mut calls, &ANY, tomorrow).await?;
    assert_eq!((others.len(), all(store).await?.len()), (40, 61));
    Ok(())
}

/// Begins 40 calls at once, and answers which did.
async fn at_once(
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
