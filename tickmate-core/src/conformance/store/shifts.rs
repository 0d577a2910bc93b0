//! Shifts: who accepts work, and whose shift is due.

use crate::{
    backend::store::{SeatBound, Store, TicketWritten},
    conformance::{
        Outcome,
        fixtures::AUTOMATIC,
        scene::{Scene, seat},
    },
    domain::{
        id::UserId,
        presence::Availability,
        shift::Shift,
        time::{Span, Timestamp},
        user::Role,
    },
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + Span::seconds(seconds)
}

async fn due(store: &dyn Store, now: Timestamp, limit: u32) -> Outcome<Vec<UserId>> {
    let due = store.due_shifts(now, Timestamp::MAX_UTC, limit).await?;
    Ok(due.iter().map(|user| user.id).collect())
}

/// An automatic claim never assigns a ticket to a user off shift, not even to one who is online; a human can.
pub async fn an_automatic_claim_needs_a_user_on_shift(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.person(Role::Moderator, |user| user.shift.on = false);
    let max = max.await?;
    let ticket = scene.ticket(ann).await?;
    for bound in [AUTOMATIC, SeatBound::Automatic { ahead: 0 }] {
        let refused = scene.try_assign(&ticket, max.id, bound).await?;
        assert_eq!(refused, TicketWritten::UserGone);
    }
    for bound in [SeatBound::Room, SeatBound::Unbounded] {
        let other = scene.ticket(ann).await?;
        scene.assign(&other, max.id, bound).await?;
    }
    scene.change_user(&max, |user| user.shift.on = true).await?;
    let taken = scene.assign(&ticket, max.id, AUTOMATIC).await?;
    assert_eq!(seat(&taken), Some(2));
    Ok(())
}

/// Shifts that are due at a moment come soonest first, whether they begin or end, up to the limit.
pub async fn due_shifts_come_soonest_first(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let mut people = Vec::new();
    for (seconds, on) in [(30, true), (10, false), (40, true), (20, true)] {
        let person = scene.person(Role::Moderator, |user| {
            user.availability = Availability::ALL[people.len() % 3];
            (user.shift.on, user.shift.until) = (on, Some(at(seconds)));
        });
        people.push(person.await?.id);
    }
    let [third, first, fourth, second] = people[..] else {
        panic!("four people")
    };
    let just_before = at(10) - Span::microseconds(1);
    assert!(due(store, just_before, 9).await?.is_empty());
    assert_eq!(due(store, at(10), 9).await?, [first]);
    assert_eq!(due(store, at(39), 9).await?, [first, second, third]);
    let all = [first, second, third, fourth];
    assert_eq!(due(store, at(40), 9).await?, all);
    assert_eq!(due(store, at(900), 2).await?, all[..2]);
    assert!(due(store, at(900), 0).await?.is_empty());
    let stored = scene.stored_user(first).await?;
    assert_eq!(
        store.due_shifts(at(10), Timestamp::MAX_UTC, 9).await?,
        [stored]
    );
    Ok(())
}

/// A shift that began later than the clock can have shown is due at once; a shift without an end never is.
pub async fn a_shift_that_began_ahead_of_the_clock_is_due(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let mut people = Vec::new();
    for (since, until) in [
        (50, Some(90)),
        (51, Some(80)),
        (51, None),
        (1, Some(70)),
        (9, Some(20)),
    ] {
        let person = scene.person(Role::Moderator, |user| {
            let until = until.map(at);
            user.shift = Shift {
                on: true,
                since: at(since),
                until,
            };
        });
        people.push(person.await?.id);
    }
    let due = async |limit| -> Outcome<Vec<UserId>> {
        let due = store.due_shifts(at(20), at(50), limit).await?;
        Ok(due.iter().map(|user| user.id).collect())
    };
    assert_eq!(due(9).await?, [people[4], people[1]]);
    assert_eq!(due(1).await?, [people[4]]);
    Ok(())
}

/// Only active staff has due shifts, and only a shift with an end is ever due; a change takes effect at once.
pub async fn only_active_staff_has_shifts_due(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let until = |seconds| Shift {
        until: Some(at(seconds)),
        ..Shift::open(at(0))
    };
    scene
        .person(Role::User, |user| user.shift = until(1))
        .await?;
    scene.moderator(3).await?;
    // An admin without a due shift, because the last admin can't be changed.
    scene.person(Role::Admin, |_| {}).await?;
    let inactive = scene.person(Role::Moderator, |user| {
        (user.shift, user.active) = (until(1), false);
    });
    let inactive = inactive.await?;
    let admin = scene.person(Role::Admin, |user| user.shift = until(2));
    let admin = admin.await?;
    assert_eq!(due(store, at(9), 9).await?, [admin.id]);
    let reactivated = scene
        .change_user(&inactive, |user| user.active = true)
        .await?;
    assert_eq!(due(store, at(9), 9).await?, [inactive.id, admin.id]);
    scene
        .change_user(&admin, |user| user.role = Role::User)
        .await?;
    assert_eq!(due(store, at(9), 9).await?, [inactive.id]);
    let later = scene
        .change_user(&reactivated, |user| user.shift = until(10))
        .await?;
    assert!(due(store, at(9), 9).await?.is_empty());
    assert_eq!(due(store, at(10), 9).await?, [inactive.id]);
    let open = |user: &mut crate::domain::user::User| user.shift.until = None;
    scene.change_user(&later, open).await?;
    assert!(due(store, at(900), 9).await?.is_empty());
    Ok(())
}
