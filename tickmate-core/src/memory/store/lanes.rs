//! The lanes of the backlog, and the tickets that must go back to it.

use super::state::State;
use crate::domain::{
    decision::QueueReason,
    presence::Availability,
    query::{BacklogHead, BacklogLane, Unbegun},
    status::Status,
    ticket::Ticket,
    time::Timestamp,
    user::User,
};

impl State {
    pub(super) fn backlog_heads(&self) -> Vec<BacklogHead> {
        let firsts = self.index.lanes.values().filter_map(|lane| lane.first());
        firsts
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

    pub(super) fn backlog_length(&self) -> u64 {
        let lanes = self.index.lanes.values();
        lanes.map(|lane| lane.len() as u64).sum()
    }

    pub(super) fn backlog_lanes(&self) -> Vec<BacklogLane> {
        let lanes = self.index.lanes.iter().filter_map(|(lane, numbers)| {
            let tickets = || numbers.iter().filter_map(|number| self.by_number(*number));
            let for_nobody = |ticket: &&Ticket| {
                let queued = ticket.queued;
                queued.is_some_and(|queued| queued.reason == QueueReason::Nobody)
            };
            Some(BacklogLane {
                lane: lane.0.clone(),
                priority: lane.1,
                length: tickets().count() as u64,
                oldest: tickets().map(|ticket| ticket.created_at).min()?,
                nobody: tickets().filter(for_nobody).count() as u64,
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

    pub(super) fn unattended_assignments(
        &self,
        away_before: Option<Timestamp>,
        limit: u32,
    ) -> Vec<Ticket> {
        self.index
            .assigned
            .iter()
            .filter_map(|(_, ticket)| self.tickets.get(ticket))
            .filter(|ticket| self.must_go_back(ticket, away_before))
            .take(limit as usize)
            .cloned()
            .collect()
    }

    fn must_go_back(&self, ticket: &Ticket, away_before: Option<Timestamp>) -> bool {
        let Some(assignment) = ticket.assignment.as_ref().filter(|_| self.is_held(ticket)) else {
            return false;
        };
        let Some(person) = self.users.get(&assignment.to) else {
            return true;
        };
        let given_up = ticket.status == Status::Open
            && !assignment.by_human
            && away_before.is_some_and(|away_before| is_absent(person, away_before));
        !person.is_active_staff() || given_up
    }
}

fn is_absent(person: &User, away_before: Timestamp) -> bool {
    match person.availability {
        Availability::Online => !person.shift.on && person.shift.since < away_before,
        Availability::Away => person.available_since < away_before,
        Availability::Offline => true,
    }
}
