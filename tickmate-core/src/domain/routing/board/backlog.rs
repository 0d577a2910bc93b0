//! The board's backlog and its dispatch. A lane holds the tickets with the same required skills and the same
//! priority.

use super::{Board, BoardTicket};
use crate::domain::{
    priority::Priority,
    routing::{Dispatch, DispatchLimits, DispatchReport, DispatchStep, LaneHead},
};

/// The key of a lane: the required skills and the priority of its tickets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lane {
    needs: Vec<(String, u8)>,
    priority: Priority,
}

impl BoardTicket {
    const fn lane_head(&self) -> LaneHead<'_> {
        LaneHead {
            number: self.number,
            priority: self.priority,
            requester: self.requester,
            created_at: self.written,
            skills: self.skills.as_slice(),
            is_apart: false,
            is_awaited: false,
        }
    }
}

impl Board {
    pub(super) fn enter_backlog(&mut self, number: u64) {
        if let Some(lane) = self.lane_of(number) {
            self.lanes.entry(lane).or_default().insert(number);
        }
    }

    pub(super) fn leave_backlog(&mut self, number: u64) {
        let Some(lane) = self.lane_of(number) else {
            return;
        };
        if let Some(tickets) = self.lanes.get_mut(&lane) {
            tickets.remove(&number);
            if tickets.is_empty() {
                self.lanes.remove(&lane);
            }
        }
    }

    fn lane_of(&self, number: u64) -> Option<Lane> {
        let ticket = &self.tickets.get(&number)?.ticket;
        let mut needs: Vec<(String, u8)> = ticket
            .skills
            .iter()
            .map(|skill| (skill.id.clone(), skill.least_level().as_u8()))
            .collect();
        needs.sort_unstable();
        needs.dedup();
        Some(Lane {
            needs,
            priority: ticket.priority,
        })
    }

    /// Assigns tickets of the backlog to staff with free seats, the most urgent lane first.
    pub(super) fn dispatch_backlog(&mut self) {
        let mut dispatch = Dispatch::new(DispatchLimits::NONE, self.now);
        for tickets in self.lanes.values() {
            let head = tickets.first().and_then(|number| self.tickets.get(number));
            if let Some(entry) = head {
                let ticket = &entry.ticket;
                dispatch.add_lane(&mut self.index, ticket.number, &ticket.lane_head());
            }
        }
        let mut step = dispatch.advance(&mut self.index, DispatchReport::Started);
        loop {
            step = match step {
                DispatchStep::Load(number) => {
                    let ticket = self.tickets.get(&number).map(|entry| &entry.ticket);
                    let request = ticket.map(|ticket| {
                        ticket.request(self.acquainted.last_assignee(ticket, self.now), self.now)
                    });
                    dispatch.advance(&mut self.index, DispatchReport::Loaded(request))
                }
                DispatchStep::Claim(number, choice) => {
                    self.assign(number, choice);
                    dispatch.advance(&mut self.index, DispatchReport::Claimed)
                }
                DispatchStep::ReadFollowing(number) => {
                    let following = self.following(number);
                    let entry = following.and_then(|number| self.tickets.get(&number));
                    let head = entry.map(|entry| (entry.ticket.number, entry.ticket.lane_head()));
                    dispatch.advance(&mut self.index, DispatchReport::Following(head))
                }
                DispatchStep::Abort | DispatchStep::Done => return,
            };
        }
    }

    /// Returns the next ticket in the lane of `number`, which may have left the lane itself.
    fn following(&self, number: u64) -> Option<u64> {
        let lane = self.lanes.get(&self.lane_of(number)?)?;
        lane.range(number + 1..).next().copied()
    }

    /// Raises the priority of each backlog ticket by one level if its escalation is due.
    pub(super) fn escalate(&mut self) {
        let waiting: Vec<u64> = self.lanes.values().flatten().copied().collect();
        for number in waiting {
            let Some(entry) = self.tickets.get(&number) else {
                continue;
            };
            let priority = entry.ticket.priority;
            let since = entry.escalated_at.unwrap_or(entry.ticket.written);
            let raised = self.index.policy().escalated(priority, since, self.now);
            if raised != priority {
                self.leave_backlog(number);
                if let Some(entry) = self.tickets.get_mut(&number) {
                    entry.ticket.priority = raised;
                    entry.escalated_at = Some(self.now);
                }
                self.enter_backlog(number);
            }
        }
    }
}
