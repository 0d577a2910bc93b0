//! Runs the worker tests on an in-memory store that assigns `seq` to events late.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use tickmate_core::memory::MemoryStore;

#[path = "worker/mod.rs"]
mod worker;

/// Returns the store that each test world starts with.
fn fresh_store() -> MemoryStore {
    MemoryStore::with_late_seq()
}
