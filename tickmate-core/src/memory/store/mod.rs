//! A store in memory: one state behind one lock, so that each method is atomic by itself.

mod events;
mod index;
mod lanes;
mod lists;
mod mails;
mod models;
mod sessions;
mod state;
mod system;
mod throttles;
mod tickets;
mod users;
mod writes;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use self::state::State;
use crate::backend::store::StoreError;

/// A store in memory. Clones share what is stored.
///
/// ```
/// use std::sync::Arc;
/// use tickmate_core::{backend::store::Store, memory::MemoryStore};
///
/// let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// After a panic in the middle of a write nobody knows what holds, so everything is refused.
    fn state(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        self.state.lock().map_err(|_| StoreError::Corrupt {
            what: "a panic left the store in the middle of a write".to_owned(),
            source: None,
        })
    }
}

/// Shows nothing of what is stored: the lock may be held.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
