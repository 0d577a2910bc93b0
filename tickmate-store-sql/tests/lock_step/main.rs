//! Runs the same trace through a whole desk and through the router alone, under every policy. The assignments are
//! equal: the reads, writes and jobs of the desk don't change the router's decisions.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]

mod real;
#[path = "../support/mod.rs"]
mod support;
mod trace;

use std::{collections::BTreeSet, sync::Arc};

use real::TestDesk;
use tickmate_core::domain::{
    decision::DecidedBy,
    id::UserId,
    routing::{
        Move, Policy, Timers,
        replay::{ReplayFigures, World, answer},
    },
};
use trace::{REQUESTERS, Trace};

/// The size of a test run.
struct Size {
    seeds: u64,
    tickets: u64,
    /// Whether every policy is also tested without handing over.
    every_policy: bool,
}

/// Policies that differ from others only in the order of candidates, so fewer cases of them are tested.
const REDUCED: [&str; 2] = ["relative", "sticky"];

#[expect(
    clippy::disallowed_methods,
    reason = "the environment states how long the tests may take"
)]
fn size() -> Size {
    match std::env::var("TICKMATE_TEST_LONG").as_deref() {
        Ok("1") => Size {
            seeds: 3,
            tickets: 250,
            every_policy: true,
        },
        _ => Size {
            seeds: 1,
            tickets: 120,
            every_policy: false,
        },
    }
}

/// Returns the assigned tickets with their assignees, in order.
fn assigned(moves: &[Move]) -> Vec<(u64, UserId)> {
    let assigned = moves.iter().filter_map(|step| match step {
        Move::Assign { ticket, to, .. } => Some((*ticket, *to)),
        Move::Unassign { .. } => None,
    });
    assigned.collect()
}

/// Returns the requeued tickets. They are requeued at the same time, so their order has no meaning.
fn requeued(moves: &[Move]) -> BTreeSet<u64> {
    let requeued = moves.iter().filter_map(|step| match step {
        Move::Unassign { ticket } => Some(*ticket),
        Move::Assign { .. } => None,
    });
    requeued.collect()
}

/// Counts the assignments that were decided by acquaintance with the requester.
fn count_acquainted(moves: &[Move]) -> usize {
    let is_acquainted = |step: &&Move| match step {
        Move::Assign { why, .. } => {
            let next = why.runner_up.as_ref();
            next.is_some_and(|next| next.decided_by == DecidedBy::Acquainted)
        }
        Move::Unassign { .. } => false,
    };
    moves.iter().filter(is_acquainted).count()
}

/// Drives the router and a desk through one trace, step by step. Returns the figures and the number of assignments by
/// acquaintance.
async fn run_in_lock_step(policy: &Policy, trace: &Trace) -> (ReplayFigures, usize) {
    let desk = TestDesk::new(policy, trace).await;
    let period = desk.period(trace).await;
    let vocabulary = Arc::new(trace::vocabulary());
    let mut world = World::new(&period, policy).unwrap();
    let mut board = period.board(policy, &vocabulary);
    let mut acquainted = 0;
    while let Some(step) = world.step() {
        let expected = answer(&mut board, &step);
        acquainted += count_acquainted(&expected);
        let moves = desk.answer(&step).await;
        assert_eq!(
            (assigned(&moves), requeued(&moves)),
            (assigned(&expected), requeued(&expected)),
            "{}, hand over {}: the desk differs at {step:?}, expected {expected:#?}",
            policy.name,
            policy.hand_over,
        );
        world.apply(&moves);
        // Only moves change which seats are taken.
        if moves.is_empty() {
            continue;
        }
        for staff in desk.roster().await {
            assert!(staff.active <= policy.limit(staff.capacity), "{staff:?}");
            assert_eq!(staff.active, world.open(staff.id), "{staff:?}");
        }
    }
    assert_eq!((world.over_full(), world.refused()), (0, 0));
    (ReplayFigures::of(&world, board.index()), acquainted)
}

/// Short enough to expire within a trace.
const SHORT_TIMERS: Timers = Timers::all(12);

async fn check(name: &str) {
    let Size {
        seeds,
        tickets,
        every_policy,
    } = size();
    for seed in 0..seeds {
        for (real, hand_over) in [(false, false), (true, true), (true, false)] {
            if real && !hand_over && !(every_policy || name == "direct") {
                continue;
            }
            if !real && !every_policy && REDUCED.contains(&name) {
                continue;
            }
            let mut policy = Policy::named(name).unwrap();
            policy.hand_over = hand_over;
            if !policy.relax_after.is_off() {
                policy.relax_after = SHORT_TIMERS;
            }
            // With few requesters, the staff that they know is free now and then.
            let requesters = if policy.sticky { 3 } else { REQUESTERS };
            let trace = Trace::new(7 + seed, tickets, requesters, real);
            let (figures, acquainted) = run_in_lock_step(&policy, &trace).await;
            assert_eq!(acquainted > 0, policy.sticky, "{name}: {acquainted}");
            assert!(
                figures.full > tickets / 2 && figures.longest_queue > 4,
                "{figures:?}"
            );
        }
    }
}

macro_rules! policies {
    ($($test:ident = $name:literal),+ $(,)?) => {$(
        #[tokio::test]
        async fn $test() {
            check($name).await;
        }
    )+};
}

policies! {
    direct = "direct",
    late = "late",
    ahead = "ahead",
    rebalance = "rebalance",
    direct_rebalance = "direct-rebalance",
    round_robin = "round-robin",
    relax = "relax",
    relative = "relative",
    sticky = "sticky",
}
