//! What a replay costs, told from outside the router: each thing that happens, and what has to be looked at for it.

use std::collections::BTreeSet;

use super::{Happening, Period, ReplayStep, TooMuch, World};
use crate::domain::{
    presence::Presence, priority::Priority, routing::Policy, ticket::backlog_lane,
};

/// Looking for somebody for a ticket counts as this many looks at one.
const CHOICE: u64 = 5;

/// What is left of a replay's budget.
#[derive(Debug)]
pub(super) struct Effort {
    left: u64,
    /// The most lines that the queue can have.
    lines: u64,
    timed: bool,
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
            left: budget,
            lines: number(classes.len() * Priority::ALL.len()),
            timed: !policy.relax_after.is_off() || !policy.escalate_after.is_off(),
            rebalance: policy.rebalance,
            hand_over: policy.hand_over,
        }
    }

    /// Takes what a step costs at most, as far as the world tells.
    ///
    /// # Errors
    /// [`TooMuch::Work`] where that much is not left.
    pub(super) fn spend(&mut self, world: &World<'_>, step: &ReplayStep) -> Result<(), TooMuch> {
        let held = number(world.backlog_length());
        let serving = CHOICE + held.min(self.lines);
        let cost = match &step.what {
            Happening::Begun { .. } => 1,
            Happening::Written(_) => serving,
            Happening::Finished { by, .. } => {
                serving + self.rebalancing(world, world.open(*by) == 0)
            }
            Happening::Presence(change) => match change.presence {
                Presence::Present => {
                    serving + self.rebalancing(world, world.open(change.person) == 0)
                }
                _ => serving + CHOICE * u64::from(world.open(change.person)),
            },
            Happening::Tick => {
                let released = if self.hand_over { CHOICE } else { 1 } * world.to_give_up();
                1 + released + if self.timed { held + serving } else { 0 }
            }
        };
        self.left = self.left.checked_sub(cost).ok_or(TooMuch::Work)?;
        Ok(())
    }

    /// Somebody idle looks at all that others have.
    fn rebalancing(&self, world: &World<'_>, idle: bool) -> u64 {
        match self.rebalance && idle {
            true => number(world.unfinished()),
            false => 0,
        }
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
