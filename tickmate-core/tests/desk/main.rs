//! The desk's use cases, on the seams in memory, driven step by step.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use tickmate_core::memory::MemoryStore;

mod accounts;
mod assignment;
mod jobs;
mod mail_care;
mod mails;
mod replay;
mod routing;
mod rules_cache;
mod shifts;
mod tickets;
mod triage;
mod versions;
mod world;

/// The store that each world begins with.
fn fresh_store() -> MemoryStore {
    MemoryStore::new()
}
