//! What an audience may see of an event.

use super::Audience;
use crate::domain::{
    event::{ActorId, Change, Event, EventKind, Subject},
    id::{EventId, ReplyId, TicketId, UserId},
    reply::Visibility,
    status::Status,
    time::Timestamp,
};

/// What an audience may see of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventNotice {
    /// The id of the event; the same in each repetition.
    pub id: EventId,
    /// The place of the event among all events; none for those who may not count what they may not see.
    pub seq: Option<u64>,
    /// What was changed.
    pub subject: Subject,
    /// The version of the subject that the change made. It orders the events of one subject. None for those who are shown
    /// only what is public of a ticket, for they could count its other events.
    pub version: Option<u64>,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// The fields that changed, for display.
    pub changes: Vec<Change>,
    /// The status that the ticket took; none where it stayed the same.
    pub status: Option<Status>,
    /// The requester of the ticket.
    pub requester: Option<UserId>,
    /// The assignee after the event, or until it if the event unassigned the ticket.
    pub assignee: Option<UserId>,
    /// The reply that was written.
    pub reply: Option<ReplyId>,
    /// Who may read that reply.
    pub reply_visibility: Option<Visibility>,
}

impl EventNotice {
    /// Returns what this audience may see of an event; none where it may not know of the event.
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

    /// Makes the notice for those who see all of an event.
    pub(in crate::desk) fn for_staff(event: Event) -> Self {
        let version = event.version;
        Self {
            version: Some(version),
            ..Self::from_visible(event)
        }
    }

    /// Makes the notice for the requester of the ticket; none where the event is for staff.
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

    /// Returns the ticket that the event is about, if it is one.
    pub const fn ticket(&self) -> Option<TicketId> {
        match self.subject {
            Subject::Ticket(id) => Some(id),
            Subject::User(_) | Subject::Desk => None,
        }
    }
}

/// Whether the event is one of a ticket that was not deleted before, or is fetched back by it.
fn concerns_present_ticket(event: &Event) -> bool {
    event.ticket().is_some() && (!event.facts.was_deleted || event.kind == EventKind::Restored)
}
