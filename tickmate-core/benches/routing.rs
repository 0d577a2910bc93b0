//! How long routing takes by the size of the staff: a decision, with and without the seat that it takes, and changes
//! of the roster.

use std::{hint::black_box, sync::Arc};

use divan::Bencher;
use tickmate_core::domain::{
    id::UserId,
    routing::{Index, Needs, Policy, Presence, Staff},
    skill::{Skill, Vocabulary},
    time::from_micros,
    user::Role,
};

const SIZES: [u32; 4] = [100, 2_000, 10_000, 100_000];

fn main() {
    divan::main();
}

/// A generator of numbers that are the same in every run (Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }

    /// Small numbers more often than large ones, as skills are held and asked for.
    fn skewed(&mut self, bound: usize) -> usize {
        let [one, other] = [self.below(bound), self.below(bound)];
        one * other / bound
    }
}

fn person(n: u32) -> UserId {
    let mut random = [0; 10];
    random[6..].copy_from_slice(&n.to_be_bytes());
    UserId::new(from_micros(0), random)
}

/// Moderators with three to eight skills each of the shipped dictionary; a fifth is absent, a quarter is full.
fn staff(size: u32) -> Vec<Staff> {
    let vocabulary = Vocabulary::shipped();
    let entries = vocabulary.entries();
    let mut numbers = Numbers(7);
    (0..size)
        .map(|n| {
            let count = 3 + numbers.below(6);
            let skills = (0..count).map(|_| &entries[numbers.skewed(entries.len())]);
            Staff {
                id: person(n),
                role: Role::Moderator,
                skills: skills.map(Skill::known).collect(),
                capacity: 4,
                active: u32::try_from(numbers.below(5)).unwrap_or(0),
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
fn asked(staff: &[Staff]) -> Vec<Vec<Skill>> {
    let mut numbers = Numbers(11);
    (0..400)
        .map(|_| {
            let somebody = &staff[numbers.below(staff.len())];
            let mut skills = somebody.skills.clone();
            skills.truncate(1 + numbers.below(3));
            skills
        })
        .collect()
}

fn index(staff: Vec<Staff>) -> Index {
    let mut index = Index::new(Policy::default(), 0, Arc::new(Vocabulary::shipped()));
    index.extend(staff);
    index
}

fn needs(skills: &[Skill]) -> Needs<'_> {
    Needs {
        skills,
        requester: person(u32::MAX),
        declined_by: &[],
        previous: None,
        now: from_micros(0),
    }
}

/// An index that knows every class of ticket, and the tickets in turn.
fn warm(size: u32) -> (Index, Vec<Vec<Skill>>) {
    let staff = staff(size);
    let asked = asked(&staff);
    let mut index = index(staff);
    for skills in &asked {
        index.decide(&needs(skills));
    }
    (index, asked)
}

#[divan::bench(args = SIZES, sample_size = 400)]
fn decide(bencher: Bencher<'_, '_>, size: u32) {
    let (mut index, asked) = warm(size);
    let mut turn = asked.iter().cycle();
    bencher.bench_local(|| turn.next().map(|skills| index.decide(black_box(&needs(skills)))));
}

/// The decision, the seat that it takes, and another seat that is freed.
#[divan::bench(args = SIZES, sample_size = 400)]
fn decide_and_take_the_seat(bencher: Bencher<'_, '_>, size: u32) {
    let (mut index, asked) = warm(size);
    let mut turn = asked.iter().cycle();
    let mut event = 1_000;
    bencher.bench_local(|| {
        let to = turn.next().and_then(|skills| index.decide(&needs(skills)).to());
        if let Some(to) = to {
            event += 1;
            index.give(to, event);
            index.free_seat(to);
        }
    });
}

#[divan::bench(args = SIZES, sample_size = 100)]
fn somebody_comes_or_goes(bencher: Bencher<'_, '_>, size: u32) {
    let (mut index, _) = warm(size);
    let mut numbers = Numbers(13);
    let mut here = false;
    bencher.bench_local(|| {
        here = !here;
        let presence = match here {
            true => Presence::Present,
            false => Presence::Away,
        };
        let one = numbers.below(size as usize);
        index.set_presence(person(u32::try_from(one).unwrap_or(0)), presence);
    });
}

/// Another profile, and the first decision after it.
#[divan::bench(args = SIZES, sample_size = 10)]
fn somebody_learns_a_skill(bencher: Bencher<'_, '_>, size: u32) {
    let people = staff(size);
    let (mut index, asked) = warm(size);
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let mut one = people[turn * 31 % people.len()].clone();
        one.skills.rotate_left(1);
        one.skills.pop();
        index.put(&one);
        index.decide(&needs(&asked[turn % asked.len()]))
    });
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn build_from_the_store_rows(bencher: Bencher<'_, '_>, size: u32) {
    let people = staff(size);
    bencher
        .with_inputs(|| people.clone())
        .bench_local_values(index);
}
