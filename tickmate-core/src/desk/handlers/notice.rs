//! Notices: events reduced to what an audience may see.

use super::Audience;
use crate::domain::{
    event::{ActorId, Change, Event, EventKind, Subject},
    id::{EventId, ReplyId, TicketId, UserId},
    reply::Visibility,
    status::Status,
    time::Timestamp,
};

/// An event, reduced to what an audience may see.
#[derive(Debug, Clone, PartialEq)]
pub struct EventNotice {
    /// The id of the event; the same for each repeated delivery.
    pub id: EventId,
    /// The position of the event among all events; `None` for an audience that may not count the events hidden from it.
    pub seq: Option<u64>,
    /// The object that was changed.
    pub subject: Subject,
    /// The version of the subject that the change created. It orders the events of one subject. `None` for an audience
    /// that sees only the public part of a ticket, which could otherwise count the ticket's other events.
    pub version: Option<u64>,
    /// The kind of the event.
    pub kind: EventKind,
    /// The actor who caused the event.
    pub by: ActorId,
    /// When the event happened.
    pub at: Timestamp,
    /// The fields that changed, for display.
    pub changes: Vec<Change>,
    /// The new status of the ticket; `None` if the status did not change.
    pub status: Option<Status>,
    /// The requester of the ticket.
    pub requester: Option<UserId>,
    /// The assignee after the event, or the last assignee if the event unassigned the ticket.
    pub assignee: Option<UserId>,
    /// The reply that was written.
    pub reply: Option<ReplyId>,
    /// The visibility of that reply.
    pub reply_visibility: Option<Visibility>,
}

impl EventNotice {
    /// Reduces an event to what this audience may see; `None` if it may not know of the event.
    pub fn for_audience(event: Event, audience: Audience) -> Option<Self> {
        match audience {
            Audience::Admins => {
                let seq = event.seq;
                Some(Self {
                    seq: Some(seq),
                    ..Self::for_staff(event)
                })
            }
            Audience::Staff if concerns_present_ticket(&event) => Some(Self::for_staff(event)),
            Audience::Public if concerns_present_ticket(&event) => Self::for_requester(event),
            Audience::Staff | Audience::Public => None,
        }
    }

    /// Makes the notice for an audience that sees the whole event.
    pub(in crate::desk) fn for_staff(event: Event) -> Self {
        let version = event.version;
        Self {
            version: Some(version),
            ..Self::from_visible(event)
        }
    }

    /// Makes the notice for the requester of the ticket; `None` if the event is for staff only.
    pub(in crate::desk) fn for_requester(event: Event) -> Option<Self> {
        event.public().map(Self::from_visible)
    }

    fn from_visible(event: Event) -> Self {
        Self {
            id: event.id,
            seq: None,
            subject: event.subject,
            version: None,
            kind: event.kind,
            by: event.by,
            at: event.at,
            changes: event.changes,
            status: event.facts.status,
            requester: event.parties.requester,
            assignee: event.parties.assignee,
            reply: event.reply,
            reply_visibility: event.facts.reply_visibility,
        }
    }

    /// Returns the id of the ticket if the event is about a ticket.
    pub const fn ticket(&self) -> Option<TicketId> {
        match self.subject {
            Subject::Ticket(id) => Some(id),
            Subject::User(_) | Subject::Desk => None,
        }
    }
}

/// Returns whether the ticket was not deleted before the event, or is restored by it.
fn concerns_present_ticket(event: &Event) -> bool {
    event.ticket().is_some() && (!event.facts.was_deleted || event.kind == EventKind::Restored)
}
