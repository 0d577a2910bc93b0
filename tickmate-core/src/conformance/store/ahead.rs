//! Automatic claims that are bounded by `ahead`, the number of tickets in addition to the one in progress, besides the capacity.

use futures_util::future::join_all;

use crate::{
    backend::store::{SeatBound, SeatMove, Store, TicketWritten},
    conformance::{
        Outcome,
        failure::expect_some,
        fixtures::AUTOMATIC,
        random::Random,
        scene::{Scene, seat},
    },
    domain::{id::UserId, status::Status},
};

/// Returns the number of seats of a user that are taken, from the roster.
async fn active(store: &dyn Store, person: UserId) -> Outcome<u32> {
    Ok(expect_some(store.staff(&[person]).await?.pop()).active)
}

/// An automatic claim stops at one ticket more than `ahead`, or at the capacity if that is less.
pub async fn an_automatic_claim_respects_the_ahead_limit(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for (capacity, ahead, most) in [
        (3, 0, 1),
        (3, 1, 2),
        (1, 1, 1),
        (0, 1, 0),
        (3, u32::MAX, 3),
        (3, u32::MAX - 1, 3),
    ] {
        let max = scene.moderator(capacity).await?.id;
        let bound = SeatBound::Automatic { ahead };
        for expected in 0..most {
            let ticket = scene.ticket(ann).await?;
            let ticket = scene.assign(&ticket, max, bound).await?;
            assert_eq!(seat(&ticket), Some(expected));
        }
        let ticket = scene.ticket(ann).await?;
        let refused = scene.try_assign(&ticket, max, bound).await?;
        assert_eq!(refused, TicketWritten::SeatTaken, "{capacity} {ahead}");
        assert_eq!(scene.stored(ticket.id).await?, ticket);
        assert_eq!(active(store, max).await?, most);
    }
    Ok(())
}

/// Every seat that the user holds counts, no matter who assigned it; tickets that wait or are finished do not.
pub async fn every_held_seat_counts_against_the_ahead_limit(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let bound = SeatBound::Automatic { ahead: 1 };
    let mut tickets = Vec::new();
    for bound_of_held in [SeatBound::Unbounded, SeatBound::Room, AUTOMATIC] {
        let ticket = scene.ticket(ann).await?;
        tickets.push(scene.assign(&ticket, max, bound_of_held).await?);
    }
    let next = scene.ticket(ann).await?;
    for (ticket, status) in tickets.iter().zip([Status::Waiting, Status::Resolved]) {
        let refused = scene.try_assign(&next, max, bound).await?;
        assert_eq!(refused, TicketWritten::SeatTaken);
        scene.step(ticket, status, SeatMove::Free).await?;
    }
    let next = scene.assign(&next, max, bound).await?;
    assert_eq!(seat(&next), Some(0));
    // A ticket does not count against itself.
    let again = scene.assign(&next, max, bound).await?;
    assert_eq!(seat(&again), Some(0));
    assert_eq!(active(store, max).await?, 2);
    Ok(())
}

/// Of concurrent claims for one user, as many succeed as `ahead` allows, and one more. The roster never shows more, at any
/// moment.
pub async fn claims_at_once_stay_within_what_lies_ahead(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for ahead in [0, 1] {
        let max = scene.moderator(5).await?.id;
        let mut writes = Vec::new();
        for _ in 0..8 {
            let ticket = scene.ticket(ann).await?;
            let bound = SeatBound::Automatic { ahead };
            writes.push(scene.make.assign(&ticket, max, bound));
        }
        let claims = (10_u64..).zip(&writes).map(|(seed, write)| async move {
            Random::new(seed).pause().await;
            let answer = store.write_ticket(write).await?;
            let active = active(store, max).await?;
            assert!(
                active <= ahead + 1,
                "more than {} seats are held",
                ahead + 1
            );
            Outcome::Ok(answer)
        });
        let mut seats = Vec::new();
        for answer in join_all(claims).await {
            match answer? {
                TicketWritten::Written(ticket) => seats.push(expect_some(seat(&ticket))),
                TicketWritten::SeatTaken => {}
                other => panic!("{other:?}"),
            }
        }
        seats.sort_unstable();
        assert_eq!(seats, (0..=ahead).collect::<Vec<_>>());
        assert_eq!(active(store, max).await?, ahead + 1);
    }
    Ok(())
}
