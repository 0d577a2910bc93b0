//! The API from outside, on a store in memory that gives events their `seq` late.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share panics where they would"
)]

use tickmate_core::memory::MemoryStore;

#[path = "api/mod.rs"]
mod api;

/// Makes the store that each world begins with.
fn fresh_store() -> MemoryStore {
    MemoryStore::with_late_seq()
}
