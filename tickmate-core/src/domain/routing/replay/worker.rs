//! A person who works on one ticket at a time, next by priority, then age, and never drops one that was begun.

use std::{cmp::Reverse, collections::BTreeSet};

use super::ReplayTicket;
use crate::domain::{
    presence::Presence,
    priority::Priority,
    routing::{Policy, Staff},
    time::{Span, Timestamp},
    user::Role,
};

/// The place of a ticket in somebody's own queue.
type Place = (Reverse<Priority>, Timestamp, u64);

/// A person at work.
#[derive(Debug)]
pub(super) struct Worker {
    /// How many tickets the policy gives the person.
    pub(super) limit: u32,
    pub(super) role: Role,
    pub(super) present: bool,
    /// How many unfinished tickets the person has.
    pub(super) open: u32,
    queue: BTreeSet<Place>,
    /// What the person works on, or will when back.
    pub(super) in_hand: Option<u64>,
    /// Since when; none during a pause.
    pub(super) since: Option<Timestamp>,
    /// Counts beginnings and pauses, so that the end of work that was interrupted is known as such.
    pub(super) run: u64,
    /// The work done so far.
    pub(super) worked: Span,
}

impl Worker {
    pub(super) fn new(staff: &Staff, policy: &Policy) -> Self {
        Self {
            limit: policy.limit(staff.capacity),
            role: staff.role,
            present: staff.presence == Presence::Present,
            open: 0,
            queue: BTreeSet::new(),
            in_hand: None,
            since: None,
            run: 0,
            worked: Span::zero(),
        }
    }

    pub(super) fn enqueue(&mut self, ticket: &ReplayTicket) {
        self.queue.insert(place(ticket));
    }

    pub(super) fn leave(&mut self, ticket: &ReplayTicket) {
        self.queue.remove(&place(ticket));
    }

    /// Whether a ticket lies in the own queue.
    pub(super) fn is_waited_for(&self) -> bool {
        !self.queue.is_empty()
    }

    /// The next ticket of the own queue, for who is there and has nothing in hand.
    pub(super) fn next(&mut self) -> Option<u64> {
        if !self.present || self.in_hand.is_some() {
            return None;
        }
        self.queue.pop_first().map(|(_, _, number)| number)
    }

    /// Begins or goes on with what is in hand.
    pub(super) fn work(&mut self, now: Timestamp) {
        self.since = Some(now);
        self.run += 1;
    }

    /// Stops working. Answers how long it went on.
    pub(super) fn stop(&mut self, now: Timestamp) -> Span {
        let Some(since) = self.since.take() else {
            return Span::zero();
        };
        let done = now - since;
        self.run += 1;
        self.worked += done;
        done
    }
}

fn place(ticket: &ReplayTicket) -> Place {
    (Reverse(ticket.priority), ticket.written, ticket.number)
}
