//! Replays a period under a policy: a simulated staff works on the tickets that a router assigns. Replays are pure:
//! the same input always gives the same figures.
//!
//! # What the model assumes
//! * The desk is empty when the period begins, and the presence of the staff is that of the period.
//! * A user works on one ticket at a time, and begins the next as soon as it is finished: of the own tickets the one
//!   with the highest priority (as created), then the oldest. Absent users pause, and resume the same ticket later.
//! * The work on a ticket takes the same time for every assignee. The work done stays with the ticket when it is
//!   reassigned, and reassigning costs nothing.
//! * Nobody declines a ticket, waits for a requester or takes tickets out of turn. The needs of a ticket are known
//!   when it is created.
//! * After the last ticket was created, the unfinished tickets are worked off for a bounded time.
//!
//! Therefore the figures of two policies can be compared with each other, but less well with the real past.

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
