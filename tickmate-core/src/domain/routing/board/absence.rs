//! What becomes of the tickets of somebody absent.

use super::{Board, Move};
use crate::domain::{decision::Cause, id::UserId, presence::Presence};

impl Board {
    /// Everybody who was gone or away for too long gives up what can be given up.
    pub(super) fn release_absent(&mut self) {
        let due: Vec<UserId> = self
            .absent
            .iter()
            .filter(|(_, (presence, since))| {
                *presence == Presence::Offline || self.now - *since >= self.away_limit
            })
            .map(|(person, _)| *person)
            .collect();
        let requeued = self.moves.len();
        for person in due {
            self.release(person);
        }
        if self.moves.len() > requeued && !self.index.policy().hand_over {
            self.serve();
        }
    }

    /// With *hand over* each ticket moves to somebody who can take it at once, and stays until then; without it what
    /// was not begun goes back to the queue, and is to be served with what waits there.
    pub(super) fn release(&mut self, person: UserId) {
        let Some(tickets) = self.held_by.get(&person) else {
            return;
        };
        let mut tickets: Vec<u64> = tickets.iter().copied().collect();
        tickets.sort_by_key(|number| {
            let priority = self.tickets.get(number).map(|kept| kept.ticket.priority);
            (std::cmp::Reverse(priority), *number)
        });
        if self.index.policy().hand_over {
            for number in tickets {
                if let Some(mut choice) = self.choice_for(number) {
                    choice.why.cause = Cause::HandOver;
                    self.assign(number, choice);
                }
            }
            return;
        }
        for number in tickets {
            if self.tickets.get(&number).is_some_and(|kept| !kept.begun) {
                self.take_from_holder(number);
                self.line_up(number);
                self.moves.push(Move::Unassign { ticket: number });
            }
        }
    }
}
