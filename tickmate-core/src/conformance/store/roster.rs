//! The roster: what the router sees of the staff.

use crate::{
    backend::store::{SeatBound, SeatMove, Store},
    conformance::{Outcome, failure::present, fixtures::skills, scene::Scene},
    domain::{
        id::UserId,
        routing::Staff,
        skill::Level,
        status::Status,
        user::{Availability, Role},
    },
};

async fn on_roster(store: &dyn Store, person: UserId) -> Outcome<Staff> {
    let roster = store.roster().await?;
    Ok(present(roster.into_iter().find(|staff| staff.id == person)))
}

/// All active staff is on the roster, absent people too, and nobody else.
pub async fn the_roster_is_all_active_staff(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    scene.requester().await?;
    scene
        .person(Role::Moderator, |user| user.active = false)
        .await?;
    let mut expected = Vec::new();
    for (role, availability, takes_work) in [
        (Role::Moderator, Availability::Online, true),
        (Role::Moderator, Availability::Away, false),
        (Role::Admin, Availability::Offline, false),
    ] {
        let person = scene.person(role, |user| {
            user.availability = availability;
            user.capacity = 7;
            user.skills = skills(&["a", "x:b"]);
        });
        expected.push(Staff {
            id: person.await?.id,
            role,
            skills: vec!["a".to_owned(), "x:b".to_owned()],
            capacity: 7,
            active: 0,
            takes_work,
            last_assigned_at: None,
        });
    }
    let mut roster = store.roster().await?;
    roster.sort_by_key(|staff| staff.id);
    assert_eq!(roster, expected);
    Ok(())
}

/// The skills of the staff are those of active staff, absent people too, each once and by name.
pub async fn the_skills_of_the_staff_are_known(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    assert!(store.staff_skills().await?.is_empty());
    for (role, active, needs) in [
        (Role::Moderator, true, &["a", "x:größe"][..]),
        (Role::Admin, true, &["b", "a"]),
        (Role::Moderator, false, &["c"]),
        (Role::User, true, &["d"]),
    ] {
        let person = scene.person(role, |user| {
            (user.active, user.skills) = (active, skills(needs));
            for skill in &mut user.skills {
                skill.level = Some(Level::Expert);
            }
            user.availability = Availability::Offline;
        });
        person.await?;
    }
    let mut found = store.staff_skills().await?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    let expected = skills(&["a", "b", "x:größe"]);
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    Ok(())
}

/// Seats that are held count, and no others.
pub async fn the_roster_counts_seats(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let mut held = Vec::new();
    for count in 1..=4 {
        let ticket = scene.ticket(ann).await?;
        held.push(scene.assigned(&ticket, max, SeatBound::Capacity).await?);
        assert_eq!(on_roster(store, max).await?.active, count);
    }
    scene
        .stepped(&held[0], Status::InProgress, SeatMove::Keep)
        .await?;
    assert_eq!(on_roster(store, max).await?.active, 4);
    scene
        .stepped(&held[1], Status::Waiting, SeatMove::Free)
        .await?;
    assert_eq!(on_roster(store, max).await?.active, 3);
    scene
        .stepped(&held[2], Status::Resolved, SeatMove::Free)
        .await?;
    assert_eq!(on_roster(store, max).await?.active, 2);
    Ok(())
}

/// The last moment at which somebody was given a ticket stays, although the ticket moves on or is resolved.
pub async fn the_roster_knows_who_was_given_a_ticket_last(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let eva = scene.moderator(9).await?.id;
    let mut given = Vec::new();
    let mut held = Vec::new();
    for _ in 0..2 {
        let ticket = scene.ticket(ann).await?;
        let ticket = scene.assigned(&ticket, max, SeatBound::Capacity).await?;
        let at = ticket.assignment.as_ref().map(|assignment| assignment.at);
        assert_eq!(on_roster(store, max).await?.last_assigned_at, at);
        given.push(at);
        held.push(ticket);
    }
    let moved = scene.assigned(&held[1], eva, SeatBound::Capacity).await?;
    scene
        .stepped(&held[0], Status::Resolved, SeatMove::Free)
        .await?;
    assert_eq!(on_roster(store, max).await?.last_assigned_at, given[1]);
    let at = moved.assignment.map(|assignment| assignment.at);
    assert!(at > given[1]);
    assert_eq!(on_roster(store, eva).await?.last_assigned_at, at);
    Ok(())
}
