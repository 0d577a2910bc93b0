//! The dispatch order of the backlog: by weight and age, and by how few users could take a ticket.

use std::cmp::Ordering;

use crate::domain::{priority::Priority, time::Timestamp};

use super::Weights;

/// Added to every age. Without it the weights would not count for tickets that were just created.
const HEAD_START_MS: u64 = 5 * 60_000;
/// The maximum age that counts. It keeps the products below within 128 bits.
const OLDEST_MS: u64 = 10 * 365 * 24 * 3_600_000;

/// The urgency of a backlog ticket: the largest is dispatched first.
///
/// It is `weight x (age + 5 min) / sqrt(n)`, where n is the number of users who could take the ticket: the
/// generalized c-mu rule with quadratic waiting costs (van Mieghem, Dynamic Scheduling with Convex Delay Costs,
/// 1995). Dividing by sqrt(n) reserves scarce users for the tickets that only they can take. Values are compared by
/// their squares, in integers. On equal pressure the older ticket comes first, then the smaller number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pressure {
    /// The square of weight x age. It fits: 2^10 x 2^39, squared, is below 2^98.
    square: u128,
    /// The number of users who could take the ticket; at least 1.
    coverers: u32,
    written: Timestamp,
    number: u64,
}

impl Pressure {
    /// Creates the pressure of ticket `number`, created at `written`, that `coverers` users could take.
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
