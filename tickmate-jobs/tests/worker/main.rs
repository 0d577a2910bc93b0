//! The worker on the seams in memory: the loop from a ticket to its mails, failures, crashes, stopping.
//!
//! Time is tokio's, paused: it jumps to the next timer whenever nothing else is left to do.

mod desk;
mod failures;
mod loops;
