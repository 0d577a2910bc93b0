//! The figures of a replay.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ReplayTicket, World, case::Case};
use crate::domain::{
    decision::Tier,
    fairness::Spread,
    priority::Priority,
    routing::Index,
    ticket::backlog_lane,
    time::{Span, Timestamp},
    user::Role,
};

/// The figures of a replay. Waits are in seconds from the creation of a ticket until work began or, if it never did,
/// until the replay ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayFigures {
    /// The number of tickets.
    pub tickets: u64,
    /// The number of tickets on which work began.
    pub served: u64,
    /// The number of finished tickets.
    pub finished: u64,
    /// The number of tickets on which work never began.
    pub waiting: u64,
    /// The mean wait.
    pub wait_mean: f64,
    /// The median wait.
    pub wait_p50: u64,
    /// The 95th percentile of the wait.
    pub wait_p95: u64,
    /// The longest wait.
    pub oldest_wait: u64,
    /// The same by priority, the highest first. Priorities without tickets are omitted.
    pub by_priority: Vec<PriorityFigures>,
    /// The number of tickets whose last assignee covers all required skills.
    pub full: u64,
    /// The number of tickets whose last assignee covers a part of them.
    pub partial: u64,
    /// The number of tickets whose last assignee is an admin, because no moderator fits.
    pub admins: u64,
    /// The number of tickets that were never assigned.
    pub never_given: u64,
    /// The number of tickets whose skills no single moderator covers completely, or that have no usable skill. It
    /// does not depend on the policy.
    pub never_covered: u64,
    /// The number of assignments of tickets that had been assigned before.
    pub moves: u64,
    /// The number of times that a ticket returned to the backlog.
    pub hand_backs: u64,
    /// The number of times that a user was assigned more than the policy allows. It is counted from the moves alone,
    /// and is always 0.
    pub over_full: u64,
    /// The spread of the seconds of work over the moderators.
    pub spread: Spread,
    /// The maximum length of the backlog.
    pub longest_queue: u64,
}

/// The waits of one priority, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PriorityFigures {
    /// The priority.
    pub priority: Priority,
    /// The number of tickets.
    pub tickets: u64,
    /// The number of tickets on which work began.
    pub served: u64,
    /// The mean wait.
    pub wait_mean: f64,
    /// The median wait.
    pub wait_p50: u64,
    /// The 95th percentile of the wait.
    pub wait_p95: u64,
}

/// Waits in milliseconds, in ascending order.
struct Waits(Vec<u64>);

impl ReplayFigures {
    /// Computes the figures of a world after its last step. `index` says what the staff can cover.
    pub fn of(world: &World<'_>, index: &mut Index) -> Self {
        let cases: Vec<&Case<'_>> = world.cases.values().collect();
        let count =
            |is: &dyn Fn(&Case<'_>) -> bool| to_u64(cases.iter().filter(|case| is(case)).count());
        let waits = Waits::of(&cases, world.now);
        let by_priority = Priority::ALL.into_iter().rev().filter_map(|priority| {
            let mut of_priority = cases.clone();
            of_priority.retain(|case| case.ticket.priority == priority);
            (!of_priority.is_empty())
                .then(|| PriorityFigures::of(priority, &of_priority, world.now))
        });
        let served = count(&|case| case.begun_at.is_some());
        let moderators = world
            .people
            .values()
            .filter(|one| one.role == Role::Moderator);
        let work: Vec<u64> = moderators
            .map(|one| u64::try_from(one.worked.num_seconds()).unwrap_or(0))
            .collect();
        Self {
            tickets: to_u64(cases.len()),
            served,
            finished: count(&|case| case.finished),
            waiting: to_u64(cases.len()) - served,
            wait_mean: waits.mean(),
            wait_p50: waits.percentile(50),
            wait_p95: waits.percentile(95),
            oldest_wait: waits.percentile(100),
            by_priority: by_priority.collect(),
            full: count(&|case| case.tier == Some(Tier::Full)),
            partial: count(&|case| case.tier == Some(Tier::Partial)),
            admins: count(&|case| case.tier == Some(Tier::Admins)),
            never_given: count(&|case| case.assignments == 0),
            never_covered: never_covered(&cases, index),
            moves: world.moves,
            hand_backs: world.unassignments,
            over_full: world.over_full,
            spread: Spread::of(&work),
            longest_queue: to_u64(world.longest_queue),
        }
    }
}

impl PriorityFigures {
    fn of(priority: Priority, cases: &[&Case<'_>], now: Timestamp) -> Self {
        let waits = Waits::of(cases, now);
        let served = cases.iter().filter(|case| case.begun_at.is_some());
        Self {
            priority,
            tickets: to_u64(cases.len()),
            served: to_u64(served.count()),
            wait_mean: waits.mean(),
            wait_p50: waits.percentile(50),
            wait_p95: waits.percentile(95),
        }
    }
}

impl Waits {
    fn of(cases: &[&Case<'_>], now: Timestamp) -> Self {
        let millis = |wait: Span| u64::try_from(wait.num_milliseconds()).unwrap_or(0);
        let mut waits: Vec<u64> = cases.iter().map(|case| millis(case.wait(now))).collect();
        waits.sort_unstable();
        Self(waits)
    }

    fn mean(&self) -> f64 {
        let total: u128 = self.0.iter().map(|wait| u128::from(*wait)).sum();
        total as f64 / 1_000.0 / self.0.len().max(1) as f64
    }

    /// Returns the smallest wait, in whole seconds, that `percent` per cent of the tickets don't exceed.
    fn percentile(&self, percent: usize) -> u64 {
        let rank = (self.0.len() * percent).div_ceil(100);
        let wait = self.0.get(rank.saturating_sub(1));
        wait.map_or(0, |wait| wait.div_ceil(1_000))
    }
}

fn never_covered(cases: &[&Case<'_>], index: &mut Index) -> u64 {
    let mut covered_by_lane: BTreeMap<String, bool> = BTreeMap::new();
    let mut is_covered = |ticket: &ReplayTicket| {
        *covered_by_lane
            .entry(backlog_lane(&ticket.skills))
            .or_insert_with(|| index.tier_of(&ticket.skills) == Tier::Full)
    };
    to_u64(cases.iter().filter(|case| !is_covered(case.ticket)).count())
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
