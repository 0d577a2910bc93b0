//! Seats: which seat a claim gets, and which claims get none.

use crate::{
    backend::store::{SeatBound, SeatMove, Store, TicketWritten},
    conformance::{
        Outcome,
        failure::expect_some,
        fixtures::AUTOMATIC,
        scene::{Scene, seat},
    },
    domain::{id::UserId, presence::Availability, status::Status, user::Role},
};

/// Returns the number of seats of a user that are taken, from the roster.
async fn active(store: &dyn Store, person: UserId) -> Outcome<u32> {
    let roster = store.roster().await?;
    Ok(expect_some(roster.iter().find(|staff| staff.id == person)).active)
}

/// A claim takes the lowest free seat, also one that was freed between others.
pub async fn a_claim_takes_the_lowest_free_seat(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(3).await?.id;
    let mut tickets = Vec::new();
    for expected in 0..3 {
        let ticket = scene.ticket(ann).await?;
        let ticket = scene.assign(&ticket, max, AUTOMATIC).await?;
        assert_eq!(seat(&ticket), Some(expected));
        tickets.push(ticket);
    }
    let resolved = scene
        .step(&tickets[1], Status::Resolved, SeatMove::Free)
        .await?;
    assert_eq!((resolved.assignee(), seat(&resolved)), (Some(max), None));
    let ticket = scene.ticket(ann).await?;
    let ticket = scene.assign(&ticket, max, AUTOMATIC).await?;
    assert_eq!(seat(&ticket), Some(1));
    assert_eq!(scene.stored(ticket.id).await?, ticket);
    Ok(())
}

/// An automatic claim never exceeds the capacity of a user.
pub async fn an_automatic_claim_stops_at_the_capacity(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for capacity in [0, 1, 2] {
        let max = scene.moderator(capacity).await?.id;
        for _ in 0..capacity {
            let ticket = scene.ticket(ann).await?;
            scene.assign(&ticket, max, AUTOMATIC).await?;
        }
        let ticket = scene.ticket(ann).await?;
        let refused = scene.try_assign(&ticket, max, AUTOMATIC).await?;
        assert_eq!(refused, TicketWritten::SeatTaken);
        assert_eq!(scene.stored(ticket.id).await?, ticket);
        assert_eq!(active(store, max).await?, capacity);
    }
    Ok(())
}

/// An automatic claim needs an existing user who is active staff and online; admins are staff.
pub async fn an_automatic_claim_needs_a_user_who_takes_work(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let away_user = scene.person(Role::Moderator, |user| {
        user.availability = Availability::Away
    });
    let away_user = away_user.await?.id;
    let offline_user = scene.person(Role::Admin, |user| {
        user.availability = Availability::Offline
    });
    let offline_user = offline_user.await?.id;
    let inactive_user = scene
        .person(Role::Moderator, |user| user.active = false)
        .await?
        .id;
    let unknown = scene.make.person(Role::Moderator).id;
    let ticket = scene.ticket(ann).await?;
    for person in [away_user, offline_user, inactive_user, ann, unknown] {
        let refused = scene.try_assign(&ticket, person, AUTOMATIC).await?;
        assert_eq!(refused, TicketWritten::UserGone);
    }
    let admin = scene.person(Role::Admin, |_| {}).await?.id;
    let taken = scene.assign(&ticket, admin, AUTOMATIC).await?;
    assert_eq!(taken.assignee(), Some(admin));
    Ok(())
}

/// A human may assign a ticket beyond the capacity, and to users who are away or offline.
pub async fn an_unbounded_claim_goes_beyond_the_capacity(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for availability in Availability::ALL {
        let max = scene.person(Role::Moderator, |user| {
            user.capacity = 1;
            user.availability = availability;
        });
        let max = max.await?.id;
        for expected in 0..3 {
            let ticket = scene.ticket(ann).await?;
            let ticket = scene.assign(&ticket, max, SeatBound::Unbounded).await?;
            assert_eq!(seat(&ticket), Some(expected));
        }
        assert_eq!(active(store, max).await?, 3);
    }
    Ok(())
}

/// Not even a human can assign a ticket to a user who is inactive, not staff or missing.
pub async fn an_unbounded_claim_needs_active_staff(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let inactive_user = scene
        .person(Role::Moderator, |user| user.active = false)
        .await?
        .id;
    let unknown = scene.make.person(Role::Moderator).id;
    let ticket = scene.ticket(ann).await?;
    for person in [inactive_user, ann, unknown] {
        let refused = scene
            .try_assign(&ticket, person, SeatBound::Unbounded)
            .await?;
        assert_eq!(refused, TicketWritten::UserGone);
    }
    assert_eq!(scene.stored(ticket.id).await?, ticket);
    Ok(())
}

/// A gap below the capacity is not free while as many seats as the capacity are taken.
pub async fn seats_are_counted_not_numbered(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(2).await?.id;
    let mut tickets = Vec::new();
    for _ in 0..4 {
        let ticket = scene.ticket(ann).await?;
        tickets.push(scene.assign(&ticket, max, SeatBound::Unbounded).await?);
    }
    let waiting = scene.ticket(ann).await?;
    for freed in &tickets[..2] {
        scene.step(freed, Status::Resolved, SeatMove::Free).await?;
        let refused = scene.try_assign(&waiting, max, AUTOMATIC).await?;
        assert_eq!(refused, TicketWritten::SeatTaken);
    }
    scene
        .step(&tickets[3], Status::Resolved, SeatMove::Free)
        .await?;
    let taken = scene.assign(&waiting, max, AUTOMATIC).await?;
    assert_eq!(seat(&taken), Some(0));
    Ok(())
}

/// A waiting ticket frees its seat, keeps its assignee, and takes a seat again when it returns.
pub async fn a_freed_seat_can_be_taken_again(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(1).await?.id;
    let first = scene.ticket(ann).await?;
    let first = scene.assign(&first, max, AUTOMATIC).await?;
    let first = scene.step(&first, Status::Waiting, SeatMove::Free).await?;
    assert_eq!((first.assignee(), seat(&first)), (Some(max), None));
    let second = scene.ticket(ann).await?;
    let second = scene.assign(&second, max, AUTOMATIC).await?;
    assert_eq!(seat(&second), Some(0));
    let take = |bound| SeatMove::Take(bound);
    let returned = scene.make.step(&first, Status::InProgress, take(AUTOMATIC));
    assert_eq!(
        store.write_ticket(&returned).await?,
        TicketWritten::SeatTaken
    );
    let returned = scene
        .step(&first, Status::InProgress, take(SeatBound::Unbounded))
        .await?;
    assert_eq!((returned.assignee(), seat(&returned)), (Some(max), Some(1)));
    assert_eq!(active(store, max).await?, 2);
    Ok(())
}

/// A change that keeps the seat ignores the seat in its assignment; a ticket without a seat stays without.
pub async fn a_kept_seat_stays_as_it_is(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(3).await?.id;
    let ticket = scene.ticket(ann).await?;
    let mut ticket = scene.assign(&ticket, max, AUTOMATIC).await?;
    for (freed, expected) in [(false, Some(0)), (true, None)] {
        if freed {
            ticket = scene.step(&ticket, Status::Waiting, SeatMove::Free).await?;
        }
        for claimed in [None, Some(7)] {
            let change = |ticket: &mut crate::domain::ticket::Ticket| {
                if let Some(assignment) = &mut ticket.assignment {
                    assignment.seat = claimed;
                }
            };
            ticket = scene.change(&ticket, change).await?;
            assert_eq!(seat(&ticket), expected);
            assert_eq!(seat(&scene.stored(ticket.id).await?), expected);
        }
    }
    assert_eq!(active(store, max).await?, 0);
    Ok(())
}

/// A ticket that is assigned to another user frees the seat that it held, and so does one that returns to the backlog.
pub async fn reassigning_frees_the_seat(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(1).await?.id;
    let eva = scene.moderator(1).await?.id;
    let ticket = scene.ticket(ann).await?;
    let ticket = scene.assign(&ticket, max, AUTOMATIC).await?;
    let ticket = scene.assign(&ticket, eva, AUTOMATIC).await?;
    assert_eq!((ticket.assignee(), seat(&ticket)), (Some(eva), Some(0)));
    assert_eq!(
        (active(store, max).await?, active(store, eva).await?),
        (0, 1)
    );
    let mut returned = scene
        .make
        .ticket_write(&ticket, |ticket| ticket.assignment = None);
    returned.seat = SeatMove::Free;
    assert_eq!(scene.write(&returned).await?.assignment, None);
    assert_eq!(active(store, eva).await?, 0);
    for person in [max, eva] {
        let next = scene.ticket(ann).await?;
        let next = scene.assign(&next, person, AUTOMATIC).await?;
        assert_eq!(seat(&next), Some(0));
    }
    Ok(())
}

/// A lowered capacity unassigns no ticket, and refuses further claims until a seat is free.
pub async fn a_lowered_capacity_refuses_further_claims(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(3).await?;
    let first = scene.ticket(ann).await?;
    let first = scene.assign(&first, max.id, AUTOMATIC).await?;
    let second = scene.ticket(ann).await?;
    let second = scene.assign(&second, max.id, AUTOMATIC).await?;
    scene.change_user(&max, |user| user.capacity = 1).await?;
    assert_eq!(seat(&scene.stored(second.id).await?), Some(1));
    let third = scene.ticket(ann).await?;
    for freed in [&first, &second] {
        let refused = scene.try_assign(&third, max.id, AUTOMATIC).await?;
        assert_eq!(refused, TicketWritten::SeatTaken);
        scene.step(freed, Status::Resolved, SeatMove::Free).await?;
    }
    let third = scene.assign(&third, max.id, AUTOMATIC).await?;
    assert_eq!(seat(&third), Some(0));
    Ok(())
}
