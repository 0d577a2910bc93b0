//! The lines of the queue, and the tickets that must go back to it.

use std::collections::BTreeMap;

use super::{state::State, tickets::is_under_way};
use crate::domain::{
    priority::Priority,
    query::QueueHead,
    status::Status,
    ticket::Ticket,
    time::Timestamp,
    user::{Availability, User},
};

/// Whether a ticket waits in the queue: nobody has it, and the router looked.
pub(super) fn waits(ticket: &Ticket) -> bool {
    ticket.is_assignable() && ticket.queued.is_some()
}

impl State {
    /// What waits in the queue, oldest first.
    pub(super) fn in_queue(&self) -> impl Iterator<Item = &Ticket> {
        self.numbers
            .values()
            .filter_map(|id| self.tickets.get(id))
            .filter(|ticket| waits(ticket))
    }

    pub(super) fn queue_heads(&self) -> Vec<QueueHead> {
        let mut heads: BTreeMap<(String, Priority), QueueHead> = BTreeMap::new();
        for ticket in self.in_queue() {
            let line = (ticket.queue_class(), ticket.priority);
            heads.entry(line).or_insert_with(|| head(ticket));
        }
        heads.into_values().collect()
    }

    pub(super) fn queue_next(&self, after: &QueueHead) -> Option<QueueHead> {
        self.in_queue()
            .filter(|ticket| ticket.number > after.number && ticket.priority == after.priority)
            .map(head)
            .find(|next| next.class == after.class)
    }

    pub(super) fn to_hand_back(&self, away_before: Timestamp, limit: u32) -> Vec<Ticket> {
        self.numbers
            .values()
            .filter_map(|id| self.tickets.get(id))
            .filter(|ticket| self.must_go_back(ticket, away_before))
            .take(limit as usize)
            .cloned()
            .collect()
    }

    fn must_go_back(&self, ticket: &Ticket, away_before: Timestamp) -> bool {
        let Some(assignment) = ticket.assignment.as_ref().filter(|_| is_under_way(ticket)) else {
            return false;
        };
        let Some(person) = self.users.get(&assignment.to) else {
            return true;
        };
        let given_up =
            ticket.status == Status::Open && !assignment.by_human && is_absent(person, away_before);
        !person.is_active_staff() || given_up
    }
}

fn is_absent(person: &User, away_before: Timestamp) -> bool {
    match person.availability {
        Availability::Online => false,
        Availability::Away => person.available_since < away_before,
        Availability::Offline => true,
    }
}

fn head(ticket: &Ticket) -> QueueHead {
    QueueHead {
        ticket: ticket.id,
        number: ticket.number,
        class: ticket.queue_class(),
        priority: ticket.priority,
        requester: ticket.requester,
    }
}
