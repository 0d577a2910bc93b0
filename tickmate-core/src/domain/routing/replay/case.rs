//! A ticket on its way through the world.

use super::{ReplayTicket, period::MAX_WORK};
use crate::domain::{
    decision::Tier,
    id::UserId,
    time::{Span, Timestamp},
};

/// A ticket on its way.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) ticket: &'a ReplayTicket,
    /// Who has it; none while it is held, and once it is over.
    pub(super) holder: Option<UserId>,
    /// The work that is left.
    pub(super) left: Span,
    /// When somebody first worked on it.
    pub(super) begun: Option<Timestamp>,
    pub(super) finished: bool,
    /// How often somebody was given it.
    pub(super) given: u64,
    /// How well the last one fitted who was given it.
    pub(super) tier: Option<Tier>,
}

impl<'a> Case<'a> {
    pub(super) fn new(ticket: &'a ReplayTicket) -> Self {
        Self {
            ticket,
            holder: None,
            left: ticket.work.clamp(Span::milliseconds(1), MAX_WORK),
            begun: None,
            finished: false,
            given: 0,
            tier: None,
        }
    }

    /// How long it waited until somebody began, or until now.
    pub(super) fn wait(&self, now: Timestamp) -> Span {
        (self.begun.unwrap_or(now) - self.ticket.written).max(Span::zero())
    }
}
