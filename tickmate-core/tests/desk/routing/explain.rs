//! Why a ticket is where it is.

use tickmate_core::{
    desk::{AssignTo, DeskError, RoutingPatch, TicketRef},
    domain::{
        decision::{DecidedBy, QueueReason, Tier},
        hours::{Holidays, WorkingHours},
        presence::Availability,
        routing::{CandidateState, Policy},
        time::Span,
        user::Role,
    },
};

use super::admin;
use crate::desk::world::World;

#[tokio::test]
async fn staff_who_work_on_it_are_told_and_nobody_else() {
    let world = World::new();
    let root = admin(&world).await;
    let ann = world.requester("ann").await;
    let bob = world.requester("bob").await;
    world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    world.staff("ben", Role::Moderator, &["Windows"], 5).await;
    let ticket = world.ticket(&ann, "t", &["Linux"]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    let (mia, ben) = (world.login("mia").await, world.login("ben").await);
    for actor in [&root, &mia.actor().unwrap()] {
        assert_eq!(
            world
                .desk
                .routing()
                .explain(actor, of)
                .await
                .unwrap()
                .number,
            1
        );
    }
    let own = world.desk.routing().explain(&ann, of).await;
    assert!(matches!(own, Err(DeskError::Forbidden(_))));
    for stranger in [&bob, &ben.actor().unwrap()] {
        let hidden = world.desk.routing().explain(stranger, of).await;
        assert!(matches!(hidden, Err(DeskError::NotFound)));
    }
    let none = world.desk.routing().explanation(TicketRef::Number(9)).await;
    assert!(matches!(none, Err(DeskError::NotFound)));
}

#[tokio::test]
async fn the_decision_is_told_with_names_and_who_could_take_it_now() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    let ben = world
        .staff("ben", Role::Moderator, &["Linux", "Windows"], 5)
        .await;
    let ticket = world.ticket(&ann, "t", &["Linux"]).await;
    let of = TicketRef::Id(ticket.ticket.id);
    let early = world.desk.routing().explanation(of).await.unwrap();
    assert_eq!(early.sentence, "it was not read yet");
    assert_eq!((early.decision, early.now.total), (None, 2));
    world.run_until_idle().await;
    let explanation = world.desk.routing().explanation(of).await.unwrap();
    assert_eq!(
        explanation.sentence,
        "mia has it: covers the required skill; 0 of 5 places taken, first of 2 who fit; before ben because less versatile (-1 < 1)"
    );
    let decision = explanation.decision.unwrap();
    assert_eq!(decision.runner_up.unwrap().id, ben.id);
    assert_eq!(decision.decided.version, 0);
    let next = decision.decided.runner_up.unwrap();
    assert_eq!(next.decided_by, DecidedBy::Versatility);
    assert_eq!(
        (explanation.now.tier, explanation.now.version),
        (Tier::Full, 0)
    );
    let order: Vec<_> = explanation
        .now
        .people
        .iter()
        .map(|one| one.person.id)
        .collect();
    assert_eq!(order, [ben.id, mia.id], "who has less comes first now");
    let states: Vec<_> = explanation
        .now
        .people
        .iter()
        .map(|one| one.compared.active)
        .collect();
    assert_eq!(states, [0, 1]);
}

#[tokio::test]
async fn what_waits_says_why_and_what_keeps_each_from_it() {
    let world = World::new();
    let root = admin(&world).await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 1).await;
    world.staff("ben", Role::Moderator, &["Linux"], 5).await;
    world.staff("cem", Role::Moderator, &["Linux"], 5).await;
    for (name, said) in [("ben", Availability::Away), ("cem", Availability::Offline)] {
        let caller = world.login(name).await;
        world
            .desk
            .users()
            .set_availability(&caller, &said.into(), None)
            .await
            .unwrap();
    }
    let ann = world.requester("ann").await;
    world.ticket(&ann, "first", &["Linux"]).await;
    world.run_until_idle().await;
    let asked = world.login("mia").await.actor().unwrap();
    let own = world.ticket(&asked, "own", &["Linux"]).await;
    let ticket = world.ticket(&ann, "second", &["Linux"]).await;
    world.run_until_idle().await;
    let explanation = world
        .desk
        .routing()
        .explanation(TicketRef::Id(ticket.ticket.id))
        .await
        .unwrap();
    assert_eq!(explanation.queued.unwrap().reason, QueueReason::Full);
    assert_eq!(
        explanation.sentence,
        "it waits, because everybody who could take it is full or absent: covers the required skill; nobody who fits has room now; skipped: 1 full, 1 away, 1 offline"
    );
    let mut states: Vec<_> = explanation.now.people.iter().map(|one| one.state).collect();
    states.sort_by_key(|state| state.as_str());
    let [away, full, offline] = [
        CandidateState::Away,
        CandidateState::Full,
        CandidateState::Offline,
    ];
    assert_eq!(states, [away, full, offline]);
    let explanation = world
        .desk
        .routing()
        .explanation(TicketRef::Id(own.ticket.id))
        .await
        .unwrap();
    let hers = explanation
        .now
        .people
        .iter()
        .find(|one| one.person.id == mia.id)
        .unwrap();
    assert_eq!(hers.state, CandidateState::Excluded);

    let to = AssignTo::Person {
        id: mia.id,
        force: true,
    };
    let of = TicketRef::Id(ticket.ticket.id);
    world
        .desk
        .tickets()
        .assign(&root, of, to, None)
        .await
        .unwrap();
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
    let explanation = world.desk.routing().explanation(of).await.unwrap();
    assert_eq!(explanation.sentence, "mia has it, by somebody's own choice");
    let then = explanation.decision.unwrap().decided;
    assert_eq!((then.policy.as_str(), then.version), ("direct", 0));
    assert_eq!(
        (explanation.now.policy.as_str(), explanation.now.version),
        ("late", 1)
    );
}

#[tokio::test]
async fn fifty_are_named_and_all_are_counted() {
    let world = World::new();
    for n in 0..53 {
        let mut person = world.person(&format!("m{n}"), Role::Moderator).await.user;
        person.skills = world
            .desk
            .vocabulary()
            .await
            .unwrap()
            .resolve_all(["Linux"]);
        world.write(person).await;
    }
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "t", &["Linux"]).await;
    world.run_until_idle().await;
    let explanation = world
        .desk
        .routing()
        .explanation(TicketRef::Id(ticket.ticket.id))
        .await
        .unwrap();
    assert_eq!(
        (explanation.now.people.len(), explanation.now.total),
        (50, 53)
    );
}

#[tokio::test]
async fn who_is_about_to_leave_is_told_as_that() {
    let world = World::new();
    let root = admin(&world).await;
    let mut mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    // The clock of these tests starts on a Tuesday, 2023-11-14, 22:13 UTC.
    let hours = serde_json::json!({ "zone": "UTC", "week": { "tue": [["20:00", "22:30"]] } });
    mia.hours = Some(WorkingHours::parse(&hours).unwrap());
    mia.shift = mia.shift_at(&Holidays::default(), world.desk.now());
    world.write(mia).await;
    let hour = RoutingPatch {
        policy: Some(Policy {
            min_remaining: 60,
            ..Policy::default()
        }),
        ..RoutingPatch::default()
    };
    world
        .desk
        .routing()
        .set_rules(&root, hour, None)
        .await
        .unwrap();
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "t", &["Linux"]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    let explanation = world.desk.routing().explanation(of).await.unwrap();
    assert_eq!(explanation.now.people[0].state, CandidateState::ShiftEnds);
    assert_eq!(explanation.decision.unwrap().decided.skipped.shift_ends, 1);
}

#[tokio::test]
async fn where_all_who_fit_are_passed_over_the_others_are_named_beside_them() {
    let world = World::new();
    let mia = world
        .staff("mia", Role::Moderator, &["Linux", "Windows"], 5)
        .await;
    let ben = world.staff("ben", Role::Moderator, &["Linux"], 5).await;
    let cem = world.staff("cem", Role::Moderator, &["Windows"], 5).await;
    let asks = world.login("mia").await.actor().unwrap();
    let ticket = world.ticket(&asks, "t", &["Linux", "Windows"]).await;
    let of = TicketRef::Id(ticket.ticket.id);
    let before = world.desk.routing().explanation(of).await.unwrap().now;
    world.run_until_idle().await;
    let explanation = world.desk.routing().explanation(of).await.unwrap();
    let owner = explanation.assignee.unwrap().id;
    assert!([ben.id, cem.id].contains(&owner));
    for now in [before, explanation.now] {
        assert_eq!(now.tier, Tier::Partial);
        let mut people: Vec<_> = now
            .people
            .iter()
            .map(|one| (one.person.id, one.state))
            .collect();
        assert_eq!(people.pop(), Some((mia.id, CandidateState::Excluded)));
        people.sort_by_key(|(id, _)| *id);
        let mut others = [ben.id, cem.id];
        others.sort();
        assert_eq!(people, others.map(|id| (id, CandidateState::Free)));
    }
}

#[tokio::test]
async fn after_long_those_are_named_who_cover_a_part() {
    let world = World::new();
    let root = admin(&world).await;
    let mia = world
        .staff("mia", Role::Moderator, &["Linux", "Windows"], 5)
        .await;
    let ben = world.staff("ben", Role::Moderator, &["Linux"], 5).await;
    let cem = world.staff("cem", Role::Moderator, &["Windows"], 5).await;
    let away = world.login("mia").await;
    let offline = Availability::Offline.into();
    world
        .desk
        .users()
        .set_availability(&away, &offline, None)
        .await
        .unwrap();
    let relax = RoutingPatch {
        policy: Policy::named("relax"),
        ..RoutingPatch::default()
    };
    world
        .desk
        .routing()
        .set_rules(&root, relax, None)
        .await
        .unwrap();
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "t", &["Linux", "Windows"]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    let first = world.desk.routing().explanation(of).await.unwrap().now;
    assert_eq!(first.tier, Tier::Full);
    assert_eq!(first.people[0].person.id, mia.id);
    world.pass(Span::hours(5));
    let later = world.desk.routing().explanation(of).await.unwrap().now;
    assert_eq!((later.tier, later.total), (Tier::Partial, 2));
    for one in later.people {
        assert!([ben.id, cem.id].contains(&one.person.id));
        assert_eq!(one.state, CandidateState::Free);
    }
}
