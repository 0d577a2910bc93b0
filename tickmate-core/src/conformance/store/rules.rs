//! The desk's rules: one versioned record for each kind, changed together with an event.

use futures_util::future::join_all;

use crate::{
    backend::store::{RulesWritten, Store, StoreError},
    conformance::{
        Outcome, failure::expect_some, fixtures::Fixtures, random::Random, scene::Scene,
    },
    domain::{desk_rules::RulesKind, event::Event},
};

/// The rules of each kind are those that were written last.
pub async fn rules_are_stored_by_kind(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    for kind in RulesKind::ALL {
        assert_eq!(store.rules(kind).await?, None);
    }
    for (kind, version, text) in [
        (RulesKind::Routing, 1, "{}"),
        (RulesKind::Triage, 1, ""),
        (RulesKind::Routing, 2, "{\"a\": \"\u{1F525}'\\\"\"}"),
    ] {
        let write = scene.make.rules_write(kind, version, text);
        assert_eq!(store.write_rules(&write).await?, RulesWritten::Written);
        assert_eq!(store.rules(kind).await?, Some(write.record));
    }
    assert_eq!(expect_some(store.rules(RulesKind::Triage).await?).text, "");
    Ok(())
}

/// A change of rules needs the next version: 1 for the first one.
pub async fn a_change_of_rules_needs_the_next_version(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let kind = RulesKind::Triage;
    for (version, expected, stored) in [
        (0, RulesWritten::Stale, None),
        (2, RulesWritten::Stale, None),
        (1, RulesWritten::Written, Some(1)),
        (1, RulesWritten::Stale, Some(1)),
        (3, RulesWritten::Stale, Some(1)),
        (0, RulesWritten::Stale, Some(1)),
        (2, RulesWritten::Written, Some(2)),
    ] {
        let write = scene
            .make
            .rules_write(kind, version, &format!("v{version}"));
        assert_eq!(store.write_rules(&write).await?, expected, "{version}");
        let record = store.rules(kind).await?;
        let text = record.as_ref().map(|record| record.text.clone());
        assert_eq!(text, stored.map(|version| format!("v{version}")));
        assert_eq!(record.map(|record| record.version), stored);
    }
    assert_eq!(store.rules(RulesKind::Routing).await?, None);
    Ok(())
}

/// A change of rules and its event appear together. The event is pending like any other, and belongs to no ticket.
pub async fn a_change_of_rules_and_its_event_appear_together(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?.id;
    let before = scene.events().await?;
    let mut written: Vec<Event> = Vec::new();
    for version in 1..=2 {
        let write = scene.make.rules_write(RulesKind::Routing, version, "{}");
        store.write_rules(&write).await?;
        written.push(write.event);
    }
    let events = scene.events().await?;
    let mut added = events[before.len()..].to_vec();
    assert_eq!(store.pending_events(before[1].seq, 10).await?, added);
    assert_eq!(store.event(written[0].id).await?, added.first().cloned());
    assert!(added[0].seq > before[1].seq && added[1].seq > added[0].seq);
    for event in &mut added {
        event.seq = 0;
    }
    assert_eq!(added, written);
    assert_eq!(store.ticket_events(ticket, 0, 10).await?.items.len(), 1);
    Ok(())
}

/// A refused change of rules leaves neither an event nor a text.
pub async fn refused_rules_leave_no_trace(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let kind = RulesKind::Routing;
    let first = scene.make.rules_write(kind, 1, "first");
    store.write_rules(&first).await?;
    let stale = scene.make.rules_write(kind, 1, "stale");
    assert_eq!(store.write_rules(&stale).await?, RulesWritten::Stale);
    let mut twin = scene.make.rules_write(kind, 2, "twin");
    twin.event.id = first.event.id;
    let refused = store.write_rules(&twin).await;
    assert!(
        matches!(refused, Err(StoreError::Taken { .. })),
        "{refused:?}"
    );
    assert_eq!(store.rules(kind).await?, Some(first.record));
    assert_eq!(scene.events().await?.len(), 1);
    assert_eq!(store.event(stale.event.id).await?, None);
    Ok(())
}

/// Of several admins who change the same version concurrently exactly one succeeds, and only that change has an event.
pub async fn exactly_one_concurrent_change_of_rules_succeeds(store: &dyn Store) -> Outcome {
    let kind = RulesKind::Routing;
    for version in 1..=5 {
        let tries = (0_u64..8).map(|seed| async move {
            let mut make = Fixtures::new(1_000 * version + seed);
            Random::new(seed).pause().await;
            let write = make.rules_write(kind, version, &format!("{version}.{seed}"));
            Ok::<_, StoreError>((store.write_rules(&write).await?, write))
        });
        let outcomes: Result<Vec<_>, StoreError> = join_all(tries).await.into_iter().collect();
        let mut winners = outcomes?;
        winners.retain(|(written, _)| *written == RulesWritten::Written);
        let [(_, winner)] = winners.as_slice() else {
            panic!("{} won", winners.len());
        };
        assert_eq!(store.rules(kind).await?.as_ref(), Some(&winner.record));
        let events = Scene::new(store).events().await?;
        assert_eq!(events.len() as u64, version);
        assert_eq!(events.last().map(|event| event.id), Some(winner.event.id));
    }
    Ok(())
}
