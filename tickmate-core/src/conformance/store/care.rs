//! Lists for the sweep: tickets that need triage, and the users who have unfinished tickets.

use crate::{
    backend::store::{SeatMove, Store},
    conformance::{
        Outcome,
        fixtures::{AUTOMATIC, queue},
        scene::Scene,
    },
    domain::{
        analysis::{Triage, TriageSource, text_hash},
        status::Status,
        ticket::Ticket,
        time::{Span, Timestamp},
    },
};

fn mark_analyzed(ticket: &mut Ticket) {
    let hash = text_hash(&ticket.title, &ticket.description);
    let empty = Triage::empty(TriageSource::Embedded, hash, ticket.created_at);
    ticket.triage = Some(Triage {
        summary: "In short".to_owned(),
        ..empty
    });
}

/// A ticket needs triage until it was read and is assigned or in the backlog, unless it is finished.
pub async fn tickets_that_need_triage_are_found(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let deleted = |ticket: &mut Ticket| ticket.deleted_at = Some(ticket.created_at);
    let mut needing_triage = Vec::new();
    for (is_read, is_queued, status) in [
        (false, false, Status::Open),
        (false, true, Status::Open),
        (true, false, Status::Open),
        (true, false, Status::InProgress),
        (true, true, Status::Open),
        (false, false, Status::Resolved),
        (true, false, Status::Resolved),
        (true, false, Status::Waiting),
    ] {
        let ticket = scene.ticket_with(ann, |ticket| {
            ticket.status = status;
            [
                (is_read, mark_analyzed as fn(&mut Ticket)),
                (is_queued, queue),
            ]
            .into_iter()
            .filter(|(does, _)| *does)
            .for_each(|(_, change)| change(ticket));
        });
        let ticket = ticket.await?;
        needing_triage.extend((!ticket.is_triaged()).then_some(ticket));
    }
    scene.ticket_with(ann, deleted).await?;
    let assigned = scene.ticket_with(ann, mark_analyzed).await?;
    scene.assign(&assigned, max, AUTOMATIC).await?;
    assert_eq!(needing_triage.len(), 5);
    assert_eq!(
        store
            .needing_triage(scene.make.now(), Timestamp::MAX_UTC, 100)
            .await?,
        needing_triage
    );
    assert_eq!(store.count_needing_triage().await?, 5);
    Ok(())
}

/// Tickets unchanged for longest come first, up to the limit, and only those changed before one moment or after the other.
pub async fn tickets_that_need_triage_come_longest_unchanged_first(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut tickets = Vec::new();
    for _ in 0..4 {
        tickets.push(scene.ticket(ann).await?);
    }
    let touched = scene.change(&tickets[0], |_| {}).await?;
    let moment = touched.updated_at;
    let ids = |found: Vec<Ticket>| found.iter().map(|ticket| ticket.number).collect::<Vec<_>>();
    let later = moment + Span::microseconds(1);
    let never = Timestamp::MAX_UTC;
    let [first, second] = [tickets[1].updated_at, tickets[2].updated_at];
    for (before, ahead, limit, expected) in [
        (moment, never, 100, &[2, 3, 4][..]),
        (later, never, 100, &[2, 3, 4, 1]),
        (later, never, 2, &[2, 3]),
        (second, moment, 100, &[2]),
        (second, second, 100, &[2, 4, 1]),
        (second, second, 2, &[2, 4]),
        (first, tickets[3].updated_at, 100, &[1]),
        (later, first, 100, &[2, 3, 4, 1]),
    ] {
        let found = store.needing_triage(before, ahead, limit).await?;
        assert_eq!(ids(found), expected, "{before} {ahead} {limit}");
    }
    assert_eq!(store.count_needing_triage().await?, 4);
    Ok(())
}

/// Holders are the users with unfinished tickets, each once, ordered by id, of any role and state.
pub async fn holders_are_those_with_unfinished_tickets(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    assert!(store.holders().await?.is_empty());
    let mut expected = Vec::new();
    for status in Status::ALL {
        let max = scene.moderator(9).await?;
        for _ in 0..2 {
            let ticket = scene.ticket(ann).await?;
            let ticket = scene.assign(&ticket, max.id, AUTOMATIC).await?;
            let seat = match status.holds_seat() {
                true => SeatMove::Keep,
                false => SeatMove::Free,
            };
            scene.step(&ticket, status, seat).await?;
        }
        scene.change_user(&max, |user| user.active = false).await?;
        let is_over = matches!(status, Status::Resolved | Status::Closed);
        expected.extend((!is_over).then_some(max.id));
    }
    let eva = scene.moderator(9).await?.id;
    let deleted = scene.ticket(ann).await?;
    let deleted = scene.assign(&deleted, eva, AUTOMATIC).await?;
    scene
        .change(&deleted, |ticket| {
            ticket.deleted_at = Some(ticket.updated_at)
        })
        .await?;
    expected.sort_unstable();
    assert_eq!(store.holders().await?, expected);
    Ok(())
}
