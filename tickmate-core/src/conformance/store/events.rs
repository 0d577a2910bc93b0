//! The audit trail and the outbox.

use std::cell::Cell;

use futures_util::future::{join, join_all};

use crate::{
    backend::store::{Store, TicketWritten, UserWritten},
    conformance::{Outcome, failure::expect_some, random::Random, scene::Scene},
    domain::{
        event::{Event, EventKind, Subject},
        id::{EventId, TicketId, UserId},
    },
};

fn ids(events: &[Event]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}

/// An event of an unknown kind is kept, stays pending, and blocks no other.
pub async fn events_of_unknown_kinds_stay_pending_and_block_no_other(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?;
    let mut unknown = scene.make.ticket_write(&ticket, |_| {});
    unknown.event.kind = EventKind::Unknown("exploded".to_owned());
    let ticket = scene.write(&unknown).await?;
    let later = scene.make.ticket_write(&ticket, |_| {});
    scene.write(&later).await?;
    let pending = store.pending_events(0, 100).await?;
    let known_ids = pending.iter().filter(|event| event.id != unknown.event.id);
    let known_ids: Vec<EventId> = known_ids.map(|event| event.id).collect();
    assert!(known_ids.contains(&later.event.id) && known_ids.len() + 1 == pending.len());
    store.mark_relayed(&known_ids).await?;
    let left = store.pending_events(0, 100).await?;
    assert_eq!(ids(&left), [unknown.event.id]);
    assert_eq!(left[0].kind, unknown.event.kind);
    assert!(store.pending_events(left[0].seq, 100).await?.is_empty());
    Ok(())
}

/// Pending events come in the order of `seq`, page by page.
pub async fn pending_events_come_page_by_page(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for _ in 0..6 {
        scene.ticket(ann).await?;
    }
    let all = store.pending_events(0, 100).await?;
    assert_eq!(all.len(), 7);
    let relayed = [all[1].id, all[4].id];
    store.mark_relayed(&relayed).await?;
    let mut seen = Vec::new();
    let mut after = 0;
    for size in [2, 2, 1, 0] {
        let page = store.pending_events(after, 2).await?;
        assert_eq!(page.len(), size);
        after = page.last().map_or(after, |event| event.seq);
        seen.extend(page);
    }
    let left: Vec<Event> = all
        .into_iter()
        .filter(|event| !relayed.contains(&event.id))
        .collect();
    assert_eq!(seen, left);
    Ok(())
}

/// Marking an event as relayed twice, or one that does not exist, changes nothing.
pub async fn relayed_events_stay_relayed(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    scene.ticket(ann).await?;
    let pending = store.pending_events(0, 100).await?;
    let missing = scene
        .make
        .event(Subject::User(ann), 9, EventKind::Verified)
        .id;
    for relayed in [&[pending[0].id, missing][..], &[pending[0].id], &[]] {
        store.mark_relayed(relayed).await?;
        assert_eq!(ids(&store.pending_events(0, 100).await?), [pending[1].id]);
    }
    assert_eq!(store.event(missing).await?, None);
    assert_eq!(store.events_after(0, 100).await?, pending);
    Ok(())
}

/// All events come in the order of `seq`, relayed or not, page by page.
pub async fn events_come_page_by_page(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for _ in 0..4 {
        scene.ticket(ann).await?;
    }
    let all = store.events_after(0, 100).await?;
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by(|a, b| a.seq < b.seq));
    store.mark_relayed(&ids(&all[..3])).await?;
    let first = store.events_after(0, 3).await?;
    let second = store.events_after(first[2].seq, 3).await?;
    assert_eq!([first, second].concat(), all);
    assert!(store.events_after(all[4].seq, 3).await?.is_empty());
    assert!(store.events_after(u64::MAX >> 1, 3).await?.is_empty());
    Ok(())
}

/// A reader who continues after the last returned event misses none, although eight writers write concurrently.
pub async fn readers_miss_no_event(store: &dyn Store) -> Outcome {
    let ann = Scene::new(store).requester().await?.id;
    let writing = Cell::new(8_u32);
    let write = |seed| {
        let writing = &writing;
        async move {
            let outcome = write_tickets(store, seed, ann).await;
            writing.set(writing.get() - 1);
            outcome
        }
    };
    let writers = join_all((10..18).map(write));
    let readers = join_all((20..22).map(|seed| read_all(store, None, seed, &writing)));
    let (written, read) = join(writers, readers).await;
    written.into_iter().collect::<Outcome>()?;
    let all = Scene::new(store).events().await?;
    assert_eq!(all.len(), 1 + 8 * 20);
    for seen in read {
        assert_eq!(ids(&seen?), ids(&all));
    }
    Ok(())
}

/// Creates ten tickets and changes each once.
async fn write_tickets(store: &dyn Store, seed: u64, ann: UserId) -> Outcome {
    let mut scene = Scene::seeded(store, seed);
    let mut random = Random::new(seed);
    for _ in 0..10 {
        let ticket = scene.ticket(ann).await?;
        random.pause().await;
        scene.change(&ticket, |_| {}).await?;
        random.pause().await;
    }
    Ok(())
}

/// The events of a ticket that eight writers change concurrently are in the order of its versions, among all events and
/// among its own, for readers during the writes and after them.
pub async fn a_tickets_events_follow_its_versions(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?.id;
    let writing = Cell::new(8_u32);
    let write = |seed| {
        let writing = &writing;
        async move {
            let outcome = write_versions(store, seed, ticket).await;
            writing.set(writing.get() - 1);
            outcome
        }
    };
    let read = |seed| {
        let own = (seed % 2 == 0).then_some(ticket);
        read_all(store, own, seed, &writing)
    };
    let writers = join_all((10..18).map(write));
    let readers = join_all((20..24).map(read));
    let (written, read) = join(writers, readers).await;
    written.into_iter().collect::<Outcome>()?;
    let mut seen = read.into_iter().collect::<Outcome<Vec<_>>>()?;
    seen.push(scene.events().await?);
    seen.push(store.ticket_events(ticket, 0, 1_000).await?.items);
    let expected: Vec<u64> = (1..=1 + 8 * VERSIONS).collect();
    for events in seen {
        let own = events.iter().filter(|event| event.ticket() == Some(ticket));
        let versions: Vec<u64> = own.map(|event| event.version).collect();
        assert_eq!(versions, expected, "versions in the order of the events");
        assert!(events.is_sorted_by(|a, b| a.seq < b.seq));
    }
    Ok(())
}

/// The number of versions that each of several writers of a ticket writes.
const VERSIONS: u64 = 8;
/// The lost versions of one writer after which the writers count as stuck.
const MAX_ATTEMPTS: u32 = 2_000;

/// Changes a ticket several times, and retries when a concurrent write changed it.
async fn write_versions(store: &dyn Store, seed: u64, ticket: TicketId) -> Outcome {
    let mut scene = Scene::seeded(store, seed);
    let mut random = Random::new(seed);
    let mut left = VERSIONS;
    for _ in 0..MAX_ATTEMPTS {
        if left == 0 {
            return Ok(());
        }
        let stored = scene.stored(ticket).await?;
        random.pause().await;
        let write = scene.make.ticket_write(&stored, |_| {});
        match store.write_ticket(&write).await? {
            TicketWritten::Written(_) => left -= 1,
            TicketWritten::Stale => {}
            other => panic!("{other:?}"),
        }
        random.pause().await;
    }
    panic!("{left} of {VERSIONS} versions are not written")
}

/// Reads all events, or those of a ticket, until all writers are done and no event is left.
async fn read_all(
    store: &dyn Store,
    ticket: Option<TicketId>,
    seed: u64,
    writing: &Cell<u32>,
) -> Outcome<Vec<Event>> {
    let mut random = Random::new(seed);
    let mut seen: Vec<Event> = Vec::new();
    loop {
        let done = writing.get() == 0;
        let last = seen.last().map_or(0, |event| event.seq);
        let limit = 1 + random.below(7) as u32;
        let page = match ticket {
            Some(ticket) => store.ticket_events(ticket, last, limit).await?.items,
            None => store.events_after(last, limit).await?,
        };
        if page.is_empty() && done {
            return Ok(seen);
        }
        seen.extend(page);
        random.pause().await;
    }
}

/// A ticket's events come oldest first, page by page, without those of other tickets.
pub async fn a_tickets_events_come_page_by_page(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut ticket = scene.ticket(ann).await?;
    for _ in 0..4 {
        scene.ticket(ann).await?;
        ticket = scene.change(&ticket, |_| {}).await?;
    }
    let first = store.ticket_events(ticket.id, 0, 2).await?;
    let second = store
        .ticket_events(ticket.id, first.items[1].seq, 2)
        .await?;
    let third = store
        .ticket_events(ticket.id, second.items[1].seq, 2)
        .await?;
    assert_eq!([first.more, second.more, third.more], [true, true, false]);
    let versions = [first.items, second.items, third.items].concat();
    let versions: Vec<u64> = versions.iter().map(|event| event.version).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    assert!(!store.ticket_events(ticket.id, 0, 5).await?.more);
    Ok(())
}

/// A change of a user has its event too, and a refused one has none.
pub async fn account_changes_carry_events(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.make.person(crate::domain::user::Role::User);
    let new = scene.make.new_user(ann.clone());
    store.create_user(&new).await?;
    let write = scene
        .make
        .user_write(&ann, |user| user.name = "Anna".to_owned());
    scene.write_user(&write).await?;
    assert_eq!(ids(&scene.events().await?), [new.event.id, write.event.id]);
    let stored = expect_some(store.event(write.event.id).await?);
    assert_eq!((stored.subject, stored.version), (Subject::User(ann.id), 2));
    let late = scene
        .make
        .user_write(&ann, |user| user.name = "Late".to_owned());
    assert_eq!(store.write_user(&late).await?, UserWritten::Stale);
    let mut twin = scene.make.person(crate::domain::user::Role::User);
    twin.email = ann.email;
    let twin = scene.make.new_user(twin);
    assert!(store.create_user(&twin).await.is_err());
    assert_eq!(scene.events().await?.len(), 2);
    Ok(())
}
