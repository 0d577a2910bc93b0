//! A simulated user, who works on one ticket at a time, takes the next by priority, then by age, and never drops a
//! begun ticket.

use std::{cmp::Reverse, collections::BTreeSet};

use super::ReplayTicket;
use crate::domain::{
    presence::Presence,
    priority::Priority,
    routing::{Policy, Staff},
    time::{Span, Timestamp},
    user::Role,
};

/// The sort key of a ticket among a user's pending tickets.
type PendingKey = (Reverse<Priority>, Timestamp, u64);

/// A simulated user.
#[derive(Debug)]
pub(super) struct Worker {
    /// The maximum number of tickets under the policy.
    pub(super) limit: u32,
    pub(super) role: Role,
    pub(super) present: bool,
    /// The number of unfinished tickets.
    pub(super) open: u32,
    pending: BTreeSet<PendingKey>,
    /// The ticket in progress, or paused while the user is absent.
    pub(super) current: Option<u64>,
    /// Since when the user has worked on it; `None` during a pause.
    pub(super) since: Option<Timestamp>,
    /// Counts starts and pauses of work. An end of work that was scheduled under an earlier count is obsolete.
    pub(super) run: u64,
    /// The total work done.
    pub(super) worked: Span,
}

impl Worker {
    pub(super) fn new(staff: &Staff, policy: &Policy) -> Self {
        Self {
            limit: policy.limit(staff.capacity),
            role: staff.role,
            present: staff.presence == Presence::Present,
            open: 0,
            pending: BTreeSet::new(),
            current: None,
            since: None,
            run: 0,
            worked: Span::zero(),
        }
    }

    pub(super) fn add_pending(&mut self, ticket: &ReplayTicket) {
        self.pending.insert(pending_key(ticket));
    }

    pub(super) fn remove_pending(&mut self, ticket: &ReplayTicket) {
        self.pending.remove(&pending_key(ticket));
    }

    /// Returns whether the user has tickets that are not in progress.
    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Takes the next pending ticket if the user is present and has none in progress.
    pub(super) fn take_next(&mut self) -> Option<u64> {
        if !self.present || self.current.is_some() {
            return None;
        }
        self.pending.pop_first().map(|(_, _, number)| number)
    }

    /// Starts or resumes work on the current ticket.
    pub(super) fn start(&mut self, now: Timestamp) {
        self.since = Some(now);
        self.run += 1;
    }

    /// Stops working. Returns how long the work has run since its start or last pause.
    pub(super) fn stop(&mut self, now: Timestamp) -> Span {
        let Some(since) = self.since.take() else {
            return Span::zero();
        };
        let elapsed = now - since;
        self.run += 1;
        self.worked += elapsed;
        elapsed
    }
}

fn pending_key(ticket: &ReplayTicket) -> PendingKey {
    (Reverse(ticket.priority), ticket.written, ticket.number)
}
