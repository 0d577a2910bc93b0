//! Tests the worker on the in-memory back ends: the loop from a ticket to its mails, failures, crashes and stopping.
//! Each test binary that includes these modules provides the store of a world as `crate::fresh_store`.
//!
//! Time is tokio's paused time: it advances to the next timer when no task can make progress.

mod caretaker;
mod classes;
mod desk;
mod engines;
mod failures;
mod handlers;
mod loops;
