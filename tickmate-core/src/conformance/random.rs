//! Random numbers from a seed, and random pauses in which other tasks run.

use std::{
    future::poll_fn,
    task::Poll::{Pending, Ready},
};

/// A generator of numbers that are the same in each run.
#[derive(Debug, Clone)]
pub(super) struct Random(fastrand::Rng);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// Returns a number below `bound`, which must not be 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0.u64(..bound)
    }

    /// Returns one of these, of which there is at least one.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.0.usize(..from.len())]
    }

    /// Returns ten bytes, as many as ids need.
    pub(super) fn bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.0.fill(&mut bytes);
        bytes
    }

    /// Yields to other tasks up to three times.
    pub(super) async fn pause(&mut self) {
        for _ in 0..self.below(4) {
            let mut waited = false;
            poll_fn(|context| {
                if waited {
                    return Ready(());
                }
                waited = true;
                context.waker().wake_by_ref();
                Pending
            })
            .await;
        }
    }
}
