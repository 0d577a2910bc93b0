//! Whatever happened to the roster, the index decides as looking at everybody would.

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
    Give(u8),
    Free(u8),
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
        .prop_map(|(n, role, held, capacity, active, presence)| Staff {
            role: match role.index(6) {
                0 => Role::Admin,
                _ => Role::Moderator,
            },
            capacity,
            active,
            presence,
            ..moderator(n, &held)
        })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => staff().prop_map(Step::Put),
        1 => (0..PEOPLE).prop_map(Step::Remove),
        3 => (0..PEOPLE).prop_map(Step::Give),
        2 => (0..PEOPLE).prop_map(Step::Free),
        2 => (0..PEOPLE, presence()).prop_map(|(n, presence)| Step::Presence(n, presence)),
        6 => (skills(3), prop::collection::vec(0..PEOPLE, 0..3))
            .prop_map(|(skills, excluded)| Step::Decide(skills, excluded)),
    ]
}

fn first_free(found: &[Candidate]) -> Option<UserId> {
    let first = found
        .first()
        .filter(|one| one.state == CandidateState::Free);
    first.map(|one| one.id)
}

/// What every skill's coverage is by looking at everybody for each.
fn agree_on_coverage(index: &Index) -> Result<(), TestCaseError> {
    let moderators = || {
        let all = index.people.iter().flatten();
        all.filter(|one| one.role == Role::Moderator)
    };
    let mut expected = Vec::new();
    for (id, number) in index.skills.iter() {
        let holds = |held: &[LeveledSkill]| held.iter().any(|one| one.skill == number);
        if !moderators().any(|one| holds(&one.own)) {
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

fn agree(index: &mut Index, skills: &[Skill], excluded: &[UserId]) -> Result<(), TestCaseError> {
    let needs = Needs {
        requester: excluded.first().copied().unwrap_or(id(255)),
        declined_by: excluded.get(1..).unwrap_or(&[]),
        ..needs(skills)
    };
    let by_index = index.decide(&needs);
    let by_scan = index.decide_by_looking_at_all(&needs, Cause::Turn);
    prop_assert_eq!(by_index.to(), by_scan.to(), "{:?}", needs);
    prop_assert_eq!(waits(&by_index), waits(&by_scan));
    prop_assert_eq!(by_index.why().tier, by_scan.why().tier);
    prop_assert_eq!(&by_index.why().chosen, &by_scan.why().chosen);
    prop_assert_eq!(&by_index.why().runner_up, &by_scan.why().runner_up);
    prop_assert_eq!(by_index.why().candidates, by_scan.why().candidates);
    let (tier, found) = index.candidates(&needs);
    prop_assert_eq!(tier, by_index.why().tier, "{:?}", needs);
    prop_assert_eq!(first_free(&found), by_index.to(), "{:?}", found);
    let relaxed = index.decide_relaxed(&needs);
    let (tier, found) = index.candidates_relaxed(&needs);
    prop_assert_eq!(tier, relaxed.why().tier, "{:?}", needs);
    prop_assert_eq!(first_free(&found), relaxed.to(), "{:?}", found);
    if excluded.is_empty() {
        prop_assert_eq!(&by_index, &by_scan);
        let relaxed = index.decide_relaxed(&needs);
        let all = index.decide_by_looking_at_all(&needs, Cause::Relaxed);
        prop_assert_eq!(relaxed, all);
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_index_decides_as_looking_at_everybody_would(
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
                Step::Give(n) => index.give(id(n), events),
                Step::Free(n) => index.free_seat(id(n)),
                Step::Presence(n, presence) => index.set_presence(id(n), presence),
                Step::Decide(names, excluded) => {
                    let skills: Vec<Skill> = names.iter().map(|&name| skill_of(name)).collect();
                    let excluded: Vec<UserId> = excluded.into_iter().map(id).collect();
                    agree(&mut index, &skills, &excluded)?;
                    agree_on_coverage(&index)?;
                }
            }
        }
    }

    #[test]
    fn the_order_in_which_people_come_changes_nothing(
        people in prop::collection::btree_map(0..PEOPLE, staff(), 0..10),
        asked in skills(3),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let people: Vec<Staff> = people
            .into_iter()
            .map(|(n, staff)| Staff { id: id(n), ..staff })
            .collect();
        let mut other = people.clone();
        other.reverse();
        if !other.is_empty() {
            let by = shuffled.index(other.len());
            other.rotate_left(by);
        }
        let asked: Vec<Skill> = asked.iter().map(|&name| skill_of(name)).collect();
        let at_once = index_of(Policy::default(), people).decide(&needs(&asked));
        let mut one_by_one = Index::new(Policy::default(), 0, vocabulary());
        for staff in &other {
            one_by_one.decide(&needs(&asked));
            one_by_one.put(staff);
        }
        prop_assert_eq!(one_by_one.decide(&needs(&asked)), at_once);
    }
}
