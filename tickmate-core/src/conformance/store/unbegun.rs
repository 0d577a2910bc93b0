//! Tickets that may be moved to balance the loads.

use crate::{
    backend::store::{SeatBound, SeatMove, Store},
    conformance::{
        Outcome,
        fixtures::{AUTOMATIC, skills},
        scene::Scene,
    },
    domain::{
        id::UserId,
        priority::Priority,
        query::Unbegun,
        status::Status,
        ticket::{Ticket, backlog_lane},
    },
};

async fn numbers(store: &dyn Store) -> Outcome<Vec<u64>> {
    let found = store.unbegun(100).await?;
    Ok(found.iter().map(|ticket| ticket.number).collect())
}

async fn create_assigned(
    scene: &mut Scene<'_>,
    to: UserId,
    change: impl FnOnce(&mut Ticket),
) -> Outcome<Ticket> {
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket_with(ann, change).await?;
    scene.assign(&ticket, to, AUTOMATIC).await
}

/// Tickets that may be moved come with all values that a choice needs, by priority, the most urgent first, then by number.
pub async fn unbegun_tickets_come_by_priority_and_number(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let max = scene.moderator(9).await?.id;
    let eva = scene.moderator(9).await?.id;
    let mut expected = Vec::new();
    for (to, priority, needs) in [
        (max, Priority::Low, &["b", "a", "b"][..]),
        (eva, Priority::Urgent, &[]),
        (max, Priority::High, &["x:größe"]),
        (max, Priority::Urgent, &["a"]),
        (eva, Priority::High, &["a"]),
    ] {
        let ticket = create_assigned(&mut scene, to, |ticket| {
            (ticket.priority, ticket.required_skills) = (priority, skills(needs));
        });
        let ticket = ticket.await?;
        expected.push(Unbegun {
            ticket: ticket.id,
            number: ticket.number,
            lane: backlog_lane(&ticket.required_skills),
            priority,
            assignee: to,
            created_at: ticket.created_at,
        });
    }
    assert_eq!(expected[0].lane, "a,b");
    let order = [1, 3, 2, 4, 0].map(|place| expected[place].clone());
    assert_eq!(store.unbegun(100).await?, order);
    assert_eq!(store.unbegun(3).await?, order[..3]);
    assert!(store.unbegun(0).await?.is_empty());
    Ok(())
}

/// Tickets that are unassigned, assigned by a human, begun, waiting, finished, deleted, or moved before may not be
/// moved.
pub async fn only_tickets_that_may_be_moved_are_unbegun(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(99).await?.id;
    scene.ticket(ann).await?;
    let by_human = scene.ticket(ann).await?;
    scene.assign(&by_human, max, SeatBound::Unbounded).await?;
    for status in Status::ALL.into_iter().filter(|one| *one != Status::Open) {
        let ticket = create_assigned(&mut scene, max, |_| {}).await?;
        let seat = match status.holds_seat() {
            true => SeatMove::Keep,
            false => SeatMove::Free,
        };
        scene.step(&ticket, status, seat).await?;
    }
    let ticket = create_assigned(&mut scene, max, |_| {}).await?;
    scene
        .change(&ticket, |ticket| ticket.rebalanced = true)
        .await?;
    let ticket = create_assigned(&mut scene, max, |_| {}).await?;
    let delete = |ticket: &mut Ticket| ticket.deleted_at = Some(ticket.updated_at);
    scene.change(&ticket, delete).await?;
    let ticket = create_assigned(&mut scene, max, |_| {}).await?;
    scene.step(&ticket, Status::Open, SeatMove::Free).await?;
    assert!(store.unbegun(100).await?.is_empty());
    let ticket = create_assigned(&mut scene, max, |_| {}).await?;
    assert_eq!(numbers(store).await?, [ticket.number]);
    Ok(())
}

/// A ticket enters and leaves the list with its changes: begun, paused, more urgent, moved, unassigned.
pub async fn unbegun_tickets_follow_their_changes(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let max = scene.moderator(9).await?.id;
    let eva = scene.moderator(9).await?.id;
    let one = create_assigned(&mut scene, max, |_| {}).await?;
    let two = create_assigned(&mut scene, max, |_| {}).await?;
    let begun = scene.step(&one, Status::InProgress, SeatMove::Keep);
    let begun = begun.await?;
    assert_eq!(numbers(store).await?, [two.number]);
    scene.step(&begun, Status::Open, SeatMove::Keep).await?;
    assert_eq!(numbers(store).await?, [one.number, two.number]);
    let make_urgent = |ticket: &mut Ticket| ticket.priority = Priority::Urgent;
    let two = scene.change(&two, make_urgent).await?;
    assert_eq!(numbers(store).await?, [two.number, one.number]);
    let mut moved = scene.make.assign(&two, eva, AUTOMATIC);
    moved.ticket.rebalanced = true;
    scene.write(&moved).await?;
    assert_eq!(numbers(store).await?, [one.number]);
    let one = scene.stored(one.id).await?;
    let mut unassignment = scene
        .make
        .ticket_write(&one, |ticket| ticket.assignment = None);
    unassignment.seat = SeatMove::Free;
    scene.write(&unassignment).await?;
    assert!(numbers(store).await?.is_empty());
    Ok(())
}
