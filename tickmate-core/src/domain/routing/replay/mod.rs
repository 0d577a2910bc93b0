//! Replaying a period under a policy: a world of people who work on the tickets that a router gives them. It is pure
//! and the same input always gives the same figures.
//!
//! # What the model assumes
//! * The desk is empty when the period begins, and people are there as the period says.
//! * A person works on one ticket at a time and takes the next at once: of the own ones the one that presses most,
//!   as it was written, then the oldest. Whoever is absent pauses, and goes on with the same ticket.
//! * A ticket takes its time whoever works on it, well or badly skilled. The work done stays with it when it moves,
//!   and moving costs nothing.
//! * Nobody gives a ticket back, waits for a requester or takes tickets out of turn, and a ticket's needs are known
//!   when it is written.
//! * After the last ticket was written, what is left is worked off for a bounded time.
//!
//! So figures of two policies compare well with each other, and less well with what was.

mod case;
mod effort;
mod figures;
mod period;
mod run;
#[cfg(test)]
mod tests;
mod worker;
mod world;

pub use figures::{PriorityFigures, ReplayFigures};
pub use period::{
    MAX_CHANGES, MAX_DRAIN, MAX_EFFORT, MAX_TICKETS, Period, PresenceChange, ReplayTicket, TooMuch,
};
pub use run::{answer, replay, replay_while};
pub use world::{Happening, ReplayStep, World};
