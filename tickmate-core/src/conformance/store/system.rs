//! Data of the desk as a whole.

use futures_util::future::join_all;

use crate::{
    backend::store::{BlobGroup, Cleaned, MAX_BLOB_PART, Store, StoreError, TicketCreated},
    conformance::{
        Outcome,
        random::Random,
        scene::Scene,
        sweeps::{clean_all, sweep_all},
    },
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

/// A value is replaced if the present one is the expected one, byte by byte; `None` expects that there is no value.
pub async fn a_value_is_replaced_if_it_is_the_expected_one(store: &dyn Store) -> Outcome {
    for (expected, value, replaced, stored) in [
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
        assert_eq!(store.value("turn").await?.as_deref(), stored);
    }
    assert_eq!(store.value("Turn").await?, None);
    store.put_value("turn", None).await?;
    assert!(store.replace_value("turn", None, "first").await?);
    assert!(!store.replace_value("turn", Some("two"), "lost").await?);
    Ok(())
}

/// Of concurrent calls that expect the same value, one replaces it, including the first value.
pub async fn exactly_one_concurrent_replacement_of_a_value_succeeds(store: &dyn Store) -> Outcome {
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

/// Parts of blobs round-trip byte by byte, each by its group and number, and a later one replaces an earlier one.
pub async fn parts_of_blobs_are_kept_by_group_and_number(store: &dyn Store) -> Outcome {
    let at = Scene::new(store).make.now();
    assert_eq!(store.blob("learned", 0).await?, None);
    let mut random = Random::new(1);
    let long: Vec<u8> = (0..MAX_BLOB_PART)
        .map(|_| random.below(256) as u8)
        .collect();
    for (group, part, bytes) in [
        ("learned", 0, &long[..]),
        ("learned", 1, &[][..]),
        ("Learned", 0, &[0, 255, 0]),
        ("learned", 7, b"seven"),
    ] {
        store.put_blob(group, part, bytes, at).await?;
        assert_eq!(store.blob(group, part).await?.as_deref(), Some(bytes));
    }
    store.put_blob("learned", 7, b"once more", at).await?;
    assert_eq!(store.blob("learned", 0).await?, Some(long));
    let seven = store.blob("learned", 7).await?;
    assert_eq!(seven.as_deref(), Some(&b"once more"[..]));
    assert_eq!(store.blob("learned", 2).await?, None);
    let too_long = vec![0; MAX_BLOB_PART + 1];
    let refused = store.put_blob("learned", 2, &too_long, at).await;
    assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    assert_eq!(store.blob("learned", 2).await?, None);
    Ok(())
}

/// Every group is found with the moment of its newest part until its parts are removed, so that a crash between two parts
/// leaves nothing that is not found.
pub async fn groups_of_blobs_are_found_until_they_are_removed(store: &dyn Store) -> Outcome {
    let at = Scene::new(store).make.now();
    assert_eq!(store.blob_groups().await?, []);
    for (group, part, seconds) in [("b", 1, 5), ("a", 0, 1), ("b", 0, 3), ("a", 9, 2)] {
        let at = at + Span::seconds(seconds);
        store.put_blob(group, part, b"bytes", at).await?;
    }
    let group = |name: &str, seconds| BlobGroup {
        name: name.to_owned(),
        put_at: at + Span::seconds(seconds),
    };
    assert_eq!(store.blob_groups().await?, [group("a", 2), group("b", 5)]);
    for part in 2..12 {
        store.put_blob("b", part, b"more", at).await?;
    }
    let removed = sweep_all(async || store.remove_blobs("b").await);
    assert_eq!(removed.await?, 12);
    assert_eq!(store.blob_groups().await?, [group("a", 2)]);
    assert_eq!(store.blob("b", 1).await?, None);
    assert!(store.blob("a", 9).await?.is_some());
    Ok(())
}

/// Clean-up deletes request keys older than the moment; the tickets that they created stay.
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
        scene.create(&new).await?;
        made.push(new);
    }
    let cleaned = clean_all(store, limit, limit, limit, limit).await?;
    assert_eq!(
        cleaned,
        Cleaned {
            request_keys: 1,
            ..Cleaned::default()
        }
    );
    let replayed = store.create_ticket(&made[1]).await?;
    assert!(
        matches!(replayed, TicketCreated::Replayed { .. }),
        "{replayed:?}"
    );
    assert!(store.ticket(made[0].ticket.id).await?.is_some());
    let ticket = scene.make.ticket(ann);
    let mut again = scene.make.new_ticket(ticket);
    again.key = made[0].key.clone();
    scene.create(&again).await?;
    Ok(())
}

/// Clean-up without old records removes nothing.
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

/// A working store answers.
pub async fn it_answers(store: &dyn Store) -> Outcome {
    Ok(store.ping().await?)
}
