//! Routing: who gets a ticket. A pure function over a roster; the store's claim makes it safe.

mod decision;
mod roster;

#[cfg(test)]
mod tests;

pub use decision::{Choice, Decision, Tier};
pub use roster::{Needs, Roster, Staff};
