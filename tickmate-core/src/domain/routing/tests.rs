//! Routing decisions: a table of who gets what, and what holds for every roster.

use proptest::prelude::{Just, Strategy, prop, proptest};

use super::{Choice, Decision, Needs, Presence, Roster, Staff, Tier};
use crate::domain::{id::UserId, skill::Skill, ticket::QueueReason, time::from_micros, user::Role};

fn id(n: u8) -> UserId {
    UserId::new(from_micros(0), [n; 10])
}

fn named(id: &str) -> Skill {
    Skill {
        id: id.to_owned(),
        name: id.to_uppercase(),
    }
}

fn moderator(n: u8, skills: &[&str]) -> Staff {
    Staff {
        id: id(n),
        role: Role::Moderator,
        skills: skills.iter().map(|&skill| named(skill)).collect(),
        capacity: 3,
        active: 0,
        presence: Presence::Present,
        shift_ends: None,
        last_assignment: 0,
    }
}

fn admin(n: u8) -> Staff {
    Staff {
        role: Role::Admin,
        ..moderator(n, &[])
    }
}

fn route(staff: Vec<Staff>, skills: &[&str]) -> Decision {
    let skills: Vec<String> = skills.iter().map(|&skill| skill.to_owned()).collect();
    Roster::new(staff).route(&Needs {
        skills: &skills,
        requester: id(255),
        declined_by: &[],
    })
}

fn chosen(decision: &Decision) -> Option<(UserId, Tier)> {
    match decision {
        Decision::Assign(choice) => Some((choice.to, choice.tier)),
        Decision::Wait(_) => None,
    }
}

#[test]
fn full_match_before_partial_before_admins() {
    let full = moderator(1, &["a", "b"]);
    let partial = moderator(2, &["a"]);
    let other = moderator(3, &["z"]);
    for (staff, expected) in [
        (
            vec![admin(9), partial.clone(), full.clone(), other.clone()],
            (id(1), Tier::Full),
        ),
        (
            vec![admin(9), partial.clone(), other.clone()],
            (id(2), Tier::Partial),
        ),
        (vec![admin(9), other.clone()], (id(9), Tier::Admins)),
    ] {
        assert_eq!(chosen(&route(staff, &["a", "b"])), Some(expected));
    }
    assert_eq!(
        chosen(&route(vec![full, admin(9)], &[])),
        Some((id(9), Tier::Admins))
    );
    let skilled_admin = Staff {
        skills: vec![named("a")],
        ..admin(9)
    };
    assert_eq!(
        chosen(&route(vec![skilled_admin, partial], &["a"])),
        Some((id(2), Tier::Full))
    );
}

#[test]
fn the_largest_part_covered_wins() {
    let two = Staff {
        active: 2,
        ..moderator(1, &["a", "b"])
    };
    let one = moderator(2, &["c"]);
    assert_eq!(
        chosen(&route(vec![one, two], &["a", "b", "c"])),
        Some((id(1), Tier::Partial))
    );
}

#[test]
fn it_waits_while_those_who_fit_are_full_or_absent() {
    let full = Staff {
        active: 3,
        ..moderator(1, &["a"])
    };
    let absent = |presence| Staff {
        presence,
        ..moderator(2, &["a"])
    };
    let lesser = moderator(3, &["b"]);
    let wait = Decision::Wait(QueueReason::Full);
    assert_eq!(
        route(vec![full.clone(), lesser.clone(), admin(9)], &["a"]),
        wait
    );
    for presence in [Presence::Away, Presence::OffShift, Presence::Offline] {
        let staff = vec![absent(presence), lesser.clone(), admin(9)];
        assert_eq!(route(staff, &["a"]), wait);
    }
    assert_eq!(
        route(
            vec![Staff {
                active: 3,
                ..admin(9)
            }],
            &["a"]
        ),
        wait
    );
    assert_eq!(
        route(
            vec![Staff {
                capacity: 0,
                ..moderator(1, &["a"])
            }],
            &["a"]
        ),
        wait
    );
    let over = Staff { active: 7, ..full };
    assert_eq!(route(vec![over], &["a"]), wait);
    let nobody = Decision::Wait(QueueReason::Nobody);
    assert_eq!(route(vec![], &["a"]), nobody);
    assert_eq!(route(vec![moderator(1, &["b"])], &["a"]), nobody);
    assert_eq!(route(vec![moderator(1, &["b"])], &[]), nobody);
}

#[test]
fn fewest_open_tickets_then_longest_idle_then_id() {
    let busy = Staff {
        active: 1,
        ..moderator(1, &["a"])
    };
    let late = Staff {
        last_assignment: 20,
        ..moderator(2, &["a"])
    };
    let early = Staff {
        last_assignment: 10,
        ..moderator(3, &["a"])
    };
    let never = moderator(4, &["a"]);
    let twin = moderator(5, &["a"]);
    let mut staff = vec![busy, late, early, never, twin];
    for expected in [4, 5, 3, 2, 1] {
        let decision = route(staff.clone(), &["a"]);
        assert_eq!(chosen(&decision), Some((id(expected), Tier::Full)));
        staff.retain(|one| one.id != id(expected));
    }
}

#[test]
fn the_requester_is_passed_over() {
    let own = |staff: Vec<Staff>, requester| {
        let skills = ["a".to_owned()];
        chosen(&Roster::new(staff).route(&Needs {
            skills: &skills,
            requester,
            declined_by: &[],
        }))
    };
    let both = vec![
        moderator(1, &["a"]),
        Staff {
            active: 2,
            ..moderator(2, &["a"])
        },
    ];
    assert_eq!(own(both, id(1)), Some((id(2), Tier::Full)));
    assert_eq!(
        own(vec![moderator(1, &["a"]), admin(9)], id(1)),
        Some((id(9), Tier::Admins))
    );
    let admins = vec![
        admin(8),
        Staff {
            active: 2,
            ..admin(9)
        },
    ];
    assert_eq!(own(admins, id(8)), Some((id(9), Tier::Admins)));
    // An admin alone on the desk gets even what the own hand wrote.
    assert_eq!(own(vec![admin(9)], id(9)), Some((id(9), Tier::Admins)));
}

#[test]
fn a_decision_gives_its_reason() {
    let busy = Staff {
        active: 2,
        ..moderator(2, &["a"])
    };
    let Decision::Assign(choice) = route(vec![moderator(1, &["a"]), busy], &["a", "b"]) else {
        panic!("somebody has room");
    };
    assert_eq!(
        choice,
        Choice {
            to: id(1),
            tier: Tier::Partial,
            covered: 1,
            required: 2,
            active: 0,
            capacity: 3,
            candidates: 2,
        }
    );
    assert_eq!(
        choice.reason(),
        "covers 1 of 2 required skills, and nobody covers more; 0 of 3 places taken, fewest of 2 who fit, longest \
         without a new one"
    );
}

#[test]
fn equal_people_differ_by_one_ticket_at_most() {
    let mut staff: Vec<Staff> = (1..=5)
        .map(|n| Staff {
            capacity: 100,
            ..moderator(n, &["a"])
        })
        .collect();
    for turn in 1..204 {
        let (to, _) = chosen(&route(staff.clone(), &["a"])).unwrap();
        let one = staff.iter_mut().find(|one| one.id == to).unwrap();
        one.active += 1;
        one.last_assignment = turn;
        let loads = || staff.iter().map(|one| one.active);
        assert!(loads().max().unwrap() - loads().min().unwrap() <= 1);
    }
}

fn skills() -> impl Strategy<Value = Vec<String>> {
    let names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    prop::sample::subsequence(names, 0..=4)
}

fn staff() -> impl Strategy<Value = Vec<Staff>> {
    let one = (
        prop::sample::select(Role::ALL.to_vec()),
        skills(),
        0_u32..4,
        0_u32..5,
        prop::sample::select(vec![Presence::Present, Presence::OffShift]),
        0_u64..3,
    );
    prop::collection::vec(one, 0..9).prop_map(|list| {
        let numbered = list.into_iter().zip(1_u8..);
        numbered
            .map(
                |((role, skills, capacity, active, presence, last), n)| Staff {
                    id: id(n),
                    role,
                    skills: skills.iter().map(|id| named(id)).collect(),
                    capacity,
                    active,
                    presence,
                    shift_ends: None,
                    last_assignment: last,
                },
            )
            .collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_the_roster_changes_nothing(
        (staff, shuffled) in staff().prop_flat_map(|staff| (Just(staff.clone()), Just(staff).prop_shuffle())),
        skills in skills(),
        requester in 1_u8..9,
    ) {
        let needs = Needs { skills: &skills, requester: id(requester), declined_by: &[] };
        assert_eq!(Roster::new(staff).route(&needs), Roster::new(shuffled).route(&needs));
    }

    #[test]
    fn only_people_with_room_are_chosen(staff in staff(), skills in skills(), requester in 1_u8..9) {
        let needs = Needs { skills: &skills, requester: id(requester), declined_by: &[] };
        let covers = |one: &Staff| one.skills.iter().filter(|skill| skills.contains(&skill.id)).count();
        let others = || staff.iter().filter(|one| one.role == Role::Moderator && one.id != needs.requester);
        let most = others().map(covers).max().unwrap_or(0);
        let roster = Roster::new(staff.clone());
        match roster.route(&needs) {
            Decision::Assign(choice) => {
                let one = staff.iter().find(|one| one.id == choice.to).unwrap();
                assert!(one.presence == Presence::Present && one.active < one.capacity && roster.has_room());
                match choice.tier {
                    Tier::Admins => assert!(one.role == Role::Admin && most == 0),
                    tier => {
                        assert_eq!(one.role, Role::Moderator);
                        assert_eq!((covers(one), choice.covered), (most, most));
                        assert_eq!(tier == Tier::Full, most == skills.len());
                        assert_ne!(one.id, needs.requester);
                        let rivals = others().filter(|rival| covers(rival) == most);
                        let free = rivals.filter(|rival| rival.presence == Presence::Present && rival.active < rival.capacity);
                        assert!(free.into_iter().all(|rival| rival.active >= one.active));
                    }
                }
            }
            Decision::Wait(QueueReason::Nobody) => {
                assert!(most == 0 && !staff.iter().any(|one| one.role == Role::Admin));
            }
            Decision::Wait(QueueReason::Full) => {
                let free = |one: &&Staff| one.presence == Presence::Present && one.active < one.capacity;
                assert!(others().filter(|one| most > 0 && covers(one) == most).all(|one| !free(&one)));
            }
        }
    }
}
