//! What waits is found again: by others than those of its line, and with a priority that rises.

use tickmate_core::{
    desk::{AssignTo, DeskSettings, RoutingPatch, TicketPatch},
    domain::{
        decision::Tier,
        presence::Availability,
        priority::Priority,
        routing::{Policy, Timers},
        time::Span,
        user::Role,
    },
};

use super::admin;
use crate::desk::world::World;

#[tokio::test]
async fn a_ticket_that_was_given_back_waits_for_others_than_its_line() {
    let world = World::new();
    admin(&world).await;
    let root = world.person("root", Role::Admin).await;
    let away = Availability::Away.into();
    world
        .desk
        .users()
        .set_availability(&root, &away, None)
        .await
        .unwrap();
    world.staff("mia", Role::Moderator, &["SQL"], 5).await;
    let mia = world.login("mia").await;
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "slow", &["SQL"]).await;
    world.run_until_idle().await;
    let actor = mia.actor().unwrap();
    let give_back = world
        .desk
        .tickets()
        .assign(&actor, ticket.ticket.id, AssignTo::Router, None);
    give_back.await.unwrap();
    world.run_until_idle().await;
    assert!(world.stored(&ticket).await.queued.is_some());
    // The only one who covers it is gone for good, so that its line is not open. The admin comes back.
    let offline = Availability::Offline.into();
    world
        .desk
        .users()
        .set_availability(&mia, &offline, None)
        .await
        .unwrap();
    let online = Availability::Online.into();
    world
        .desk
        .users()
        .set_availability(&root, &online, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    let stored = world.stored(&ticket).await;
    assert_eq!(stored.assignee(), Some(root.user.id));
    assert_eq!(stored.assignment.unwrap().tier, Some(Tier::Admins));
}

#[tokio::test]
async fn what_waits_rises_by_a_priority_a_period_unless_a_human_set_it() {
    let policy = Policy {
        escalate_after: Timers::all(60),
        ..Policy::default()
    };
    let settings = DeskSettings {
        policy,
        ..DeskSettings::default()
    };
    let world = World::with(settings, None);
    let root = admin(&world).await;
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["SQL"], 0).await;
    let rises = world.ticket(&ann, "rises", &["SQL"]).await;
    let stays = world.ticket(&ann, "stays", &["SQL"]).await;
    world.run_until_idle().await;
    let patch = TicketPatch {
        priority: Some(Priority::Low),
        ..TicketPatch::default()
    };
    let id = stays.ticket.id;
    world
        .desk
        .tickets()
        .edit(&root, id, &patch, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    let before = world.stored(&rises).await.priority;
    assert_eq!(before, Priority::Medium);
    for expected in [Priority::High, Priority::Urgent, Priority::Urgent] {
        world.pass(Span::minutes(60));
        for _ in 0..3 {
            world.desk.jobs().sweep().await.unwrap();
        }
        assert_eq!(world.stored(&rises).await.priority, expected);
        assert_eq!(world.stored(&stays).await.priority, Priority::Low);
    }
}

#[tokio::test]
async fn another_policy_holds_at_the_next_job() {
    let world = World::new();
    let root = admin(&world).await;
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["SQL"], 5).await;
    let late = RoutingPatch {
        policy: Policy::named("late"),
        ..RoutingPatch::default()
    };
    world
        .desk
        .routing()
        .set_rules(&root, late, None)
        .await
        .unwrap();
    let first = world.ticket(&ann, "first", &["SQL"]).await;
    let second = world.ticket(&ann, "second", &["SQL"]).await;
    world.run_until_idle().await;
    assert_eq!(world.stored(&first).await.assignee(), Some(mia.id));
    assert_eq!(world.stored(&second).await.assignee(), None);
    let direct = RoutingPatch {
        policy: Some(Policy::default()),
        ..RoutingPatch::default()
    };
    world
        .desk
        .routing()
        .set_rules(&root, direct, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(world.stored(&second).await.assignee(), Some(mia.id));
}
