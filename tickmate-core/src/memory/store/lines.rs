//! The lanes of the backlog.

use super::state::State;
use crate::domain::{
    decision::QueueReason,
    query::{BacklogHead, BacklogLane, Unbegun},
    ticket::Ticket,
};

/// Whether a ticket waits in the queue: nobody has it, and the router looked.
pub(super) fn waits(ticket: &Ticket) -> bool {
    ticket.is_assignable() && ticket.queued.is_some()
}

impl State {
    pub(super) fn backlog_heads(&self) -> Vec<BacklogHead> {
        let firsts = self.index.lines.values().filter_map(|line| line.first());
        firsts
            .filter_map(|number| self.by_number(*number))
            .map(head)
            .collect()
    }

    pub(super) fn backlog_next(&self, after: &BacklogHead) -> Option<BacklogHead> {
        let line = (after.class.clone(), after.priority);
        let mut rest = self.index.lines.get(&line)?.range(after.number..);
        let next = rest.find(|number| **number > after.number)?;
        self.by_number(*next).map(head)
    }

    pub(super) fn backlog_lanes(&self) -> Vec<BacklogLane> {
        let lines = self.index.lines.iter().filter_map(|(line, numbers)| {
            let tickets = || numbers.iter().filter_map(|number| self.by_number(*number));
            let for_nobody = |ticket: &&Ticket| {
                let queued = ticket.queued;
                queued.is_some_and(|queued| queued.reason == QueueReason::Nobody)
            };
            Some(BacklogLane {
                class: line.0.clone(),
                priority: line.1,
                length: tickets().count() as u64,
                oldest: tickets().map(|ticket| ticket.created_at).min()?,
                nobody: tickets().filter(for_nobody).count() as u64,
            })
        });
        lines.collect()
    }

    pub(super) fn unbegun(&self, limit: u32) -> Vec<Unbegun> {
        let tickets = self.index.unbegun.iter();
        tickets
            .filter_map(|(_, number)| self.by_number(*number))
            .filter_map(|ticket| {
                Some(Unbegun {
                    ticket: ticket.id,
                    number: ticket.number,
                    class: ticket.backlog_lane(),
                    priority: ticket.priority,
                    assignee: ticket.assignee()?,
                    created_at: ticket.created_at,
                })
            })
            .take(limit as usize)
            .collect()
    }
}

fn head(ticket: &Ticket) -> BacklogHead {
    BacklogHead {
        ticket: ticket.id,
        number: ticket.number,
        class: ticket.backlog_lane(),
        priority: ticket.priority,
        requester: ticket.requester,
        created_at: ticket.created_at,
    }
}
