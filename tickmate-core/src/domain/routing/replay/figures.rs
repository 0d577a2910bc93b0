//! What came of a replay, in figures.

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

/// What came of a replay. Waits are in seconds from a ticket's writing until somebody began it; where nobody did, until
/// the replay ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayFigures {
    /// How many tickets were written.
    pub tickets: u64,
    /// How many of them somebody began.
    pub served: u64,
    /// How many of them are done.
    pub finished: u64,
    /// How many nobody began.
    pub waiting: u64,
    /// The wait in the mean.
    pub wait_mean: f64,
    /// The wait that half of the tickets don't exceed.
    pub wait_p50: u64,
    /// The wait that 95 of 100 tickets don't exceed.
    pub wait_p95: u64,
    /// The longest wait.
    pub oldest_wait: u64,
    /// The same by priority, those that press most first; a priority without tickets is left out.
    pub by_priority: Vec<PriorityFigures>,
    /// How many tickets are with somebody, or were done by somebody, who covers all that they need.
    pub full: u64,
    /// How many likewise with somebody who covers a part.
    pub partial: u64,
    /// How many likewise with an admin, for want of anybody who fits.
    pub admins: u64,
    /// How many nobody was ever given.
    pub never_given: u64,
    /// How many need skills that no moderator of the staff has all of, or none that anybody knows: under whatever
    /// policy.
    pub never_covered: u64,
    /// How often somebody was given a ticket that somebody had been given before.
    pub moves: u64,
    /// How often a ticket went back to the queue.
    pub hand_backs: u64,
    /// How often somebody was given more than the policy allows; always 0, counted from the moves alone.
    pub over_full: u64,
    /// How evenly the seconds of work are spread over the moderators.
    pub spread: Spread,
    /// The most tickets that waited in the queue at once.
    pub longest_queue: u64,
}

/// The waits of one priority, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PriorityFigures {
    /// Which.
    pub priority: Priority,
    /// How many tickets were written.
    pub tickets: u64,
    /// How many of them somebody began.
    pub served: u64,
    /// The wait in the mean.
    pub wait_mean: f64,
    /// The wait that half of the tickets don't exceed.
    pub wait_p50: u64,
    /// The wait that 95 of 100 tickets don't exceed.
    pub wait_p95: u64,
}

/// Waits in milliseconds, in ascending order.
struct Waits(Vec<u64>);

impl ReplayFigures {
    /// The figures of a world that has come to its end. The index tells what the staff could do.
    pub fn of(world: &World<'_>, index: &mut Index) -> Self {
        let cases: Vec<&Case<'_>> = world.cases.values().collect();
        let count =
            |is: &dyn Fn(&Case<'_>) -> bool| number(cases.iter().filter(|case| is(case)).count());
        let waits = Waits::of(&cases, world.now);
        let by_priority = Priority::ALL.into_iter().rev().filter_map(|priority| {
            let mut of_it = cases.clone();
            of_it.retain(|case| case.ticket.priority == priority);
            (!of_it.is_empty()).then(|| PriorityFigures::of(priority, &of_it, world.now))
        });
        let served = count(&|case| case.begun.is_some());
        let moderators = world
            .people
            .values()
            .filter(|one| one.role == Role::Moderator);
        let work: Vec<u64> = moderators
            .map(|one| u64::try_from(one.worked.num_seconds()).unwrap_or(0))
            .collect();
        Self {
            tickets: number(cases.len()),
            served,
            finished: count(&|case| case.finished),
            waiting: number(cases.len()) - served,
            wait_mean: waits.mean(),
            wait_p50: waits.percentile(50),
            wait_p95: waits.percentile(95),
            oldest_wait: waits.percentile(100),
            by_priority: by_priority.collect(),
            full: count(&|case| case.tier == Some(Tier::Full)),
            partial: count(&|case| case.tier == Some(Tier::Partial)),
            admins: count(&|case| case.tier == Some(Tier::Admins)),
            never_given: count(&|case| case.given == 0),
            never_covered: never_covered(&cases, index),
            moves: world.moves,
            hand_backs: world.hand_backs,
            over_full: world.over_full,
            spread: Spread::of(&work),
            longest_queue: number(world.longest_queue),
        }
    }
}

impl PriorityFigures {
    fn of(priority: Priority, cases: &[&Case<'_>], now: Timestamp) -> Self {
        let waits = Waits::of(cases, now);
        let served = cases.iter().filter(|case| case.begun.is_some());
        Self {
            priority,
            tickets: number(cases.len()),
            served: number(served.count()),
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

    /// The smallest wait, in whole seconds, that so many per cent of the tickets don't exceed.
    fn percentile(&self, percent: usize) -> u64 {
        let rank = (self.0.len() * percent).div_ceil(100);
        let wait = self.0.get(rank.saturating_sub(1));
        wait.map_or(0, |wait| wait.div_ceil(1_000))
    }
}

fn never_covered(cases: &[&Case<'_>], index: &mut Index) -> u64 {
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    let mut is_covered = |ticket: &ReplayTicket| {
        *known
            .entry(backlog_lane(&ticket.skills))
            .or_insert_with(|| index.tier_of(&ticket.skills) == Tier::Full)
    };
    number(cases.iter().filter(|case| !is_covered(case.ticket)).count())
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
