//! Random numbers from a seed, and random pauses in which other tasks run.

use std::{
    future::poll_fn,
    task::Poll::{Pending, Ready},
};

/// The generator `SplitMix64`: small, and the same on every platform.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a number below `bound`, which must not be 0.
    pub(super) const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Returns one of these.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// Returns ten bytes, as many as ids need.
    pub(super) fn bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes()[..2]);
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
