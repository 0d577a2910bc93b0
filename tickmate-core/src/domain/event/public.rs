//! The part of a ticket's events that a requester may see.

use super::{Event, EventKind};
use crate::domain::reply::Visibility;

/// The changes that a requester sees. Others, such as the reason of an assignment and the content of a review, are for staff.
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
    /// Returns the part of the event that a requester may see: no reply unless it is known to be public, no reasons, and of
    /// a review only the changes of the ticket. None if the whole event is for staff.
    #[must_use]
    pub fn public(mut self) -> Option<Self> {
        let public_reply = self
            .facts
            .reply_visibility
            .is_some_and(Visibility::is_public);
        let hidden_reply = self.kind == EventKind::Replied && !public_reply;
        self.changes
            .retain(|change| PUBLIC_FIELDS.contains(&change.field.as_str()));
        let is_for_staff = match self.kind {
            EventKind::RetriageRequested => true,
            EventKind::Reviewed => !self.facts.fields_changed,
            // The meaning of a newer version's kind is unknown.
            EventKind::Unknown(_) => true,
            _ => false,
        };
        (!hidden_reply && !is_for_staff).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        event::{ActorId, Change, EventFacts, Parties, Subject},
        id::{EventId, TicketId},
        time::from_micros,
    };

    fn event(kind: EventKind, facts: EventFacts, fields: &[&str]) -> Event {
        let at = from_micros(0);
        Event {
            id: EventId::new(at, [1; 10]),
            seq: 1,
            subject: Subject::Ticket(TicketId::new(at, [1; 10])),
            version: 2,
            kind,
            by: ActorId::System,
            at,
            changes: fields
                .iter()
                .filter_map(|field| Change::of(field, json!(null), 1))
                .collect(),
            facts,
            parties: Parties::default(),
            reply: None,
        }
    }

    #[test]
    fn only_facts_decide_what_a_requester_sees() {
        let changed = EventFacts {
            fields_changed: true,
            ..EventFacts::default()
        };
        let reply = |visibility| EventFacts {
            reply_visibility: visibility,
            ..EventFacts::default()
        };
        let none = EventFacts::default;
        for (kind, facts, fields, visible_changes) in [
            // The fact makes a review visible, not its changes.
            (EventKind::Reviewed, none(), &["priority"][..], None),
            (
                EventKind::Reviewed,
                changed.clone(),
                &["priority", "reviewed"],
                Some(1),
            ),
            (EventKind::Reviewed, changed.clone(), &[], Some(0)),
            (EventKind::RetriageRequested, none(), &[], None),
            (
                EventKind::from("escalated_later"),
                changed.clone(),
                &["status"],
                None,
            ),
            (EventKind::Replied, none(), &[], None),
            (
                EventKind::Replied,
                reply(Some(Visibility::Internal)),
                &["visibility"],
                None,
            ),
            (
                EventKind::Replied,
                reply(Some(Visibility::Public)),
                &["visibility"],
                Some(1),
            ),
            (
                EventKind::Assigned,
                none(),
                &["assignedTo", "reason"],
                Some(1),
            ),
        ] {
            let public = event(kind.clone(), facts, fields).public();
            let changes = public.map(|event| event.changes.len());
            assert_eq!(changes, visible_changes, "{kind:?} {fields:?}");
        }
    }
}
