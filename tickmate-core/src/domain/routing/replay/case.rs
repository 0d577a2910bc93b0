//! The state of a ticket in the simulated world.

use super::{ReplayTicket, period::MAX_WORK};
use crate::domain::{
    decision::Tier,
    id::UserId,
    time::{Span, Timestamp},
};

/// A ticket and its state.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) ticket: &'a ReplayTicket,
    /// The assignee; `None` while the ticket is in the backlog and after it is finished.
    pub(super) holder: Option<UserId>,
    /// The remaining work.
    pub(super) remaining: Span,
    /// When work on the ticket first began.
    pub(super) begun_at: Option<Timestamp>,
    pub(super) finished: bool,
    /// The number of assignments.
    pub(super) assignments: u64,
    /// The tier of the last assignment.
    pub(super) tier: Option<Tier>,
}

impl<'a> Case<'a> {
    pub(super) fn new(ticket: &'a ReplayTicket) -> Self {
        Self {
            ticket,
            holder: None,
            remaining: ticket.work.clamp(Span::milliseconds(1), MAX_WORK),
            begun_at: None,
            finished: false,
            assignments: 0,
            tier: None,
        }
    }

    /// Returns the wait from the creation of the ticket until work began, or until now.
    pub(super) fn wait(&self, now: Timestamp) -> Span {
        (self.begun_at.unwrap_or(now) - self.ticket.written).max(Span::zero())
    }
}
