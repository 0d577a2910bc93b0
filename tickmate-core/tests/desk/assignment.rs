//! Seats, the queue, and giving tickets back.

use tickmate_core::{
    backend::store::{UserStore, UserWrite, UserWritten},
    desk::{AssignTo, DeskError, PersonPatch, TicketRef},
    domain::{
        access::Actor,
        decision::QueueReason,
        event::{ActorId, Event, EventFacts, EventKind, Parties, Subject},
        id::{EventId, UserId},
        presence::Availability,
        shift::Shift,
        status::Status,
        time::Span,
        user::Role,
    },
};

use super::world::World;

async fn active(world: &World, actor: &Actor) -> u32 {
    let roster = world.store.roster().await.unwrap();
    roster
        .iter()
        .find(|one| Some(one.id) == actor.id())
        .unwrap()
        .active
}

#[tokio::test]
async fn who_is_full_gets_no_more_and_a_freed_seat_is_taken_by_the_oldest() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 2).await;
    let mia = world.login("mia").await.actor().unwrap();
    let mut tickets = Vec::new();
    for n in 0..4 {
        tickets.push(world.ticket(&ann, &format!("t{n}"), &["Linux"]).await);
        world.run_until_idle().await;
    }
    assert_eq!(active(&world, &mia).await, 2);
    for waiting in &tickets[2..] {
        assert_eq!(
            world
                .stored(waiting)
                .await
                .queued
                .map(|queued| queued.reason),
            Some(QueueReason::Full)
        );
    }
    world
        .desk
        .tickets()
        .set_status(
            &mia,
            TicketRef::Id(tickets[0].ticket.id),
            Status::Resolved,
            None,
        )
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(world.stored(&tickets[2]).await.assignee(), mia.id());
    assert_eq!(world.stored(&tickets[3]).await.assignee(), None);
    assert_eq!(active(&world, &mia).await, 2);
}

#[tokio::test]
async fn what_nobody_covers_goes_to_an_admin_or_waits_for_one() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    let odd = world.ticket(&ann, "odd", &["Quantum Entanglement"]).await;
    world.run_until_idle().await;
    assert_eq!(
        world.stored(&odd).await.queued.map(|queued| queued.reason),
        Some(QueueReason::Nobody)
    );
    let root = world.staff("root", Role::Admin, &[], 5).await;
    world.run_until_idle().await;
    assert_eq!(
        world.stored(&odd).await.assignee(),
        Some(root.id),
        "an admin who joins is given what waits"
    );
    let partly = world
        .ticket(&ann, "partly", &["Linux", "Quantum Entanglement"])
        .await;
    world.run_until_idle().await;
    let mia = world.login("mia").await;
    assert_eq!(
        world.stored(&partly).await.assignee(),
        Some(mia.user.id),
        "the largest part covered"
    );
}

#[tokio::test]
async fn offline_people_give_back_what_they_did_not_begin() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    world.staff("root", Role::Admin, &[], 5).await;
    let root = world.login("root").await.actor().unwrap();
    let mia = world.login("mia").await;
    let tickets = [
        world.ticket(&ann, "untouched", &["Linux"]).await,
        world.ticket(&ann, "begun", &["Linux"]).await,
        world.ticket(&ann, "given on purpose", &["Windows"]).await,
    ];
    world.run_until_idle().await;
    let actor = mia.actor().unwrap();
    world
        .desk
        .tickets()
        .set_status(
            &actor,
            TicketRef::Id(tickets[1].ticket.id),
            Status::InProgress,
            None,
        )
        .await
        .unwrap();
    let to = AssignTo::Person {
        id: mia.user.id,
        force: false,
    };
    world
        .desk
        .tickets()
        .assign(&root, TicketRef::Id(tickets[2].ticket.id), to, None)
        .await
        .unwrap();
    world
        .desk
        .users()
        .set_availability(&mia, &Availability::Offline.into(), None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(world.stored(&tickets[0]).await.assignee(), None);
    assert_eq!(
        world
            .stored(&tickets[0])
            .await
            .queued
            .map(|queued| queued.reason),
        Some(QueueReason::Full)
    );
    assert_eq!(
        world.stored(&tickets[1]).await.assignee(),
        Some(mia.user.id)
    );
    assert_eq!(
        world.stored(&tickets[2]).await.assignee(),
        Some(mia.user.id)
    );
    world
        .desk
        .users()
        .set_availability(&mia, &Availability::Online.into(), None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(
        world.stored(&tickets[0]).await.assignee(),
        Some(mia.user.id),
        "who comes back is given what waits"
    );
}

#[tokio::test]
async fn who_is_away_too_long_gives_back_at_the_sweep() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    let mia = world.login("mia").await;
    let ticket = world.ticket(&ann, "x", &["Linux"]).await;
    world.run_until_idle().await;
    world
        .desk
        .users()
        .set_availability(&mia, &Availability::Away.into(), None)
        .await
        .unwrap();
    world.run_until_idle().await;
    world.desk.jobs().sweep().await.unwrap();
    assert_eq!(
        world.stored(&ticket).await.assignee(),
        Some(mia.user.id),
        "back in a moment"
    );
    world.pass(Span::minutes(20));
    assert_eq!(world.desk.jobs().sweep().await.unwrap().requeued, 1);
    assert_eq!(world.stored(&ticket).await.assignee(), None);
}

/// Ends somebody's shift.
async fn end_shift(world: &World, person: UserId) {
    let mut user = world.store.user(person).await.unwrap().unwrap();
    let now = world.desk.now();
    user.version += 1;
    user.shift = Shift {
        on: false,
        since: now,
        until: None,
    };
    let event = Event {
        id: EventId::new(now, [7; 10]),
        seq: 0,
        subject: Subject::User(person),
        version: user.version,
        kind: EventKind::AvailabilityChanged,
        by: ActorId::System,
        at: now,
        changes: Vec::new(),
        facts: EventFacts::default(),
        parties: Parties::default(),
        reply: None,
    };
    let write = UserWrite {
        user,
        event,
        end_sessions: false,
    };
    let written = world.store.write_user(&write).await.unwrap();
    assert!(matches!(written, UserWritten::Written(_)));
}

#[tokio::test]
async fn who_is_off_shift_too_long_gives_back_at_the_sweep() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await.id;
    let ticket = world.ticket(&ann, "x", &["Linux"]).await;
    world.run_until_idle().await;
    end_shift(&world, mia).await;
    world.run_until_idle().await;
    assert_eq!(world.desk.jobs().sweep().await.unwrap().requeued, 0);
    assert_eq!(world.stored(&ticket).await.assignee(), Some(mia));
    let late = world.ticket(&ann, "y", &["Linux"]).await;
    world.run_until_idle().await;
    let reason = world.stored(&late).await.queued.map(|queued| queued.reason);
    assert_eq!(reason, Some(QueueReason::Full));
    world.pass(Span::minutes(20));
    assert_eq!(world.desk.jobs().sweep().await.unwrap().requeued, 1);
    assert_eq!(world.stored(&ticket).await.assignee(), None);
}

#[tokio::test]
async fn who_is_deactivated_keeps_nothing_and_waiting_tickets_come_open_again_with_the_answer() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    world.staff("root", Role::Admin, &[], 5).await;
    let root = world.login("root").await.actor().unwrap();
    let me = world.login("mia").await.actor().unwrap();
    let (begun, waiting) = (
        world.ticket(&ann, "b", &["Linux"]).await,
        world.ticket(&ann, "w", &["Linux"]).await,
    );
    world.run_until_idle().await;
    world
        .desk
        .tickets()
        .set_status(
            &me,
            TicketRef::Id(begun.ticket.id),
            Status::InProgress,
            None,
        )
        .await
        .unwrap();
    world
        .desk
        .tickets()
        .set_status(&me, TicketRef::Id(waiting.ticket.id), Status::Waiting, None)
        .await
        .unwrap();
    let patch = PersonPatch {
        active: Some(false),
        ..PersonPatch::default()
    };
    world
        .desk
        .users()
        .update(&root, mia.id, &patch, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    let handed = world.stored(&begun).await;
    assert_eq!(
        (handed.status, handed.assignee() == Some(mia.id)),
        (Status::Open, false)
    );
    let still = world.stored(&waiting).await;
    assert_eq!((still.status, still.assignee()), (Status::Waiting, None));
    let draft = tickmate_core::desk::ReplyDraft {
        message: "here".to_owned(),
        visibility: Default::default(),
    };
    world
        .desk
        .tickets()
        .reply(&ann, TicketRef::Id(waiting.ticket.id), &draft, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    let open = world.stored(&waiting).await;
    assert_eq!(
        (open.status, open.assignee()),
        (Status::Open, root.id()),
        "nobody covers it any more"
    );
}

#[tokio::test]
async fn a_lost_skill_hands_back_and_no_capacity_is_exceeded_without_force() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 1).await;
    world.staff("root", Role::Admin, &[], 5).await;
    let root = world.login("root").await.actor().unwrap();
    let first = world.ticket(&ann, "1", &["Linux"]).await;
    let second = world.ticket(&ann, "2", &["Windows"]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(second.ticket.id);
    let full = world
        .desk
        .tickets()
        .assign(
            &root,
            of,
            AssignTo::Person {
                id: mia.id,
                force: false,
            },
            None,
        )
        .await;
    assert!(matches!(
        full,
        Err(DeskError::Conflict {
            code: "capacity_full",
            ..
        })
    ));
    world
        .desk
        .tickets()
        .assign(
            &root,
            of,
            AssignTo::Person {
                id: mia.id,
                force: true,
            },
            None,
        )
        .await
        .unwrap();
    let patch = PersonPatch {
        skills: Some(vec!["Windows".into()]),
        ..PersonPatch::default()
    };
    world
        .desk
        .users()
        .update(&root, mia.id, &patch, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(world.stored(&first).await.assignee(), root.id());
    assert_eq!(
        world.stored(&second).await.assignee(),
        Some(mia.id),
        "a human gave it on purpose"
    );
}

#[tokio::test]
async fn who_gives_a_ticket_back_is_not_given_it_again() {
    let world = World::new();
    let ann = world.requester("ann").await;
    for name in ["mia", "max"] {
        world.staff(name, Role::Moderator, &["Linux"], 5).await;
    }
    let ticket = world.ticket(&ann, "x", &["Linux"]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    let first = world.stored(&ticket).await.assignee();
    let (mia, max) = (
        world.login("mia").await.actor().unwrap(),
        world.login("max").await.actor().unwrap(),
    );
    let holder = if first == mia.id() { &mia } else { &max };
    assert!(matches!(
        world
            .desk
            .tickets()
            .assign(
                holder,
                of,
                AssignTo::Person {
                    id: max.id().unwrap(),
                    force: true
                },
                None
            )
            .await,
        Err(DeskError::Forbidden(_))
    ));
    world
        .desk
        .tickets()
        .assign(holder, of, AssignTo::Router, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    let second = world.stored(&ticket).await.assignee();
    assert!(second.is_some() && second != first);
}

#[tokio::test]
async fn moderators_take_from_the_queue_they_qualify_for() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    let mia = world.login("mia").await;
    world
        .desk
        .users()
        .set_availability(&mia, &Availability::Offline.into(), None)
        .await
        .unwrap();
    let ticket = world.ticket(&ann, "x", &["Linux"]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    let actor = mia.actor().unwrap();
    let taken = world
        .desk
        .tickets()
        .assign(&actor, of, AssignTo::Me, None)
        .await
        .unwrap();
    assert_eq!(taken.view.ticket.assignee(), actor.id());
    assert!(matches!(
        world
            .desk
            .tickets()
            .assign(&ann, of, AssignTo::Me, None)
            .await,
        Err(DeskError::Forbidden(_))
    ));
}

#[tokio::test]
async fn what_nobody_can_take_keeps_nobody_else_waiting() {
    let world = World::new();
    let ann = world.requester("ann").await;
    for n in 0..600 {
        world
            .ticket(
                &ann,
                &format!("odd {n}"),
                &[&format!("Unheard-of Craft {n}")],
            )
            .await;
    }
    world.run_until_idle().await;
    let ours = world.ticket(&ann, "ours", &["Linux"]).await;
    world.run_until_idle().await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    world.run_until_idle().await;
    assert_eq!(world.stored(&ours).await.assignee(), Some(mia.id));
}

#[tokio::test]
async fn tickets_of_staff_keep_no_line_waiting() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    let mia = world.login("mia").await.actor().unwrap();
    for n in 0..3 {
        world
            .ticket(&mia, &format!("mia's own {n}"), &["Linux"])
            .await;
    }
    world.run_until_idle().await;
    let ours = world.ticket(&ann, "ours", &["Linux"]).await;
    world.run_until_idle().await;
    assert_eq!(world.stored(&ours).await.assignee(), mia.id());
}

#[tokio::test]
async fn other_needs_take_a_ticket_from_who_does_not_cover_them() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Printers"], 5).await;
    let max = world
        .staff("max", Role::Moderator, &["PostgreSQL"], 5)
        .await;
    let ticket = world.ticket(&ann, "The printer jams", &[]).await;
    world.run_until_idle().await;
    assert_eq!(world.stored(&ticket).await.assignee(), Some(mia.id));
    let patch = tickmate_core::desk::TicketPatch {
        title: Some("PostgreSQL does not start".to_owned()),
        description: Some("The log of PostgreSQL says that the disk is full.".to_owned()),
        ..Default::default()
    };
    world
        .desk
        .tickets()
        .edit(&ann, TicketRef::Id(ticket.ticket.id), &patch, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(world.stored(&ticket).await.assignee(), Some(max.id));
}
