//! Moving assigned tickets: which one an idle person takes over from a busy colleague, and in which order the tickets of
//! an absent person are handed over.

use std::cmp::Reverse;

use super::Index;
use crate::domain::{id::UserId, priority::Priority};

/// From how many open tickets on a colleague counts as busy.
const BUSY: u32 = 2;

/// A ticket on which work has not begun and that was not moved before.
#[derive(Debug)]
pub struct Movable<T> {
    /// What the caller knows the ticket by.
    pub ticket: T,
    /// The ticket's number: the smaller, the older.
    pub number: u64,
    /// The ticket's priority.
    pub priority: Priority,
    /// The present assignee.
    pub assignee: UserId,
}

/// Returns the most urgent of `tickets` that `person` can take over, of the colleague with the most open tickets, the
/// oldest first. `fits` says whether the person can take it.
pub fn choose_takeover<T>(
    index: &mut Index,
    person: UserId,
    tickets: impl IntoIterator<Item = Movable<T>>,
    mut fits: impl FnMut(&mut Index, &T) -> bool,
) -> Option<T> {
    let mut best = None;
    for one in tickets {
        let open = index.active(one.assignee).unwrap_or(0);
        if one.assignee == person || open < BUSY {
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

/// The sort key of the tickets of an absent person: the most urgent is handed over first, then the oldest.
pub const fn hand_over_order(priority: Priority, number: u64) -> (Reverse<Priority>, u64) {
    (Reverse(priority), number)
}
