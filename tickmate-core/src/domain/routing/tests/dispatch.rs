//! The steps of a dispatch, with scripted races and failures.

use std::sync::Arc;

use uuid::Uuid;

use crate::domain::{
    id::UserId,
    presence::Presence,
    priority::Priority,
    routing::{
        AssigneeRequest, Dispatch, DispatchLimits, DispatchReport, DispatchStep, Index, LaneHead,
        Needs, Policy, Staff,
    },
    skill::{Skill, Vocabulary},
    time::{Timestamp, from_micros},
    user::Role,
};

const LIMITS: DispatchLimits = DispatchLimits {
    assigned: 2,
    loaded: 10,
    failed: 1,
    tries: 2,
};

fn now() -> Timestamp {
    from_micros(1_000_000)
}

/// Creates an index with an admin of this capacity as the only member of staff, who takes tickets without skills.
fn index(capacity: u32) -> Index {
    let mut index = Index::new(Policy::default(), 0, Arc::new(Vocabulary::shipped()));
    index.extend(vec![Staff {
        id: UserId::from_uuid(Uuid::from_u128(1)),
        role: Role::Admin,
        skills: Vec::new(),
        capacity,
        active: 0,
        presence: Presence::Present,
        shift_ends: None,
        last_assignment: 0,
    }]);
    index
}

fn requester() -> UserId {
    UserId::from_uuid(Uuid::from_u128(99))
}

fn head(number: u64, requester: UserId, is_awaited: bool) -> LaneHead<'static> {
    LaneHead {
        number,
        priority: Priority::Medium,
        requester,
        created_at: from_micros(0),
        skills: &[],
        is_apart: false,
        is_awaited,
    }
}

fn loaded<'a>() -> DispatchReport<'a, u64> {
    const NO_SKILLS: &[Skill] = &[];
    DispatchReport::Loaded(Some(AssigneeRequest {
        needs: Needs {
            skills: NO_SKILLS,
            requester: requester(),
            declined_by: &[],
            previous: None,
            now: now(),
        },
        priority: Priority::Medium,
        created_at: from_micros(0),
    }))
}

/// Returns the steps that follow these reports, as words.
fn steps(
    dispatch: &mut Dispatch<u64>,
    index: &mut Index,
    reports: Vec<DispatchReport<'_, u64>>,
) -> Vec<String> {
    let word = |step| match step {
        DispatchStep::Load(ticket) => format!("load {ticket}"),
        DispatchStep::Claim(ticket, _) => format!("claim {ticket}"),
        DispatchStep::ReadFollowing(ticket) => format!("follow {ticket}"),
        DispatchStep::Abort => "abort".to_owned(),
        DispatchStep::Done => "done".to_owned(),
    };
    reports
        .into_iter()
        .map(|report| word(dispatch.advance(index, report)))
        .collect()
}

fn one_lane(index: &mut Index, is_awaited: bool) -> Dispatch<u64> {
    let mut dispatch = Dispatch::new(LIMITS, now());
    dispatch.add_lane(index, 1, &head(1, requester(), is_awaited));
    dispatch
}

#[test]
fn a_lane_is_followed_until_the_limit_of_assignments() {
    let mut index = index(5);
    let mut dispatch = one_lane(&mut index, false);
    let next = |number| DispatchReport::Following(Some((number, head(number, requester(), false))));
    let reports = vec![
        DispatchReport::Started,
        loaded(),
        DispatchReport::Claimed,
        next(2),
        // A ticket that can't be assigned any more, or can't be read, does not count.
        DispatchReport::Loaded(None),
        next(3),
        loaded(),
        DispatchReport::Claimed,
        next(4),
    ];
    assert_eq!(
        steps(&mut dispatch, &mut index, reports),
        [
            "load 1", "claim 1", "follow 1", "load 2", "follow 2", "load 3", "claim 3", "follow 3",
            "done"
        ]
    );
}

#[test]
fn a_lost_race_loads_the_ticket_again_up_to_the_limit_of_tries() {
    let mut index = index(5);
    let mut dispatch = one_lane(&mut index, false);
    let reports = vec![
        DispatchReport::Started,
        loaded(),
        DispatchReport::LostRace,
        loaded(),
        DispatchReport::LostRace,
        DispatchReport::Following(None),
    ];
    assert_eq!(
        steps(&mut dispatch, &mut index, reports),
        ["load 1", "claim 1", "load 1", "claim 1", "follow 1", "done"]
    );
}

#[test]
fn a_second_failure_or_the_failure_of_an_awaited_ticket_ends_the_run() {
    let mut index = index(5);
    let mut dispatch = one_lane(&mut index, false);
    dispatch.add_single(&mut index, 2, &head(2, requester(), false));
    let failures = vec![
        DispatchReport::Started,
        DispatchReport::Failed,
        DispatchReport::Following(None),
        DispatchReport::Failed,
    ];
    assert_eq!(
        steps(&mut dispatch, &mut index, failures),
        ["load 1", "follow 1", "load 2", "abort"]
    );
    let mut awaited = one_lane(&mut index, true);
    let failure = vec![DispatchReport::Started, DispatchReport::Failed];
    assert_eq!(
        steps(&mut awaited, &mut index, failure),
        ["load 1", "abort"]
    );
}

#[test]
fn a_closed_lane_is_omitted_and_an_awaited_ticket_gets_its_reason() {
    let mut index = index(0);
    let mut dispatch = one_lane(&mut index, false);
    dispatch.add_single(&mut index, 2, &head(2, requester(), true));
    let reports = vec![DispatchReport::Started, loaded()];
    assert_eq!(
        steps(&mut dispatch, &mut index, reports),
        ["load 2", "done"]
    );
    let waiting: Vec<u64> = dispatch
        .into_not_assigned()
        .into_iter()
        .map(|(ticket, _)| ticket)
        .collect();
    assert_eq!(waiting, [2]);
}
