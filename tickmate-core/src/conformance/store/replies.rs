//! Replies: their order, and the single write of reply and ticket.

use crate::{
    backend::store::{Store, TicketWritten},
    conformance::{Outcome, scene::Scene},
    domain::{
        page::Page,
        reply::{Reply, ReplyQuery, Visibility},
        status::Status,
        ticket_ref::TicketRef,
        time::Span,
    },
};

/// Replies come in the order of their moments, then of their ids, newest first, and only those of the ticket.
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
        ticket = scene.write(&write).await?;
        expected.push(reply);
    }
    expected.sort_by_key(|reply| std::cmp::Reverse(reply.place()));
    assert_eq!(scene.replies(ticket.id).await?, expected);
    assert!(scene.replies(other.id).await?.is_empty());
    Ok(())
}

/// Pages of replies have no gap between them, also with equal moments; with internal ones or without, every page but the
/// last is full.
pub async fn replies_come_page_by_page(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut ticket = scene.ticket(ann).await?;
    let base = scene.make.now();
    let mut all = Vec::new();
    for number in 0..23 {
        let mut reply = scene.make.reply(ticket.id, ann, &format!("Reply {number}"));
        reply.created_at = base + Span::minutes(number / 4);
        if number % 3 > 0 {
            reply.visibility = Visibility::Internal;
        }
        let write = scene.make.reply_write(&ticket, reply.clone());
        ticket = scene.write(&write).await?;
        all.push(reply);
    }
    all.sort_by_key(|reply| std::cmp::Reverse(reply.place()));
    for internal in [false, true] {
        for limit in [1, 3, 8, 100] {
            let mut query = ReplyQuery {
                internal,
                before: None,
                limit,
            };
            let mut read = Vec::new();
            loop {
                let page = store.replies(ticket.id, &query).await?;
                assert!(!page.more || page.items.len() == limit as usize);
                query.before = page.items.last().map(Reply::place);
                read.extend(page.items);
                if !page.more {
                    break;
                }
            }
            let is_asked = |reply: &&Reply| internal || reply.visibility == Visibility::Public;
            let expected: Vec<Reply> = all.iter().filter(is_asked).cloned().collect();
            assert_eq!(read, expected, "{internal} {limit}");
        }
    }
    Ok(())
}

/// A ticket and its latest replies are read together, by id and by number.
pub async fn a_ticket_comes_with_its_latest_replies(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut ticket = scene.ticket(ann).await?;
    let other = scene.ticket(ann).await?;
    for text in [
        "a \"quoted\" \\ text",
        "zweite\nZeile \u{1f600}",
        "note",
        "",
        "fünfte",
    ] {
        let mut reply = scene.make.reply(ticket.id, ann, text);
        if text == "note" {
            reply.visibility = Visibility::Internal;
        }
        let write = scene.make.reply_write(&ticket, reply);
        ticket = scene.write(&write).await?;
    }
    for internal in [false, true] {
        for limit in [1, 3, 50] {
            let query = ReplyQuery {
                internal,
                before: None,
                limit,
            };
            let page = store.replies(ticket.id, &query).await?;
            for named in [TicketRef::Id(ticket.id), TicketRef::Number(ticket.number)] {
                let both = store.ticket_with_replies(named, &query).await?;
                assert_eq!(both, Some((ticket.clone(), page.clone())));
            }
        }
    }
    let query = ReplyQuery {
        internal: true,
        before: None,
        limit: 50,
    };
    let without_replies = store.ticket_with_replies(other.id.into(), &query).await?;
    assert_eq!(without_replies, Some((other, Page::cut(Vec::new(), 50))));
    let nothing = store
        .ticket_with_replies(TicketRef::Number(9), &query)
        .await?;
    assert_eq!(nothing, None);
    Ok(())
}

/// A reply is found by its id, only below its own ticket.
pub async fn a_reply_is_found_by_its_id(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?;
    let other = scene.ticket(ann).await?;
    let reply = scene.make.reply(ticket.id, ann, "Here.");
    let write = scene.make.reply_write(&ticket, reply.clone());
    scene.write(&write).await?;
    let id = reply.id;
    assert_eq!(store.reply(ticket.id, id).await?, Some(reply));
    assert_eq!(store.reply(other.id, id).await?, None);
    let unknown = scene.make.reply(ticket.id, ann, "Nowhere.").id;
    assert_eq!(store.reply(ticket.id, unknown).await?, None);
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
    let written = scene.write(&write).await?;
    assert_eq!(written.status, Status::InProgress);
    let late = scene.make.reply(ticket.id, ann, "Too late.");
    let late = scene.make.reply_write(&ticket, late);
    assert_eq!(store.write_ticket(&late).await?, TicketWritten::Stale);
    assert_eq!(scene.replies(ticket.id).await?, [reply]);
    assert_eq!(store.event(late.event.id).await?, None);
    Ok(())
}

/// A repeated request is answered with its reply, although its version is stale.
pub async fn a_reply_sent_twice_is_written_once(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?;
    let reply = scene.make.reply(ticket.id, ann, "Once.");
    let mut write = scene.make.reply_write(&ticket, reply.clone());
    write.key = Some(scene.make.key(ann, "replies.create", "k1"));
    let written = scene.write(&write).await?;
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
    assert_eq!(scene.replies(ticket.id).await?, [reply]);
    assert_eq!(store.event(again.event.id).await?, None);
    Ok(())
}

/// The request keys of different users are independent.
pub async fn reply_keys_belong_to_their_actor(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(3).await?.id;
    let mut ticket = scene.ticket(ann).await?;
    for actor in [ann, max] {
        let reply = scene.make.reply(ticket.id, actor, "Hello.");
        let mut write = scene.make.reply_write(&ticket, reply);
        write.key = Some(scene.make.key(actor, "replies.create", "k1"));
        ticket = scene.write(&write).await?;
    }
    assert_eq!(scene.replies(ticket.id).await?.len(), 2);
    Ok(())
}
