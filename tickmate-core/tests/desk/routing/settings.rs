//! The rules themselves.

use std::sync::Arc;

use tickmate_core::{
    backend::store::{EventStore, RulesStore},
    desk::{DeskError, RoutingPatch},
    domain::{
        desk_rules::RulesKind,
        event::{ActorId, Event, EventFacts, EventKind, Subject},
        hours::Holidays,
        routing::{Policy, Weights},
        status::Status,
        user::Role,
    },
};

use super::{admin, row, set_rows};
use crate::desk::world::World;

fn policy(policy: Policy) -> RoutingPatch {
    RoutingPatch {
        policy: Some(policy),
        ..RoutingPatch::default()
    }
}

fn named(name: &str) -> RoutingPatch {
    policy(Policy::named(name).unwrap())
}

#[tokio::test]
async fn rules_are_for_admins() {
    let world = World::new();
    for role in [Role::User, Role::Moderator] {
        let who = world.person(role.as_str(), role).await.actor().unwrap();
        let read = world.desk.routing().rules(&who).await;
        assert!(matches!(read, Err(DeskError::Forbidden(_))));
        let set = world
            .desk
            .routing()
            .set_rules(&who, named("late"), None)
            .await;
        assert!(matches!(set, Err(DeskError::Forbidden(_))));
    }
}

#[tokio::test]
async fn each_change_counts_and_the_same_rules_are_none() {
    let world = World::new();
    let root = admin(&world).await;
    let first = world.desk.routing().rules(&root).await.unwrap();
    assert_eq!(
        (first.version, first.rules.policy.name.as_str()),
        (0, "direct")
    );
    assert_eq!(first.ready, Policy::NAMES);
    assert!(first.shipped > 100);
    let same = world
        .desk
        .routing()
        .set_rules(&root, named("direct"), None)
        .await;
    assert_eq!(same.unwrap(), first, "the same again is no change");
    let late = world
        .desk
        .routing()
        .set_rules(&root, named("late"), Some(0))
        .await;
    assert_eq!(late.unwrap().version, 1);
    let rows = vec![row("zeppelins", " Zeppelins ", &["blimp"], &[])];
    let changed = set_rows(&world, &root, rows.clone()).await;
    assert_eq!(
        (changed.version, changed.rules.policy.name.as_str()),
        (2, "late")
    );
    assert_eq!(changed.rules.skills[0].name, "Zeppelins");
    assert_eq!(set_rows(&world, &root, rows).await, changed);
    assert_eq!(world.desk.routing().rules(&root).await.unwrap(), changed);
}

#[tokio::test]
async fn what_cannot_be_taken_is_named_all_of_it() {
    let world = World::new();
    let root = admin(&world).await;
    let many = (0..1_001).map(|day| chrono::NaiveDate::default() + chrono::Days::new(day));
    let patch = RoutingPatch {
        policy: Some(Policy {
            weights: Weights {
                low: 0,
                ..Weights::default()
            },
            ..Policy::default()
        }),
        skills: Some(vec![
            row("a", "A", &["alpha"], &[]),
            row("b", "B", &["beta", "Alpha"], &[]),
        ]),
        holidays: Some(many.collect::<Holidays>()),
    };
    let refused = world.desk.routing().set_rules(&root, patch, Some(7)).await;
    let Err(DeskError::Invalid(errors)) = refused else {
        panic!("{refused:?}");
    };
    let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(
        fields,
        ["policy.weights", "skills[1].aliases[1]", "holidays"]
    );
    assert_eq!(world.desk.routing().rules(&root).await.unwrap().version, 0);
}

#[tokio::test]
async fn a_stale_version_is_refused_and_nothing_is_left_behind() {
    let world = World::new();
    let root = admin(&world).await;
    world
        .desk
        .routing()
        .set_rules(&root, named("late"), Some(0))
        .await
        .unwrap();
    let stale = world
        .desk
        .routing()
        .set_rules(&root, named("ahead"), Some(0))
        .await;
    assert!(matches!(stale, Err(DeskError::Stale { current: 1, .. })));
    let events = world.store.events_after(0, 100).await.unwrap();
    let rules_changed: Vec<&Event> = events
        .iter()
        .filter(|event| event.kind == EventKind::RulesChanged)
        .collect();
    let [changed] = rules_changed.as_slice() else {
        panic!("a refused change has an event: {rules_changed:?}");
    };
    assert_eq!((changed.subject, changed.version), (Subject::Desk, 1));
    assert_eq!(changed.by, ActorId::User(root.id().unwrap()));
    assert_eq!(changed.facts, EventFacts::of_rules(RulesKind::Routing));
    let fields = changed.changes.iter().map(|change| change.field.as_str());
    assert_eq!(fields.collect::<Vec<_>>(), ["policy"]);
    let record = world.store.rules(RulesKind::Routing).await.unwrap();
    assert_eq!(record.unwrap().version, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_admins_at_once_overwrite_nothing_unseen() {
    let world = World::new();
    let root = Arc::new(admin(&world).await);
    let mut tasks = Vec::new();
    for n in 1..=20_u16 {
        let (desk, root) = (Arc::clone(&world.desk), Arc::clone(&root));
        tasks.push(tokio::spawn(async move {
            let own = Policy {
                bounces: n,
                name: format!("p{n}"),
                ..Policy::default()
            };
            // Half of them insist on what they saw.
            let expected = (n % 2 == 0).then_some(0);
            let set = desk.routing().set_rules(&root, policy(own), expected).await;
            match set {
                Ok(_) => true,
                Err(DeskError::Stale { .. }) => false,
                Err(other) => panic!("{other}"),
            }
        }));
    }
    let (mut changes, mut insisting) = (0, 0);
    for (n, task) in (1..).zip(tasks) {
        let changed = u64::from(task.await.unwrap());
        changes += changed;
        insisting += if n % 2 == 0 { changed } else { 0 };
    }
    assert!(insisting <= 1, "one at most saw version 0");
    assert_eq!(
        world.desk.routing().rules(&root).await.unwrap().version,
        changes
    );
}

#[tokio::test]
async fn another_policy_holds_at_once_and_what_waits_is_served() {
    let world = World::new();
    let root = admin(&world).await;
    let ann = world.requester("ann").await;
    world
        .desk
        .routing()
        .set_rules(&root, named("late"), None)
        .await
        .unwrap();
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    let tickets = [
        world.ticket(&ann, "one", &["Linux"]).await,
        world.ticket(&ann, "two", &["Linux"]).await,
        world.ticket(&ann, "three", &["Linux"]).await,
    ];
    world.run_until_idle().await;
    let held = async || {
        let mut held = 0;
        for ticket in &tickets {
            let stored = world.stored(ticket).await;
            held += u32::from(stored.assignee() == Some(mia.id));
            assert_eq!(stored.status, Status::Open);
        }
        held
    };
    assert_eq!(held().await, 1, "one in hand");
    world
        .desk
        .routing()
        .set_rules(&root, named("ahead"), None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(held().await, 2, "one in hand, one next");
    world
        .desk
        .routing()
        .set_rules(&root, named("direct"), None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(held().await, 3);
    let decided = world.stored(&tickets[2]).await.decision.unwrap();
    assert_eq!((decided.policy.as_str(), decided.version), ("direct", 3));
}
