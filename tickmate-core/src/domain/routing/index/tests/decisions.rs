//! A table of who gets what.

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
fn who_holds_a_skill_covers_what_is_more_general() {
    for (holds, needs, expected) in [
        ("postgresql", "sql", Some((id(1), Tier::Full))),
        ("postgresql", "database", Some((id(1), Tier::Full))),
        ("sql", "database", Some((id(1), Tier::Full))),
        // Half of it, which is more than a quarter.
        ("database", "postgresql", Some((id(1), Tier::Partial))),
        ("mysql", "postgresql", None),
        ("react", "database", None),
    ] {
        let decision = decide(vec![moderator(1, &[holds])], &[needs]);
        assert_eq!(chosen(&decision), expected, "{holds} for {needs}");
    }
    // Who asks for a skill and its ancestor needs the skill.
    let decision = decide(
        vec![moderator(1, &["postgresql"])],
        &["database", "postgresql", "sql"],
    );
    assert_eq!((decision.why().required, decision.why().covered), (1, 1));
}

#[test]
fn levels_are_a_least_one() {
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
    // Nobody knows it well enough: who knows it covers the larger half.
    let decision = decide(staff[..2].to_vec(), &["react@3"]);
    assert_eq!(chosen(&decision), Some((id(1), Tier::Partial)));
    // The level of a skill is that of its ancestors, too.
    let decision = decide(vec![moderator(1, &["postgresql@3"])], &["database@3"]);
    assert_eq!(chosen(&decision), Some((id(1), Tier::Full)));
}

#[test]
fn a_word_that_nobody_has_disqualifies_nobody() {
    let staff = || vec![moderator(1, &["react"]), admin(9)];
    let decision = decide(staff(), &["react", "x:legacy"]);
    assert_eq!(chosen(&decision), Some((id(1), Tier::Full)));
    let decision = decide(staff(), &["x:legacy"]);
    assert_eq!(chosen(&decision), Some((id(9), Tier::Admins)));
    let mut with_legacy = staff();
    with_legacy.push(moderator(2, &["x:legacy"]));
    let decision = decide(with_legacy.clone(), &["x:legacy"]);
    assert_eq!(chosen(&decision), Some((id(2), Tier::Full)));
    // Once somebody has it, it counts for everybody.
    let decision = decide(with_legacy, &["react", "x:legacy"]);
    assert_eq!(decision.why().tier, Tier::Partial);
    // What the dictionary knows counts even if nobody has it.
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
    // A part of less than a quarter is not enough.
    staff.truncate(8);
    staff.push(admin(20));
    let decision = decide(staff, &["sap", "react", "postgresql", "linux"]);
    assert_eq!(chosen(&decision), Some((id(20), Tier::Admins)));
}

#[test]
fn it_waits_while_those_who_fit_are_full_or_absent() {
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
    assert_eq!(waits(&decision), Some(QueueReason::Full));
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
        assert_eq!(waits(&decide(staff, &["react"])), reason);
    }
}

#[test]
fn the_order_is_load_then_versatility_then_last_then_id() {
    let busy = Staff {
        active: 1,
        ..moderator(1, &["react"])
    };
    let versatile = moderator(2, &["react", "sap", "linux", "postgresql"]);
    let late = Staff {
        last_assignment: 20,
        ..moderator(3, &["react"])
    };
    let early = Staff {
        last_assignment: 10,
        ..moderator(4, &["react"])
    };
    let never = moderator(5, &["react"]);
    let twin = moderator(6, &["react"]);
    let mut staff = vec![busy, versatile, late, early, never, twin];
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
fn who_asks_or_gave_it_back_is_passed_over() {
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
    // Where all who fit are passed over, those who are left are looked at.
    let admins = Some((id(9), Tier::Admins));
    assert_eq!(route(two.clone(), id(1), &[id(2)]), (admins, 2));
    // After three refusals it goes to the admins.
    assert_eq!(route(two, id(250), &[id(6), id(7), id(8)]), (admins, 0));
    let of_admins = vec![
        admin(8),
        Staff {
            active: 2,
            ..admin(9)
        },
    ];
    assert_eq!(route(of_admins, id(8), &[]).0, admins);
    // An admin alone on the desk gets even what the own hand wrote.
    assert_eq!(route(vec![admin(9)], id(9), &[]).0, admins);
}

#[test]
fn a_policy_bounds_how_many_wait_with_a_person() {
    let staff = vec![Staff {
        active: 1,
        capacity: 5,
        ..moderator(1, &["react"])
    }];
    for (policy, given) in [("late", false), ("ahead", true), ("direct", true)] {
        let skills = [skill_of("react")];
        let mut index = index_of(Policy::named(policy).unwrap(), staff.clone());
        let decision = index.decide(&needs(&skills));
        assert_eq!(decision.to().is_some(), given, "{policy}");
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
fn an_acquaintance_comes_first_for_one_place_at_most() {
    let with = |active| {
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
        assert_eq!(with(active).decide(&needs).to(), Some(expected));
    }
    let needs = Needs {
        previous: Some(id(2)),
        ..needs(&skills)
    };
    let decision = with(1).decide(&needs);
    let runner_up = decision.why().runner_up.as_ref();
    assert_eq!(
        runner_up.map(|next| next.decided_by),
        Some(DecidedBy::Acquainted)
    );
}

#[test]
fn nobody_gets_a_ticket_at_the_end_of_the_shift() {
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
    assert_eq!(waits(&decision), Some(QueueReason::Full));
}

#[test]
fn after_long_a_part_is_enough() {
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
