//! After any sequence of changes to the roster, the index decides as the scan does.

use proptest::{
    prelude::{Just, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest},
    test_runner::TestCaseError,
};

use super::*;
use crate::domain::{
    decision::Cause,
    routing::{Candidate, CandidateState, Coverage, index::skills::LeveledSkill},
};

const SKILLS: [&str; 8] = [
    "database",
    "sql",
    "postgresql",
    "mysql",
    "react",
    "sap",
    "x:own",
    "x:nobody's",
];
const PEOPLE: u8 = 12;

#[derive(Debug, Clone)]
enum Step {
    Put(Staff),
    Remove(u8),
    AddAssignment(u8),
    FreeSeat(u8),
    Presence(u8, Presence),
    Decide(Vec<&'static str>, Vec<u8>),
}

fn skills(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(&SKILLS[..]), 0..=most)
}

fn presence() -> impl Strategy<Value = Presence> {
    prop_oneof![
        4 => Just(Presence::Present),
        1 => Just(Presence::Away),
        1 => Just(Presence::OffShift),
        1 => Just(Presence::Offline),
    ]
}

fn staff() -> impl Strategy<Value = Staff> {
    (
        0..PEOPLE,
        any::<prop::sample::Index>(),
        skills(4),
        0..4_u32,
        0..5_u32,
        presence(),
    )
        .prop_map(|(n, role, skills, capacity, active, presence)| Staff {
            role: match role.index(6) {
                0 => Role::Admin,
                _ => Role::Moderator,
            },
            capacity,
            active,
            presence,
            ..moderator(n, &skills)
        })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => staff().prop_map(Step::Put),
        1 => (0..PEOPLE).prop_map(Step::Remove),
        3 => (0..PEOPLE).prop_map(Step::AddAssignment),
        2 => (0..PEOPLE).prop_map(Step::FreeSeat),
        2 => (0..PEOPLE, presence()).prop_map(|(n, presence)| Step::Presence(n, presence)),
        6 => (skills(3), prop::collection::vec(0..PEOPLE, 0..3))
            .prop_map(|(skills, excluded)| Step::Decide(skills, excluded)),
    ]
}

fn first_free(candidates: &[Candidate]) -> Option<UserId> {
    let first = candidates
        .first()
        .filter(|one| one.state == CandidateState::Free);
    first.map(|one| one.id)
}

/// Compares the coverage of every skill with a scan of the roster.
fn check_coverage(index: &Index) -> Result<(), TestCaseError> {
    let moderators = || {
        let all = index.people.iter().flatten();
        all.filter(|one| one.role == Role::Moderator)
    };
    let mut expected = Vec::new();
    for (id, number) in index.skills.iter() {
        let holds = |skills: &[LeveledSkill]| skills.iter().any(|one| one.skill == number);
        if !moderators().any(|one| holds(&one.own_skills)) {
            continue;
        }
        let by: Vec<UserId> = moderators()
            .filter(|one| holds(&one.closure))
            .map(|one| one.id)
            .collect();
        expected.push(Coverage {
            skill: id.to_owned(),
            holders: u32::try_from(by.len()).unwrap(),
            alone: by.first().copied().filter(|_| by.len() == 1),
        });
    }
    expected.sort_unstable_by(|a, b| a.skill.cmp(&b.skill));
    prop_assert_eq!(index.coverage(), expected);
    Ok(())
}

fn check_decisions(
    index: &mut Index,
    skills: &[Skill],
    excluded: &[UserId],
) -> Result<(), TestCaseError> {
    let needs = Needs {
        requester: excluded.first().copied().unwrap_or(id(255)),
        declined_by: excluded.get(1..).unwrap_or(&[]),
        ..needs(skills)
    };
    let from_index = index.decide(&needs);
    let from_scan = index.decide_by_looking_at_all(&needs, Cause::Turn);
    prop_assert_eq!(from_index.to(), from_scan.to(), "{:?}", needs);
    prop_assert_eq!(hold_reason(&from_index), hold_reason(&from_scan));
    prop_assert_eq!(from_index.why().tier, from_scan.why().tier);
    prop_assert_eq!(&from_index.why().chosen, &from_scan.why().chosen);
    prop_assert_eq!(&from_index.why().runner_up, &from_scan.why().runner_up);
    prop_assert_eq!(from_index.why().candidates, from_scan.why().candidates);
    let (tier, candidates) = index.candidates(&needs);
    prop_assert_eq!(tier, from_index.why().tier, "{:?}", needs);
    prop_assert_eq!(first_free(&candidates), from_index.to(), "{:?}", candidates);
    let relaxed = index.decide_relaxed(&needs);
    let (tier, candidates) = index.candidates_relaxed(&needs);
    prop_assert_eq!(tier, relaxed.why().tier, "{:?}", needs);
    prop_assert_eq!(first_free(&candidates), relaxed.to(), "{:?}", candidates);
    if excluded.is_empty() {
        prop_assert_eq!(&from_index, &from_scan);
        let relaxed = index.decide_relaxed(&needs);
        let all = index.decide_by_looking_at_all(&needs, Cause::Relaxed);
        prop_assert_eq!(relaxed, all);
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_index_decides_as_a_scan_does(
        first in prop::collection::vec(staff(), 0..10),
        steps in prop::collection::vec(step(), 1..60),
        long_walk in 0..3_u32,
    ) {
        let mut index = index_of(Policy::default(), first);
        index.long_walk = long_walk;
        let mut events = 0;
        for step in steps {
            events += 1;
            match step {
                Step::Put(staff) => index.put(&staff),
                Step::Remove(n) => index.remove(id(n)),
                Step::AddAssignment(n) => index.give(id(n), events),
                Step::FreeSeat(n) => index.free_seat(id(n)),
                Step::Presence(n, presence) => index.set_presence(id(n), presence),
                Step::Decide(names, excluded) => {
                    let skills: Vec<Skill> = names.iter().map(|&name| skill_of(name)).collect();
                    let excluded: Vec<UserId> = excluded.into_iter().map(id).collect();
                    check_decisions(&mut index, &skills, &excluded)?;
                    check_coverage(&index)?;
                }
            }
        }
    }

    #[test]
    fn the_order_of_insertion_does_not_matter(
        people in prop::collection::btree_map(0..PEOPLE, staff(), 0..10),
        required in skills(3),
        rotation in any::<prop::sample::Index>(),
    ) {
        let people: Vec<Staff> = people
            .into_iter()
            .map(|(n, staff)| Staff { id: id(n), ..staff })
            .collect();
        let mut other = people.clone();
        other.reverse();
        if !other.is_empty() {
            let by = rotation.index(other.len());
            other.rotate_left(by);
        }
        let required: Vec<Skill> = required.iter().map(|&name| skill_of(name)).collect();
        let at_once = index_of(Policy::default(), people).decide(&needs(&required));
        let mut one_by_one = Index::new(Policy::default(), 0, vocabulary());
        for staff in &other {
            one_by_one.decide(&needs(&required));
            one_by_one.put(staff);
        }
        prop_assert_eq!(one_by_one.decide(&needs(&required)), at_once);
    }
}
