//! The facts of each ticket and the indexes over them, updated with each write.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use super::state::State;
use crate::domain::{
    facts::TicketFacts,
    id::{TicketId, UserId},
    priority::Priority,
    ticket::Ticket,
    time::Timestamp,
};

#[derive(Default)]
pub(super) struct Index {
    pub(super) facts: BTreeMap<TicketId, TicketFacts>,
    /// The numbers of the tickets in the backlog, by lane and priority.
    pub(super) lanes: BTreeMap<(String, Priority), BTreeSet<u64>>,
    /// Assignees and their tickets, including finished ones.
    pub(super) assigned: BTreeSet<(UserId, TicketId)>,
    /// Tickets that are not triaged, those unchanged for longest first.
    pub(super) needing_triage: BTreeSet<(Timestamp, u64)>,
    /// Tickets that may be moved to balance the loads.
    pub(super) unbegun: BTreeSet<(Reverse<Priority>, u64)>,
}

impl State {
    /// Inserts a ticket or replaces its previous state.
    pub(super) fn store(&mut self, ticket: Ticket) {
        if let Some(before) = self.tickets.get(&ticket.id) {
            self.index.remove(before);
        }
        self.index.insert(&ticket);
        self.numbers.insert(ticket.number, ticket.id);
        self.tickets.insert(ticket.id, ticket);
    }

    /// Returns whether the ticket is unfinished and assigned.
    pub(super) fn is_held(&self, ticket: &Ticket) -> bool {
        let facts = self.index.facts.get(&ticket.id);
        facts.is_some_and(|facts| facts.is_held)
    }

    pub(super) fn by_number(&self, number: u64) -> Option<&Ticket> {
        self.tickets.get(self.numbers.get(&number)?)
    }

    /// Returns the tickets with a number above this one, ordered by number.
    pub(super) fn numbered_above(&self, number: u64) -> impl Iterator<Item = &Ticket> {
        self.numbers
            .range((Bound::Excluded(number), Bound::Unbounded))
            .filter_map(|(_, id)| self.tickets.get(id))
    }

    pub(super) fn assigned_to(&self, user: UserId) -> impl Iterator<Item = &Ticket> {
        let [first, last] = [uuid::Uuid::nil(), uuid::Uuid::max()].map(TicketId::from_uuid);
        self.index
            .assigned
            .range((user, first)..=(user, last))
            .filter_map(|(_, ticket)| self.tickets.get(ticket))
    }
}

impl Index {
    fn insert(&mut self, ticket: &Ticket) {
        let facts = ticket.facts();
        if let Some(lane) = &facts.backlog_lane {
            let lane = self.lanes.entry((lane.clone(), ticket.priority));
            lane.or_default().insert(ticket.number);
        }
        if let Some(assignee) = ticket.assignee() {
            self.assigned.insert((assignee, ticket.id));
        }
        if !facts.is_triaged {
            self.needing_triage
                .insert((ticket.updated_at, ticket.number));
        }
        if facts.is_unbegun {
            self.unbegun
                .insert((Reverse(ticket.priority), ticket.number));
        }
        self.facts.insert(ticket.id, facts);
    }

    fn remove(&mut self, ticket: &Ticket) {
        let facts = self.facts.remove(&ticket.id);
        if let Some(lane) = facts.and_then(|facts| facts.backlog_lane) {
            let lane = (lane, ticket.priority);
            if let Some(numbers) = self.lanes.get_mut(&lane) {
                numbers.remove(&ticket.number);
                if numbers.is_empty() {
                    self.lanes.remove(&lane);
                }
            }
        }
        if let Some(assignee) = ticket.assignee() {
            self.assigned.remove(&(assignee, ticket.id));
        }
        self.needing_triage
            .remove(&(ticket.updated_at, ticket.number));
        self.unbegun
            .remove(&(Reverse(ticket.priority), ticket.number));
    }
}
