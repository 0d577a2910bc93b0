//! What a requester may see of the events of a ticket.

use super::{Event, EventKind};
use crate::domain::reply::Visibility;

/// What only staff sees of a change.
const INTERNAL_FIELDS: [&str; 3] = ["reason", "reviewed", "source"];

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
            .retain(|change| !INTERNAL_FIELDS.contains(&change.field.as_str()));
        let is_about_analysis = match self.kind {
            EventKind::RetriageRequested => true,
            EventKind::Reviewed => self.changes.is_empty(),
            _ => false,
        };
        (!hidden_reply && !is_about_analysis).then_some(self)
    }
}
