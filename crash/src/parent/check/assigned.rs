//! Checks that every ticket has one assignee, or waits because no suitable user has a free seat.

use std::collections::HashMap;

use tickmate::domain::{
    event::{ActorId, Event, EventKind},
    id::UserId,
    presence::Presence,
    routing::Staff,
    ticket::Ticket,
    user::Role,
};

use super::Evidence;
use crate::parent::report::Violations;

pub(super) fn check(evidence: &Evidence, violations: &mut Violations) {
    for ticket in evidence
        .tickets
        .iter()
        .filter(|ticket| ticket.is_assignable())
    {
        if ticket.queued.is_none() {
            violations.never_assigned.push(format!(
                "ticket {} is neither assigned nor queued",
                ticket.number
            ));
        } else if let Some(user) = evidence.staff.iter().find(|user| can_take(user, ticket)) {
            violations.never_assigned.push(format!(
                "ticket {} waits, although {} has only {} of {} seats taken",
                ticket.number, user.id, user.active, user.capacity
            ));
        }
    }
    let mut seats: HashMap<(UserId, u32), u64> = HashMap::new();
    for ticket in &evidence.tickets {
        let Some((to, seat)) = seat(ticket) else {
            continue;
        };
        if let Some(other) = seats.insert((to, seat), ticket.number) {
            violations.assigned_twice.push(format!(
                "tickets {other} and {} hold seat {seat} of {to}",
                ticket.number
            ));
        }
    }
    for (id, events) in evidence.by_ticket() {
        let times = assigned_while_assigned(&events);
        if times > 0 {
            violations.assigned_twice.push(format!(
                "ticket {id} was assigned {times} times while it was assigned"
            ));
        }
    }
}

fn seat(ticket: &Ticket) -> Option<(UserId, u32)> {
    let assignment = ticket.assignment.as_ref()?;
    Some((assignment.to, assignment.seat?))
}

/// Returns whether a user could take a waiting ticket: a moderator with all required skills, or an admin if none is
/// required.
fn can_take(user: &Staff, ticket: &Ticket) -> bool {
    let fits = match ticket.required_skills.is_empty() {
        true => user.role == Role::Admin,
        false => {
            user.role == Role::Moderator
                && ticket
                    .required_skills
                    .iter()
                    .all(|skill| user.skills.contains(skill))
        }
    };
    fits && user.presence == Presence::Present
        && user.active < user.capacity
        && user.id != ticket.requester
        && !ticket.declined_by.contains(&user.id)
}

/// Counts how often the desk itself assigned a ticket that already had an assignee. The previous assignee in an
/// assignment event is not trusted: only an event that unassigned the ticket makes the next assignment valid.
fn assigned_while_assigned(events: &[&Event]) -> usize {
    let mut is_assigned = false;
    let mut times = 0;
    for event in events {
        let by_itself = event.kind == EventKind::Assigned && event.by == ActorId::System;
        if by_itself && is_assigned {
            times += 1;
        }
        if event.kind == EventKind::Assigned {
            is_assigned = true;
        } else if event.facts.previous_assignee.is_some() {
            is_assigned = false;
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use tickmate::domain::{
        event::{EventFacts, Parties, Subject},
        id::{EventId, TicketId, UserId},
    };

    use super::*;
    use crate::host;

    fn event(kind: EventKind, previous_assignee: Option<UserId>) -> Event {
        let now = host::now();
        Event {
            id: EventId::new(now, host::random_bytes()),
            seq: 1,
            subject: Subject::Ticket(TicketId::new(now, [0; 10])),
            version: 1,
            kind,
            by: ActorId::System,
            at: now,
            changes: Vec::new(),
            facts: EventFacts {
                previous_assignee,
                ..EventFacts::default()
            },
            parties: Parties::default(),
            reply: None,
        }
    }

    #[test]
    fn a_second_assignment_needs_an_unassignment() {
        let assignee = UserId::new(host::now(), [0; 10]);
        let assigned = || event(EventKind::Assigned, None);
        let unassigned = || event(EventKind::Unassigned, Some(assignee));
        let resolved = || event(EventKind::Resolved, None);
        for (events, times) in [
            (vec![assigned()], 0),
            (vec![assigned(), unassigned(), assigned()], 0),
            (vec![assigned(), assigned()], 1),
            (vec![assigned(), resolved(), assigned(), assigned()], 2),
        ] {
            let events: Vec<&Event> = events.iter().collect();
            assert_eq!(assigned_while_assigned(&events), times);
        }
    }
}
