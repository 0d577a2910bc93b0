//! Whom each requester knows: who has, or had to the end, the newest other ticket of theirs.

use std::collections::BTreeMap;

use super::BoardTicket;
use crate::domain::{
    id::UserId,
    time::{Span, Timestamp},
};

/// Among how many of a requester's newest tickets, the asking one included, one that somebody has is looked for.
pub(crate) const ACQUAINTED_AMONG: u32 = 50;
/// How long ago that ticket was written at most.
pub(crate) const ACQUAINTED_FOR: Span = Span::days(30);

/// The newest tickets of each requester, by number, finished ones included. Kept for a policy that asks.
#[derive(Debug, Default)]
pub(super) struct Acquainted(BTreeMap<UserId, BTreeMap<u64, Known>>);

#[derive(Debug)]
struct Known {
    written: Timestamp,
    holder: Option<UserId>,
}

impl Acquainted {
    /// Notes that a ticket was written.
    pub(super) fn write(&mut self, ticket: &BoardTicket) {
        let tickets = self.0.entry(ticket.requester).or_default();
        let written = ticket.written;
        let holder = None;
        tickets.insert(ticket.number, Known { written, holder });
        if tickets.len() > ACQUAINTED_AMONG as usize {
            tickets.pop_first();
        }
    }

    /// Notes who has a ticket. One that is finished keeps who had it.
    pub(super) fn note(&mut self, ticket: &BoardTicket, holder: Option<UserId>) {
        let tickets = self.0.get_mut(&ticket.requester);
        if let Some(known) = tickets.and_then(|tickets| tickets.get_mut(&ticket.number)) {
            known.holder = holder;
        }
    }

    /// Whom the requester of a ticket knows.
    pub(super) fn of(&self, ticket: &BoardTicket, now: Timestamp) -> Option<UserId> {
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
    fn the_newest_other_ticket_that_somebody_has_counts() {
        let start = from_micros(0);
        let mut known = Acquainted::default();
        let tickets = [1, 2, 3].map(|number| ticket(number, start));
        for one in &tickets {
            known.write(one);
        }
        assert_eq!(known.of(&tickets[2], start), None);
        known.note(&tickets[1], Some(id(9)));
        known.note(&tickets[0], Some(id(8)));
        assert_eq!(
            known.of(&tickets[2], start),
            Some(id(9)),
            "by number, not by when it was given"
        );
        assert_eq!(known.of(&tickets[1], start), Some(id(8)), "not its own");
        known.note(&tickets[1], None);
        assert_eq!(known.of(&tickets[2], start), Some(id(8)), "handed back");
        let month = start + ACQUAINTED_FOR;
        assert_eq!(known.of(&tickets[2], month), Some(id(8)));
        assert_eq!(known.of(&tickets[2], month + Span::microseconds(1)), None);
        let stranger = BoardTicket {
            requester: id(2),
            ..ticket(4, start)
        };
        assert_eq!(known.of(&stranger, start), None);
    }

    #[test]
    fn as_many_tickets_as_the_desk_looks_at_are_kept() {
        let start = from_micros(0);
        let mut known = Acquainted::default();
        let first = ticket(1, start);
        known.write(&first);
        known.note(&first, Some(id(9)));
        let mut last = first;
        for number in 2..=u64::from(ACQUAINTED_AMONG) {
            last = ticket(number, start);
            known.write(&last);
        }
        assert_eq!(known.of(&last, start), Some(id(9)));
        let one_more = ticket(last.number + 1, start);
        known.write(&one_more);
        assert_eq!(known.of(&one_more, start), None);
    }
}
