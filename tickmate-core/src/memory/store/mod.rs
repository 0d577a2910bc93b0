//! A store in memory: one state behind one lock, so that each method is atomic by itself.

mod attempts;
mod events;
mod index;
mod lines;
mod lists;
mod mails;
mod models;
mod rules;
mod sessions;
mod state;
mod system;
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

    /// An empty store whose events get their `seq` late: all of them that were written since the last read of events at
    /// the next one. A store that can't write a change and number its event in one step works like this.
    #[cfg(feature = "testing")]
    pub fn with_late_seq() -> Self {
        let state = State {
            sequences_late: true,
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// The state, for a reader of events: each event has its `seq`.
    fn sequenced(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let mut state = self.state()?;
        state.sequence_events();
        Ok(state)
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
