//! Changing tickets: versions, and the event of each change.

use std::pin::pin;

use futures_util::future::{Either, join_all, select};

use crate::{
    backend::store::{Store, TicketWritten},
    conformance::{
        Outcome, failure::expect_some, fixtures::AUTOMATIC, random::Random, scene::Scene,
    },
};

/// A change needs the version after the stored one; any other is stale and writes nothing.
pub async fn a_change_needs_the_next_version(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let first = scene.ticket(ann).await?;
    let second = scene
        .change(&first, |ticket| ticket.title = "Two".to_owned())
        .await?;
    for version in [0, 1, 2, 4, u64::from(u32::MAX)] {
        let write = scene.make.ticket_write(&second, |ticket| {
            ticket.version = version;
            ticket.title = "Lost".to_owned();
        });
        let answer = store.write_ticket(&write).await?;
        assert_eq!(answer, TicketWritten::Stale, "version {version}");
        assert_eq!(store.event(write.event.id).await?, None);
    }
    assert_eq!(scene.stored(first.id).await?, second);
    Ok(())
}

/// A change of a ticket that does not exist is stale.
pub async fn a_change_of_no_ticket_is_stale(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let missing = scene.make.ticket(ann);
    let write = scene.make.ticket_write(&missing, |_| {});
    assert_eq!(store.write_ticket(&write).await?, TicketWritten::Stale);
    assert_eq!(store.ticket(missing.id).await?, None);
    assert_eq!(store.event(write.event.id).await?, None);
    Ok(())
}

/// Each change creates the next version, and its event contains that version.
pub async fn versions_step_by_one(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut ticket = scene.ticket(ann).await?;
    for version in 2..=5 {
        ticket = scene.change(&ticket, |_| {}).await?;
        assert_eq!(ticket.version, version);
        assert_eq!(scene.stored(ticket.id).await?.version, version);
    }
    let events = store.ticket_events(ticket.id, 0, 10).await?.items;
    let versions: Vec<u64> = events.iter().map(|event| event.version).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    Ok(())
}

/// The event appears together with the change, with the next `seq`, and is pending.
pub async fn a_change_and_its_event_appear_together(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?;
    let last = expect_some(scene.events().await?.pop()).seq;
    let write = scene
        .make
        .ticket_write(&ticket, |ticket| ticket.title = "Two".to_owned());
    let written = scene.write(&write).await?;
    assert_eq!(scene.stored(ticket.id).await?, written);
    let event = expect_some(store.event(write.event.id).await?);
    assert!(event.seq > last);
    assert_eq!(
        store.pending_events(last, 10).await?,
        std::slice::from_ref(&event)
    );
    assert_eq!(store.events_after(last, 10).await?, [event]);
    Ok(())
}

/// A refused change leaves no event, no reply and no other trace.
pub async fn a_refused_change_leaves_no_trace(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let full = scene.moderator(0).await?.id;
    let ticket = scene.ticket(ann).await?;
    let before = scene.events().await?;
    for (person, refusal) in [
        (full, TicketWritten::SeatTaken),
        (ann, TicketWritten::UserGone),
    ] {
        let mut write = scene.make.assign(&ticket, person, AUTOMATIC);
        write.reply = Some(scene.make.reply(ticket.id, ann, "Lost"));
        write.key = Some(scene.make.key(ann, "replies.create", "k"));
        assert_eq!(store.write_ticket(&write).await?, refusal);
        assert_eq!(store.event(write.event.id).await?, None);
    }
    assert_eq!(scene.events().await?, before);
    assert_eq!(scene.stored(ticket.id).await?, ticket);
    assert!(scene.replies(ticket.id).await?.is_empty());
    Ok(())
}

/// Of concurrent changes of one version, one succeeds and the others are stale.
pub async fn exactly_one_writer_of_a_version_succeeds(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?;
    let write = |number: u32| {
        let change = |ticket: &mut crate::domain::ticket::Ticket| {
            ticket.title = format!("Title {number}");
        };
        scene.make.ticket_write(&ticket, change)
    };
    let writes: Vec<_> = (0..8).map(write).collect();
    let answers = join_all(writes.iter().map(|write| store.write_ticket(write))).await;
    let mut winners = Vec::new();
    for (answer, write) in answers.into_iter().zip(&writes) {
        match answer? {
            TicketWritten::Written(_) => winners.push(write),
            TicketWritten::Stale => assert_eq!(store.event(write.event.id).await?, None),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(
        scene.stored(ticket.id).await?.title,
        winners[0].ticket.title
    );
    assert!(store.event(winners[0].event.id).await?.is_some());
    Ok(())
}

/// A call whose future is dropped happens completely or not at all: ticket, event and reply.
pub async fn a_dropped_call_is_atomic(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for seed in 0..12 {
        let ticket = scene.ticket(ann).await?;
        let reply = scene.make.reply(ticket.id, ann, "Gone.");
        let write = scene.make.reply_write(&ticket, reply);
        let mut random = Random::new(seed);
        let call = store.write_ticket(&write);
        if let Either::Left((answer, _)) = select(call, pin!(random.pause())).await {
            answer?;
        }
        let was_changed = scene.stored(ticket.id).await?.version == 2;
        let event = store.event(write.event.id).await?.is_some();
        let replies = scene.replies(ticket.id).await?.len();
        let is_changed = scene.stored(ticket.id).await?.version == 2;
        assert!(
            event >= was_changed && event <= is_changed,
            "ticket and event differ"
        );
        assert!(replies >= usize::from(event) && replies <= usize::from(is_changed));
    }
    Ok(())
}
