//! Runs the worker tests on an in-memory store that yields before its calls.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use tickmate_core::memory::MemoryStore;

#[path = "mod.rs"]
mod worker;

/// Returns the store that each test world starts with.
fn fresh_store() -> MemoryStore {
    MemoryStore::yielding()
}
