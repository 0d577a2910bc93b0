//! The same trace driven through a whole desk gives the same assignments as the router alone, under every policy:
//! what is decided is decided by the router, however many reads, writes and jobs lie between.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]

mod real;
#[path = "../support/mod.rs"]
mod support;
mod trace;

use std::{collections::BTreeSet, sync::Arc};

use real::Real;
use tickmate_core::domain::{
    decision::DecidedBy,
    id::UserId,
    routing::{
        Move, Policy, Timers,
        replay::{ReplayFigures, World, answer},
    },
};
use trace::{REQUESTERS, Trace};

/// How large a run is.
struct Size {
    seeds: u64,
    tickets: u64,
    /// Whether every policy is tried without handing over, too.
    whole: bool,
}

/// Policies that differ from others by who comes first alone: less of them is tried.
const FEW: [&str; 2] = ["relative", "sticky"];

#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says how long they may take"
)]
fn size() -> Size {
    match std::env::var("TICKMATE_TEST_LONG").as_deref() {
        Ok("1") => Size {
            seeds: 3,
            tickets: 250,
            whole: true,
        },
        _ => Size {
            seeds: 1,
            tickets: 120,
            whole: false,
        },
    }
}

/// Who is given what, in the order in which it happened.
fn given(moves: &[Move]) -> Vec<(u64, UserId)> {
    let given = moves.iter().filter_map(|one| match one {
        Move::Assign { ticket, to, .. } => Some((*ticket, *to)),
        Move::Unassign { .. } => None,
    });
    given.collect()
}

/// What goes back to the queue: at once, so that the order says nothing.
fn requeued(moves: &[Move]) -> BTreeSet<u64> {
    let back = moves.iter().filter_map(|one| match one {
        Move::Unassign { ticket } => Some(*ticket),
        Move::Assign { .. } => None,
    });
    back.collect()
}

/// How many go to somebody because the requester knows that person.
fn acquainted(moves: &[Move]) -> usize {
    let by = |one: &&Move| match one {
        Move::Assign { why, .. } => {
            let next = why.runner_up.as_ref();
            next.is_some_and(|next| next.decided_by == DecidedBy::Acquainted)
        }
        Move::Unassign { .. } => false,
    };
    moves.iter().filter(by).count()
}

/// Drives board and desk through one trace, step by step: what came of it, and how many went to acquaintances.
async fn in_lock_step(policy: &Policy, trace: &Trace) -> (ReplayFigures, usize) {
    let real = Real::new(policy, trace).await;
    let period = real.period(trace).await;
    let vocabulary = Arc::new(trace::vocabulary());
    let mut world = World::new(&period, policy).unwrap();
    let mut board = period.board(policy, &vocabulary);
    let mut to_acquaintances = 0;
    while let Some(step) = world.step() {
        let expected = answer(&mut board, &step);
        to_acquaintances += acquainted(&expected);
        let moves = real.answer(&step).await;
        assert_eq!(
            (given(&moves), requeued(&moves)),
            (given(&expected), requeued(&expected)),
            "{}, hand over {}: the desk differs at {step:?}, expected {expected:#?}",
            policy.name,
            policy.hand_over,
        );
        world.apply(&moves);
        // Seats are taken by moves alone.
        if moves.is_empty() {
            continue;
        }
        for one in real.roster().await {
            assert!(one.active <= policy.limit(one.capacity), "{one:?}");
            assert_eq!(one.active, world.open(one.id), "{one:?}");
        }
    }
    assert_eq!((world.over_full(), world.refused()), (0, 0));
    (ReplayFigures::of(&world, board.index()), to_acquaintances)
}

/// Short enough to come to pass within a trace.
const SOON: Timers = Timers::all(12);

async fn check(name: &str) {
    let Size {
        seeds,
        tickets,
        whole,
    } = size();
    for seed in 0..seeds {
        for (real, hand_over) in [(false, false), (true, true), (true, false)] {
            if real && !hand_over && !(whole || name == "direct") {
                continue;
            }
            if !real && !whole && FEW.contains(&name) {
                continue;
            }
            let mut policy = Policy::named(name).unwrap();
            policy.hand_over = hand_over;
            if !policy.relax_after.is_off() {
                policy.relax_after = SOON;
            }
            // With few who ask, those whom they know are free now and then.
            let requesters = if policy.sticky { 3 } else { REQUESTERS };
            let trace = Trace::new(7 + seed, tickets, requesters, real);
            let (figures, acquainted) = in_lock_step(&policy, &trace).await;
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
