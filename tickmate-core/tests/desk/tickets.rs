//! Writing, reading, changing, answering.

use tickmate_core::{
    desk::{DeskError, ListQuery, ReplyDraft, RequestId, TicketDraft, TicketPatch, TicketRef},
    domain::{
        event::EventKind,
        priority::Priority,
        query::{TicketFilter, TicketOrder},
        reply::Visibility,
        status::Status,
        user::Role,
    },
};

use super::world::World;

fn reply(message: &str, visibility: Visibility) -> ReplyDraft {
    ReplyDraft {
        message: message.to_owned(),
        visibility,
    }
}

#[tokio::test]
async fn a_ticket_is_read_given_answered_and_resolved() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world
        .staff("mia", Role::Moderator, &["PostgreSQL"], 5)
        .await;
    let mia = world.login("mia").await.actor().unwrap();
    let ticket = world
        .ticket(&ann, "PostgreSQL is down", &["postgres"])
        .await;
    let of = TicketRef::Number(ticket.ticket.number);
    world.run_until_idle().await;

    let stored = world.stored(&ticket).await;
    assert_eq!(stored.assignee(), mia.id());
    assert_eq!(stored.assignment.as_ref().and_then(|a| a.seat), Some(0));
    assert!(stored.triage.is_some() && stored.status == Status::Open);

    world
        .desk
        .tickets()
        .reply(&mia, of, &reply("Which version?", Visibility::Public), None)
        .await
        .unwrap();
    world
        .desk
        .tickets()
        .reply(
            &mia,
            of,
            &reply("probably the disk", Visibility::Internal),
            None,
        )
        .await
        .unwrap();
    assert_eq!(world.stored(&ticket).await.status, Status::InProgress);
    world
        .desk
        .tickets()
        .set_status(&mia, of, Status::Resolved, None)
        .await
        .unwrap();
    world.run_until_idle().await;

    let seen = world.desk.tickets().get(&ann, of).await.unwrap();
    assert_eq!(
        seen.replies.len(),
        1,
        "internal notes never reach the requester"
    );
    assert!(!seen.view.internal);
    assert_eq!(
        world.history(&ann, &ticket).await,
        ["created", "triaged", "assigned", "replied", "resolved"]
    );
    assert_eq!(world.history(&mia, &ticket).await.len(), 6);
    assert_eq!(
        world.mailed("ann"),
        ["received", "assigned_requester", "reply", "resolved"]
    );
    assert_eq!(world.mailed("mia"), ["assigned"]);
}

#[tokio::test]
async fn the_requester_s_answer_brings_a_ticket_back() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 1).await;
    let mia = world.login("mia").await.actor().unwrap();
    let first = world.ticket(&ann, "first", &["Linux"]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(first.ticket.id);
    world
        .desk
        .tickets()
        .set_status(&mia, of, Status::Waiting, None)
        .await
        .unwrap();
    assert_eq!(world.stored(&first).await.assignment.unwrap().seat, None);

    let second = world.ticket(&ann, "second", &["Linux"]).await;
    world.run_until_idle().await;
    assert_eq!(
        world.stored(&second).await.assignee(),
        mia.id(),
        "waiting frees the seat"
    );

    world
        .desk
        .tickets()
        .reply(&ann, of, &reply("Debian 12", Visibility::Public), None)
        .await
        .unwrap();
    let back = world.stored(&first).await;
    assert_eq!(
        (back.status, back.assignee()),
        (Status::InProgress, mia.id())
    );
    assert_eq!(
        back.assignment.unwrap().seat,
        Some(1),
        "beyond the capacity, since it is theirs"
    );
    world.run_until_idle().await;
    assert_eq!(
        world
            .mailed("ann")
            .iter()
            .filter(|kind| **kind == "waiting")
            .count(),
        1
    );
    assert_eq!(world.mailed("mia"), ["assigned", "assigned", "reply"]);
}

#[tokio::test]
async fn an_answer_to_a_resolved_ticket_reopens_it_and_a_closed_one_takes_none() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("root", Role::Admin, &[], 5).await;
    let root = world.login("root").await.actor().unwrap();
    let ticket = world.ticket(&ann, "help", &[]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    world
        .desk
        .tickets()
        .set_status(&root, of, Status::Resolved, None)
        .await
        .unwrap();
    world
        .desk
        .tickets()
        .reply(&root, of, &reply("See you", Visibility::Public), None)
        .await
        .unwrap();
    assert_eq!(
        world.stored(&ticket).await.status,
        Status::Resolved,
        "a staff reply never reopens"
    );
    world
        .desk
        .tickets()
        .reply(&ann, of, &reply("It is back", Visibility::Public), None)
        .await
        .unwrap();
    let reopened = world.stored(&ticket).await;
    assert_eq!(
        (reopened.status, reopened.resolved_at),
        (Status::Open, None)
    );
    assert_eq!(reopened.assignment.unwrap().seat, Some(0));
    world
        .desk
        .tickets()
        .set_status(&root, of, Status::Resolved, None)
        .await
        .unwrap();
    world
        .desk
        .tickets()
        .set_status(&root, of, Status::Closed, None)
        .await
        .unwrap();
    let refused = world
        .desk
        .tickets()
        .reply(&ann, of, &reply("again", Visibility::Public), None)
        .await;
    assert!(matches!(
        refused,
        Err(DeskError::Conflict {
            code: "ticket_closed",
            ..
        })
    ));
    assert!(matches!(
        world
            .desk
            .tickets()
            .set_status(&ann, of, Status::Open, None)
            .await,
        Err(DeskError::Forbidden(_))
    ));
    world
        .desk
        .tickets()
        .set_status(&root, of, Status::Open, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert!(world.mailed("ann").contains(&"reopened"));
    assert!(world.mailed("root").contains(&"reopened"));
}

#[tokio::test]
async fn a_ticket_resolved_before_its_triage_is_read_but_given_to_nobody() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    let ticket = world.ticket(&ann, "never mind", &["Linux"]).await;
    world
        .desk
        .tickets()
        .set_status(
            &ann,
            TicketRef::Id(ticket.ticket.id),
            Status::Resolved,
            None,
        )
        .await
        .unwrap();
    world.run_until_idle().await;
    let stored = world.stored(&ticket).await;
    assert!(stored.triage.is_some() && stored.assignment.is_none() && stored.queued.is_none());
}

#[tokio::test]
async fn what_a_human_set_stays() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let draft = TicketDraft {
        title: "Everything is down, urgent!".to_owned(),
        description: "Production is down.".to_owned(),
        category: Some("my own".to_owned()),
        priority: Some(Priority::Low),
        ..TicketDraft::default()
    };
    let ticket = world
        .desk
        .tickets()
        .create(&ann, &draft, None)
        .await
        .unwrap()
        .outcome;
    world.run_until_idle().await;
    let stored = world.stored(&ticket).await;
    assert_eq!(
        (stored.priority, stored.category.as_str()),
        (Priority::Low, "my own")
    );
    let patch = TicketPatch {
        title: Some("All fine".to_owned()),
        ..TicketPatch::default()
    };
    world
        .desk
        .tickets()
        .edit(&ann, TicketRef::Id(stored.id), &patch, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    let history = world.history(&ann, &ticket).await;
    assert_eq!(
        history.iter().filter(|kind| *kind == "triaged").count(),
        2,
        "a changed text is read again"
    );
}

#[tokio::test]
async fn a_request_sent_twice_happens_once() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let draft = TicketDraft {
        title: "a".to_owned(),
        description: "b".to_owned(),
        ..TicketDraft::default()
    };
    let request = |body: &str| {
        Some(RequestId {
            key: "k-1".to_owned(),
            body: body.as_bytes().to_vec(),
        })
    };
    let first = world
        .desk
        .tickets()
        .create(&ann, &draft, request("x"))
        .await
        .unwrap();
    let patch = TicketPatch {
        title: Some("changed".to_owned()),
        ..TicketPatch::default()
    };
    world
        .desk
        .tickets()
        .edit(&ann, TicketRef::Id(first.outcome.ticket.id), &patch, None)
        .await
        .unwrap();
    let again = world
        .desk
        .tickets()
        .create(&ann, &draft, request("x"))
        .await
        .unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(
        first.outcome, again.outcome,
        "the first answer, although the ticket was changed"
    );
    assert!(matches!(
        world
            .desk
            .tickets()
            .create(&ann, &draft, request("y"))
            .await,
        Err(DeskError::KeyReused)
    ));
    let bob = world.requester("bob").await;
    assert!(
        !world
            .desk
            .tickets()
            .create(&bob, &draft, request("x"))
            .await
            .unwrap()
            .replayed
    );
}

#[tokio::test]
async fn what_one_may_not_see_is_not_there() {
    let world = World::new();
    let (ann, bob) = (world.requester("ann").await, world.requester("bob").await);
    world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    let mia = world.login("mia").await.actor().unwrap();
    let ticket = world.ticket(&ann, "secret", &["Windows"]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    for stranger in [&bob, &mia] {
        assert!(matches!(
            world.desk.tickets().get(stranger, of).await,
            Err(DeskError::NotFound)
        ));
        assert!(matches!(
            world.desk.tickets().history(stranger, of, None, 20).await,
            Err(DeskError::NotFound)
        ));
        let resolved = world
            .desk
            .tickets()
            .set_status(stranger, of, Status::Resolved, None)
            .await;
        assert!(matches!(resolved, Err(DeskError::NotFound)));
        let query = ListQuery {
            scopes: vec![],
            filter: TicketFilter::default(),
            search: None,
            best_first: false,
            order: TicketOrder::CreatedAt,
            descending: true,
            cursor: None,
            limit: 20,
        };
        assert!(
            world
                .desk
                .tickets()
                .list(stranger, &query)
                .await
                .unwrap()
                .0
                .is_empty()
        );
    }
}

#[tokio::test]
async fn stale_versions_and_refused_steps_write_nothing() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "x", &[]).await;
    let of = TicketRef::Id(ticket.ticket.id);
    let patch = TicketPatch {
        title: Some("y".to_owned()),
        ..TicketPatch::default()
    };
    assert!(matches!(
        world.desk.tickets().edit(&ann, of, &patch, Some(7)).await,
        Err(DeskError::Stale { current: 1, .. })
    ));
    world
        .desk
        .tickets()
        .edit(&ann, of, &patch, Some(1))
        .await
        .unwrap();
    let same = world
        .desk
        .tickets()
        .set_status(&ann, of, Status::Open, None)
        .await
        .unwrap();
    assert_eq!(
        same.view.ticket.version, 2,
        "the same status again writes nothing"
    );
    world.staff("root", Role::Admin, &[], 5).await;
    let root = world.login("root").await.actor().unwrap();
    let refused = world
        .desk
        .tickets()
        .set_status(&root, of, Status::Closed, None)
        .await;
    assert!(matches!(
        refused,
        Err(DeskError::Conflict {
            code: "bad_transition",
            ..
        })
    ));
    let priority = TicketPatch {
        priority: Some(Priority::Urgent),
        ..TicketPatch::default()
    };
    assert!(matches!(
        world.desk.tickets().edit(&ann, of, &priority, None).await,
        Err(DeskError::Forbidden(_))
    ));
}

#[tokio::test]
async fn thirty_replies_at_once_are_thirty_replies() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "x", &[]).await;
    let of = TicketRef::Id(ticket.ticket.id);
    let replies = (0..30).map(|n| {
        let (desk, ann) = (std::sync::Arc::clone(&world.desk), ann.clone());
        tokio::spawn(async move {
            desk.tickets()
                .reply(&ann, of, &reply(&format!("{n}"), Visibility::Public), None)
                .await
        })
    });
    for reply in futures_util::future::join_all(replies).await {
        reply.unwrap().unwrap();
    }
    let seen = world.desk.tickets().get(&ann, of).await.unwrap();
    assert_eq!(seen.replies.len(), 30);
    assert_eq!(seen.view.ticket.version, 31);
}

#[tokio::test]
async fn a_reply_sent_again_after_the_ticket_was_closed_is_answered_as_before() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("root", Role::Admin, &[], 5).await;
    let root = world.login("root").await.actor().unwrap();
    let ticket = world.ticket(&ann, "x", &[]).await;
    let of = TicketRef::Id(ticket.ticket.id);
    let draft = reply("thanks", Visibility::Public);
    let request = |key: &str| {
        Some(RequestId {
            key: key.to_owned(),
            body: b"thanks".to_vec(),
        })
    };
    let first = world
        .desk
        .tickets()
        .reply(&ann, of, &draft, request("k"))
        .await
        .unwrap();
    for status in [Status::Resolved, Status::Closed] {
        world
            .desk
            .tickets()
            .set_status(&root, of, status, None)
            .await
            .unwrap();
    }
    let again = world
        .desk
        .tickets()
        .reply(&ann, of, &draft, request("k"))
        .await
        .unwrap();
    assert!(again.replayed && again.outcome.reply == first.outcome.reply);
    let other = world
        .desk
        .tickets()
        .reply(&ann, of, &draft, request("l"))
        .await;
    assert!(matches!(
        other,
        Err(DeskError::Conflict {
            code: "ticket_closed",
            ..
        })
    ));
    assert_eq!(
        world
            .desk
            .tickets()
            .get(&ann, of)
            .await
            .unwrap()
            .replies
            .len(),
        1
    );
}

#[tokio::test]
async fn a_reply_of_unknown_visibility_is_mailed_to_nobody_and_hidden_from_requesters() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 4).await;
    let mia = world.login("mia").await.actor().unwrap();
    let ticket = world.ticket(&ann, "Kernel panic", &["Linux"]).await;
    world.run_until_idle().await;
    let (mailed, seen) = (world.mailed("ann"), world.history(&ann, &ticket).await);
    let mut stored = world.stored(&ticket).await;
    stored.version += 1;
    world.rewrite_as(stored, EventKind::Replied).await;
    world.run_until_idle().await;
    assert_eq!(world.mailed("ann"), mailed);
    assert_eq!(world.history(&ann, &ticket).await, seen);
    let internal = world.history(&mia, &ticket).await;
    assert_eq!(internal.last().map(String::as_str), Some("replied"));
}

#[tokio::test]
async fn a_deleted_ticket_is_there_for_admins_alone_and_is_routed_again_when_restored() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world
        .staff("mia", Role::Moderator, &["PostgreSQL"], 5)
        .await;
    world.staff("root", Role::Admin, &[], 5).await;
    let mia = world.login("mia").await.actor().unwrap();
    let root = world.login("root").await.actor().unwrap();
    let ticket = world
        .ticket(&ann, "PostgreSQL is down", &["postgres"])
        .await;
    let of = TicketRef::Number(ticket.ticket.number);
    world.run_until_idle().await;
    assert_eq!(world.stored(&ticket).await.assignee(), mia.id());

    world.desk.tickets().delete(&root, of, None).await.unwrap();
    world.desk.tickets().delete(&root, of, None).await.unwrap();
    let deleted = world.stored(&ticket).await;
    assert!(deleted.deleted_at.is_some() && deleted.assignment.is_none());
    for actor in [&ann, &mia] {
        let hidden = world.desk.tickets().restore(actor, of, None).await;
        assert!(matches!(hidden, Err(DeskError::NotFound)), "{hidden:?}");
    }
    world.run_until_idle().await;
    assert_eq!(world.stored(&ticket).await, deleted, "nothing routes it");

    let restored = world.desk.tickets().restore(&root, of, None).await.unwrap();
    assert!(restored.view.ticket.deleted_at.is_none());
    let again = world.desk.tickets().restore(&root, of, None).await.unwrap();
    assert_eq!(again.view.ticket.version, restored.view.ticket.version);
    world.run_until_idle().await;
    assert_eq!(world.stored(&ticket).await.assignee(), mia.id());
    assert!(world.desk.tickets().get(&ann, of).await.is_ok());
    let history = world.history(&root, &ticket).await;
    assert_eq!(
        history,
        [
            "created", "triaged", "assigned", "deleted", "restored", "assigned"
        ]
    );
}
