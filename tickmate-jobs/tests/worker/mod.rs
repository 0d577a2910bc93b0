//! The worker on the seams in memory: the loop from a ticket to its mails, failures, crashes, stopping. Each test binary that
//! includes them gives the store that a world begins with as `crate::fresh_store`.
//!
//! Time is tokio's, paused: it jumps to the next timer whenever nothing else is left to do.

mod caretaker;
mod classes;
mod desk;
mod engines;
mod failures;
mod handlers;
mod loops;
