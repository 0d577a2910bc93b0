//! Counters of tries.

use futures_util::future::join_all;

use crate::{
    backend::store::{Cleaned, Store},
    conformance::{Outcome, scene::Scene},
    domain::{
        throttle::{FREE_ATTEMPTS, Verdict, WINDOW, attempt},
        time::Span,
    },
};

/// Tries are counted by the rule of the domain, each key for itself.
pub async fn tries_are_counted_by_the_rule(store: &dyn Store) -> Outcome {
    let mut now = Scene::new(store).make.now();
    let mut state = None;
    for pause in [0, 0, 1, 0, 0, 0, 1, 3, 0, 16, 1000, 0] {
        now += Span::seconds(pause);
        let (after, verdict) = attempt(state, now);
        state = Some(after);
        assert_eq!(store.attempt("login/ann", now).await?, verdict);
    }
    assert_eq!(store.attempt("login/bob", now).await?, Verdict::Go);
    Ok(())
}

/// Of many tries at once no more go on than would have one after the other.
pub async fn tries_at_once_count_one_by_one(store: &dyn Store) -> Outcome {
    let now = Scene::new(store).make.now();
    let verdicts = join_all((0..20).map(|_| store.attempt("login/ann", now))).await;
    let mut state = None;
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for verdict in verdicts {
        let (after, by_rule) = attempt(state, now);
        state = Some(after);
        expected.push(waits(by_rule));
        found.push(waits(verdict?));
    }
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let free = found.iter().filter(|wait| wait.is_zero()).count();
    assert_eq!(free, FREE_ATTEMPTS as usize);
    Ok(())
}

fn waits(verdict: Verdict) -> Span {
    match verdict {
        Verdict::Go => Span::zero(),
        Verdict::Wait(span) => span,
    }
}

/// Forgotten tries don't count any more, and only those of the key.
pub async fn forgotten_tries_do_not_count(store: &dyn Store) -> Outcome {
    let now = Scene::new(store).make.now();
    for _ in 0..7 {
        store.attempt("login/ann", now).await?;
        store.attempt("login/bob", now).await?;
    }
    store.forget_attempts("login/ann").await?;
    store.forget_attempts("login/nobody").await?;
    assert_eq!(store.attempt("login/ann", now).await?, Verdict::Go);
    assert_ne!(store.attempt("login/bob", now).await?, Verdict::Go);
    Ok(())
}

/// Cleaning forgets counters last touched before the moment.
pub async fn old_counters_are_cleaned(store: &dyn Store) -> Outcome {
    let now = Scene::new(store).make.now();
    let before = now - WINDOW;
    for _ in 0..6 {
        store.attempt("old", before - Span::microseconds(1)).await?;
        store.attempt("kept", before).await?;
    }
    let cleaned = store.clean(now, before, before, before).await?;
    assert_eq!(
        cleaned,
        Cleaned {
            throttles: 1,
            ..Cleaned::default()
        }
    );
    assert_eq!(store.attempt("old", before).await?, Verdict::Go);
    assert_ne!(store.attempt("kept", before).await?, Verdict::Go);
    Ok(())
}
