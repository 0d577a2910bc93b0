//! What may be moved to level the loads.

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

async fn given(
    scene: &mut Scene<'_>,
    to: UserId,
    change: impl FnOnce(&mut Ticket),
) -> Outcome<Ticket> {
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket_with(ann, change).await?;
    scene.assigned(&ticket, to, AUTOMATIC).await
}

/// What may be moved comes with all that a choice needs, those that press most first, then by number.
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
        let ticket = given(&mut scene, to, |ticket| {
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

/// What nobody has, what a human gave, what was begun, waits or is over, what was put away and what was moved once
/// may not be moved.
pub async fn only_what_the_router_gave_and_nobody_began_is_unbegun(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(99).await?.id;
    scene.ticket(ann).await?;
    let by_human = scene.ticket(ann).await?;
    scene.assigned(&by_human, max, SeatBound::Unbounded).await?;
    for status in Status::ALL.into_iter().filter(|one| *one != Status::Open) {
        let ticket = given(&mut scene, max, |_| {}).await?;
        let seat = match status.holds_seat() {
            true => SeatMove::Keep,
            false => SeatMove::Free,
        };
        scene.stepped(&ticket, status, seat).await?;
    }
    let ticket = given(&mut scene, max, |_| {}).await?;
    scene
        .change(&ticket, |ticket| ticket.rebalanced = true)
        .await?;
    let ticket = given(&mut scene, max, |_| {}).await?;
    let delete = |ticket: &mut Ticket| ticket.deleted_at = Some(ticket.updated_at);
    scene.change(&ticket, delete).await?;
    let ticket = given(&mut scene, max, |_| {}).await?;
    scene.stepped(&ticket, Status::Open, SeatMove::Free).await?;
    assert!(store.unbegun(100).await?.is_empty());
    let ticket = given(&mut scene, max, |_| {}).await?;
    assert_eq!(numbers(store).await?, [ticket.number]);
    Ok(())
}

/// A ticket comes and goes with its changes: begun, paused, pressing more, moved, taken back.
pub async fn unbegun_tickets_follow_their_changes(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let max = scene.moderator(9).await?.id;
    let eva = scene.moderator(9).await?.id;
    let one = given(&mut scene, max, |_| {}).await?;
    let two = given(&mut scene, max, |_| {}).await?;
    let begun = scene.stepped(&one, Status::InProgress, SeatMove::Keep);
    let begun = begun.await?;
    assert_eq!(numbers(store).await?, [two.number]);
    scene.stepped(&begun, Status::Open, SeatMove::Keep).await?;
    assert_eq!(numbers(store).await?, [one.number, two.number]);
    let press = |ticket: &mut Ticket| ticket.priority = Priority::Urgent;
    let two = scene.change(&two, press).await?;
    assert_eq!(numbers(store).await?, [two.number, one.number]);
    let mut moved = scene.make.assign(&two, eva, AUTOMATIC);
    moved.ticket.rebalanced = true;
    scene.written(&moved).await?;
    assert_eq!(numbers(store).await?, [one.number]);
    let one = scene.stored(one.id).await?;
    let mut back = scene
        .make
        .ticket_write(&one, |ticket| ticket.assignment = None);
    back.seat = SeatMove::Free;
    scene.written(&back).await?;
    assert!(numbers(store).await?.is_empty());
    Ok(())
}
