//! Positions in the audit trail, and counts of its events.

use std::{
    cell::Cell,
    collections::{BTreeMap, HashMap},
};

use futures_util::future::{join, join_all};

use crate::{
    backend::store::{SeatBound, Store},
    conformance::{
        Outcome, failure::expect_some, fixtures::AUTOMATIC, random::Random, scene::Scene,
    },
    domain::{
        event::EventKind,
        id::{TicketId, UserId},
        time::{Span, Timestamp},
    },
};

/// The last position is that of the last event, of any subject, relayed or not; 0 before the first.
pub async fn the_last_seq_is_that_of_the_last_event(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    assert_eq!(store.last_seq().await?, 0);
    let ann = scene.requester().await?;
    let ticket = scene.ticket(ann.id).await?;
    scene.change(&ticket, |_| {}).await?;
    scene.change_user(&ann, |_| {}).await?;
    let all = scene.events().await?;
    let last = expect_some(all.last()).seq;
    assert_eq!(store.last_seq().await?, last);
    store.mark_relayed(&[expect_some(all.last()).id]).await?;
    assert_eq!(store.last_seq().await?, last);
    assert!(store.events_after(last, 9).await?.is_empty());
    let write = scene.make.ticket_write(&ticket, |_| {});
    store.write_ticket(&write).await?;
    assert_eq!(store.last_seq().await?, last, "a stale write is no event");
    Ok(())
}

/// Reads after the position show the effects of all events up to it, although others write concurrently.
pub async fn reads_after_the_last_seq_show_all_earlier_events(store: &dyn Store) -> Outcome {
    let ann = Scene::new(store).requester().await?.id;
    let writing = Cell::new(6_u32);
    let writers = join_all((30..36).map(|seed| {
        let writing = &writing;
        async move {
            let outcome = write_tickets(store, seed, ann).await;
            writing.set(writing.get() - 1);
            outcome
        }
    }));
    let (written, observations) = join(writers, observe(store, &writing)).await;
    written.into_iter().collect::<Outcome>()?;
    let events = Scene::new(store).events().await?;
    for (position, versions) in observations? {
        for event in events.iter().filter(|event| event.seq <= position) {
            if let Some(ticket) = event.ticket() {
                assert!(versions.get(&ticket) >= Some(&event.version), "{event:?}");
            }
        }
    }
    Ok(())
}

async fn write_tickets(store: &dyn Store, seed: u64, ann: UserId) -> Outcome {
    let mut scene = Scene::seeded(store, seed);
    let mut random = Random::new(seed);
    for _ in 0..8 {
        let ticket = scene.ticket(ann).await?;
        random.pause().await;
        scene.change(&ticket, |_| {}).await?;
        random.pause().await;
    }
    Ok(())
}

/// Positions, with the versions of all tickets read after each.
type Observations = Vec<(u64, HashMap<TicketId, u64>)>;

async fn observe(store: &dyn Store, writing: &Cell<u32>) -> Outcome<Observations> {
    let mut random = Random::new(40);
    let mut observations = Vec::new();
    while writing.get() > 0 {
        let position = store.last_seq().await?;
        let tickets = store.tickets_after(0, 1_000).await?;
        let versions = tickets.iter().map(|ticket| (ticket.id, ticket.version));
        observations.push((position, versions.collect()));
        random.pause().await;
    }
    Ok(observations)
}

async fn assigned_counts(store: &dyn Store, since: Timestamp) -> Outcome<BTreeMap<UserId, u64>> {
    let found = store.assigned_since(since).await?;
    let counts: BTreeMap<UserId, u64> = found.iter().copied().collect();
    assert_eq!(counts.len(), found.len(), "a user is returned twice");
    Ok(counts)
}

/// Assignments are counted by assignee from the moment on, no matter who made them and what changed later.
pub async fn assignments_are_counted_since_a_moment(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let eva = scene.moderator(9).await?.id;
    let first = scene.make.now();
    assert!(assigned_counts(store, first).await?.is_empty());
    let mut moments = Vec::new();
    for (to, bound) in [
        (max, AUTOMATIC),
        (eva, SeatBound::Unbounded),
        (max, SeatBound::Room),
    ] {
        let ticket = scene.ticket(ann).await?;
        let mut write = scene.make.assign(&ticket, to, bound);
        scene.write(&write).await?;
        moments.push(write.event.at);
        write = scene.make.ticket_write(&write.ticket, |_| {});
        write.event.parties.assignee = Some(to);
        scene.write(&write).await?;
    }
    let both = |of_max, of_eva| BTreeMap::from([(max, of_max), (eva, of_eva)]);
    assert_eq!(assigned_counts(store, first).await?, both(2, 1));
    assert_eq!(assigned_counts(store, moments[0]).await?, both(2, 1));
    let later = moments[0] + Span::microseconds(1);
    assert_eq!(assigned_counts(store, later).await?, both(1, 1));
    let last = BTreeMap::from([(max, 1)]);
    assert_eq!(assigned_counts(store, moments[2]).await?, last);
    let after = moments[2] + Span::microseconds(1);
    assert!(assigned_counts(store, after).await?.is_empty());
    Ok(())
}

/// An event counts by its kind and its own moment, and one without an assignee counts for no user.
pub async fn only_events_of_assignments_are_counted(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let since = scene.make.now();
    for (kind, to, old) in [
        (EventKind::Unassigned, Some(max), false),
        (
            EventKind::Unknown("assigned_twice".to_owned()),
            Some(max),
            false,
        ),
        (EventKind::Assigned, None, false),
        (EventKind::Assigned, Some(max), true),
    ] {
        let ticket = scene.ticket(ann).await?;
        let mut write = scene.make.ticket_write(&ticket, |_| {});
        (write.event.kind, write.event.parties.assignee) = (kind, to);
        if old {
            write.event.at = since - Span::microseconds(1);
        }
        scene.write(&write).await?;
        assert!(assigned_counts(store, since).await?.is_empty());
    }
    Ok(())
}
