//! Routing: who gets a ticket. A pure function over a roster; the store's claim makes it safe.

mod decided;
mod decision;
mod presence;
mod roster;

#[cfg(test)]
mod tests;

pub use decided::Decided;
pub use decision::{Choice, Decision, Tier};
pub use presence::Presence;
pub use roster::{Needs, Roster, Staff};
