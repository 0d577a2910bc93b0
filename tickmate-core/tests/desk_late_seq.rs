//! The desk's use cases once more, on a store in memory that gives events their `seq` late.
#![cfg(feature = "testing")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use tickmate_core::memory::MemoryStore;

#[path = "desk/accounts.rs"]
mod accounts;
#[path = "desk/assignment.rs"]
mod assignment;
#[path = "desk/jobs.rs"]
mod jobs;
#[path = "desk/mail_care.rs"]
mod mail_care;
#[path = "desk/mails.rs"]
mod mails;
#[path = "desk/replay.rs"]
mod replay;
#[path = "desk/routing/mod.rs"]
mod routing;
#[path = "desk/shifts.rs"]
mod shifts;
#[path = "desk/tickets.rs"]
mod tickets;
#[path = "desk/triage/mod.rs"]
mod triage;
#[path = "desk/world.rs"]
mod world;

/// The store that each world begins with.
fn fresh_store() -> MemoryStore {
    MemoryStore::with_late_seq()
}
