//! Where tickets stand in the queue, with people, and in the desk's own work, kept with each write.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use super::{lines::waits, state::State};
use crate::domain::{
    id::{TicketId, UserId},
    priority::Priority,
    ticket::Ticket,
    time::Timestamp,
};

#[derive(Default)]
pub(super) struct Index {
    /// The numbers of what waits in the queue, by line.
    pub(super) lines: BTreeMap<(String, Priority), BTreeSet<u64>>,
    /// Who has what, also what is over.
    pub(super) assigned: BTreeSet<(UserId, TicketId)>,
    /// What is not settled, longest unchanged first.
    pub(super) needing_triage: BTreeSet<(Timestamp, u64)>,
    /// What may be moved to level the loads.
    pub(super) unbegun: BTreeSet<(Reverse<Priority>, u64)>,
}

impl State {
    /// Puts a ticket in the place of what it was.
    pub(super) fn store(&mut self, ticket: Ticket) {
        if let Some(before) = self.tickets.get(&ticket.id) {
            self.index.remove(before);
        }
        self.index.insert(&ticket);
        self.numbers.insert(ticket.number, ticket.id);
        self.tickets.insert(ticket.id, ticket);
    }

    pub(super) fn by_number(&self, number: u64) -> Option<&Ticket> {
        self.tickets.get(self.numbers.get(&number)?)
    }

    /// The tickets with a number above this one, by number.
    pub(super) fn after(&self, number: u64) -> impl Iterator<Item = &Ticket> {
        self.numbers
            .range((Bound::Excluded(number), Bound::Unbounded))
            .filter_map(|(_, id)| self.tickets.get(id))
    }

    pub(super) fn assigned_to(&self, person: UserId) -> impl Iterator<Item = &Ticket> {
        let [first, last] = [uuid::Uuid::nil(), uuid::Uuid::max()].map(TicketId::from_uuid);
        self.index
            .assigned
            .range((person, first)..=(person, last))
            .filter_map(|(_, ticket)| self.tickets.get(ticket))
    }
}

impl Index {
    fn insert(&mut self, ticket: &Ticket) {
        if waits(ticket) {
            let line = self.lines.entry(line(ticket)).or_default();
            line.insert(ticket.number);
        }
        if let Some(assignee) = ticket.assignee() {
            self.assigned.insert((assignee, ticket.id));
        }
        if !ticket.is_triaged() {
            self.needing_triage
                .insert((ticket.updated_at, ticket.number));
        }
        if ticket.is_unbegun() {
            self.unbegun
                .insert((Reverse(ticket.priority), ticket.number));
        }
    }

    fn remove(&mut self, ticket: &Ticket) {
        let line = line(ticket);
        if let Some(numbers) = self.lines.get_mut(&line) {
            numbers.remove(&ticket.number);
            if numbers.is_empty() {
                self.lines.remove(&line);
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

fn line(ticket: &Ticket) -> (String, Priority) {
    (ticket.backlog_lane(), ticket.priority)
}
