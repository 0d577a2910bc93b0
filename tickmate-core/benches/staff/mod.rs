//! A staff of any size and tickets for it, the same in every run.

use std::sync::Arc;

use tickmate_core::domain::{
    id::UserId,
    presence::Presence,
    routing::{Index, Needs, Policy, Staff},
    skill::{Skill, Vocabulary},
    time::from_micros,
    user::Role,
};

/// How many people there are.
pub(crate) const SIZES: [u32; 4] = [100, 2_000, 10_000, 100_000];

/// Returns small numbers more often than large ones, as skills are held and asked for.
pub(crate) fn skewed(random: &mut fastrand::Rng, bound: usize) -> usize {
    let [one, other] = [random.usize(..bound), random.usize(..bound)];
    one * other / bound
}

/// The person at this place.
pub(crate) fn person(n: u32) -> UserId {
    let mut random = [0; 10];
    random[6..].copy_from_slice(&n.to_be_bytes());
    UserId::new(from_micros(0), random)
}

/// Moderators with three to eight skills each of the shipped dictionary; a fifth is absent, a quarter is full.
pub(crate) fn staff(size: u32) -> Vec<Staff> {
    let vocabulary = Vocabulary::shipped();
    let entries = vocabulary.entries();
    let mut random = fastrand::Rng::with_seed(7);
    (0..size)
        .map(|n| {
            let count = 3 + random.usize(..6);
            let skills = (0..count).map(|_| &entries[skewed(&mut random, entries.len())]);
            Staff {
                id: person(n),
                role: Role::Moderator,
                skills: skills.map(Skill::known).collect(),
                capacity: 4,
                active: random.u32(..5),
                presence: match n % 5 {
                    0 => Presence::Away,
                    _ => Presence::Present,
                },
                shift_ends: None,
                last_assignment: u64::from(n % 97),
            }
        })
        .collect()
}

/// What 400 tickets need: one to three skills that somebody has together.
pub(crate) fn asked(staff: &[Staff]) -> Vec<Vec<Skill>> {
    let mut random = fastrand::Rng::with_seed(11);
    (0..400)
        .map(|_| {
            let somebody = &staff[random.usize(..staff.len())];
            let mut skills = somebody.skills.clone();
            skills.truncate(1 + random.usize(..3));
            skills
        })
        .collect()
}

/// An index of these people.
pub(crate) fn index(staff: impl IntoIterator<Item = Staff>) -> Index {
    let mut index = Index::new(Policy::default(), 0, Arc::new(Vocabulary::shipped()));
    index.extend(staff);
    index
}

/// What a ticket of these skills needs.
pub(crate) fn needs(skills: &[Skill]) -> Needs<'_> {
    Needs {
        skills,
        requester: person(u32::MAX),
        declined_by: &[],
        previous: None,
        now: from_micros(0),
    }
}

/// An index that knows every class of ticket, and the tickets in turn.
pub(crate) fn warm(size: u32) -> (Index, Vec<Vec<Skill>>) {
    let staff = staff(size);
    let asked = asked(&staff);
    let mut index = index(staff);
    for skills in &asked {
        index.decide(&needs(skills));
    }
    (index, asked)
}
