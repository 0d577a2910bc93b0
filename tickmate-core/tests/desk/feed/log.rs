//! What happened, and what a listener may be sent of it.

use std::collections::HashMap;

use tickmate_core::{
    backend::store::{EventStore, TicketStore},
    desk::EventNotice,
    domain::{
        event::{Event, EventKind, Subject},
        id::{EventId, TicketId},
        reply::Visibility,
        ticket::Ticket,
        user::Role,
    },
};

use super::viewer::{Sight, Viewer};
use crate::desk::world::World;

/// What a listener is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sent {
    Event(EventId),
    Left(EventId, TicketId),
    SightChanged(EventId),
}

/// All that happened: the events, and the state of each ticket at each version.
#[derive(Default)]
pub(super) struct Log {
    pub(super) events: Vec<Event>,
    /// With the `seq` of the event that made it so.
    states: HashMap<(TicketId, u64), (u64, Ticket)>,
    pub(super) latest: HashMap<TicketId, Ticket>,
}

impl Log {
    /// Adds what one step did: at most one event of each ticket.
    pub(super) async fn follow(&mut self, world: &World) {
        let last = self.events.last().map_or(0, |event| event.seq);
        for event in world.store.events_after(last, 1_000).await.unwrap() {
            if let Some(id) = event.ticket() {
                let ticket = world.store.ticket(id).await.unwrap().unwrap();
                assert_eq!(ticket.version, event.version, "one event a step");
                let key = (id, ticket.version);
                self.states.insert(key, (event.seq, ticket.clone()));
                self.latest.insert(id, ticket);
            }
            self.events.push(event);
        }
    }

    /// What a listener may be sent of the next events, at most so many, and the `seq` that the page reaches.
    pub(super) fn allowed(&self, viewer: &Viewer, after: u64, limit: usize) -> (Vec<Sent>, u64) {
        let mut sent = Vec::new();
        let mut reached = after;
        for event in self.events.iter().filter(|event| event.seq > after) {
            if sent.len() == limit {
                return (sent, reached);
            }
            reached = event.seq;
            let Some(id) = event.ticket() else {
                if viewer.role() == Role::Admin {
                    sent.push(Sent::Event(event.id));
                } else if event.subject == Subject::User(viewer.id) {
                    sent.push(Sent::SightChanged(event.id));
                }
                continue;
            };
            let is_seen = |version: u64| {
                let state = self.states.get(&(id, version)).map(|(_, ticket)| ticket);
                match event.seq > viewer.now().since {
                    true => viewer.sight(state) != Sight::Nothing,
                    // No `Left` is sent of what the account saw of the backlog until its last change.
                    false => viewer.has(state),
                }
            };
            let is_internal = event.facts.reply_visibility == Some(Visibility::Internal)
                || event.kind == EventKind::RetriageRequested;
            match viewer.sight(self.latest.get(&id)) {
                Sight::All => sent.push(Sent::Event(event.id)),
                Sight::Public if !is_internal => sent.push(Sent::Event(event.id)),
                Sight::Public => {}
                Sight::Nothing => {
                    let [before, then] = [event.version - 1, event.version].map(is_seen);
                    if before && !then {
                        sent.push(Sent::Left(event.id, id));
                    }
                }
            }
        }
        (sent, reached)
    }

    /// Checks that a notice shows nothing that its reader must not see.
    pub(super) fn check_notice(&self, viewer: &Viewer, notice: &EventNotice) {
        assert_eq!(notice.seq, None);
        let event = self.events.iter().find(|event| event.id == notice.id);
        let event = event.unwrap();
        let sight = match event.ticket() {
            Some(id) => viewer.sight(self.latest.get(&id)),
            None => Sight::All,
        };
        if sight == Sight::Public {
            let is_internal = |field: &str| ["reason", "reviewed", "source"].contains(&field);
            let shown: Vec<_> = event
                .changes
                .iter()
                .filter(|change| !is_internal(&change.field))
                .cloned()
                .collect();
            assert_eq!(notice.changes, shown);
            assert_ne!(notice.reply_visibility, Some(Visibility::Internal));
        } else {
            assert_eq!(notice.changes, event.changes);
        }
        let version = (sight == Sight::All).then_some(event.version);
        assert_eq!(
            (notice.kind.clone(), notice.subject, notice.version),
            (event.kind.clone(), event.subject, version)
        );
        assert_eq!(
            (notice.status, notice.requester, notice.assignee),
            (
                event.facts.status,
                event.parties.requester,
                event.parties.assignee
            )
        );
        assert_eq!((notice.reply, notice.by), (event.reply, event.by));
        // What a notice says of the ticket is what its state after the event says.
        if let Some(id) = event.ticket() {
            let (_, then) = &self.states[&(id, event.version)];
            assert_eq!(notice.requester, Some(then.requester));
            assert!(notice.status.is_none_or(|status| status == then.status));
            if event.kind == EventKind::Assigned {
                assert_eq!(notice.assignee, then.assignee());
            }
        }
    }

    /// Checks that the account saw the ticket at some time before the event.
    pub(super) fn check_left(&self, viewer: &Viewer, id: EventId, ticket: TicketId) {
        let event = self.events.iter().find(|event| event.id == id).unwrap();
        let saw = (1..event.version).any(|version| {
            let (from, state) = &self.states[&(ticket, version)];
            let (to, _) = self.states[&(ticket, version + 1)];
            viewer.saw(state, *from, to)
        });
        assert!(saw, "{event:?} shows {viewer:?} a ticket");
    }
}
