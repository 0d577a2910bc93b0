//! A table of decisions.

use super::*;
use crate::domain::{
    decision::{Cause, DecidedBy, SkippedStaff},
    routing::LoadMeasure,
    time::Span,
};

#[test]
fn full_match_before_partial_before_admins() {
    let full = moderator(1, &["react", "sap"]);
    let partial = moderator(2, &["react"]);
    let other = moderator(3, &["linux"]);
    for (staff, expected) in [
        (
            vec![admin(9), partial.clone(), full.clone(), other.clone()],
            (id(1), Tier::Full),
        ),
        (
            vec![admin(9), partial.clone(), other.clone()],
            (id(2), Tier::Partial),
        ),
        (vec![admin(9), other], (id(9), Tier::Admins)),
    ] {
        assert_eq!(chosen(&decide(staff, &["react", "sap"])), Some(expected));
    }
    let nothing_found = decide(vec![full, admin(9)], &[]);
    assert_eq!(chosen(&nothing_found), Some((id(9), Tier::Admins)));
    let skilled_admin = Staff {
        skills: vec![skill_of("react")],
        ..admin(9)
    };
    let decision = decide(vec![skilled_admin, partial], &["react"]);
    assert_eq!(chosen(&decision), Some((id(2), Tier::Full)));
}

#[test]
fn a_skill_covers_its_ancestors() {
    for (holds, needs, expected) in [
        ("postgresql", "sql", Some((id(1), Tier::Full))),
        ("postgresql", "database", Some((id(1), Tier::Full))),
        ("sql", "database", Some((id(1), Tier::Full))),
        // It counts half, which is more than a quarter.
        ("database", "postgresql", Some((id(1), Tier::Partial))),
        ("mysql", "postgresql", None),
        ("react", "database", None),
    ] {
        let decision = decide(vec![moderator(1, &[holds])], &[needs]);
        assert_eq!(chosen(&decision), expected, "{holds} for {needs}");
    }
    // If a skill and its ancestor are required, only the skill counts.
    let decision = decide(
        vec![moderator(1, &["postgresql"])],
        &["database", "postgresql", "sql"],
    );
    assert_eq!((decision.why().required, decision.why().covered), (1, 1));
}

#[test]
fn a_required_level_is_a_minimum() {
    let novice = moderator(1, &["react@1"]);
    let plain = moderator(2, &["react"]);
    let expert = Staff {
        active: 2,
        ..moderator(3, &["react@3"])
    };
    let staff = vec![novice, plain, expert];
    for (needs, expected) in [
        ("react", id(1)),
        ("react@1", id(1)),
        ("react@2", id(2)),
        ("react@3", id(3)),
    ] {
        let decision = decide(staff.clone(), &[needs]);
        assert_eq!(chosen(&decision), Some((expected, Tier::Full)), "{needs}");
    }
    // Nobody has the level: a holder at a lower level covers half.
    let decision = decide(staff[..2].to_vec(), &["react@3"]);
    assert_eq!(chosen(&decision), Some((id(1), Tier::Partial)));
    // The level of a skill applies to its ancestors, too.
    let decision = decide(vec![moderator(1, &["postgresql@3"])], &["database@3"]);
    assert_eq!(chosen(&decision), Some((id(1), Tier::Full)));
}

#[test]
fn an_unknown_skill_that_nobody_holds_is_ignored() {
    let staff = || vec![moderator(1, &["react"]), admin(9)];
    let decision = decide(staff(), &["react", "x:legacy"]);
    assert_eq!(chosen(&decision), Some((id(1), Tier::Full)));
    let decision = decide(staff(), &["x:legacy"]);
    assert_eq!(chosen(&decision), Some((id(9), Tier::Admins)));
    let mut with_legacy = staff();
    with_legacy.push(moderator(2, &["x:legacy"]));
    let decision = decide(with_legacy.clone(), &["x:legacy"]);
    assert_eq!(chosen(&decision), Some((id(2), Tier::Full)));
    // As soon as one moderator holds the skill, it counts for all.
    let decision = decide(with_legacy, &["react", "x:legacy"]);
    assert_eq!(decision.why().tier, Tier::Partial);
    // Skills of the dictionary count even if nobody holds them.
    let mut more = staff();
    more.extend([moderator(4, &["linux"]), moderator(5, &["linux"])]);
    let decision = decide(more, &["react", "sap"]);
    assert_eq!(
        (decision.why().tier, decision.why().covered),
        (Tier::Partial, 1)
    );
}

#[test]
fn a_rare_skill_outweighs_a_common_one() {
    let mut staff: Vec<Staff> = (2..10).map(|n| moderator(n, &["linux"])).collect();
    staff.push(Staff {
        active: 2,
        ..moderator(1, &["sap"])
    });
    let decision = decide(staff.clone(), &["sap", "linux"]);
    assert_eq!(chosen(&decision), Some((id(1), Tier::Partial)));
    // Less than a quarter is not enough.
    staff.truncate(8);
    staff.push(admin(20));
    let decision = decide(staff, &["sap", "react", "postgresql", "linux"]);
    assert_eq!(chosen(&decision), Some((id(20), Tier::Admins)));
}

#[test]
fn a_ticket_waits_while_all_who_fit_are_full_or_absent() {
    let full = Staff {
        active: 3,
        ..moderator(1, &["react"])
    };
    let absent = |n, presence| Staff {
        presence,
        ..moderator(n, &["react"])
    };
    let lesser = moderator(3, &["sap"]);
    let decision = decide(
        vec![
            full.clone(),
            absent(4, Presence::Away),
            absent(5, Presence::Offline),
            absent(6, Presence::OffShift),
            lesser.clone(),
            admin(9),
        ],
        &["react"],
    );
    assert_eq!(hold_reason(&decision), Some(QueueReason::Full));
    let one_each = SkippedStaff {
        full: 1,
        away: 1,
        offline: 1,
        off_shift: 1,
        ..SkippedStaff::default()
    };
    assert_eq!(decision.why().skipped, one_each);
    for (staff, reason) in [
        (vec![admin(9)], None),
        (
            vec![Staff {
                active: 3,
                ..admin(9)
            }],
            Some(QueueReason::Full),
        ),
        (
            vec![Staff {
                capacity: 0,
                ..moderator(1, &["react"])
            }],
            Some(QueueReason::Full),
        ),
        (vec![Staff { active: 7, ..full }], Some(QueueReason::Full)),
        (vec![], Some(QueueReason::Nobody)),
        (vec![lesser], Some(QueueReason::Nobody)),
    ] {
        assert_eq!(hold_reason(&decide(staff, &["react"])), reason);
    }
}

#[test]
fn the_order_is_load_then_versatility_then_last_then_id() {
    let busy = Staff {
        active: 1,
        ..moderator(1, &["react"])
    };
    let versatile = moderator(2, &["react", "sap", "linux", "postgresql"]);
    let assigned_last = Staff {
        last_assignment: 20,
        ..moderator(3, &["react"])
    };
    let assigned_first = Staff {
        last_assignment: 10,
        ..moderator(4, &["react"])
    };
    let never = moderator(5, &["react"]);
    let twin = moderator(6, &["react"]);
    let mut staff = vec![busy, versatile, assigned_last, assigned_first, never, twin];
    for (expected, decided_by) in [
        (5, Some(DecidedBy::Id)),
        (6, Some(DecidedBy::LastAssignment)),
        (4, Some(DecidedBy::LastAssignment)),
        (3, Some(DecidedBy::Versatility)),
        (2, Some(DecidedBy::Load)),
        (1, None),
    ] {
        let decision = decide(staff.clone(), &["react"]);
        assert_eq!(chosen(&decision), Some((id(expected), Tier::Full)));
        let runner_up = decision.why().runner_up.as_ref();
        assert_eq!(runner_up.map(|next| next.decided_by), decided_by);
        staff.retain(|one| one.id != id(expected));
    }
}

#[test]
fn the_requester_and_users_who_declined_are_skipped() {
    let route = |staff: Vec<Staff>, requester, declined_by: &[UserId]| {
        let skills = [skill_of("react")];
        let needs = Needs {
            requester,
            declined_by,
            ..needs(&skills)
        };
        let decision = index_of(Policy::default(), staff).decide(&needs);
        (chosen(&decision), decision.why().skipped.excluded)
    };
    let two = vec![
        moderator(1, &["react"]),
        Staff {
            active: 2,
            ..moderator(2, &["react"])
        },
        admin(9),
    ];
    let second = (Some((id(2), Tier::Full)), 1);
    assert_eq!(route(two.clone(), id(1), &[]), second);
    assert_eq!(route(two.clone(), id(250), &[id(1)]), second);
    assert_eq!(route(two.clone(), id(1), &[id(1)]), second);
    // If all users who fit are excluded, the others are considered.
    let admins = Some((id(9), Tier::Admins));
    assert_eq!(route(two.clone(), id(1), &[id(2)]), (admins, 2));
    // After three declines the ticket goes to the admins.
    assert_eq!(route(two, id(250), &[id(6), id(7), id(8)]), (admins, 0));
    let of_admins = vec![
        admin(8),
        Staff {
            active: 2,
            ..admin(9)
        },
    ];
    assert_eq!(route(of_admins, id(8), &[]).0, admins);
    // The only admin of a desk is assigned even an own ticket.
    assert_eq!(route(vec![admin(9)], id(9), &[]).0, admins);
}

#[test]
fn a_policy_limits_the_open_tickets_of_a_user() {
    let staff = vec![Staff {
        active: 1,
        capacity: 5,
        ..moderator(1, &["react"])
    }];
    for (policy, is_assigned) in [("late", false), ("ahead", true), ("direct", true)] {
        let skills = [skill_of("react")];
        let mut index = index_of(Policy::named(policy).unwrap(), staff.clone());
        let decision = index.decide(&needs(&skills));
        assert_eq!(decision.to().is_some(), is_assigned, "{policy}");
        index.give(id(1), 1);
        assert!(policy == "direct" || !index.is_open(&skills, id(255), false));
    }
}

#[test]
fn the_load_may_be_relative_or_ignored() {
    let small = Staff {
        capacity: 2,
        active: 1,
        last_assignment: 1,
        ..moderator(1, &["react"])
    };
    let large = Staff {
        capacity: 10,
        active: 2,
        last_assignment: 2,
        ..moderator(2, &["react"])
    };
    for (load, expected) in [
        (LoadMeasure::Active, id(1)),
        (LoadMeasure::Relative, id(2)),
        (LoadMeasure::RoundRobin, id(1)),
    ] {
        let policy = Policy {
            load,
            ..Policy::default()
        };
        let skills = [skill_of("react")];
        let decision = index_of(policy, vec![small.clone(), large.clone()]).decide(&needs(&skills));
        assert_eq!(decision.to(), Some(expected), "{load:?}");
    }
}

#[test]
fn a_previous_assignee_comes_first_with_at_most_one_ticket_more() {
    let index_with = |active| {
        let staff = vec![
            moderator(1, &["react"]),
            Staff {
                active,
                ..moderator(2, &["react"])
            },
            moderator(3, &["sap"]),
        ];
        index_of(Policy::named("sticky").unwrap(), staff)
    };
    let skills = [skill_of("react")];
    for (previous, active, expected) in [
        (Some(id(2)), 1, id(2)),
        (Some(id(2)), 2, id(1)),
        (Some(id(3)), 1, id(1)),
        (Some(id(77)), 1, id(1)),
        (None, 0, id(1)),
    ] {
        let needs = Needs {
            previous,
            ..needs(&skills)
        };
        assert_eq!(index_with(active).decide(&needs).to(), Some(expected));
    }
    let needs = Needs {
        previous: Some(id(2)),
        ..needs(&skills)
    };
    let decision = index_with(1).decide(&needs);
    let runner_up = decision.why().runner_up.as_ref();
    assert_eq!(
        runner_up.map(|next| next.decided_by),
        Some(DecidedBy::Acquainted)
    );
}

#[test]
fn nobody_is_assigned_a_ticket_at_the_end_of_the_shift() {
    let policy = Policy {
        min_remaining: 30,
        ..Policy::default()
    };
    let leaves = |n, minutes| Staff {
        shift_ends: Some(from_micros(0) + Span::minutes(minutes)),
        ..moderator(n, &["react"])
    };
    let skills = [skill_of("react")];
    let staff = vec![leaves(1, 29), leaves(2, 30)];
    let decision = index_of(policy.clone(), staff).decide(&needs(&skills));
    assert_eq!(decision.to(), Some(id(2)));
    assert_eq!(decision.why().skipped.shift_ends, 1);
    assert_eq!(decision.why().candidates, 1);
    let decision = index_of(policy, vec![leaves(1, 29)]).decide(&needs(&skills));
    assert_eq!(hold_reason(&decision), Some(QueueReason::Full));
}

#[test]
fn after_a_long_wait_a_partial_match_is_enough() {
    let policy = Policy::named("relax").unwrap();
    let full = Staff {
        active: 3,
        ..moderator(1, &["react", "sap"])
    };
    let staff = vec![full, moderator(2, &["react"]), moderator(3, &["sap"])];
    let mut index = index_of(policy, staff);
    let skills = [skill_of("react"), skill_of("sap")];
    assert_eq!(index.decide(&needs(&skills)).to(), None);
    let relaxed = index.decide_relaxed(&needs(&skills));
    assert_eq!(chosen(&relaxed), Some((id(2), Tier::Partial)));
    assert_eq!(relaxed.why().cause, Cause::Relaxed);
}

#[test]
fn a_decision_gives_its_reason_as_a_sentence() {
    let staff = vec![
        moderator(1, &["react"]),
        moderator(2, &["react", "sap", "linux"]),
        Staff {
            presence: Presence::Away,
            ..moderator(3, &["react"])
        },
        Staff {
            active: 3,
            ..moderator(4, &["react"])
        },
    ];
    let decision = decide(staff, &["react"]);
    let name = |_| Some("Ann".to_owned());
    assert_eq!(
        decision.why().sentence(name),
        "covers the required skill; 0 of 3 places taken, first of 2 who fit; before Ann because less versatile \
         (-2 < 1); skipped: 1 full, 1 away"
    );
    let decision = decide(vec![moderator(1, &["linux"])], &["react"]);
    assert_eq!(
        decision.why().sentence(|_| None),
        "for the admins, because no moderator who could take it covers enough; there is nobody who could take it"
    );
}
