//! Somebody idle takes over what a busy colleague has not begun.

use std::cmp::Reverse;

use super::Board;
use crate::domain::{decision::Cause, id::UserId};

impl Board {
    /// Lets an idle person take the ticket nobody began that presses most, of the colleague with the most, each
    /// ticket once at most.
    pub(super) fn rebalance(&mut self, person: UserId) {
        if !self.index.policy().rebalance || !self.index.is_idle(person) {
            return;
        }
        let Some(number) = self.ticket_to_take_over(person) else {
            return;
        };
        let Some(ticket) = self.tickets.get(&number).map(|kept| kept.ticket.clone()) else {
            return;
        };
        let choice =
            self.index
                .choose_person(person, &ticket.needs(None, self.now), Cause::Rebalance);
        if let Some(choice) = choice {
            if let Some(kept) = self.tickets.get_mut(&number) {
                kept.rebalanced = true;
            }
            self.assign(number, choice);
            // The colleague may have room again for what waits.
            self.serve();
        }
    }

    fn ticket_to_take_over(&mut self, person: UserId) -> Option<u64> {
        let mut best = None;
        for (number, kept) in &self.tickets {
            let Some(holder) = kept.holder else { continue };
            let busy = self.index.active(holder).unwrap_or(0);
            if kept.begun || kept.rebalanced || holder == person || busy < 2 {
                continue;
            }
            let order = (Reverse(kept.ticket.priority), Reverse(busy), *number);
            if best.as_ref().is_none_or(|best| order < *best)
                && self.index.fits(person, &kept.ticket.needs(None, self.now))
            {
                best = Some(order);
            }
        }
        best.map(|(_, _, number)| number)
    }
}
