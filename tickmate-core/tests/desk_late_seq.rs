//! The desk's use cases, on a store in memory that gives events their `seq` late.
#![cfg(feature = "testing")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use tickmate_core::memory::MemoryStore;

#[path = "desk/mod.rs"]
mod desk;

/// Makes the store that each world begins with.
fn fresh_store() -> MemoryStore {
    MemoryStore::with_late_seq()
}
