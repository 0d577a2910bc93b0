//! Rebalancing: an idle user takes over a ticket that a busy colleague has not begun.

use super::Board;
use crate::domain::{
    decision::Cause,
    id::UserId,
    routing::{Movable, choose_takeover},
};

impl Board {
    /// Moves one ticket to `person` if that user is idle, see [`choose_takeover`]. Each ticket is moved at most once.
    pub(super) fn rebalance(&mut self, person: UserId) {
        if !self.index.policy().rebalance || !self.index.is_idle(person) {
            return;
        }
        let Some(number) = self.ticket_to_take_over(person) else {
            return;
        };
        let Some(ticket) = self.tickets.get(&number).map(|entry| entry.ticket.clone()) else {
            return;
        };
        let needs = ticket.request(None, self.now).needs;
        let choice = self.index.choose_person(person, &needs, Cause::Rebalance);
        if let Some(choice) = choice {
            if let Some(entry) = self.tickets.get_mut(&number) {
                entry.rebalanced = true;
            }
            self.assign(number, choice);
            // The colleague may have a free seat for the backlog now.
            self.dispatch_backlog();
        }
    }

    fn ticket_to_take_over(&mut self, person: UserId) -> Option<u64> {
        let movable = self.tickets.values().filter_map(|entry| {
            let is_movable = !entry.begun && !entry.rebalanced;
            Some(Movable {
                ticket: &entry.ticket,
                number: entry.ticket.number,
                priority: entry.ticket.priority,
                assignee: entry.holder.filter(|_| is_movable)?,
            })
        });
        let now = self.now;
        let chosen = choose_takeover(&mut self.index, person, movable, |index, ticket| {
            index.fits(person, &ticket.request(None, now).needs)
        });
        chosen.map(|ticket| ticket.number)
    }
}
