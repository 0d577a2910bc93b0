//! Attempts under rate limits.

use futures_util::future::join_all;

use crate::{
    backend::store::{Cleaned, Store},
    conformance::{Outcome, scene::Scene, sweeps::clean_all},
    domain::{
        limit::{Limit, attempt},
        time::Span,
    },
};

const FIVE: Limit = Limit {
    most: 5,
    window: Span::minutes(15),
};

/// Attempts are counted by the rule of the domain, separately for each key.
pub async fn attempts_are_counted_by_the_rule(store: &dyn Store) -> Outcome {
    let mut now = Scene::new(store).make.now();
    for limit in [
        FIVE,
        Limit {
            most: 1,
            window: Span::seconds(7),
        },
    ] {
        let mut stored = None;
        let key = format!("login/{}", limit.most);
        for pause in [0, 0, 1, 3, 0, 0, 0, 900, 200, 16, 0, 1_000, 4_000, 0, -5] {
            now += Span::seconds(pause);
            let (window, expected) = attempt(stored, &limit, now);
            stored = Some(window);
            assert_eq!(store.attempt(&key, &limit, now).await?, expected);
        }
    }
    assert!(store.attempt("login/other", &FIVE, now).await?.allowed);
    Ok(())
}

/// Concurrent attempts get no more permits than sequential ones.
pub async fn concurrent_attempts_are_counted_one_by_one(store: &dyn Store) -> Outcome {
    let now = Scene::new(store).make.now();
    let attempts = (0..20).map(|_| store.attempt("login/ann", &FIVE, now));
    let mut remaining = Vec::new();
    for answer in join_all(attempts).await {
        let answer = answer?;
        remaining.extend(answer.allowed.then_some(answer.remaining));
    }
    remaining.sort_unstable();
    assert_eq!(remaining, [0, 1, 2, 3, 4]);
    Ok(())
}

/// Deleted attempts don't count, and only those of the key are deleted.
pub async fn deleted_attempts_do_not_count(store: &dyn Store) -> Outcome {
    let now = Scene::new(store).make.now();
    for _ in 0..7 {
        store.attempt("login/ann", &FIVE, now).await?;
        store.attempt("login/bob", &FIVE, now).await?;
    }
    store.forget_attempts("login/ann").await?;
    store.forget_attempts("login/nobody").await?;
    assert!(store.attempt("login/ann", &FIVE, now).await?.allowed);
    assert!(!store.attempt("login/bob", &FIVE, now).await?.allowed);
    Ok(())
}

/// Clean-up deletes the attempts of windows that began before the moment.
pub async fn old_attempts_are_cleaned(store: &dyn Store) -> Outcome {
    let now = Scene::new(store).make.now();
    let before = now - FIVE.window;
    for _ in 0..5 {
        let old = before - Span::microseconds(1);
        store.attempt("old", &FIVE, old).await?;
        store.attempt("kept", &FIVE, before).await?;
    }
    let cleaned = clean_all(store, now, before, before, before).await?;
    let expected = Cleaned {
        attempts: 1,
        ..Cleaned::default()
    };
    assert_eq!(cleaned, expected);
    assert!(store.attempt("old", &FIVE, before).await?.allowed);
    assert!(!store.attempt("kept", &FIVE, before).await?.allowed);
    Ok(())
}
