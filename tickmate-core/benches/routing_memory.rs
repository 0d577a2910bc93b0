//! How much memory the roster's index takes: `max alloc`, less that of nobody, divided by the people. Apart from the
//! other benchmarks, since counting takes time.

#[expect(dead_code, reason = "only a part is needed here")]
mod staff;

use divan::{AllocProfiler, Bencher};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// An index that was asked about 400 kinds of tickets, three times each.
#[divan::bench(args = [0, 100, 2_000, 10_000, 100_000], sample_count = 1, sample_size = 1)]
fn index(bencher: Bencher<'_, '_>, size: u32) {
    let people = staff::staff(size);
    let asked = match size {
        0 => Vec::new(),
        _ => staff::asked(&people),
    };
    bencher
        .with_inputs(|| people.clone())
        .bench_local_refs(|people| {
            let mut index = staff::index(people.iter().cloned());
            for skills in asked.iter().chain(&asked).chain(&asked) {
                index.decide(&staff::needs(skills));
            }
            index
        });
}
