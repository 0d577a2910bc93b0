//! Releases the tickets of absent users.

use super::{Board, Move};
use crate::domain::{
    decision::{Cause, Decision},
    id::UserId,
    presence::is_absent,
    routing::hand_over_order,
};

impl Board {
    /// Releases the tickets of all users who are offline or have been away longer than the limit.
    pub(super) fn release_absent(&mut self) {
        let due: Vec<UserId> = self
            .absent
            .iter()
            .filter(|(_, (presence, since))| {
                is_absent(*presence, *since, self.now, self.away_limit)
            })
            .map(|(person, _)| *person)
            .collect();
        let before = self.moves.len();
        for person in due {
            self.release(person);
        }
        if self.moves.len() > before && !self.index.policy().hand_over {
            self.dispatch_backlog();
        }
    }

    /// Releases the tickets of `person`.
    ///
    /// With the policy's `hand_over`, moves each ticket to a user who can take it now; a ticket without such a user
    /// stays. Otherwise returns the tickets that were not begun to the backlog; the caller dispatches the backlog
    /// afterwards.
    pub(super) fn release(&mut self, person: UserId) {
        let Some(tickets) = self.held_by.get(&person) else {
            return;
        };
        let mut tickets: Vec<u64> = tickets.iter().copied().collect();
        tickets.sort_by_key(|number| {
            let priority = self.tickets.get(number).map(|entry| entry.ticket.priority);
            priority.map(|priority| hand_over_order(priority, *number))
        });
        if self.index.policy().hand_over {
            for number in tickets {
                self.hand_over(number);
            }
            return;
        }
        for number in tickets {
            if self.tickets.get(&number).is_some_and(|entry| !entry.begun) {
                self.take_from_holder(number);
                self.enter_backlog(number);
                self.moves.push(Move::Unassign { ticket: number });
            }
        }
    }

    fn hand_over(&mut self, number: u64) {
        let Some(ticket) = self.tickets.get(&number).map(|entry| &entry.ticket) else {
            return;
        };
        let request = ticket.request(self.acquainted.last_assignee(ticket, self.now), self.now);
        if let Decision::Assign(choice) = self.index.decide_by_age(&request) {
            self.assign(number, choice.because(Cause::HandOver));
        }
    }
}
