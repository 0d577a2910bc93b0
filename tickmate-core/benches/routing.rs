//! How long routing takes by the size of the staff: a decision, with and without the seat that it takes, and changes
//! of the roster.

mod staff;

use std::hint::black_box;

use divan::Bencher;
use tickmate_core::domain::presence::Presence;

use self::staff::{SIZES, needs, person, warm};

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES, sample_size = 400)]
fn decide(bencher: Bencher<'_, '_>, size: u32) {
    let (mut index, asked) = warm(size);
    let mut turn = asked.iter().cycle();
    bencher.bench_local(|| {
        turn.next()
            .map(|skills| index.decide(black_box(&needs(skills))))
    });
}

/// The decision, the seat that it takes, and another seat that is freed.
#[divan::bench(args = SIZES, sample_size = 400)]
fn decide_and_take_the_seat(bencher: Bencher<'_, '_>, size: u32) {
    let (mut index, asked) = warm(size);
    let mut turn = asked.iter().cycle();
    let mut event = 1_000;
    bencher.bench_local(|| {
        let to = turn
            .next()
            .and_then(|skills| index.decide(&needs(skills)).to());
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
    let mut random = fastrand::Rng::with_seed(13);
    let mut here = false;
    bencher.bench_local(|| {
        here = !here;
        let presence = match here {
            true => Presence::Present,
            false => Presence::Away,
        };
        let one = random.usize(..size as usize);
        index.set_presence(person(u32::try_from(one).unwrap_or(0)), presence);
    });
}

/// Another profile, and the first decision after it.
#[divan::bench(args = SIZES, sample_size = 10)]
fn somebody_learns_a_skill(bencher: Bencher<'_, '_>, size: u32) {
    let people = staff::staff(size);
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
    let people = staff::staff(size);
    bencher
        .with_inputs(|| people.clone())
        .bench_local_values(staff::index);
}
