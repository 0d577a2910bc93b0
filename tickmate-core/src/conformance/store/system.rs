//! What belongs to the desk as a whole.

use futures_util::future::join_all;

use crate::{
    backend::store::{Cleaned, Store, TicketCreated},
    conformance::{Outcome, random::Random, scene::Scene},
    domain::time::Span,
};

/// A value is kept under its name until it is replaced or removed.
pub async fn values_are_kept_by_name(store: &dyn Store) -> Outcome {
    assert_eq!(store.value("code").await?, None);
    store.put_value("code", Some("one")).await?;
    store.put_value("Code", Some("other")).await?;
    assert_eq!(store.value("code").await?.as_deref(), Some("one"));
    store.put_value("code", Some("")).await?;
    assert_eq!(store.value("code").await?.as_deref(), Some(""));
    store.put_value("code", None).await?;
    store.put_value("code", None).await?;
    assert_eq!(store.value("code").await?, None);
    assert_eq!(store.value("Code").await?.as_deref(), Some("other"));
    Ok(())
}

/// A value is replaced if the present one is the expected one, byte by byte; none is expected where there is none.
pub async fn a_value_is_replaced_if_it_is_the_expected_one(store: &dyn Store) -> Outcome {
    for (expected, value, replaced, stands) in [
        (Some("one"), "lost", false, None),
        (Some(""), "lost", false, None),
        (None, "one", true, Some("one")),
        (None, "lost", false, Some("one")),
        (Some("One"), "lost", false, Some("one")),
        (Some("one "), "lost", false, Some("one")),
        (Some("one"), "", true, Some("")),
        (None, "lost", false, Some("")),
        (Some(""), "two", true, Some("two")),
        (Some("two"), "two", true, Some("two")),
    ] {
        let answer = store.replace_value("turn", expected, value).await?;
        assert_eq!(answer, replaced, "{expected:?} to {value}");
        assert_eq!(store.value("turn").await?.as_deref(), stands);
    }
    assert_eq!(store.value("Turn").await?, None);
    store.put_value("turn", None).await?;
    assert!(store.replace_value("turn", None, "first").await?);
    assert!(!store.replace_value("turn", Some("two"), "lost").await?);
    Ok(())
}

/// Of many at once that expect the same value one replaces it, the first one too.
pub async fn of_many_who_replace_a_value_one_does(store: &dyn Store) -> Outcome {
    let mut expected: Option<String> = None;
    for round in 0..5 {
        let values: Vec<String> = (0..8).map(|one| format!("{round}.{one}")).collect();
        let expects = expected.as_deref();
        let tries = (0_u64..).zip(&values).map(|(seed, value)| async move {
            Random::new(seed).pause().await;
            store.replace_value("turn", expects, value).await
        });
        let mut winners = Vec::new();
        for (answer, value) in join_all(tries).await.into_iter().zip(&values) {
            winners.extend(answer?.then_some(value));
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(store.value("turn").await?.as_ref(), Some(winners[0]));
        expected = Some(winners[0].clone());
    }
    Ok(())
}

/// Cleaning forgets keys of requests older than the moment; what they made stays.
pub async fn old_request_keys_are_cleaned(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let limit = scene.make.now();
    let mut made = Vec::new();
    for (name, at) in [("old", limit - Span::microseconds(1)), ("kept", limit)] {
        let ticket = scene.make.ticket(ann);
        let mut new = scene.make.new_ticket(ticket);
        let mut key = scene.make.key(ann, "tickets.create", name);
        key.at = at;
        new.key = Some(key);
        scene.created(&new).await?;
        made.push(new);
    }
    let cleaned = store.clean(limit, limit, limit, limit).await?;
    assert_eq!(
        cleaned,
        Cleaned {
            request_keys: 1,
            ..Cleaned::default()
        }
    );
    let kept = store.create_ticket(&made[1]).await?;
    assert!(matches!(kept, TicketCreated::Replayed { .. }), "{kept:?}");
    assert!(store.ticket(made[0].ticket.id).await?.is_some());
    let ticket = scene.make.ticket(ann);
    let mut again = scene.make.new_ticket(ticket);
    again.key = made[0].key.clone();
    scene.created(&again).await?;
    Ok(())
}

/// Cleaning where there is nothing to clean removes nothing.
pub async fn cleaning_nothing_removes_nothing(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let ticket = scene.ticket(ann.id).await?;
    let now = scene.make.now() + Span::days(900);
    assert_eq!(store.clean(now, now, now, now).await?, Cleaned::default());
    assert_eq!(scene.stored(ticket.id).await?, ticket);
    assert_eq!(scene.events().await?.len(), 2);
    Ok(())
}

/// A store that works answers.
pub async fn it_answers(store: &dyn Store) -> Outcome {
    Ok(store.ping().await?)
}
