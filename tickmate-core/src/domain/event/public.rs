//! What a requester may see of the events of a ticket.

use super::{Event, EventKind};
use crate::domain::reply::Visibility;

/// The changes that a requester sees. Others, such as the reason of an assignment and what a review says, are for staff.
const PUBLIC_FIELDS: [&str; 13] = [
    "title",
    "description",
    "status",
    "priority",
    "category",
    "type",
    "deadline",
    "relatedSkills",
    "summary",
    "assignedTo",
    "queue",
    "deletedAt",
    "visibility",
];

impl Event {
    /// Returns what a requester sees of an event: no reply unless it is known to be public, no reasons, and of what
    /// staff does with an analysis what it changes of the ticket.
    #[must_use]
    pub fn public(mut self) -> Option<Self> {
        let public_reply = self
            .facts
            .reply_visibility
            .is_some_and(Visibility::is_public);
        let hidden_reply = self.kind == EventKind::Replied && !public_reply;
        self.changes
            .retain(|change| PUBLIC_FIELDS.contains(&change.field.as_str()));
        let is_about_analysis = match self.kind {
            EventKind::RetriageRequested => true,
            EventKind::Reviewed => self.changes.is_empty(),
            _ => false,
        };
        (!hidden_reply && !is_about_analysis).then_some(self)
    }
}
