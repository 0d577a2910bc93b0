//! Replies: their order, and one write for reply and ticket.

use crate::{
    backend::store::{Store, TicketWritten},
    conformance::{Outcome, scene::Scene},
    domain::{reply::Visibility, status::Status, time::Span},
};

/// Replies come in the order of their moments, then of their ids, internal ones too, and only the ticket's own.
pub async fn replies_come_in_order(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut ticket = scene.ticket(ann).await?;
    let other = scene.ticket(ann).await?;
    let base = scene.make.now();
    let mut expected = Vec::new();
    for (number, minutes) in [5, 1, 1, 3, 1].into_iter().enumerate() {
        let mut reply = scene.make.reply(ticket.id, ann, &format!("Reply {number}"));
        reply.created_at = base + Span::minutes(minutes);
        if number % 2 == 1 {
            reply.visibility = Visibility::Internal;
        }
        let write = scene.make.reply_write(&ticket, reply.clone());
        ticket = scene.written(&write).await?;
        expected.push(reply);
    }
    expected.sort_by_key(|reply| (reply.created_at, reply.id));
    assert_eq!(store.replies(ticket.id).await?, expected);
    assert!(store.replies(other.id).await?.is_empty());
    Ok(())
}

/// Reply, ticket and event are one write: all of them or none.
pub async fn a_reply_comes_with_its_change(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?;
    let reply = scene.make.reply(ticket.id, ann, "It burns brighter.");
    let mut write = scene.make.reply_write(&ticket, reply.clone());
    write.ticket.status = Status::InProgress;
    let written = scene.written(&write).await?;
    assert_eq!(written.status, Status::InProgress);
    let late = scene.make.reply(ticket.id, ann, "Too late.");
    let late = scene.make.reply_write(&ticket, late);
    assert_eq!(store.write_ticket(&late).await?, TicketWritten::Stale);
    assert_eq!(store.replies(ticket.id).await?, [reply]);
    assert_eq!(store.event(late.event.id).await?, None);
    Ok(())
}

/// The same request made again is answered with its reply, although the version is stale by then.
pub async fn a_reply_sent_twice_is_written_once(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?;
    let reply = scene.make.reply(ticket.id, ann, "Once.");
    let mut write = scene.make.reply_write(&ticket, reply.clone());
    write.key = Some(scene.make.key(ann, "replies.create", "k1"));
    let written = scene.written(&write).await?;
    let replayed = TicketWritten::Replayed(reply.id);
    assert_eq!(store.write_ticket(&write).await?, replayed);
    let second = scene.make.reply(ticket.id, ann, "Once.");
    let mut again = scene.make.reply_write(&written, second);
    again.key = write.key.clone();
    assert_eq!(store.write_ticket(&again).await?, replayed);
    if let Some(key) = &mut again.key {
        key.fingerprint = "00".repeat(32);
    }
    assert_eq!(store.write_ticket(&again).await?, TicketWritten::KeyReused);
    assert_eq!(scene.stored(ticket.id).await?, written);
    assert_eq!(store.replies(ticket.id).await?, [reply]);
    assert_eq!(store.event(again.event.id).await?, None);
    Ok(())
}

/// What one person calls a reply's request says nothing of another's.
pub async fn reply_keys_belong_to_their_actor(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(3).await?.id;
    let mut ticket = scene.ticket(ann).await?;
    for actor in [ann, max] {
        let reply = scene.make.reply(ticket.id, actor, "Hello.");
        let mut write = scene.make.reply_write(&ticket, reply);
        write.key = Some(scene.make.key(actor, "replies.create", "k1"));
        ticket = scene.written(&write).await?;
    }
    assert_eq!(store.replies(ticket.id).await?.len(), 2);
    Ok(())
}
