//! The lanes of the backlog.

use super::state::State;
use crate::domain::{
    decision::QueueReason,
    query::{BacklogHead, BacklogLane, Unbegun},
    ticket::Ticket,
};

impl State {
    pub(super) fn backlog_heads(&self) -> Vec<BacklogHead> {
        let heads = self.index.lanes.values().filter_map(|lane| lane.first());
        heads
            .filter_map(|number| self.by_number(*number))
            .map(BacklogHead::of)
            .collect()
    }

    pub(super) fn backlog_next(&self, after: &BacklogHead) -> Option<BacklogHead> {
        let lane = (after.lane.clone(), after.priority);
        let mut rest = self.index.lanes.get(&lane)?.range(after.number..);
        let next = rest.find(|number| **number > after.number)?;
        self.by_number(*next).map(BacklogHead::of)
    }

    pub(super) fn backlog_lanes(&self) -> Vec<BacklogLane> {
        let lanes = self.index.lanes.iter().filter_map(|(lane, numbers)| {
            let tickets = || numbers.iter().filter_map(|number| self.by_number(*number));
            let has_no_candidate = |ticket: &&Ticket| {
                let queued = ticket.queued;
                queued.is_some_and(|queued| queued.reason == QueueReason::Nobody)
            };
            Some(BacklogLane {
                lane: lane.0.clone(),
                priority: lane.1,
                length: tickets().count() as u64,
                oldest: tickets().map(|ticket| ticket.created_at).min()?,
                nobody: tickets().filter(has_no_candidate).count() as u64,
            })
        });
        lanes.collect()
    }

    pub(super) fn unbegun(&self, limit: u32) -> Vec<Unbegun> {
        let tickets = self.index.unbegun.iter();
        tickets
            .filter_map(|(_, number)| self.by_number(*number))
            .filter_map(Unbegun::of)
            .take(limit as usize)
            .collect()
    }
}
