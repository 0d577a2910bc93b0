//! What a listener may see of an event at the moment of sending.

use std::collections::HashMap;

use crate::{
    desk::EventNotice,
    domain::{
        access::{Access, Actor, Operation, decide, has_all},
        event::{Event, EventKind, Subject},
        id::{EventId, TicketId},
        ticket::Ticket,
    },
};

/// What a listener is sent of an event.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FeedNotice {
    /// What the listener may see of it.
    Event(Box<EventNotice>),
    /// The event took the ticket out of the listener's sight.
    Left { event: EventId, ticket: TicketId },
    /// The event changed what the listener sees of tickets that have no event for it.
    SightChanged { event: EventId },
}

/// Returns what the actor is sent of an event; none where the event is hidden. `tickets`: those that [`needs_ticket`]
/// named, as they are stored at this moment.
pub(super) fn notice_for(
    actor: &Actor,
    event: Event,
    tickets: &HashMap<TicketId, Ticket>,
) -> Option<FeedNotice> {
    let whole = |event| {
        Some(FeedNotice::Event(Box::new(EventNotice::from_visible(
            event,
        ))))
    };
    if actor.is_admin() {
        return whole(event);
    }
    let id = match event.subject {
        Subject::Ticket(id) => id,
        Subject::User(_) | Subject::Desk => {
            let event_id = event.id;
            return changes_sight(actor, &event)
                .then_some(FeedNotice::SightChanged { event: event_id });
        }
    };
    let may = |operation| {
        let ticket = tickets.get(&id);
        ticket.is_some_and(|ticket| decide(actor, operation, ticket) == Access::Allowed)
    };
    if may(Operation::ReadInternal) {
        whole(event)
    } else if may(Operation::Read) {
        event.public().and_then(whole)
    } else {
        let (event, ticket) = (event_left(actor, &event)?, id);
        Some(FeedNotice::Left { event, ticket })
    }
}

/// Whether an event of an account or of the rules changes which tickets the actor sees: their own role or skills, or the
/// dictionary, by which a skill implies others.
fn changes_sight(actor: &Actor, event: &Event) -> bool {
    let facts = &event.facts;
    match event.subject {
        Subject::User(id) => {
            actor.id() == Some(id) && (facts.role.is_some() || facts.skills_changed)
        }
        Subject::Desk => actor.is_staff() && facts.must_reapply,
        Subject::Ticket(_) => false,
    }
}

/// Returns the ticket on whose state it depends whether the actor sees the event.
pub(super) fn needs_ticket(actor: &Actor, event: &Event) -> Option<TicketId> {
    let is_possible = actor.is_staff() || event.parties.requester == actor.id();
    event.ticket().filter(|_| is_possible && !actor.is_admin())
}

/// Returns the id of an event that took its ticket out of the sight of this actor, who saw the ticket before.
fn event_left(actor: &Actor, event: &Event) -> Option<EventId> {
    let (me, facts) = (actor.id(), &event.facts);
    let is_own = event.parties.requester == me;
    let is_deleted = event.kind == EventKind::Deleted;
    let is_offered = |asked: &[String]| actor.is_staff() && has_all(actor.skills(), asked);
    let was_assigned = actor.is_staff() && facts.previous_assignee == me;
    let saw = is_own || was_assigned || is_offered(&facts.offered_before);
    let sees =
        !is_deleted && (is_own || event.assigned_to() == me || is_offered(&facts.offered_after));
    (saw && !facts.was_deleted && !sees).then_some(event.id)
}
