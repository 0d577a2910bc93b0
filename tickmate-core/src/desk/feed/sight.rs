//! Determines what a listener may see of an event at the time of sending.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::cursor::{Place, SIGHT};
use crate::{
    desk::EventNotice,
    domain::{
        access::{Access, Actor, Operation, decide, has_all},
        event::{Event, EventKind, Subject},
        id::{EventId, TicketId, UserId},
        ticket::Ticket,
        user::Role,
    },
};

/// What is sent to a listener for an event.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FeedNotice {
    /// The part of the event that the listener may see.
    Event(Box<EventNotice>),
    /// The event removed the ticket from the listener's view.
    Left { event: EventId, ticket: TicketId },
    /// The event changed which tickets the listener sees, without an event of those tickets.
    SightChanged { event: EventId },
}

/// Returns what is sent to the actor for an event; `None` if the event is hidden. `tickets` holds those that
/// [`needs_ticket`] named, as they are stored now. `last_sight_change` is the `seq` of the last event that changed the
/// actor's visibility.
pub(super) fn notice_for(
    actor: &Actor,
    event: Event,
    tickets: &HashMap<TicketId, Ticket>,
    last_sight_change: u64,
) -> Option<FeedNotice> {
    let event_notice = |notice| Some(FeedNotice::Event(Box::new(notice)));
    if actor.is_admin() {
        return event_notice(EventNotice::for_staff(event));
    }
    let id = match event.subject {
        Subject::Ticket(id) => id,
        Subject::User(_) | Subject::Desk => {
            let is_for_actor = match event.subject {
                Subject::Desk => actor.is_staff(),
                _ => true,
            };
            let event_id = event.id;
            return (is_for_actor && changes_sight(actor.id(), &event))
                .then_some(FeedNotice::SightChanged { event: event_id });
        }
    };
    let may = |operation| {
        let ticket = tickets.get(&id);
        ticket.is_some_and(|ticket| decide(actor, operation, ticket) == Access::Allowed)
    };
    if may(Operation::ReadInternal) {
        event_notice(EventNotice::for_staff(event))
    } else if may(Operation::Read) {
        event_notice(EventNotice::for_requester(event)?)
    } else {
        let has_same_sight = event.seq > last_sight_change;
        let (event, ticket) = (event_left(actor, &event, has_same_sight)?, id);
        Some(FeedNotice::Left { event, ticket })
    }
}

impl Place {
    /// Searches the next events for changes of the listener's visibility.
    pub(super) fn search(&mut self, me: UserId, events: &[Event]) {
        let last_searched = self.last_searched;
        for event in events.iter().filter(|event| event.seq > last_searched) {
            self.last_searched = event.seq;
            if changes_sight(Some(me), event) {
                self.last_sight_change = event.seq;
            }
        }
    }
}

/// Returns whether an event of an account or of the rules may change which tickets this user sees: the user's own role,
/// state or skills changed, or the dictionary did, which defines the skills that a skill implies.
fn changes_sight(me: Option<UserId>, event: &Event) -> bool {
    let facts = &event.facts;
    match event.subject {
        Subject::User(id) => {
            let is_changed =
                facts.is_active.is_some() || facts.role.is_some() || facts.skills_changed;
            me == Some(id) && is_changed
        }
        Subject::Desk => facts.must_reapply,
        Subject::Ticket(_) => false,
    }
}

/// Returns the ticket whose state determines whether the actor sees the event.
pub(super) fn needs_ticket(actor: &Actor, event: &Event) -> Option<TicketId> {
    let is_possible = actor.is_staff() || event.parties.requester == actor.id();
    event.ticket().filter(|_| is_possible && !actor.is_admin())
}

/// Returns the id of an event that hid its ticket from this actor, who saw the ticket before.
///
/// `has_same_sight` is whether the actor had the same skills at the time of the event, so that they determine which
/// tickets were offered.
fn event_left(actor: &Actor, event: &Event, has_same_sight: bool) -> Option<EventId> {
    let (me, facts) = (actor.id(), &event.facts);
    let is_own = event.parties.requester == me;
    let is_deleted = event.kind == EventKind::Deleted;
    let is_offered =
        |asked: &[String]| has_same_sight && actor.is_staff() && has_all(actor.skills(), asked);
    let was_assigned = actor.is_staff() && facts.previous_assignee == me;
    let saw = is_own || was_assigned || is_offered(&facts.offered_before);
    let sees =
        !is_deleted && (is_own || event.assigned_to() == me || is_offered(&facts.offered_after));
    (saw && !facts.was_deleted && !sees).then_some(event.id)
}

/// Returns a digest of everything, except the tickets, that determines which tickets the actor sees.
pub(super) fn sight_of(actor: &Actor) -> [u8; SIGHT] {
    let mut hash = Sha256::new();
    hash.update(actor.role().map_or("", Role::as_str));
    for skill in actor.skills() {
        hash.update([0]);
        hash.update(skill);
    }
    let mut sight = [0; SIGHT];
    sight.copy_from_slice(&hash.finalize()[..SIGHT]);
    sight
}
