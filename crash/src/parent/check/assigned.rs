//! Every ticket is with one person, or waits because all who could have it are full.

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

pub(super) fn check(evidence: &Evidence, found: &mut Violations) {
    for ticket in evidence.tickets.iter().filter(|one| one.is_assignable()) {
        if ticket.queued.is_none() {
            found.never_assigned.push(format!(
                "ticket {} is neither assigned nor queued",
                ticket.number
            ));
        } else if let Some(person) = evidence.staff.iter().find(|one| could_have(one, ticket)) {
            found.never_assigned.push(format!(
                "ticket {} waits, and {} has {} of {} places taken",
                ticket.number, person.id, person.active, person.capacity
            ));
        }
    }
    let mut seats: HashMap<(UserId, u32), u64> = HashMap::new();
    for ticket in &evidence.tickets {
        let Some((to, seat)) = seat(ticket) else {
            continue;
        };
        if let Some(other) = seats.insert((to, seat), ticket.number) {
            found.assigned_twice.push(format!(
                "tickets {other} and {} hold seat {seat} of {to}",
                ticket.number
            ));
        }
    }
    for (id, events) in evidence.by_ticket() {
        let times = given_while_held(&events);
        if times > 0 {
            found.assigned_twice.push(format!(
                "ticket {id} was given away {times} times while somebody had it"
            ));
        }
    }
}

fn seat(ticket: &Ticket) -> Option<(UserId, u32)> {
    let assignment = ticket.assignment.as_ref()?;
    Some((assignment.to, assignment.seat?))
}

/// Whether a person could have a ticket that waits: who has every skill that it needs; an admin where it needs none.
fn could_have(person: &Staff, ticket: &Ticket) -> bool {
    let fits = match ticket.required_skills.is_empty() {
        true => person.role == Role::Admin,
        false => {
            person.role == Role::Moderator
                && ticket
                    .required_skills
                    .iter()
                    .all(|skill| person.skills.contains(skill))
        }
    };
    fits && person.presence == Presence::Present
        && person.active < person.capacity
        && person.id != ticket.requester
        && !ticket.declined_by.contains(&person.id)
}

/// How often the desk itself assigned a ticket that somebody had. What the event says of the time before is not
/// believed: only an event that took the ticket away makes the next assignment a fair one.
fn given_while_held(events: &[&Event]) -> usize {
    let mut held = false;
    let mut times = 0;
    for event in events {
        let by_itself = event.kind == EventKind::Assigned && event.by == ActorId::System;
        if by_itself && held {
            times += 1;
        }
        if event.kind == EventKind::Assigned {
            held = true;
        } else if event.facts.previous_assignee.is_some() {
            held = false;
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
    fn a_second_assignment_needs_a_hand_back() {
        let assignee = UserId::new(host::now(), [0; 10]);
        let given = || event(EventKind::Assigned, None);
        let back = || event(EventKind::Unassigned, Some(assignee));
        let resolved = || event(EventKind::Resolved, None);
        for (events, times) in [
            (vec![given()], 0),
            (vec![given(), back(), given()], 0),
            (vec![given(), given()], 1),
            (vec![given(), resolved(), given(), given()], 2),
        ] {
            let events: Vec<&Event> = events.iter().collect();
            assert_eq!(given_while_held(&events), times);
        }
    }
}
