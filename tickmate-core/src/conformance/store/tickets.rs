//! Creating tickets: numbers, request keys, origins.

use futures_util::future::join_all;

use crate::{
    backend::store::{Store, StoreError, TicketCreated, Unique},
    conformance::{Outcome, fixtures::queue, scene::Scene, sweeps::clean_all},
    domain::event::EventKind,
};

/// Numbers are 1, 2, 3 …, each assigned once.
pub async fn numbers_count_from_one(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for number in 1..=5 {
        let ticket = scene.ticket(ann).await?;
        assert_eq!((ticket.number, ticket.version), (number, 1));
        let found = store.ticket_by_number(number).await?;
        assert_eq!(found.map(|found| found.id), Some(ticket.id));
    }
    assert_eq!(store.ticket_by_number(6).await?, None);
    Ok(())
}

/// Tickets that are created concurrently get different numbers and `seq`s.
pub async fn numbers_and_seqs_of_tickets_created_at_once_differ(store: &dyn Store) -> Outcome {
    let ann = Scene::new(store).requester().await?.id;
    let create = |seed| async move { Scene::seeded(store, seed).ticket(ann).await };
    let mut numbers = Vec::new();
    for ticket in join_all((10..30).map(create)).await {
        numbers.push(ticket?.number);
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 20);
    let events = Scene::new(store).events().await?;
    assert!(events.is_sorted_by(|a, b| a.seq < b.seq));
    assert_eq!(events.len(), 21);
    Ok(())
}

/// A ticket's creation is an event with the next `seq`.
pub async fn creation_is_an_event(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut last = scene.events().await?.last().map_or(0, |event| event.seq);
    for _ in 0..3 {
        let ticket = scene.make.ticket(ann);
        let new = scene.make.new_ticket(ticket);
        scene.create(&new).await?;
        let after = store.events_after(last, 10).await?;
        assert_eq!(after.len(), 1);
        assert_eq!(
            (after[0].id, &after[0].kind),
            (new.event.id, &EventKind::Created)
        );
        assert!(after[0].seq > last);
        last = after[0].seq;
    }
    Ok(())
}

/// A ticket with an existing id is refused, and leaves nothing behind.
pub async fn a_ticket_id_is_taken_once(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let first = scene.ticket(ann).await?;
    let mut again = scene.make.ticket(ann);
    again.id = first.id;
    again.title = "Another".to_owned();
    let new = scene.make.new_ticket(again);
    let refused = store.create_ticket(&new).await;
    assert!(
        matches!(refused, Err(StoreError::Taken(Unique::Id))),
        "{refused:?}"
    );
    assert_eq!(scene.stored(first.id).await?, first);
    assert_eq!(store.event(new.event.id).await?, None);
    Ok(())
}

/// A repeated request is answered with the ticket that it created, and writes nothing.
pub async fn a_request_sent_twice_makes_one_ticket(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let key = scene.make.key(ann, "tickets.create", "k1");
    let mut new = {
        let ticket = scene.make.ticket(ann);
        scene.make.new_ticket(ticket)
    };
    new.key = Some(key.clone());
    let first = scene.create(&new).await?;
    let ticket = scene.make.ticket(ann);
    let mut again = scene.make.new_ticket(ticket);
    again.key = Some(key);
    let replayed = TicketCreated::Replayed {
        id: first.id,
        number: first.number,
        created_at: first.created_at,
    };
    assert_eq!(store.create_ticket(&again).await?, replayed);
    assert_eq!(store.create_ticket(&new).await?, replayed);
    assert_eq!(store.ticket(again.ticket.id).await?, None);
    assert_eq!(store.event(again.event.id).await?, None);
    Ok(())
}

/// Of the same request sent concurrently many times, one creates the ticket and the others return it.
pub async fn a_request_sent_many_times_at_once_makes_one_ticket(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let key = scene.make.key(ann, "tickets.create", "k1");
    let mut requests = Vec::new();
    for _ in 0..8 {
        let ticket = scene.make.ticket(ann);
        let mut new = scene.make.new_ticket(ticket);
        new.key = Some(key.clone());
        requests.push(new);
    }
    let mut created = Vec::new();
    let mut replayed = Vec::new();
    for answer in join_all(requests.iter().map(|new| store.create_ticket(new))).await {
        match answer? {
            TicketCreated::Created(ticket) => created.push(ticket.id),
            TicketCreated::Replayed { id, .. } => replayed.push(id),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(created.len(), 1);
    assert_eq!(replayed, vec![created[0]; 7]);
    Ok(())
}

/// A key that belongs to another request is refused.
pub async fn a_request_key_belongs_to_one_request(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.make.ticket(ann);
    let mut new = scene.make.new_ticket(ticket);
    new.key = Some(scene.make.key(ann, "tickets.create", "k1"));
    scene.create(&new).await?;
    let ticket = scene.make.ticket(ann);
    let mut other = scene.make.new_ticket(ticket);
    other.key = new.key.clone();
    if let Some(key) = &mut other.key {
        key.fingerprint = "00".repeat(32);
    }
    assert_eq!(store.create_ticket(&other).await?, TicketCreated::KeyReused);
    assert_eq!(store.ticket(other.ticket.id).await?, None);
    assert_eq!(store.event(other.event.id).await?, None);
    Ok(())
}

/// The request keys of different users, or of different use cases, are independent.
pub async fn request_keys_belong_to_actor_and_route(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let bob = scene.requester().await?.id;
    for (actor, route, key) in [
        (ann, "tickets.create", "k"),
        (bob, "tickets.create", "k"),
        (ann, "tickets.import", "k"),
        (ann, "tickets.create", "K"),
    ] {
        let ticket = scene.make.ticket(actor);
        let mut new = scene.make.new_ticket(ticket);
        new.key = Some(scene.make.key(actor, route, key));
        let answer = store.create_ticket(&new).await?;
        assert!(matches!(answer, TicketCreated::Created(_)), "{answer:?}");
    }
    Ok(())
}

/// A ticket with an origin that was imported before is not imported again, even if the first one was deleted.
pub async fn an_origin_is_unique_for_good(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let origin = |origin: &str| Some(origin.to_owned());
    let from_line_1 = scene.ticket_with(ann, |ticket| ticket.origin = origin("line 1"));
    let first = from_line_1.await?;
    let mut again = scene.make.ticket(ann);
    again.origin = origin("line 1");
    let again = scene.make.new_ticket(again);
    let existing = TicketCreated::Known(first.id);
    assert_eq!(store.create_ticket(&again).await?, existing);
    let now = scene.make.now();
    scene
        .change(&first, |ticket| ticket.deleted_at = Some(now))
        .await?;
    assert_eq!(store.create_ticket(&again).await?, existing);
    clean_all(store, now, now, now, now).await?;
    assert_eq!(store.create_ticket(&again).await?, existing);
    assert_eq!(store.ticket(again.ticket.id).await?, None);
    assert_eq!(store.event(again.event.id).await?, None);
    let from_line_2 = scene.ticket_with(ann, |ticket| ticket.origin = origin("line 2"));
    from_line_2.await?;
    Ok(())
}

/// Of concurrent tickets with one origin, one is created.
pub async fn concurrent_tickets_of_one_origin_create_one(store: &dyn Store) -> Outcome {
    let ann = Scene::new(store).requester().await?.id;
    let create = |seed| async move {
        let mut scene = Scene::seeded(store, seed);
        let mut ticket = scene.make.ticket(ann);
        ticket.origin = Some("line 1".to_owned());
        let new = scene.make.new_ticket(ticket);
        store.create_ticket(&new).await
    };
    let mut created = 0;
    for answer in join_all((10..18).map(create)).await {
        match answer? {
            TicketCreated::Created(_) => created += 1,
            TicketCreated::Known(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(created, 1);
    Ok(())
}

/// The returned ticket is the stored one, found by id and by number, deleted or not.
pub async fn tickets_are_found_by_id_and_number(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket_with(ann, queue).await?;
    let now = scene.make.now();
    let deleted = scene
        .change(&ticket, |ticket| ticket.deleted_at = Some(now))
        .await?;
    assert_eq!(deleted.deleted_at, Some(now));
    assert_eq!(store.ticket(ticket.id).await?.as_ref(), Some(&deleted));
    assert_eq!(store.ticket_by_number(ticket.number).await?, Some(deleted));
    let unknown = scene.make.ticket(ann).id;
    assert_eq!(store.ticket(unknown).await?, None);
    assert_eq!(store.ticket_by_number(0).await?, None);
    assert_eq!(store.ticket_by_number(u64::MAX).await?, None);
    Ok(())
}
