//! Moving assigned tickets: which ticket an idle user takes over from a busy colleague, and in which order the
//! tickets of an absent user are handed over.

use std::cmp::Reverse;

use super::Index;
use crate::domain::{id::UserId, priority::Priority};

/// The number of open tickets from which a colleague counts as busy.
const BUSY_FROM: u32 = 2;

/// A ticket that was not begun and was not moved before.
#[derive(Debug)]
pub struct Movable<T> {
    /// The caller's handle of the ticket.
    pub ticket: T,
    /// The ticket's number: the smaller, the older.
    pub number: u64,
    /// The ticket's priority.
    pub priority: Priority,
    /// The current assignee.
    pub assignee: UserId,
}

/// Returns the most urgent of `tickets` that `person` can take over; among these, one of the colleague with the most
/// open tickets, and of that colleague the oldest. `fits` says whether the person can take a ticket.
pub fn choose_takeover<T>(
    index: &mut Index,
    person: UserId,
    tickets: impl IntoIterator<Item = Movable<T>>,
    mut fits: impl FnMut(&mut Index, &T) -> bool,
) -> Option<T> {
    let mut best = None;
    for one in tickets {
        let open = index.active(one.assignee).unwrap_or(0);
        if one.assignee == person || open < BUSY_FROM {
            continue;
        }
        let order = (Reverse(one.priority), Reverse(open), one.number);
        let is_better = best.as_ref().is_none_or(|(best, _)| order < *best);
        if is_better && fits(index, &one.ticket) {
            best = Some((order, one.ticket));
        }
    }
    best.map(|(_, ticket)| ticket)
}

/// Returns the sort key for handing over the tickets of an absent user: the most urgent first, then the oldest.
pub const fn hand_over_order(priority: Priority, number: u64) -> (Reverse<Priority>, u64) {
    (Reverse(priority), number)
}
