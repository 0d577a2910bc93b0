//! The roster: what the router sees of the staff.

use crate::{
    backend::store::{SeatBound, SeatMove, Store},
    conformance::{
        Outcome,
        failure::present,
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

/// Seats that are held count, and no others.
pub async fn the_roster_counts_seats(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let mut held = Vec::new();
    for count in 1..=4 {
        let ticket = scene.ticket(ann).await?;
        held.push(scene.assigned(&ticket, max, AUTOMATIC).await?);
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

/// The `seq` of the event that last gave somebody a ticket stays, whoever gave it and although the ticket moves on or
/// is resolved; no other change of a ticket moves it.
pub async fn the_roster_knows_who_was_given_a_ticket_last(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let eva = scene.moderator(9).await?.id;
    let mut held = Vec::new();
    for bound in [AUTOMATIC, SeatBound::Room, SeatBound::Unbounded] {
        let ticket = scene.ticket(ann).await?;
        let write = scene.make.assign(&ticket, max, bound);
        held.push(scene.written(&write).await?);
        let given = present(store.event(write.event.id).await?).seq;
        assert_eq!(on_roster(store, max).await?.last_assignment, given);
    }
    let given = on_roster(store, max).await?.last_assignment;
    let changed = scene.change(&held[0], |ticket| ticket.rebalanced = true);
    let changed = changed.await?;
    let begun = scene.stepped(&changed, Status::InProgress, SeatMove::Keep);
    let begun = begun.await?;
    let waits = scene.stepped(&begun, Status::Waiting, SeatMove::Free);
    let waits = waits.await?;
    let take = SeatMove::Take(SeatBound::Unbounded);
    scene.stepped(&waits, Status::InProgress, take).await?;
    scene
        .stepped(&held[1], Status::Resolved, SeatMove::Free)
        .await?;
    let write = scene.make.assign(&held[2], eva, AUTOMATIC);
    scene.written(&write).await?;
    assert_eq!(on_roster(store, max).await?.last_assignment, given);
    let moved = present(store.event(write.event.id).await?).seq;
    assert!(moved > given);
    assert_eq!(on_roster(store, eva).await?.last_assignment, moved);
    Ok(())
}

/// A claim that was refused gave nobody a ticket; one to the same person once more did.
pub async fn only_what_was_written_gives_a_ticket(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(1).await?.id;
    let ticket = scene.ticket(ann).await?;
    let ticket = scene.assigned(&ticket, max, AUTOMATIC).await?;
    let given = on_roster(store, max).await?.last_assignment;
    assert_eq!(given, store.last_seq().await?);
    let other = scene.ticket(ann).await?;
    scene.try_assign(&other, max, AUTOMATIC).await?;
    assert_eq!(on_roster(store, max).await?.last_assignment, given);
    let again = scene.make.assign(&ticket, max, SeatBound::Unbounded);
    scene.written(&again).await?;
    let again = present(store.event(again.event.id).await?).seq;
    assert!(again > given);
    assert_eq!(on_roster(store, max).await?.last_assignment, again);
    Ok(())
}

/// Of some people those that are active staff come as the roster shows them, each once.
pub async fn staff_is_looked_up_by_id(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(2).await?.id;
    let eva = scene.person(Role::Admin, |user| {
        user.availability = Availability::Offline;
        user.skills = skills(&["a"]);
    });
    let eva = eva.await?.id;
    let gone = scene.person(Role::Moderator, |user| user.active = false);
    let gone = gone.await?.id;
    scene.moderator(2).await?;
    let nobody = scene.make.person(Role::Moderator).id;
    let ticket = scene.ticket(ann).await?;
    scene.assigned(&ticket, max, AUTOMATIC).await?;
    for (ids, expected) in [
        (&[][..], &[][..]),
        (&[max], &[max]),
        (&[ann, gone, nobody], &[]),
        (&[eva, ann, max, gone, max, nobody, eva], &[max, eva]),
    ] {
        let mut found = store.staff(ids).await?;
        found.sort_by_key(|staff| staff.id);
        let mut of_roster = Vec::new();
        for &person in expected {
            of_roster.push(on_roster(store, person).await?);
        }
        assert_eq!(found, of_roster);
    }
    Ok(())
}
