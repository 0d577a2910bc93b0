//! The worker on the seams in memory: the loop from a ticket to its mails, failures, crashes, stopping.
//!
//! Time is tokio's, paused: it jumps to the next timer whenever nothing else is left to do.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

mod caretaker;
mod classes;
mod desk;
mod engines;
mod failures;
mod handlers;
mod loops;
