//! The cost of a replay, estimated from outside the router: each event, and what a router has to examine for it.

use std::collections::BTreeSet;

use super::{Happening, Period, ReplayStep, TooMuch, World};
use crate::domain::{
    presence::Presence, priority::Priority, routing::Policy, ticket::backlog_lane,
};

/// The cost of choosing an assignee for a ticket, relative to examining one ticket.
const CHOICE: u64 = 5;

/// The remaining budget of a replay.
#[derive(Debug)]
pub(super) struct Effort {
    remaining: u64,
    /// The maximum number of backlog lanes.
    max_lanes: u64,
    has_timers: bool,
    rebalance: bool,
    hand_over: bool,
}

impl Effort {
    pub(super) fn new(period: &Period, policy: &Policy, budget: u64) -> Self {
        let classes: BTreeSet<String> = period
            .tickets
            .iter()
            .map(|ticket| backlog_lane(&ticket.skills))
            .collect();
        Self {
            remaining: budget,
            max_lanes: to_u64(classes.len() * Priority::ALL.len()),
            has_timers: !policy.relax_after.is_off() || !policy.escalate_after.is_off(),
            rebalance: policy.rebalance,
            hand_over: policy.hand_over,
        }
    }

    /// Spends the maximum cost of a step in the current state of the world.
    ///
    /// # Errors
    /// Returns [`TooMuch::Work`] if the budget does not suffice.
    pub(super) fn spend(&mut self, world: &World<'_>, step: &ReplayStep) -> Result<(), TooMuch> {
        let waiting = to_u64(world.backlog_length());
        let dispatching = CHOICE + waiting.min(self.max_lanes);
        let cost = match &step.what {
            Happening::Begun { .. } => 1,
            Happening::Written(_) => dispatching,
            Happening::Finished { by, .. } => {
                dispatching + self.rebalancing(world, world.open(*by) == 0)
            }
            Happening::Presence(change) => match change.presence {
                Presence::Present => {
                    dispatching + self.rebalancing(world, world.open(change.person) == 0)
                }
                _ => dispatching + CHOICE * u64::from(world.open(change.person)),
            },
            Happening::Tick => {
                let released = if self.hand_over { CHOICE } else { 1 } * world.tickets_to_release();
                1 + released
                    + if self.has_timers {
                        waiting + dispatching
                    } else {
                        0
                    }
            }
        };
        self.remaining = self.remaining.checked_sub(cost).ok_or(TooMuch::Work)?;
        Ok(())
    }

    /// Returns the cost of rebalancing for an idle user, which examines all unfinished tickets.
    fn rebalancing(&self, world: &World<'_>, is_idle: bool) -> u64 {
        match self.rebalance && is_idle {
            true => to_u64(world.unfinished()),
            false => 0,
        }
    }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
