//! The desk's use cases, on a store in memory that yields before its calls.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use tickmate_core::memory::MemoryStore;

#[path = "mod.rs"]
mod desk;

/// Makes the store that each world begins with.
fn fresh_store() -> MemoryStore {
    MemoryStore::yielding()
}
