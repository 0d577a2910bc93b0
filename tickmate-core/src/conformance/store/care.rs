//! What the sweep looks after: tickets that the desk has not done with, and those whose assignee can't keep them.

use crate::{
    backend::store::{SeatBound, SeatMove, Store},
    conformance::{
        Outcome,
        fixtures::{AUTOMATIC, queue},
        scene::Scene,
    },
    domain::{
        analysis::{Triage, TriageSource, text_hash},
        id::{TicketId, UserId},
        presence::Availability,
        status::Status,
        ticket::Ticket,
        time::{Span, Timestamp},
        user::{Role, User},
    },
};

fn read(ticket: &mut Ticket) {
    let hash = text_hash(&ticket.title, &ticket.description);
    let empty = Triage::empty(TriageSource::Embedded, hash, ticket.created_at);
    ticket.triage = Some(Triage {
        summary: "In short".to_owned(),
        ..empty
    });
}

/// A ticket is needing_triage until it was read and somebody has it or it waits in the queue, unless it is over.
pub async fn unsettled_tickets_are_found(store: &dyn Store) -> Outcome {
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
            [(is_read, read as fn(&mut Ticket)), (is_queued, queue)]
                .into_iter()
                .filter(|(does, _)| *does)
                .for_each(|(_, change)| change(ticket));
        });
        let ticket = ticket.await?;
        needing_triage.extend((!ticket.is_triaged()).then_some(ticket));
    }
    scene.ticket_with(ann, deleted).await?;
    let assigned = scene.ticket_with(ann, read).await?;
    scene.assigned(&assigned, max, AUTOMATIC).await?;
    assert_eq!(needing_triage.len(), 5);
    assert_eq!(
        store.needing_triage(scene.make.now(), 100).await?,
        needing_triage
    );
    assert_eq!(store.count_needing_triage().await?, 5);
    Ok(())
}

/// Those longest unchanged come first, up to the limit, and only those changed before the moment.
pub async fn unsettled_tickets_come_longest_unchanged_first(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut tickets = Vec::new();
    for _ in 0..4 {
        tickets.push(scene.ticket(ann).await?);
    }
    let touched = scene.change(&tickets[0], |_| {}).await?;
    let moment = touched.updated_at;
    let ids = |found: Vec<Ticket>| found.iter().map(|ticket| ticket.number).collect::<Vec<_>>();
    assert_eq!(ids(store.needing_triage(moment, 100).await?), [2, 3, 4]);
    let later = moment + Span::microseconds(1);
    assert_eq!(ids(store.needing_triage(later, 100).await?), [2, 3, 4, 1]);
    assert_eq!(ids(store.needing_triage(later, 2).await?), [2, 3]);
    assert_eq!(store.count_needing_triage().await?, 4);
    Ok(())
}

/// One ticket of each status, and one open one given by a human, all of one person.
struct Desk {
    open: TicketId,
    by_human: TicketId,
    begun: TicketId,
    waiting: TicketId,
}

async fn desk_of(scene: &mut Scene<'_>, requester: UserId, person: UserId) -> Outcome<Desk> {
    let ticket = scene.ticket(requester).await?;
    let by_human = scene
        .assigned(&ticket, person, SeatBound::Unbounded)
        .await?
        .id;
    let mut ids = Vec::new();
    for status in Status::ALL {
        let ticket = scene.ticket(requester).await?;
        let mut ticket = scene.assigned(&ticket, person, AUTOMATIC).await?;
        if status != Status::Open {
            let keeps = status.holds_seat();
            let seat = if keeps {
                SeatMove::Keep
            } else {
                SeatMove::Free
            };
            ticket = scene.stepped(&ticket, status, seat).await?;
        }
        ids.push(ticket.id);
    }
    Ok(Desk {
        open: ids[0],
        by_human,
        begun: ids[1],
        waiting: ids[2],
    })
}

/// What is to be handed back once a person with one ticket of each kind has changed like this.
async fn requeued(
    store: &dyn Store,
    change: impl FnOnce(&mut User),
    away_before: Timestamp,
) -> Outcome<(Vec<TicketId>, Desk)> {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?;
    let desk = desk_of(&mut scene, ann, max.id).await?;
    scene.change_user(&max, change).await?;
    let mut found: Vec<TicketId> = Vec::new();
    for ticket in store.unattended_assignments(Some(away_before), 100).await? {
        found.push(ticket.id);
    }
    found.sort_unstable();
    Ok((found, desk))
}

fn sorted(mut ids: Vec<TicketId>) -> Vec<TicketId> {
    ids.sort_unstable();
    ids
}

/// Who is online keeps everything.
pub async fn people_online_keep_their_tickets(store: &dyn Store) -> Outcome {
    let (found, _) = requeued(store, |_| {}, Timestamp::MAX_UTC - Span::days(366)).await?;
    assert!(found.is_empty());
    Ok(())
}

/// Who is not in use any more keeps nothing that is not over.
pub async fn inactive_people_keep_nothing(store: &dyn Store) -> Outcome {
    let change = |user: &mut User| user.active = false;
    let (found, desk) = requeued(store, change, Timestamp::UNIX_EPOCH).await?;
    let all = vec![desk.open, desk.by_human, desk.begun, desk.waiting];
    assert_eq!(found, sorted(all));
    Ok(())
}

/// Who is no staff any more keeps nothing that is not over.
pub async fn demoted_people_keep_nothing(store: &dyn Store) -> Outcome {
    let change = |user: &mut User| user.role = Role::User;
    let (found, desk) = requeued(store, change, Timestamp::UNIX_EPOCH).await?;
    let all = vec![desk.open, desk.by_human, desk.begun, desk.waiting];
    assert_eq!(found, sorted(all));
    Ok(())
}

/// Who is offline keeps what was begun and what a human gave.
pub async fn people_offline_keep_what_they_began(store: &dyn Store) -> Outcome {
    let change = |user: &mut User| user.availability = Availability::Offline;
    let (found, desk) = requeued(store, change, Timestamp::UNIX_EPOCH).await?;
    assert_eq!(found, [desk.open]);
    Ok(())
}

/// Who is away keeps everything for a while.
pub async fn people_just_away_keep_their_tickets(store: &dyn Store) -> Outcome {
    let since = Timestamp::UNIX_EPOCH + Span::days(30_000);
    let change = |user: &mut User| {
        user.availability = Availability::Away;
        user.available_since = since;
    };
    let (found, _) = requeued(store, change, since).await?;
    assert!(found.is_empty());
    Ok(())
}

/// Who went off shift keeps everything for a while.
pub async fn people_just_off_shift_keep_their_tickets(store: &dyn Store) -> Outcome {
    let since = Timestamp::UNIX_EPOCH + Span::days(30_000);
    let change = |user: &mut User| (user.shift.on, user.shift.since) = (false, since);
    let (found, _) = requeued(store, change, since).await?;
    assert!(found.is_empty());
    Ok(())
}

/// Who has been off shift for long keeps what was begun and what a human gave.
pub async fn people_long_off_shift_keep_what_they_began(store: &dyn Store) -> Outcome {
    let since = Timestamp::UNIX_EPOCH + Span::days(30_000);
    let change = |user: &mut User| (user.shift.on, user.shift.since) = (false, since);
    let later = since + Span::microseconds(1);
    let (found, desk) = requeued(store, change, later).await?;
    assert_eq!(found, [desk.open]);
    Ok(())
}

/// Who is away keeps everything for a while, although the shift ended long ago.
pub async fn who_is_away_off_shift_is_away(store: &dyn Store) -> Outcome {
    let since = Timestamp::UNIX_EPOCH + Span::days(30_000);
    let change = |user: &mut User| {
        (user.availability, user.available_since) = (Availability::Away, since);
        (user.shift.on, user.shift.since) = (false, since - Span::days(1));
    };
    let (found, _) = requeued(store, change, since).await?;
    assert!(found.is_empty());
    Ok(())
}

/// Who has been away for long keeps what was begun and what a human gave.
pub async fn people_long_away_keep_what_they_began(store: &dyn Store) -> Outcome {
    let since = Timestamp::UNIX_EPOCH + Span::days(30_000);
    let change = |user: &mut User| {
        user.availability = Availability::Away;
        user.available_since = since;
    };
    let later = since + Span::microseconds(1);
    let (found, desk) = requeued(store, change, later).await?;
    assert_eq!(found, [desk.open]);
    assert_eq!(store.unattended_assignments(Some(later), 0).await?, []);
    assert_eq!(store.unattended_assignments(None, 100).await?, []);
    Ok(())
}
