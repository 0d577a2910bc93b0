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
    /// The version of the subject that the change made. It orders the events of one subject, and each of them makes the next
    /// version. So a reader who receives every visible event of a ticket can count the hidden ones between them, such as
    /// internal notes, but learns nothing of what they hold, and nothing of other tickets.
    pub version: u64,
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
            Audience::Staff => {
                let seq = event.seq;
                Some(Self {
                    seq: Some(seq),
                    ..Self::from_visible(event)
                })
            }
            Audience::Public => {
                event.ticket()?;
                event.public().map(Self::from_visible)
            }
        }
    }

    /// Makes the notice of an event that holds only what its reader may see, without its place among all events.
    pub(in crate::desk) fn from_visible(event: Event) -> Self {
        Self {
            id: event.id,
            seq: None,
            subject: event.subject,
            version: event.version,
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
