//! The roster: the staff as the router sees it.

use crate::{
    backend::store::{SeatBound, SeatMove, Store},
    conformance::{
        Outcome,
        failure::expect_some,
        fixtures::{AUTOMATIC, skills},
        scene::Scene,
    },
    domain::{
        id::UserId,
        presence::{Availability, Presence},
        routing::Staff,
        status::Status,
        user::Role,
    },
};

async fn roster_entry(store: &dyn Store, person: UserId) -> Outcome<Staff> {
    let roster = store.roster().await?;
    Ok(expect_some(
        roster.into_iter().find(|staff| staff.id == person),
    ))
}

/// The roster contains all active staff, including absent users, and no other users.
pub async fn the_roster_is_all_active_staff(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    scene.requester().await?;
    scene
        .person(Role::Moderator, |user| user.active = false)
        .await?;
    let mut expected = Vec::new();
    let ends = scene.make.now();
    for (role, availability, on_shift, presence) in [
        (
            Role::Moderator,
            Availability::Online,
            true,
            Presence::Present,
        ),
        (
            Role::Moderator,
            Availability::Online,
            false,
            Presence::OffShift,
        ),
        (Role::Moderator, Availability::Away, true, Presence::Away),
        (Role::Admin, Availability::Offline, false, Presence::Offline),
    ] {
        let person = scene.person(role, |user| {
            user.availability = availability;
            user.shift.on = on_shift;
            user.shift.until = Some(ends);
            user.capacity = 7;
            user.skills = skills(&["a", "x:b"]);
        });
        expected.push(Staff {
            id: person.await?.id,
            role,
            skills: skills(&["a", "x:b"]),
            capacity: 7,
            active: 0,
            presence,
            shift_ends: on_shift.then_some(ends),
            last_assignment: 0,
        });
    }
    let mut roster = store.roster().await?;
    roster.sort_by_key(|staff| staff.id);
    assert_eq!(roster, expected);
    Ok(())
}

/// Only seats that are held are counted.
pub async fn the_roster_counts_seats(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let mut tickets = Vec::new();
    for count in 1..=4 {
        let ticket = scene.ticket(ann).await?;
        tickets.push(scene.assign(&ticket, max, AUTOMATIC).await?);
        assert_eq!(roster_entry(store, max).await?.active, count);
    }
    scene
        .step(&tickets[0], Status::InProgress, SeatMove::Keep)
        .await?;
    assert_eq!(roster_entry(store, max).await?.active, 4);
    scene
        .step(&tickets[1], Status::Waiting, SeatMove::Free)
        .await?;
    assert_eq!(roster_entry(store, max).await?.active, 3);
    scene
        .step(&tickets[2], Status::Resolved, SeatMove::Free)
        .await?;
    assert_eq!(roster_entry(store, max).await?.active, 2);
    Ok(())
}

/// The roster keeps the `seq` of the last event that assigned a ticket to a user, also when the ticket is reassigned or
/// resolved; no other change of a ticket changes it.
pub async fn the_roster_shows_the_last_assignment(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let eva = scene.moderator(9).await?.id;
    let mut tickets = Vec::new();
    for bound in [AUTOMATIC, SeatBound::Room, SeatBound::Unbounded] {
        let ticket = scene.ticket(ann).await?;
        let write = scene.make.assign(&ticket, max, bound);
        tickets.push(scene.write(&write).await?);
        let last_assignment = expect_some(store.event(write.event.id).await?).seq;
        assert_eq!(
            roster_entry(store, max).await?.last_assignment,
            last_assignment
        );
    }
    let last_assignment = roster_entry(store, max).await?.last_assignment;
    let changed = scene.change(&tickets[0], |ticket| ticket.rebalanced = true);
    let changed = changed.await?;
    let begun = scene.step(&changed, Status::InProgress, SeatMove::Keep);
    let begun = begun.await?;
    let waits = scene.step(&begun, Status::Waiting, SeatMove::Free);
    let waits = waits.await?;
    let take = SeatMove::Take(SeatBound::Unbounded);
    scene.step(&waits, Status::InProgress, take).await?;
    scene
        .step(&tickets[1], Status::Resolved, SeatMove::Free)
        .await?;
    let write = scene.make.assign(&tickets[2], eva, AUTOMATIC);
    scene.write(&write).await?;
    assert_eq!(
        roster_entry(store, max).await?.last_assignment,
        last_assignment
    );
    let moved = expect_some(store.event(write.event.id).await?).seq;
    assert!(moved > last_assignment);
    assert_eq!(roster_entry(store, eva).await?.last_assignment, moved);
    Ok(())
}

/// A refused claim does not count as an assignment; a second claim of the same ticket for the same user does.
pub async fn only_written_claims_are_assignments(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(1).await?.id;
    let ticket = scene.ticket(ann).await?;
    let ticket = scene.assign(&ticket, max, AUTOMATIC).await?;
    let last_assignment = roster_entry(store, max).await?.last_assignment;
    assert_eq!(last_assignment, store.last_seq().await?);
    let other = scene.ticket(ann).await?;
    scene.try_assign(&other, max, AUTOMATIC).await?;
    assert_eq!(
        roster_entry(store, max).await?.last_assignment,
        last_assignment
    );
    let again = scene.make.assign(&ticket, max, SeatBound::Unbounded);
    scene.write(&again).await?;
    let again = expect_some(store.event(again.event.id).await?).seq;
    assert!(again > last_assignment);
    assert_eq!(roster_entry(store, max).await?.last_assignment, again);
    Ok(())
}

/// The active staff among the given users is returned as in the roster, each once.
pub async fn staff_is_looked_up_by_id(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(2).await?.id;
    let eva = scene.person(Role::Admin, |user| {
        user.availability = Availability::Offline;
        user.skills = skills(&["a"]);
    });
    let eva = eva.await?.id;
    let inactive = scene.person(Role::Moderator, |user| user.active = false);
    let inactive = inactive.await?.id;
    scene.moderator(2).await?;
    let unknown = scene.make.person(Role::Moderator).id;
    let ticket = scene.ticket(ann).await?;
    scene.assign(&ticket, max, AUTOMATIC).await?;
    for (ids, expected) in [
        (&[][..], &[][..]),
        (&[max], &[max]),
        (&[ann, inactive, unknown], &[]),
        (&[eva, ann, max, inactive, max, unknown, eva], &[max, eva]),
    ] {
        let mut found = store.staff(ids).await?;
        found.sort_by_key(|staff| staff.id);
        let mut of_roster = Vec::new();
        for &person in expected {
            of_roster.push(roster_entry(store, person).await?);
        }
        assert_eq!(found, of_roster);
    }
    Ok(())
}
