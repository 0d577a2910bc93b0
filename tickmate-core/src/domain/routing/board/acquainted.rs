//! The last assignee of each requester: the assignee (also of a finished ticket) of the requester's newest other
//! ticket.

use std::collections::BTreeMap;

use super::BoardTicket;
use crate::domain::{
    id::UserId,
    time::{Span, Timestamp},
};

/// The number of a requester's newest tickets, the current one included, that are searched for an assignee.
pub(crate) const ACQUAINTED_AMONG: u32 = 50;
/// The maximum age of that ticket.
pub(crate) const ACQUAINTED_FOR: Span = Span::days(30);

/// The newest tickets of each requester, finished ones included, by number. Filled only under a sticky policy.
#[derive(Debug, Default)]
pub(super) struct Acquainted(BTreeMap<UserId, BTreeMap<u64, PastTicket>>);

#[derive(Debug)]
struct PastTicket {
    written: Timestamp,
    holder: Option<UserId>,
}

impl Acquainted {
    /// Records a new ticket.
    pub(super) fn write(&mut self, ticket: &BoardTicket) {
        let tickets = self.0.entry(ticket.requester).or_default();
        let written = ticket.written;
        let holder = None;
        tickets.insert(ticket.number, PastTicket { written, holder });
        if tickets.len() > ACQUAINTED_AMONG as usize {
            tickets.pop_first();
        }
    }

    /// Records the assignee of a ticket. A finished ticket keeps its last assignee.
    pub(super) fn set_holder(&mut self, ticket: &BoardTicket, holder: Option<UserId>) {
        let tickets = self.0.get_mut(&ticket.requester);
        if let Some(known) = tickets.and_then(|tickets| tickets.get_mut(&ticket.number)) {
            known.holder = holder;
        }
    }

    /// Returns the last assignee of the ticket's requester.
    pub(super) fn last_assignee(&self, ticket: &BoardTicket, now: Timestamp) -> Option<UserId> {
        let since = now - ACQUAINTED_FOR;
        let tickets = self.0.get(&ticket.requester)?.iter().rev();
        tickets
            .filter(|(number, known)| **number != ticket.number && known.written >= since)
            .find_map(|(_, known)| known.holder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{priority::Priority, time::from_micros};

    fn id(n: u8) -> UserId {
        UserId::new(from_micros(0), [n; 10])
    }

    fn ticket(number: u64, written: Timestamp) -> BoardTicket {
        BoardTicket {
            number,
            priority: Priority::Medium,
            requester: id(1),
            skills: Vec::new(),
            written,
        }
    }

    #[test]
    fn the_assignee_of_the_newest_other_ticket_counts() {
        let start = from_micros(0);
        let mut history = Acquainted::default();
        let tickets = [1, 2, 3].map(|number| ticket(number, start));
        for one in &tickets {
            history.write(one);
        }
        assert_eq!(history.last_assignee(&tickets[2], start), None);
        history.set_holder(&tickets[1], Some(id(9)));
        history.set_holder(&tickets[0], Some(id(8)));
        assert_eq!(
            history.last_assignee(&tickets[2], start),
            Some(id(9)),
            "by number, not by when it was given"
        );
        assert_eq!(
            history.last_assignee(&tickets[1], start),
            Some(id(8)),
            "not its own"
        );
        history.set_holder(&tickets[1], None);
        assert_eq!(
            history.last_assignee(&tickets[2], start),
            Some(id(8)),
            "handed back"
        );
        let month = start + ACQUAINTED_FOR;
        assert_eq!(history.last_assignee(&tickets[2], month), Some(id(8)));
        assert_eq!(
            history.last_assignee(&tickets[2], month + Span::microseconds(1)),
            None
        );
        let stranger = BoardTicket {
            requester: id(2),
            ..ticket(4, start)
        };
        assert_eq!(history.last_assignee(&stranger, start), None);
    }

    #[test]
    fn only_the_newest_tickets_of_a_requester_are_searched() {
        let start = from_micros(0);
        let mut history = Acquainted::default();
        let first = ticket(1, start);
        history.write(&first);
        history.set_holder(&first, Some(id(9)));
        let mut last = first;
        for number in 2..=u64::from(ACQUAINTED_AMONG) {
            last = ticket(number, start);
            history.write(&last);
        }
        assert_eq!(history.last_assignee(&last, start), Some(id(9)));
        let one_more = ticket(last.number + 1, start);
        history.write(&one_more);
        assert_eq!(history.last_assignee(&one_more, start), None);
    }
}
