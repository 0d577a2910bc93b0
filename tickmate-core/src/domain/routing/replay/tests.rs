//! Tests of the simulated world: when work begins and ends, and what is counted.

use std::sync::Arc;

use super::*;
use crate::domain::{
    decision::{Cause, DecisionRecord, SkippedStaff, Tier},
    id::UserId,
    presence::Presence,
    priority::Priority,
    routing::{Move, Policy, Staff, Timers},
    skill::{Skill, Vocabulary},
    time::{Span, Timestamp, from_micros},
    user::Role,
};

const ANN: u8 = 1;
const BEN: u8 = 2;
const REQUESTER: u8 = 99;

fn id(n: u8) -> UserId {
    UserId::new(from_micros(0), [n; 10])
}

fn minute(n: i64) -> Timestamp {
    from_micros(1_700_000_000_000_000) + Span::minutes(n)
}

fn moderator(n: u8) -> Staff {
    Staff {
        id: id(n),
        role: Role::Moderator,
        skills: vec![Skill::new("linux", "Linux")],
        capacity: 10,
        active: 7,
        presence: Presence::Present,
        shift_ends: None,
        last_assignment: 3,
    }
}

fn ticket(number: u64, written: i64, work: i64) -> ReplayTicket {
    ReplayTicket {
        number,
        priority: Priority::Medium,
        requester: id(REQUESTER),
        skills: vec![Skill::new("linux", "Linux")],
        written: minute(written),
        work: Span::minutes(work),
    }
}

/// Returns a policy with timers.
fn policy_with_timers() -> Policy {
    Policy {
        relax_after: Timers::all(5),
        escalate_after: Timers::all(10),
        ..Policy::default()
    }
}

fn change(at: i64, person: u8, presence: Presence) -> PresenceChange {
    PresenceChange {
        at: minute(at),
        person: id(person),
        presence,
        shift_ends: None,
    }
}

fn period(staff: &[u8], changes: Vec<PresenceChange>, tickets: Vec<ReplayTicket>) -> Period {
    Period {
        from: minute(0),
        staff: staff.iter().map(|&n| moderator(n)).collect(),
        changes,
        tickets,
        away_limit: Span::minutes(20),
        drain: Span::MAX,
    }
}

fn assign_to(ticket: u64, to: u8) -> Move {
    let why = DecisionRecord {
        policy: "test".to_owned(),
        version: 0,
        cause: Cause::Turn,
        tier: Tier::Full,
        required: 1,
        covered: 1,
        candidates: 1,
        skipped: SkippedStaff::default(),
        chosen: None,
        runner_up: None,
    };
    Move::Assign {
        ticket,
        to: id(to),
        why: Box::new(why),
    }
}

/// Returns the starts and ends of work, with their minutes, when `router` answers.
fn narrate(period: &Period, mut router: impl FnMut(&ReplayStep) -> Vec<Move>) -> Vec<String> {
    let mut world = World::new(period, &policy_with_timers()).unwrap();
    let mut lines = Vec::new();
    while let Some(step) = world.step() {
        let minute = (step.at - minute(0)).num_minutes();
        let who = |id: UserId| id.as_uuid().as_bytes()[15];
        match &step.what {
            Happening::Finished { ticket, by } => {
                lines.push(format!("{minute}: {} finished {ticket}", who(*by)));
            }
            Happening::Begun { ticket, by } => {
                lines.push(format!("{minute}: {} began {ticket}", who(*by)));
            }
            Happening::Presence(_) | Happening::Written(_) | Happening::Tick => {}
        }
        world.apply(&router(&step));
        assert_eq!(world.refused(), 0);
    }
    lines
}

fn to_ann(step: &ReplayStep) -> Vec<Move> {
    match &step.what {
        Happening::Written(ticket) => vec![assign_to(ticket.number, ANN)],
        _ => Vec::new(),
    }
}

#[test]
fn a_user_works_on_one_ticket_at_a_time_by_priority() {
    let mut tickets = vec![
        ticket(1, 0, 10),
        ticket(2, 1, 10),
        ticket(3, 2, 10),
        ticket(4, 3, 10),
    ];
    tickets[2].priority = Priority::High;
    tickets.reverse();
    assert_eq!(
        narrate(&period(&[ANN], Vec::new(), tickets), to_ann),
        [
            "0: 1 began 1",
            "10: 1 finished 1",
            "10: 1 began 3",
            "20: 1 finished 3",
            "20: 1 began 2",
            "30: 1 finished 2",
            "30: 1 began 4",
            "40: 1 finished 4",
        ]
    );
}

#[test]
fn an_absent_user_pauses_and_resumes_the_same_ticket() {
    let mut tickets = vec![ticket(1, 0, 10), ticket(2, 5, 1)];
    tickets[1].priority = Priority::Urgent;
    let changes = vec![
        change(100, ANN, Presence::Present),
        change(4, ANN, Presence::Away),
        change(50, ANN, Presence::Offline),
        change(60, ANN, Presence::OffShift),
    ];
    assert_eq!(
        narrate(&period(&[ANN], changes, tickets), to_ann),
        [
            "0: 1 began 1",
            "106: 1 finished 1",
            "106: 1 began 2",
            "107: 1 finished 2",
        ]
    );
}

#[test]
fn the_work_done_stays_with_a_ticket_that_moves() {
    let changes = vec![change(4, ANN, Presence::Offline)];
    let period = period(&[ANN, BEN], changes, vec![ticket(1, 0, 10)]);
    let router = |step: &ReplayStep| match &step.what {
        Happening::Written(ticket) => vec![assign_to(ticket.number, ANN)],
        Happening::Presence(_) => vec![Move::Unassign { ticket: 1 }],
        Happening::Tick if step.at == minute(7) => vec![assign_to(1, BEN)],
        _ => Vec::new(),
    };
    assert_eq!(
        narrate(&period, router),
        ["0: 1 began 1", "7: 2 began 1", "13: 2 finished 1"]
    );
}

/// Returns the minutes of the ticks when `router` answers.
fn tick_minutes(
    period: &Period,
    policy: &Policy,
    mut router: impl FnMut(&ReplayStep) -> Vec<Move>,
) -> Vec<i64> {
    let mut world = World::new(period, policy).unwrap();
    let mut tick_minutes = Vec::new();
    while let Some(step) = world.step() {
        if matches!(step.what, Happening::Tick) {
            let at = step.at - minute(0);
            assert_eq!(at.num_seconds() % 60, 0);
            tick_minutes.push(at.num_minutes());
        }
        world.apply(&router(&step));
    }
    tick_minutes
}

#[test]
fn ticks_come_each_minute_while_a_ticket_waits_for_a_timer() {
    let mut late = ticket(2, 30, 1);
    late.written += Span::seconds(30);
    let period = period(&[ANN], Vec::new(), vec![ticket(1, 0, 2), late]);
    let in_time = |step: &ReplayStep| match &step.what {
        Happening::Tick if step.at == minute(3) => vec![assign_to(1, ANN)],
        Happening::Tick if step.at == minute(32) => vec![assign_to(2, ANN)],
        _ => Vec::new(),
    };
    assert_eq!(
        tick_minutes(&period, &policy_with_timers(), in_time),
        [1, 2, 3, 31, 32]
    );
    assert_eq!(
        tick_minutes(&period, &policy_with_timers(), to_ann),
        [0_i64; 0]
    );
    assert_eq!(
        tick_minutes(&period, &Policy::default(), |_| Vec::new()),
        [0_i64; 0]
    );
}

#[test]
fn ticks_come_each_minute_while_an_absent_user_has_a_ticket_to_release() {
    let changes = vec![
        change(4, ANN, Presence::Away),
        change(8, ANN, Presence::Present),
        change(9, ANN, Presence::OffShift),
        change(600, ANN, Presence::Present),
    ];
    let router = |step: &ReplayStep| match &step.what {
        Happening::Tick if step.at == minute(12) => vec![assign_to(2, BEN)],
        _ => to_ann(step),
    };
    let both = period(
        &[ANN, BEN],
        changes.clone(),
        vec![ticket(1, 0, 20), ticket(2, 0, 20)],
    );
    let direct = Policy::default();
    assert_eq!(
        tick_minutes(&both, &direct, router),
        [4, 5, 6, 7, 9, 10, 11, 12]
    );
    // A ticket in progress stays with its assignee, unless it is handed over.
    let one = period(&[ANN, BEN], changes, vec![ticket(1, 0, 20)]);
    assert_eq!(tick_minutes(&one, &direct, to_ann), [0_i64; 0]);
    let hand_over = Policy {
        hand_over: true,
        ..direct
    };
    assert_eq!(tick_minutes(&one, &hand_over, to_ann).len(), 4 + 591);
}

#[test]
fn omitted_ticks_change_nothing() {
    let policies = [
        Policy::default(),
        policy_with_timers(),
        Policy {
            hand_over: true,
            rebalance: true,
            ..policy_with_timers()
        },
    ];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..30 {
        let mut random_int = |bound| random.i64(0..bound);
        let tickets = (1..=25).map(|number| ticket(number, random_int(300), 1 + random_int(60)));
        let mut tickets: Vec<ReplayTicket> = tickets.collect();
        for ticket in &mut tickets {
            ticket.written += Span::seconds(random_int(2) * 30);
            ticket.priority = Priority::ALL[usize::try_from(random_int(4)).unwrap()];
        }
        let kinds = [Presence::Present, Presence::Away, Presence::Offline];
        let changes = (0..12).map(|_| {
            let person = if random_int(2) == 0 { ANN } else { BEN };
            change(
                random_int(400),
                person,
                kinds[usize::try_from(random_int(3)).unwrap()],
            )
        });
        let mut period = period(&[ANN, BEN], changes.collect(), tickets);
        period.drain = Span::hours(5);
        period.staff[0].capacity = 3;
        period.staff[1].capacity = 4;
        for policy in &policies {
            let mut world = World::new(&period, policy).unwrap();
            let mut board = period.board(policy, &Arc::default());
            let mut next = minute(1);
            while let Some(step) = world.step() {
                while next < step.at {
                    assert_eq!(board.tick(next), [], "{}", next - minute(0));
                    next += Span::minutes(1);
                }
                if matches!(step.what, Happening::Tick) {
                    next = step.at + Span::minutes(1);
                }
                let moves = answer(&mut board, &step);
                world.apply(&moves);
            }
            assert_eq!(world.refused(), 0);
        }
    }
}

/// Returns the cost of a replay, rounded up to a power of two.
fn cost(period: &Period, policy: &Policy) -> u64 {
    let is_enough = |budget| run::run(period, policy, &Arc::default(), &|| true, budget).is_ok();
    (0..40)
        .map(|power| 1 << power)
        .find(|&budget| is_enough(budget))
        .unwrap()
}

#[test]
fn effort_grows_with_the_backlog_and_its_waiting_time() {
    // Ann is absent for some days.
    let waiting = |number: u64, days: i64| {
        let changes = vec![
            change(0, ANN, Presence::Offline),
            change(days * 1_440, ANN, Presence::Present),
        ];
        let tickets = (1..=number).map(|number| ticket(number, 0, 1)).collect();
        period(&[ANN], changes, tickets)
    };
    let few = cost(&waiting(10, 1), &policy_with_timers());
    assert!(cost(&waiting(100, 1), &policy_with_timers()) >= 4 * few);
    assert!(cost(&waiting(10, 6), &policy_with_timers()) >= 4 * few);
    assert!(cost(&waiting(10, 6), &Policy::default()) < few / 4);
}

#[test]
fn too_much_work_ends_a_replay() {
    // More tickets wait than the effort of one day allows.
    let tickets: Vec<ReplayTicket> = (1..=50_000).map(|number| ticket(number, 0, 1)).collect();
    let period = period(&[], Vec::new(), tickets);
    let mut world = World::new(&period, &policy_with_timers()).unwrap();
    let mut effort = effort::Effort::new(&period, &policy_with_timers(), MAX_EFFORT);
    let refused = loop {
        let step = world.step().unwrap();
        if let Err(refused) = effort.spend(&world, &step) {
            break refused;
        }
        world.apply(&[]);
    };
    assert_eq!(refused, TooMuch::Work);
    assert!(world.now < minute(1_440));

    let few = Period {
        tickets: period.tickets[..50].to_vec(),
        ..period
    };
    let run = |policy: &Policy, budget| run::run(&few, policy, &Arc::default(), &|| true, budget);
    assert_eq!(
        run(&policy_with_timers(), 10_000).unwrap_err(),
        TooMuch::Work
    );
    let figures = run(&Policy::default(), 10_000).unwrap().unwrap();
    assert_eq!(figures.waiting, 50);
}

#[test]
fn a_replay_ends_when_it_is_canceled() {
    let period = period(&[ANN], Vec::new(), vec![ticket(1, 0, 10)]);
    let calls = std::cell::Cell::new(0);
    let wanted = || {
        calls.set(calls.get() + 1);
        calls.get() < 3
    };
    let stopped = replay_while(&period, &Policy::default(), &Arc::default(), &wanted);
    assert_eq!((stopped.unwrap(), calls.get()), (None, 3));
}

#[test]
fn overfull_users_and_invalid_moves_are_counted() {
    let mut tickets: Vec<ReplayTicket> = (1..=12).map(|number| ticket(number, 0, 10)).collect();
    tickets.push(ticket(12, 1, 10));
    let period = period(&[ANN], Vec::new(), tickets);
    let mut world = World::new(&period, &Policy::default()).unwrap();
    while let Some(step) = world.step() {
        world.apply(&to_ann(&step));
    }
    assert_eq!((world.over_full(), world.refused()), (2, 0));
    let invalid_moves = [
        assign_to(1, ANN),
        assign_to(77, ANN),
        assign_to(1, 50),
        Move::Unassign { ticket: 1 },
    ];
    world.apply(&invalid_moves);
    assert_eq!((world.over_full(), world.refused()), (2, 4));
}

#[test]
fn unassignable_tickets_end_the_replay_after_the_maximum_drain() {
    let changes = vec![change(1, ANN, Presence::Offline)];
    let period = period(&[ANN], changes, vec![ticket(1, 2, 10), ticket(2, 10, 10)]);
    let mut world = World::new(&period, &Policy::default()).unwrap();
    while world.step().is_some() {
        world.apply(&[]);
    }
    assert_eq!(world.now, minute(10) + MAX_DRAIN);
}

#[test]
fn figures_match_the_events() {
    let mut tickets = vec![
        ticket(1, 0, 10),
        ticket(2, 0, 10),
        ticket(3, 0, 20),
        ticket(4, 0, 10),
    ];
    tickets[2].priority = Priority::High;
    tickets[3].skills = vec![Skill::new("sap", "SAP")];
    let period = period(&[ANN], Vec::new(), tickets);
    let vocabulary = Arc::new(Vocabulary::default());
    let late = Policy::named("late").unwrap();
    let figures = replay(&period, &late, &vocabulary).unwrap();
    // Ann takes 1 at once, then 3, then 2; nobody is assigned ticket 4, which is for the admins.
    let drained = u64::try_from(MAX_DRAIN.num_seconds()).unwrap();
    assert_eq!(
        (
            figures.tickets,
            figures.served,
            figures.finished,
            figures.waiting
        ),
        (4, 3, 3, 1)
    );
    assert_eq!(
        (
            figures.full,
            figures.partial,
            figures.admins,
            figures.never_given
        ),
        (3, 0, 0, 1)
    );
    assert_eq!((figures.never_covered, figures.longest_queue), (1, 3));
    assert_eq!(
        (figures.moves, figures.hand_backs, figures.over_full),
        (0, 0, 0)
    );
    assert_eq!((figures.wait_p50, figures.oldest_wait), (600, drained));
    let [high, medium] = figures.by_priority.as_slice() else {
        panic!("{figures:?}");
    };
    assert_eq!(
        (high.priority, high.tickets, high.served, high.wait_p95),
        (Priority::High, 1, 1, 600)
    );
    assert_eq!(
        (medium.tickets, medium.served, medium.wait_p50),
        (3, 2, 1_800)
    );
    assert_eq!((figures.spread.people, figures.spread.total), (1, 40 * 60));
    let json = serde_json::to_value(&figures).unwrap();
    assert_eq!(json["waitP50"], 600);
    assert_eq!(json["byPriority"][0]["priority"], "high");
    assert_eq!(json["spread"]["busiest"], 2_400);
    assert_eq!(json["overFull"], 0);
}

#[test]
fn an_empty_period_has_figures() {
    let period = period(&[], Vec::new(), Vec::new());
    let figures = replay(&period, &Policy::default(), &Arc::default()).unwrap();
    assert_eq!(
        (figures.tickets, figures.wait_p95, figures.by_priority.len()),
        (0, 0, 0)
    );
    assert!(figures.wait_mean.abs() < f64::EPSILON);
}

#[test]
fn too_large_periods_are_refused() {
    let many = vec![ticket(1, 0, 1); MAX_TICKETS + 1];
    let tickets = period(&[ANN], Vec::new(), many);
    let changes = vec![change(0, ANN, Presence::Away); MAX_CHANGES + 1];
    let changes = period(&[ANN], changes, Vec::new());
    for (period, expected) in [(tickets, TooMuch::Tickets), (changes, TooMuch::Changes)] {
        let replayed = replay(&period, &Policy::default(), &Arc::default());
        assert_eq!(replayed.unwrap_err(), expected);
    }
}

#[test]
fn extreme_timestamps_are_accepted() {
    let mut eternal = ticket(1, 0, 1);
    eternal.work = Span::MAX;
    let mut last = ticket(2, 0, -5);
    last.written = Timestamp::MAX_UTC;
    let mut never = period(&[ANN], Vec::new(), vec![eternal, last]);
    never.from = Timestamp::MIN_UTC;
    never.changes = vec![
        PresenceChange {
            at: Timestamp::MAX_UTC,
            ..change(0, ANN, Presence::Away)
        },
        change(0, ANN, Presence::Away),
    ];
    let mut world = World::new(&never, &Policy::default()).unwrap();
    for _ in 0..10 {
        let Some(step) = world.step() else { break };
        world.apply(&to_ann(&step));
    }
}
