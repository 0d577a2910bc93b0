//! The order in which held tickets are served: by weight and age, and by how few could take them.

use std::cmp::Ordering;

use crate::domain::{priority::Priority, time::Timestamp};

use super::Weights;

/// A head start for everybody, so that the weight counts for tickets that were just written, too.
const HEAD_START_MS: u64 = 5 * 60_000;
/// Ages beyond this count alike; it keeps the products below within 128 bits.
const OLDEST_MS: u64 = 10 * 365 * 24 * 3_600_000;

/// How much a held ticket presses: the larger, the sooner it is served. It is `weight x (age + 5 min) / sqrt(n)`, n
/// being how many people could take it: the generalised c-mu rule with quadratic costs of waiting (van Mieghem,
/// Dynamic Scheduling with Convex Delay Costs, 1995), scarce people being kept for what only they can do. Compared
/// by its square, in whole numbers. Of two that press alike the older comes first, then the smaller number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pressure {
    /// The square of weight x age, which fits: 2^10 x 2^39, squared, is below 2^98.
    square: u128,
    /// How many could take it; at least 1.
    coverers: u32,
    written: Timestamp,
    number: u64,
}

impl Pressure {
    /// The pressure of a ticket of this priority, written then, of this number, that so many people could take.
    pub fn new(
        weights: &Weights,
        priority: Priority,
        written: Timestamp,
        number: u64,
        coverers: u32,
        now: Timestamp,
    ) -> Self {
        let age = u64::try_from((now - written).num_milliseconds()).unwrap_or(0);
        let age = age.min(OLDEST_MS) + HEAD_START_MS;
        let pressing = u128::from(weights.of(priority)) * u128::from(age);
        Self {
            square: pressing * pressing,
            coverers: coverers.max(1),
            written,
            number,
        }
    }
}

impl Ord for Pressure {
    fn cmp(&self, other: &Self) -> Ordering {
        let [own, others] = [
            self.square.checked_mul(u128::from(other.coverers)),
            other.square.checked_mul(u128::from(self.coverers)),
        ]
        .map(|product| product.unwrap_or(u128::MAX));
        own.cmp(&others)
            .then_with(|| other.written.cmp(&self.written))
            .then_with(|| other.number.cmp(&self.number))
    }
}

impl PartialOrd for Pressure {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
